"""The adapters of the pages."""
