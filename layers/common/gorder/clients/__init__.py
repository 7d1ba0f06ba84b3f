"""Connections to MySQL, Redis, MongoDB, Stripe and AWS: URLs, TLS, timeouts, certificates."""
