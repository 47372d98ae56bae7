"""The outcome of sending, or not sending, one message."""

from __future__ import annotations

from enum import StrEnum


class SendResult(StrEnum):
    """The outcome of sending one message once."""

    SENT = "sent"
    NOT_SENT = "not sent"
    BLOCKED = "gone"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


class ChatBusy(Exception):
    """The turn of a chat does not come just now; the work was not started."""
