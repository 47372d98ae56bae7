"""Where settings come from, and what their values must be."""
