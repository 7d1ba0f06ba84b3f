"""The payment service: Stripe's hosted page, and what Stripe says happened on it."""
