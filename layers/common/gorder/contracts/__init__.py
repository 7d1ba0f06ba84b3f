"""What services say to each other. A service may import these and never another's inside."""
