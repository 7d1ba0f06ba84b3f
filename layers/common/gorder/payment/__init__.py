"""The payment service: payment pages on Stripe, and Stripe's webhooks."""
