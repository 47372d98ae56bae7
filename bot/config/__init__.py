"""Where settings come from, and which values are valid."""
