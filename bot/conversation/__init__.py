"""Use cases of participants: what happens to an update, one transaction for a whole batch."""
