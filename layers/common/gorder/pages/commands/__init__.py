"""What can be done with the pages."""
