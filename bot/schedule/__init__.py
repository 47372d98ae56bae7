"""What is said later: planned with the person's own clock, claimed once, delivered at most once."""
