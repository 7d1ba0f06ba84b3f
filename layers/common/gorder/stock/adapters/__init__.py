"""Adapters of the stock service: MySQL, Redis and Stripe's products."""
