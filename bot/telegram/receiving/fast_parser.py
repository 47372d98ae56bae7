"""The two commonest updates, a tap and plain words in a private chat, read from their JSON.

Anything with one field more than these is left to the library, which gives the same for them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from bot.clock import Clock
from bot.messages.incoming import Arrival, Pressed, Typed, Unreadable, cleaned

_TAP = {"id", "from", "message", "chat_instance", "data"}
_WORDS = {"message_id", "from", "chat", "date", "text"}


def quick_read(raw: Mapping[str, Any], clock: Clock) -> Arrival | None:
    """The arrival, or None where the library has to look."""
    if len(raw) == 2:
        if (tap := raw.get("callback_query")) is not None:
            return _tap(raw["update_id"], tap, clock)
        if (message := raw.get("message")) is not None:
            return _words(raw["update_id"], message)
    return None


def _tap(update_id: int, tap: Any, clock: Clock) -> Arrival | None:
    match tap:
        case {
            "id": str(query_id),
            "from": {"id": int(user)} as whose,
            "message": {"message_id": int(number), "chat": {"id": int(chat), "type": "private"}},
            "data": str(data),
        } if chat == user and tap.keys() <= _TAP:
            what = Pressed(data, number, query_id)
            return Arrival(update_id, user, what, clock(), whose.get("language_code"))
    return None


def _words(update_id: int, message: Any) -> Arrival | None:
    match message:
        case {
            "message_id": int(number),
            "from": dict(whose),
            "chat": {"id": int(chat), "type": "private"},
            "date": int(date),
            "text": str(text),
        } if text and message.keys() <= _WORDS:
            words = cleaned(text)
            what = Typed(words) if words else Unreadable("empty")
            at = dt.datetime.fromtimestamp(date, dt.UTC)
            return Arrival(update_id, chat, what, at, whose.get("language_code"), number)
    return None
