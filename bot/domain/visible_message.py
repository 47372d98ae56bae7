"""A message that is in a chat now, known by its number."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VisibleMessage:
    """A message in a chat: its number, whether the bot sent it, when, and whether it is blank.

    `alert_id` is the request for contact that it tells the participant about, when just delivered.
    """

    message_id: int
    ours: bool
    at: dt.datetime
    neutral: bool = False
    alert_id: int | None = None
