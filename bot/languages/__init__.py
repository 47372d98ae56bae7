"""Decides which languages are offered, and remembers what was offered before."""
