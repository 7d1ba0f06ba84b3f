"""What changes an order: one use case per file, the message and its handler."""
