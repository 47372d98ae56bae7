"""Content loaded from `flows/`: flows, helplines, the schedule's plan, lock-screen words."""
