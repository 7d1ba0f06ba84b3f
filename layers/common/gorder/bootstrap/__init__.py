"""Composition: builds the handlers of each function on their adapters, one module per function."""
