"""Reads people and their check-ins for a batch, whole and locked.

Writes nothing; see `batch`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.participant import Absent, FollowUp, Live, Person, Safe
from bot.store.crypto.system_keys import House
from bot.store.crypto.vault import UNREADABLE, DataKey, WrongKey
from bot.store.queries.question_feedback import FeltRows
from bot.store.repositories.delivery.chat_message_repository import Chats
from bot.store.repositories.people.checkin_rows import past_of, session_of
from bot.store.repositories.people.early_stops import EarlyStops
from bot.store.repositories.people.identity_repository import Stories
from bot.store.repositories.people.sealed_session import open_said, open_way
from bot.store.repositories.work.caseload import Caseload
from bot.store.repositories.work.shown_messages import ShownRows
from bot.store.tables import (
    AnswerRow,
    Due,
    FlowVersionRow,
    FollowUpRow,
    ParticipantRow,
    SessionRow,
    Stage,
)
from flows.engine import Answer, State

log = structlog.get_logger()

OPEN = (Due.WAITING, Due.CLAIMED)
"""Follow-ups that have not begun to be sent."""
ONLY_FIRST = "only if they write first"
"""What became of a hello to somebody who does not want any."""
CHANGING = "answer"
"""What somebody's next words mean who is changing an answer of theirs."""


