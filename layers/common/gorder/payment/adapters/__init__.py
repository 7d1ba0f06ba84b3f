"""Adapters of the payment service: Stripe."""
