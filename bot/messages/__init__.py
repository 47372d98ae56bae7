"""The messages between packages: incoming updates, callback data, replies and their codec."""