class Reading:
    """The reading half of a batch."""

    def __init__(self, connection: AsyncConnection, house: House) -> None:
        self._connection = connection
        self._house = house
        self.caseload = Caseload(connection, house)
        self.chats = Chats(connection, house)
        self.stories = Stories(connection, house)
        self.shown = ShownRows(connection, house)
        self._loaded: dict[int, Person] = {}
        self.absent: dict[int, list[Absent]] = {}
        """Who else uses a chat, by chat, of all that were loaded."""
        self.felt = FeltRows(connection, house)
        self.early_stops = EarlyStops(connection, house)

    async def load(
        self,
        chats: Collection[int],
        whole: Collection[int] = (),
        ids: Collection[int] = (),
        *,
        lock: bool = True,
    ) -> dict[int, Person]:
        """Who is here at these chats, by chat, locked until the end of the transaction.

        `whole` are the chats whose past check-ins are wanted too. Chats unknown are absent. `ids`
        are participants wanted beside them, whole: those whom a worker does something about. Who
        of these is not here stands under their negative id: their chat is another's now. Without a
        `lock` they are only to be looked at.
        """
        if not chats and not ids:
            return {}
        by_hash = {self._house.chat_hash(chat): chat for chat in chats}
        wanted: dict[str, Any] = {"hashes": list(by_hash)} | ({"ids": list(ids)} if ids else {})
        statement = _people(beside=bool(ids), lock=lock)
        rows = list((await self._connection.execute(statement, wanted)).all())
        for r in rows:
            if r.aside_hash in by_hash:
                absent = self.absent.setdefault(by_hash[r.aside_hash], [])
                absent.append(Absent(r.id, r.word_hash, r.state, r.last_hello_at))
        rows = [r for r in rows if r.aside_hash is None or r.id in ids]
        found = [self._chat_of(r) for r in rows]
        hashes = [r.chat_hash if r.aside_hash is None else r.aside_hash for r in rows]
        if any(by_hash.get(each, c) != c for each, c in zip(hashes, found, strict=True)):
            raise WrongKey("a chat stands in another person's row")
        beside = [chat for r, chat in zip(rows, found, strict=True) if r.id in ids]
        people = await self._people_of(rows, found, {*whole, *beside})
        return {person.chat if person.here else -person.id: person for person in people}

    async def load_ids(self, ids: Collection[int]) -> dict[int, Person]:
        """The same by participant id, here or not; who is loaded already is not loaded twice.

        Somebody whose rows do not open holds up no other.
        """
        try:
            return await self._load_ids(ids)
        except UNREADABLE as error:
            if len(ids) == 1:
                number, kind = next(iter(ids)), type(error).__name__
                log.warning("person.not_opened", participant=number, error=kind)
                return {}
        found: dict[int, Person] = {}
        for each in sorted(ids):
            found |= await self.load_ids([each])
        return found

    async def _load_ids(self, ids: Collection[int]) -> dict[int, Person]:
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
        chats = [self._chat_of(r) for r in rows]
        people = await self._people_of(rows, chats, ())
        return known | {person.id: person for person in people}

    def _chat_of(self, row: Any) -> int:
        return int(self._key(row.data_key).open(row.chat, "participants", row.id, "chat"))

    async def _people_of(
        self, rows: Sequence[Any], chats: Sequence[int], whole: Collection[int]
    ) -> list[Person]:
        people = {
            row.id: Person(
                id=row.id,
                chat=chat,
                wrapped=row.data_key,
                state=row.state,
                language=row.language,
                audience=row.audience,
                zone=row.zone,
                may_message=row.may_message,
                safe=Safe.from_json(row.safe),
                paused_until=row.paused_until,
                last_hello_at=row.last_hello_at,
                keep_months=row.keep_months,
                joined_at=row.joined_at,
                moved_at=row.moved_at,
                unanswered=row.unanswered,
                shared_phone=row.shared_phone,
                phone_at=row.phone_at,
                line=row.line,
                clear_after=row.clear_after,
                clear_all_at=row.clear_all_at,
                waits=self._waits(row),
                waits_since=row.waits_since,
                delete_at=row.delete_at,
                receipt=row.receipt,
                taken_back=row.taken_back,
                here=row.aside_hash is None,
                word=row.word_hash,
                closed_before=row.closed_before,
                known_at=row.known_at,
            )
            for row, chat in zip(rows, chats, strict=True)
        }
        if people:
            for case in await self.caseload.cases(participants=people):
                people[case.participant_id].cases.append(case)
            for person in people.values():
                person.cases.sort(key=lambda case: (case.joined_at or case.made_at, case.id))
            wanted = {p.id for p in people.values() if p.chat in whole or _changes_an_answer(p)}
            await self._add_sessions(people, wanted)
        self._loaded |= people
        return list(people.values())

    def _waits(self, row: Any) -> Mapping[str, Any]:
        if row.waits is None:
            return {}
        opened = self._key(row.data_key).open(row.waits, "participants", row.id, "waits")
        found: dict[str, Any] = json.loads(opened)
        return found

    async def _add_sessions(self, people: dict[int, Person], whole: set[int]) -> None:
        wanted = {"people": list(people), "whole": list(whole)}
        rows = list((await self._connection.execute(_SESSIONS, wanted)).all())
        if missing := {r.about for r in rows if r.about} - {r.id for r in rows}:
            abouts = sa.select(SessionRow).where(SessionRow.id.in_(missing))
            rows += (await self._connection.execute(abouts)).all()
        answers, closed = await self._answers_of([r.id for r in rows], people)
        by_id = {r.id: r for r in rows}
        for row in rows:
            person = people[row.participant_id]
            about = by_id.get(row.about)
            earlier = {about.flow: answers[about.id]} if about else {}
            way = open_way(self._key(person.wrapped), row)
            session = session_of(row, way, answers[row.id], earlier)
            if person.id in whole:
                person.past.append(past_of(row, session, closed[row.id]))
            if row.stage is Stage.WAITING:
                person.live = Live(
                    id=row.id,
                    session=session,
                    started_at=row.started_at,
                    about=row.about,
                    about_version=about.version if about else None,
                    case_id=row.case_id,
                    sharing=row.sharing,
                    shared_with=row.shared_with,
                    said_turn=row.said_turn,
                    said_message=row.said_message,
                    moved_at=row.moved_at,
                    heard=row.heard,
                    closed=closed[row.id],
                )

    async def next_hellos(self, people: Collection[Person]) -> None:
        """Fills in when each of these people's next planned check-in is due."""
        by_id = {p.id: p for p in people}
        if not by_id:
            return
        for row in (await self._connection.execute(_NEXT_HELLOS, {"people": list(by_id)})).all():
            by_id[row.participant_id].next_hello = row.due

    async def asks_due(self, people: Collection[Person], now: dt.datetime) -> None:
        """Fills in what workers have asked of these people that is due and not yet said."""
        by_id = {p.id: p for p in people if p.cases}
        if not by_id:
            return
        statement = (
            sa.select(FollowUpRow)
            .where(
                FollowUpRow.participant_id.in_(by_id),
                FollowUpRow.kind.in_(("ask_before", "ask_after")),
                sa.or_(
                    FollowUpRow.state.in_(OPEN),
                    # Who chose to write first is asked when they do.
                    sa.and_(
                        FollowUpRow.state == Due.DROPPED,
                        FollowUpRow.outcome == ONLY_FIRST,
                        FollowUpRow.useless_after >= now,
                    ),
                ),
                FollowUpRow.due_at <= now,
            )
            .order_by(FollowUpRow.due_at)
        )
        for row in (await self._connection.execute(statement)).all():
            by_id[row.participant_id].asks.append(follow_up(row))

    async def follow_ups(self, ids: Collection[int]) -> dict[int, FollowUp]:
        """Follow-ups by id, for taps on their buttons."""
        if not ids:
            return {}
        statement = sa.select(FollowUpRow).where(FollowUpRow.id.in_(ids))
        rows = (await self._connection.execute(statement)).all()
        return {row.id: follow_up(row) for row in rows}

    async def open_hellos(self, people: Collection[int]) -> dict[int, FollowUp]:
        """The newest hello of each of these participants that was sent and not yet taken up."""
        if not people:
            return {}
        statement = (
            sa.select(FollowUpRow)
            .where(
                FollowUpRow.participant_id.in_(people),
                FollowUpRow.state.in_((Due.SENT, Due.UNCERTAIN, Due.SENDING)),
                FollowUpRow.outcome.is_(None),
            )
            .order_by(FollowUpRow.ended_at)
        )
        rows = (await self._connection.execute(statement)).all()
        return {row.participant_id: follow_up(row) for row in rows}

    async def _answers_of(
        self, session_ids: list[int], people: Mapping[int, Person]
    ) -> tuple[dict[int, dict[str, Answer]], dict[int, dict[str, Answer]]]:
        """The answers of check-ins that may be shown at the person's phone, and those closed."""
        found: dict[int, dict[str, Answer]] = {s: {} for s in session_ids}
        closed: dict[int, dict[str, Answer]] = {s: {} for s in session_ids}
        if not session_ids:
            return found, closed
        wanted = {"sessions": session_ids}
        for row in (await self._connection.execute(_ANSWERS, wanted)).all():
            person = people[row.participant_id]
            key = self._key(person.wrapped)
            at = ("answers", row.participant_id, row.session_id, row.step)
            state, choices = open_said(key, row)
            is_closed = person.closed_before is not None and row.at <= person.closed_before
            (closed if is_closed else found)[row.session_id][row.step] = Answer(
                step=row.step,
                state=State(state),
                choices=choices,
                words=key.open(row.words, *at, "words").decode() if row.words else None,
                voice=tuple(json.loads(key.open(row.voice, *at, "voice"))) if row.voice else (),
            )
        return found, closed

    async def sources(self, versions: Iterable[str]) -> list[tuple[str, str]]:
        """Name and source of flow versions kept in the database."""
        statement = sa.select(FlowVersionRow.flow, FlowVersionRow.source).where(
            FlowVersionRow.version.in_(list(versions))
        )
        return [(r.flow, r.source) for r in (await self._connection.execute(statement)).all()]

    def _key(self, wrapped: bytes) -> DataKey:
        return self._house.vault.key(wrapped)


