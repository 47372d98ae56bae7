"""Domain values: participants, check-ins, workers, lifecycle."""
