"""Which participant is active at a shared chat, and how others return, in a unit of work.

The conversation about it is in `bot.conversation.identity.shared_phone`.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import new_id
from bot.domain.participant import InactiveParticipant, Participant
from bot.domain.sharing_choice import Sharing
from bot.store.crypto.system_keys import SystemKeys
from bot.store.repositories.operation.attempt_counts import change_count, count_wrong, locked_count
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.identity_tables import (
    CodeAttemptRow,
    PastAccessRow,
    TransferCodeRow,
    TransferUndoRow,
)
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import ReadRow

ASKED_FOR = dt.timedelta(minutes=15)
"""How long after the bot asked for a private word a text counts as one."""


class IdentityRepository:
    """The active participant of a chat, private words and transfer codes, and failed attempts."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys

    # --- several people, one chat ----------------------------------------------------------------

    async def deactivate(self, participant: Participant) -> None:
        """Deactivates a participant: the chat no longer leads to them."""
        chat_hash = self._keys.chat_hash(participant.chat_id)
        await self._not_owed(participant.chat_id)
        nowhere = self._keys.private_word_hash(participant.id, " aside")
        await self._set(participant.id, chat_hash=nowhere, aside_hash=chat_hash)
        participant.is_active_at_chat = False

    async def shared_by_others(self, participant: Participant) -> bool:
        """Whether another participant uses their chat too."""
        others = sa.select(ParticipantRow.id).where(
            ParticipantRow.aside_hash == self._keys.chat_hash(participant.chat_id),
            ParticipantRow.id != participant.id,
        )
        return (await self._connection.execute(others.limit(1))).first() is not None

    async def activate(self, absent: InactiveParticipant, chat: int) -> None:
        """Makes a participant the active one at a chat; at most one is."""
        await self._set(absent.id, chat_hash=self._keys.chat_hash(chat), aside_hash=None)

    async def hide_history(self, person_id: int, now: dt.datetime) -> None:
        """Hides a participant's answers so far from now on at their phone.

        A check-in that was open when the history was hidden before was shared by an unknown holder
        of the phone since: that part is no longer readable, by a worker either.
        """
        before = (
            sa.select(ParticipantRow.closed_before)
            .where(ParticipantRow.id == person_id)
            .scalar_subquery()
        )
        open_then = sa.or_(CheckinRow.ended_at.is_(None), CheckinRow.ended_at > before)
        await self._connection.execute(
            sa.update(CheckinRow)
            .where(CheckinRow.participant_id == person_id, CheckinRow.started_at <= before)
            .where(open_then, CheckinRow.sharing.is_not(None))
            .values(sharing=Sharing.ONLY_ME, shared_with=None)
        )
        await self._set(person_id, closed_before=now)

    async def set_word(self, participant: Participant, word: str) -> None:
        """Stores the hash of a private word; an earlier one is deleted."""
        participant.private_word_hash = self._keys.private_word_hash(participant.id, word)
        await self._set(participant.id, word_hash=participant.private_word_hash)

    def whose_word(
        self, forms: Iterable[str], absent: Iterable[InactiveParticipant]
    ) -> list[InactiveParticipant]:
        """Which of these participants has this word, in one of its forms; every one is compared."""
        wanted, found = list(forms), []
        for each in absent:
            if each.private_word_hash is None:
                continue
            given = [self._keys.private_word_hash(each.id, form) for form in wanted]
            if sum(hmac.compare_digest(each.private_word_hash, one) for one in given):
                found.append(each)
        return found

    async def keep_access(self, person_id: int) -> None:
        """Preserves who read a moved participant's answers or requested their code.

        Called before a deletion: the mover may be the worker, who could erase the trace of it that
        way.
        """
        moved = sa.select(ParticipantRow.id).where(
            ParticipantRow.id == person_id, ParticipantRow.closed_before.is_not(None)
        )
        if (await self._connection.execute(moved)).first() is None:
            return
        read = sa.select(ReadRow.worker_id, ReadRow.at).where(ReadRow.participant_id == person_id)
        asked = sa.select(TransferCodeRow.worker_id, TransferCodeRow.made_at.label("at")).where(
            TransferCodeRow.participant_id == person_id, TransferCodeRow.worker_id.is_not(None)
        )
        subject = new_id()
        rows = [
            {"id": new_id(), "subject": subject, "worker_id": r.worker_id, "what": what, "at": r.at}
            for what, statement in (("read", read), ("numbers", asked))
            for r in (await self._connection.execute(statement)).all()
        ]
        if rows:
            await self._connection.execute(sa.insert(PastAccessRow), rows)

    async def is_new(self, person_id: int) -> bool:
        """Whether a participant has never been asked anything yet."""
        asked = sa.select(CheckinRow.id).where(CheckinRow.participant_id == person_id).limit(1)
        return (await self._connection.execute(asked)).first() is None

    async def _set(self, person_id: int, **values: Any) -> None:
        statement = sa.update(ParticipantRow).where(ParticipantRow.id == person_id)
        await self._connection.execute(statement.values(**values))

    # --- one person, two phones ------------------------------------------------------------------

    async def issue_transfer_code(
        self,
        person_id: int,
        digits: str,
        now: dt.datetime,
        expires_at: dt.datetime,
        worker_id: int | None = None,
        works_from: dt.datetime | None = None,
        ask_id: int | None = None,
    ) -> None:
        """Stores the hash of a transfer code; earlier unused ones are invalidated."""
        await self._kill(person_id)
        row = {"phrase_hash": self._keys.transfer_code_hash(digits), "participant_id": person_id}
        row |= {"worker_id": worker_id, "made_at": now, "expires_at": expires_at}
        row |= {"works_from": works_from, "ask_id": ask_id}
        await self._connection.execute(sa.insert(TransferCodeRow).values(**row))

    async def _kill(self, person_id: int) -> None:
        unused = sa.and_(
            TransferCodeRow.participant_id == person_id, TransferCodeRow.used_at.is_(None)
        )
        await self._connection.execute(sa.delete(TransferCodeRow).where(unused))

    async def redeem_transfer_code(self, digits: str, now: dt.datetime) -> tuple[int, bool] | None:
        """Redeems a transfer code: whose it is, and whether a worker requested it. None if dead."""
        statement = (
            sa.update(TransferCodeRow)
            .where(
                TransferCodeRow.phrase_hash == self._keys.transfer_code_hash(digits),
                TransferCodeRow.used_at.is_(None),
                TransferCodeRow.expires_at > now,
                sa.or_(TransferCodeRow.works_from.is_(None), TransferCodeRow.works_from <= now),
            )
            .values(used_at=now)
            .returning(TransferCodeRow.participant_id, TransferCodeRow.worker_id)
        )
        row = (await self._connection.execute(statement)).one_or_none()
        return None if row is None else (row.participant_id, row.worker_id is not None)

    async def waits_for_yes(self, person_id: int, ask_id: int, now: dt.datetime) -> int | None:
        """The worker who requested a code that is not confirmed yet; None if it is over.

        By then it works by itself, is used or dead, or there is a newer one.
        """
        statement = sa.select(TransferCodeRow.worker_id).where(
            self._asked_by(person_id, ask_id), TransferCodeRow.works_from > now
        )
        return (await self._connection.execute(statement)).scalar_one_or_none()

    async def say_yes(self, person_id: int, ask_id: int) -> None:
        """Activates a code at once that a worker requested."""
        statement = sa.update(TransferCodeRow).where(self._asked_by(person_id, ask_id))
        await self._connection.execute(statement.values(works_from=None))

    async def say_no(self, person_id: int, ask_id: int) -> None:
        """Invalidates a code that a worker requested."""
        await self._connection.execute(
            sa.delete(TransferCodeRow).where(self._asked_by(person_id, ask_id))
        )

    @staticmethod
    def _asked_by(person_id: int, ask_id: int) -> sa.ColumnElement[bool]:
        return sa.and_(
            TransferCodeRow.participant_id == person_id,
            TransferCodeRow.ask_id == ask_id,
            TransferCodeRow.used_at.is_(None),
        )

    async def move(self, participant: Participant, chat: int) -> int | None:
        """Moves a participant to another chat without an active one; returns the chat they left.

        None if that chat needs no notice: they came from this very chat, or another participant is
        active at the one they left.
        """
        left, was_here = participant.chat_id, participant.is_active_at_chat
        key = self._keys.vault.key(participant.wrapped_key)
        participant.chat_id, participant.is_active_at_chat = chat, True
        sealed = key.seal(str(chat).encode(), "participants", participant.id, "chat")
        await self._set(
            participant.id, chat_hash=self._keys.chat_hash(chat), chat=sealed, aside_hash=None
        )
        await self._kill(participant.id)
        if left == chat or not was_here:
            return None
        await self._not_owed(left)
        return left

    async def _not_owed(self, chat: int) -> None:
        """Deletes the chat's outbox entries: its next active participant would read them."""
        mine = OutboxRow.chat_hash == self._keys.chat_hash(chat)
        await self._connection.execute(sa.delete(OutboxRow).where(mine))

    async def add_transfer_undo(
        self, participant: Participant, left: int, until: dt.datetime
    ) -> int:
        """Stores which chat was left last, for as long as the move can be undone."""
        await self.no_farewell(participant.id)
        farewell_id, chat_hash = new_id(), self._keys.chat_hash(left)
        row = {"id": farewell_id, "participant_id": participant.id, "chat_hash": chat_hash}
        await self._connection.execute(sa.insert(TransferUndoRow).values(**row, until=until))
        return farewell_id

    async def left_from(self, farewell_id: int, chat: int, now: dt.datetime) -> int | None:
        """Who left this chat, by the id under its notification, while it may be undone."""
        statement = sa.select(TransferUndoRow.participant_id).where(
            TransferUndoRow.id == farewell_id,
            TransferUndoRow.chat_hash == self._keys.chat_hash(chat),
            TransferUndoRow.until > now,
        )
        return (await self._connection.execute(statement)).scalar_one_or_none()

    async def no_farewell(self, person_id: int) -> None:
        """Deletes the undo record."""
        statement = sa.delete(TransferUndoRow).where(TransferUndoRow.participant_id == person_id)
        await self._connection.execute(statement)

    # --- failed attempts -------------------------------------------------------------------------

    async def expect_private_word(self, chat: int, now: dt.datetime) -> None:
        """Marks that a chat was asked for a private word or a code."""
        by = self._keys.chat_hash(chat)
        await locked_count(self._connection, by, now)
        await change_count(self._connection, by, asked_at=now)

    async def forget_expectation(self, chat: int) -> None:
        """Clears that mark: text is ordinary from now on."""
        await change_count(self._connection, self._keys.chat_hash(chat), asked_at=None)

    async def expects_private_word(self, chats: Collection[int], now: dt.datetime) -> set[int]:
        """Which of these chats were asked for one just now."""
        if not chats:
            return set()
        by_hash = {self._keys.chat_hash(chat): chat for chat in chats}
        statement = sa.select(CodeAttemptRow.chat_hash).where(
            CodeAttemptRow.chat_hash.in_(by_hash), CodeAttemptRow.asked_at > now - ASKED_FOR
        )
        return {by_hash[found] for found in (await self._connection.execute(statement)).scalars()}

    async def may_attempt(self, chat: int, now: dt.datetime) -> bool:
        """Whether a chat's attempt is checked at all; locks its count.

        Counted by chat alone: a chat cannot lock others out. Codes have 49 bits; a word is only
        looked for in the chat it was chosen in.
        """
        mine = await locked_count(self._connection, self._keys.chat_hash(chat), now)
        return mine.next_at is None or mine.next_at <= now

    async def record_failure(self, chat: int, now: dt.datetime) -> None:
        """Counts a failed attempt. What was typed is not stored."""
        await count_wrong(self._connection, self._keys.chat_hash(chat), now)
        await change_count(self._connection, self._keys.chat_hash(chat), asked_at=now)

    async def may_choose(self, chat: int, now: dt.datetime) -> bool:
        """Whether another private word may be chosen in a chat; counts it, right or wrong."""
        chosen = self._keys.private_word_hash(abs(chat), " chosen in this chat")
        row = await locked_count(self._connection, chosen, now)
        if row.next_at is not None and row.next_at > now:
            return False
        await count_wrong(self._connection, chosen, now)
        return True

    async def reset_failures(self, chat: int) -> None:
        """Resets the count of a chat."""
        mine = CodeAttemptRow.chat_hash == self._keys.chat_hash(chat)
        await self._connection.execute(sa.delete(CodeAttemptRow).where(mine))
