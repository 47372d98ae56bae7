"""Starting a check-in, answering it, and putting it off."""
