"""Follow-ups: scheduled in the participant's time zone, claimed once, delivered at most once."""
