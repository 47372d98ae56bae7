"""Keeps what waits for the bot, and hands it out as getUpdates does.

It does not call a webhook (`webhook.py`) and does not make updates (`updates.py`).
"""

import copy
from dataclasses import dataclass

from tests.support.telegram_fake.signals import Changes
from tests.support.telegram_fake.validation.rules import (
    OTHER_POLL,
    WEBHOOK_ACTIVE,
    Json,
    RefusalError,
    strict,
)

# Without allowed_updates a bot gets all kinds but these (getUpdates).
ONLY_IF_ASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
KINDS = frozenset(
    "message edited_message channel_post edited_channel_post inline_query chosen_inline_result "
    "callback_query shipping_query pre_checkout_query poll poll_answer my_chat_member "
    "chat_member chat_join_request chat_boost removed_chat_boost message_reaction "
    "message_reaction_count business_connection business_message edited_business_message "
    "deleted_business_messages purchased_paid_media managed_bot guest_message".split()
)


@dataclass(eq=False)
class Waiting:
    """An update the bot has not confirmed."""

    update: Json
    chat_id: int
    late: bool  # its id was confirmed already when it came: a duplicate or an id out of order
    handed_out: int = 0

    @property
    def update_id(self) -> int:
        number: int = self.update["update_id"]
        return number


@dataclass(eq=False)
class _Poll:
    ended: str = ""


class Inbox:
    """The updates that wait, in order, and those that were ever there."""

    def __init__(self, changes: Changes, first_id: int) -> None:
        """Starts empty; ids rise from `first_id`."""
        self._changes = changes
        self.next_id = first_id  # "after a week without updates, the next id is random": set it
        self.waiting: list[Waiting] = []
        self.history: dict[int, tuple[Json, int]] = {}
        self.confirmed = 0
        self.allowed: frozenset[str] | None = None
        self.webhook_is_set = False
        self._poll: _Poll | None = None
        self._closing = False

    def allow(self, kinds: object) -> None:
        """Remembers `allowed_updates`; "doesn't affect updates created before"."""
        if kinds is None:
            return
        if not isinstance(kinds, list) or not set(kinds) <= KINDS:
            raise strict(f"unknown allowed_updates: {kinds}")
        self.allowed = frozenset(kinds) or None

    def put(self, update: Json, chat_id: int) -> int:
        """Queues an update unless its kind is not wanted, and gives its id."""
        update_id: int = update["update_id"]
        kind = next((key for key in update if key != "update_id"), "")
        wanted = kind in self.allowed if self.allowed else kind not in ONLY_IF_ASKED
        if wanted:
            self.history[update_id] = (copy.deepcopy(update), chat_id)
            late = update_id < self.confirmed
            self.waiting.append(Waiting(copy.deepcopy(update), chat_id, late))
            self._changes.tell()
        return update_id

    def take_id(self) -> int:
        """The next update id."""
        self.next_id += 1
        return self.next_id - 1

    def forget(self, done: Waiting) -> None:
        """Drops one update that was delivered."""
        if done in self.waiting:
            self.waiting.remove(done)
            self._changes.tell()

    def drop_all(self) -> None:
        """What `drop_pending_updates` does."""
        self.waiting.clear()
        self._changes.tell()

    async def get_updates(
        self, offset: int, limit: int, seconds: float, allowed: object
    ) -> list[Json]:
        """Confirms, then waits at most that many real seconds for something to hand out."""
        if self.webhook_is_set:
            raise RefusalError(409, WEBHOOK_ACTIVE)
        if not 1 <= limit <= 100:
            raise strict("limit must be 1-100")
        self.allow(allowed)
        if self._poll is not None:
            # Telegram ends the call that waits. With two bots running each then ends the other
            # in turn, so here the newcomer is refused as well.
            self.end_poll(OTHER_POLL)
            raise RefusalError(409, OTHER_POLL)
        poll = self._poll = _Poll()
        try:
            offset = self._confirm(offset)
            await self._changes.until(
                lambda: bool(poll.ended) or self._closing or bool(self._due(offset)), seconds
            )
        finally:
            if self._poll is poll:
                self._poll = None
        if poll.ended:
            raise RefusalError(409, poll.ended)
        uow = self._due(offset)[:limit]
        for waiting in uow:
            waiting.handed_out += 1
        return [copy.deepcopy(waiting.update) for waiting in uow]

    @property
    def is_polled(self) -> bool:
        """Whether a getUpdates call waits just now."""
        return self._poll is not None

    def end_poll(self, why: str) -> None:
        """Ends the getUpdates call that is waiting, if one is."""
        if self._poll is not None:
            self._poll.ended = why
            self._poll = None
            self._changes.tell()

    def close(self) -> None:
        """Lets a waiting call go, empty-handed."""
        self._closing = True
        self._changes.tell()

    def _confirm(self, offset: int) -> int:
        """Forgets everything below the offset; a negative one counts from the end."""
        if offset < 0:
            last = self.waiting[offset:]
            offset = last[0].update_id if last else 0
            self.waiting = list(last)
        else:
            self.waiting = [w for w in self.waiting if not self._is_confirmed(w, offset)]
        self.confirmed = max(self.confirmed, offset)
        self._changes.tell()
        return offset

    @staticmethod
    def _is_confirmed(waiting: Waiting, offset: int) -> bool:
        return waiting.update_id < offset and (not waiting.late or waiting.handed_out > 0)

    def _due(self, offset: int) -> list[Waiting]:
        return [w for w in self.waiting if w.late or w.update_id >= offset]