# What is asked with every batch is put together once.


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


_SESSIONS = (
    sa.select(*SessionRow.__table__.c)
    .where(
        SessionRow.participant_id.in_(sa.bindparam("people", expanding=True)),
        sa.or_(
            SessionRow.stage == Stage.WAITING,
            SessionRow.participant_id.in_(sa.bindparam("whole", expanding=True)),
        ),
    )
    .order_by(SessionRow.started_at)
)
_ANSWERS = sa.select(*AnswerRow.__table__.c).where(
    AnswerRow.session_id.in_(sa.bindparam("sessions", expanding=True))
)


_NEXT_HELLOS = (
    sa.select(FollowUpRow.participant_id, sa.func.min(FollowUpRow.due_at).label("due"))
    .where(
        FollowUpRow.participant_id.in_(sa.bindparam("people", expanding=True)),
        FollowUpRow.kind.in_(("after", "ask_before", "ask_after")),
        FollowUpRow.state.in_(OPEN),
    )
    .group_by(FollowUpRow.participant_id)
)


def _changes_an_answer(person: Person) -> bool:
    return person.waits.get("to") == CHANGING


def follow_up(row: Any) -> FollowUp:
    """A follow-up from its row."""
    return FollowUp(
        id=row.id,
        participant_id=row.participant_id,
        kind=row.kind,
        session_id=row.session_id,
        state=row.state,
        outcome=row.outcome,
        due_at=row.due_at,
        useless_after=row.useless_after,
        attempts=row.attempts,
        case_id=row.case_id,
    )
