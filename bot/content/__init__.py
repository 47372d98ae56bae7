"""What is said, loaded from `flows/`: flows, help numbers, the plan, the lock screen."""
