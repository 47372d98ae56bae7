"""Safety: danger, help, phone privacy, contact times, clearing the chat."""
