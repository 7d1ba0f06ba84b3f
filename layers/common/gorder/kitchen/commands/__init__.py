"""What the kitchen does: one use case per file."""
