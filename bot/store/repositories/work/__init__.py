"""Workers, their cases, alerts, announcements and what is shared with them."""
