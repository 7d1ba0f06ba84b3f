"""Where ports meet adapters, and nowhere else. One module per service; each is built once."""
