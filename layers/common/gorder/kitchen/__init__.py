"""The kitchen service: it cooks paid orders."""
