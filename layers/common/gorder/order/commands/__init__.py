"""Commands of the order service: one use case per file, the message and its handler."""
