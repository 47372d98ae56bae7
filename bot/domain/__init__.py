"""What the product is about, as values: participants, check-ins, workers, lifecycle."""
