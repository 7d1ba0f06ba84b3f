"""Commands about dead letters: one use case per file, the message and its handler."""
