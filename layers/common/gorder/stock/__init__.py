"""The stock service: products, their units, and the orders that hold them."""
