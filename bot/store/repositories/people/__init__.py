"""Participants, their check-ins, follow-ups, identities and complaints."""
