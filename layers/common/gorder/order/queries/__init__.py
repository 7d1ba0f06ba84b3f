"""What reads orders. No aggregate is loaded to be looked at."""
