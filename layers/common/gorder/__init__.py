"""gorder: an order backend for a shop or a kitchen."""
