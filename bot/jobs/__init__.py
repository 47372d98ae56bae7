"""What runs by itself: sending follow-ups, notifying workers, cleaning up, erasing, reloading."""
