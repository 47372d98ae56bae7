"""Safety: danger, help, who sees the phone, contact times, clearing the chat."""
