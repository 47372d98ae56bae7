"""The fonts that documents carry, and how they were cut."""
