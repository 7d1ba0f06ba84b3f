"""The kitchen service: it cooks what is paid."""
