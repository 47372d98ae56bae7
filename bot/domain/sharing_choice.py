"""Who may read a check-in; the values stand in the database, in buttons and in the flows."""

from __future__ import annotations

import enum


class Sharing(enum.StrEnum):
    """The choice that a participant makes at the end of a check-in."""

    WORKER = "worker"
    """Their worker may read it."""
    SERVICE = "service"
    """The service may read it, without a name."""
    ONLY_ME = "only_me"
    """Only the participant may read it."""
