"""The order service: what was ordered, at what price, and how far it is."""
