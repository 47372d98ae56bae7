"""Recognises updates with no new content: they are recorded, and not answered.

Telegram sends an `edited_message` for much that no person did (a live location that moves, a link
that gets its preview), and an album as one message per picture. Bounded, in memory alone, and of
text only a hash with a key of this process: after a restart an edit counts as new.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from bot.concurrency import BoundedDict
from bot.messages.incoming import cleaned

REMEMBERED = 20_000


class RepeatFilter:
    """Remembers the text of the newest messages, and which albums have been answered."""

    def __init__(self) -> None:
        self._words: BoundedDict[Hashable, int] = BoundedDict(REMEMBERED)
        self._albums: BoundedDict[Hashable, bool] = BoundedDict(REMEMBERED)
        self._found: BoundedDict[int, bool] = BoundedDict(REMEMBERED)

    def is_repeat(self, update: Mapping[str, Any]) -> bool:
        """Whether an update is a repeat; one that is redelivered is what it was the first time.

        While the database was unavailable, updates are redelivered that have no answer yet.
        """
        kind = "edited_message" if "edited_message" in update else "message"
        message = update.get(kind)
        if not isinstance(message, Mapping) or not isinstance(message.get("message_id"), int):
            return False
        found = self._found.get(update["update_id"])
        if found is None:
            chat, words = (message.get("chat") or {}).get("id"), _words(message)
            changed = self._changes((chat, message["message_id"]), words)
            shown = self._is_shown(chat, message.get("media_group_id"))
            found = not changed if kind == "edited_message" else shown and not words
            self._found[update["update_id"]] = found
        return found

    def _changes(self, message: Hashable, words: str) -> bool:
        """Whether a message's text differs from before; no text, and an unknown message, is no."""
        before = self._words.get(message, hash(""))
        self._words[message] = hash(words)
        return before != hash(words)

    def _is_shown(self, chat: object, album: object) -> bool:
        """Whether a picture of this album came before."""
        if album is None:
            return False
        shown = (chat, album) in self._albums
        self._albums[(chat, album)] = True
        return shown


def _words(message: Mapping[str, Any]) -> str:
    words = message.get("text") or message.get("caption") or ""
    return cleaned(words) if isinstance(words, str) else ""
