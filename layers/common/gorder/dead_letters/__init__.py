"""Messages that a consumer could not process: list, move back and drop them."""
