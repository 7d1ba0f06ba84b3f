"""What the payment service does: one use case per file."""
