"""Commands of the kitchen service: one use case per file, the message and its handler."""
