"""Messages between services, and the public API. Services import nothing else of each other."""
