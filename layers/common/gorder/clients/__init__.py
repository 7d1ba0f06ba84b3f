"""Clients of MySQL, Redis, MongoDB, Stripe and AWS: URLs, TLS, timeouts, certificates."""
