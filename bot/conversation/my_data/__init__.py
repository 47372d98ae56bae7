"""What participants can do with their data: see, change, share, copy, delete, complain."""
