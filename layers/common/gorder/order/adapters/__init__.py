"""Adapters of the order service: MongoDB, and the stock function on AWS Lambda."""
