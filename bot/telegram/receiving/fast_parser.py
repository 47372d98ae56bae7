"""Parses the two commonest updates, a tap and plain text in a private chat, from their JSON.

Anything with one field more is left to the library, which gives the same for these.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from bot.clock import Clock
from bot.messages.incoming import (
    ButtonPress,
    IncomingUpdate,
    TextMessage,
    UnsupportedMessage,
    cleaned,
)

_TAP = {"id", "from", "message", "chat_instance", "data"}
_WORDS = {"message_id", "from", "chat", "date", "text"}


def parse_common(raw: Mapping[str, Any], clock: Clock) -> IncomingUpdate | None:
    """The parsed update, or None where the library has to parse it."""
    if len(raw) == 2:
        if (tap := raw.get("callback_query")) is not None:
            return _button_press(raw["update_id"], tap, clock)
        if (message := raw.get("message")) is not None:
            return _text_message(raw["update_id"], message)
    return None


def _button_press(update_id: int, tap: Any, clock: Clock) -> IncomingUpdate | None:
    match tap:
        case {
            "id": str(query_id),
            "from": {"id": int(user)} as whose,
            "message": {"message_id": int(number), "chat": {"id": int(chat), "type": "private"}},
            "data": str(data),
        } if chat == user and tap.keys() <= _TAP:
            what = ButtonPress(data, number, query_id)
            return IncomingUpdate(update_id, user, what, clock(), whose.get("language_code"))
    return None


def _text_message(update_id: int, message: Any) -> IncomingUpdate | None:
    match message:
        case {
            "message_id": int(number),
            "from": dict(whose),
            "chat": {"id": int(chat), "type": "private"},
            "date": int(date),
            "text": str(text),
        } if text and message.keys() <= _WORDS:
            words = cleaned(text)
            what = TextMessage(words) if words else UnsupportedMessage("empty")
            at = dt.datetime.fromtimestamp(date, dt.UTC)
            return IncomingUpdate(update_id, chat, what, at, whose.get("language_code"), number)
    return None
