"""What staff can do: the back office's requests, answered by the services' commands and queries."""
