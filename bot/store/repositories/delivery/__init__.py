"""Messages in and out: chat messages, voice notes."""
