"""Background jobs: send follow-ups, notify workers, clean up, erase, reload content."""
