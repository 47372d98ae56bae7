"""Short replies that strangers wrote, and how much of them is understood."""
