"""The order service: orders, their prices and their statuses."""
