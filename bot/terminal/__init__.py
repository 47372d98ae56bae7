"""The same conversation in a terminal, on a practice database."""
