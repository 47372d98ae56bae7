"""Visible messages of chats, in memory until they are recorded.

Before consent this is all there is: it ends with the process.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from bot.concurrency import BoundedDict
from bot.domain.visible_message import VisibleMessage

MOST_CHATS, MOST_IN_A_CHAT = 5_000, 200


class RecentMessages:
    """The newest messages of the most recent chats."""

    def __init__(self) -> None:
        self._chats: BoundedDict[int, dict[int, VisibleMessage]] = BoundedDict(MOST_CHATS)

    def add(self, chat: int, found: Iterable[VisibleMessage]) -> None:
        """Adds messages of a chat."""
        known = self._chats.get(chat, {})
        known.update((said.message_id, said) for said in found)
        while len(known) > MOST_IN_A_CHAT:
            del known[min(known)]
        self._chats[chat] = known

    def for_chat(self, chat: int) -> tuple[VisibleMessage, ...]:
        """The remembered messages of a chat."""
        return tuple(self._chats.get(chat, {}).values())

    def discard(self, chat: int, ids: Collection[int]) -> None:
        """Removes messages that are deleted, or recorded."""
        known = self._chats.get(chat, {})
        for number in ids:
            known.pop(number, None)
        if not known:
            self._chats.pop(chat, None)
