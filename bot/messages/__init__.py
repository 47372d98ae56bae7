"""The messages between rooms: incoming updates, callback data, replies and their codec."""
