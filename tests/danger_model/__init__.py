"""The small model that asks gently: its lines, its file, its training, and lists tried on it."""
