"""Participants within a unit of work: loaded whole and locked, changed and written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import lifecycle
from bot.domain.ids import new_id
from bot.domain.lifecycle import Transition
from bot.domain.participant import InactiveParticipant, Participant
from bot.domain.participant_inputs import AwaitingCorrection
from bot.domain.states import ParticipantState
from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import UNREADABLE, WrongKey
from bot.store.repositories.people.checkin_loader import CheckinLoader
from bot.store.repositories.people.participant_rows import chat_of, participant_of, row_of
from bot.store.repositories.people.stop_by_chat import stop_blindly
from bot.store.repositories.work.case_repository import CaseRepository
from bot.store.tables.participant_tables import ConsentRow, ParticipantRow, TransitionRow
from bot.store.write_buffer import Row, WriteBuffer

log = structlog.get_logger()


class ParticipantRepository:
    """Participants, with their check-ins and cases."""

    def __init__(
        self,
        connection: AsyncConnection,
        keys: SystemKeys,
        writes: WriteBuffer,
        cases: CaseRepository,
    ) -> None:
        self._connection = connection
        self._keys = keys
        self._writes = writes
        self._cases = cases
        self._checkins = CheckinLoader(connection, keys)
        self._loaded: dict[int, Participant] = {}
        self.inactive: dict[int, list[InactiveParticipant]] = {}
        """Who else uses a chat, by chat, of all that were loaded."""

    async def load(
        self,
        chats: Collection[int],
        whole: Collection[int] = (),
        ids: Collection[int] = (),
        *,
        lock: bool = True,
        buttons_since: dt.datetime | None = None,
    ) -> dict[int, Participant]:
        """Loads the active participants of these chats, by chat, locked until the transaction ends.

        `whole` are the chats whose past check-ins are wanted too. Unknown chats are absent. `ids`
        are additional participants, whole: those whom a worker does something about. One of these
        who is inactive is under their negative id: their chat is another's now. Without a `lock`
        they are read only. Buttons from before `buttons_since` can be typed no more.
        """
        if not chats and not ids:
            return {}
        by_hash = {self._keys.chat_hash(chat): chat for chat in chats}
        wanted: dict[str, Any] = {"hashes": list(by_hash)} | ({"ids": list(ids)} if ids else {})
        statement = _people(beside=bool(ids), lock=lock)
        rows = list((await self._connection.execute(statement, wanted)).all())
        for r in rows:
            if r.aside_hash in by_hash:
                absent = self.inactive.setdefault(by_hash[r.aside_hash], [])
                absent.append(InactiveParticipant(r.id, r.word_hash, r.state, r.last_hello_at))
        rows = [r for r in rows if r.aside_hash is None or r.id in ids]
        found = [chat_of(self._keys, r) for r in rows]
        hashes = [r.chat_hash if r.aside_hash is None else r.aside_hash for r in rows]
        if any(by_hash.get(each, c) != c for each, c in zip(hashes, found, strict=True)):
            raise WrongKey("a chat stands in another person's row")
        beside = [chat for r, chat in zip(rows, found, strict=True) if r.id in ids]
        people = await self._participants_of(rows, found, {*whole, *beside}, buttons_since)
        return {
            participant.chat_id if participant.is_active_at_chat else -participant.id: participant
            for participant in people
        }

    async def load_by_id(self, ids: Collection[int]) -> dict[int, Participant]:
        """The same by participant id, active or not; one already loaded is not loaded twice.

        A participant whose rows cannot be decrypted holds up no other.
        """
        try:
            return await self._load_ids(ids)
        except UNREADABLE as error:
            if len(ids) == 1:
                number, kind = next(iter(ids)), type(error).__name__
                log.warning("person.not_opened", participant=number, error=kind)
                return {}
        found: dict[int, Participant] = {}
        for each in sorted(ids):
            found |= await self.load_by_id([each])
        return found

    async def _load_ids(self, ids: Collection[int]) -> dict[int, Participant]:
        known = {i: self._loaded[i] for i in ids if i in self._loaded}
        ids = [i for i in ids if i not in known]
        if not ids:
            return known
        statement = (
            sa.select(ParticipantRow)
            .where(ParticipantRow.id.in_(ids))
            .order_by(ParticipantRow.id)
            .with_for_update()
        )
        rows = (await self._connection.execute(statement)).all()
        chats = [chat_of(self._keys, r) for r in rows]
        people = await self._participants_of(rows, chats, ())
        return known | {participant.id: participant for participant in people}

    async def _participants_of(
        self,
        rows: Sequence[Any],
        chats: Sequence[int],
        whole: Collection[int],
        buttons_since: dt.datetime | None = None,
    ) -> list[Participant]:
        people = {
            row.id: participant_of(self._keys, row, chat)
            for row, chat in zip(rows, chats, strict=True)
        }
        if people:
            for case in await self._cases.find(participants=people):
                people[case.participant_id].cases.append(case)
            for participant in people.values():
                participant.cases.sort(key=lambda case: (case.joined_at or case.made_at, case.id))
            wanted = {
                p.id
                for p in people.values()
                if p.chat_id in whole or _may_need_all(p, buttons_since)
            }
            await self._checkins.load(people, wanted)
        self._loaded |= people
        return list(people.values())

    def add(
        self,
        chat: int,
        now: dt.datetime,
        *,
        language: str,
        audience: str,
        timezone: str,
        may_message: bool,
        retention_months: int,
        shared_phone: bool = False,
    ) -> Participant:
        """Adds a participant, with a key of their own."""
        participant_id = new_id()
        _, wrapped = self._keys.vault.new_key()
        participant = Participant(
            id=participant_id,
            chat_id=chat,
            wrapped_key=wrapped,
            state=ParticipantState.ACTIVE,
            joined_at=now,
            moved_at=now,
            language=language,
            audience=audience,
            timezone=timezone,
            may_message=may_message,
            retention_months=retention_months,
            shared_phone=shared_phone,
        )
        key = self._keys.vault.key(wrapped)
        row = row_of(self._keys, participant)
        row["chat_hash"] = self._keys.chat_hash(chat)
        row["chat"] = key.seal(str(chat).encode(), "participants", participant_id, "chat")
        row["data_key"] = wrapped
        row["joined_at"] = now
        self._writes.insert(ParticipantRow, row)
        return participant

    def save(self, participant: Participant) -> None:
        """Writes the participant's own row at the end."""
        self._writes.save_participant(row_of(self._keys, participant))

    def move(self, participant: Participant, event: str, now: dt.datetime) -> bool:
        """Changes a participant's state and records it; False when there is no such move."""
        transition = lifecycle.move(participant, event, now)
        if transition is None:
            return False
        self.record_transition(transition)
        return True

    def record_transition(self, transition: Transition) -> None:
        """Adds to the history of a participant's states, and writes their row."""
        row = {"participant_id": transition.participant.id, "event": transition.event}
        states = {"before": transition.before, "after": transition.after}
        self._writes.insert(TransitionRow, {**row, **states, "at": transition.at})
        self.save(transition.participant)

    def record_consent(self, participant: Participant, consent: Row, now: dt.datetime) -> None:
        """Adds one consent, given or not, with the text that was shown."""
        self._writes.insert(ConsentRow, {"participant_id": participant.id, "at": now, **consent})

    async def stop_blindly(self, chat: int, now: dt.datetime) -> None:
        """Ends all contact with a chat at once, also where its participants cannot be decrypted."""
        await stop_blindly(self._connection, self._keys.chat_hash(chat), now)


@cache
def _people(*, beside: bool, lock: bool) -> sa.Select[Any]:
    hashes: sa.BindParameter[Any] = sa.bindparam("hashes", expanding=True)
    ids: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
    wanted = sa.or_(ParticipantRow.chat_hash.in_(hashes), ParticipantRow.aside_hash.in_(hashes))
    statement = (
        sa.select(*ParticipantRow.__table__.c)
        .where(sa.or_(wanted, ParticipantRow.id.in_(ids)) if beside else wanted)
        .order_by(ParticipantRow.id)  # one order for all, so that two processes cannot deadlock
    )
    return statement.with_for_update() if lock else statement


def _may_need_all(participant: Participant, buttons_since: dt.datetime | None) -> bool:
    """Whether what they type may be about an earlier check-in: an answer, or a button typed."""
    if isinstance(participant.pending_input, AwaitingCorrection):
        return True
    return participant.has_buttons(buttons_since)
