"""The commands of the stock service: one use case per file."""
