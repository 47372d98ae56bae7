"""Who is at a chat: shared phones, private words, moving to another phone, cases."""
