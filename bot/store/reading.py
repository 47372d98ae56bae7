"""Reads people and their check-ins for a batch, whole and locked.

Writes nothing; see `batch`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.house import House
from bot.store.people import FollowUp, Live, Past, Person, Safe
from bot.store.tables import (
    AnswerRow,
    Due,
    FlowVersionRow,
    FollowUpRow,
    ParticipantRow,
    SessionRow,
    Stage,
)
from bot.store.vault import DataKey
from flows.engine import Answer, Session, State

OPEN = (Due.WAITING, Due.CLAIMED)
"""Follow-ups that have not begun to be sent."""


class Reading:
    """The reading half of a batch."""

    def __init__(self, connection: AsyncConnection, house: House) -> None:
        self._connection = connection
        self._house = house

    async def load(self, chats: Collection[int], whole: Collection[int] = ()) -> dict[int, Person]:
        """The people behind these chats, locked until the end of the transaction.

        `whole` are the chats whose past check-ins are wanted too. Chats unknown are absent.
        """
        if not chats:
            return {}
        by_hash = {self._house.chat_hash(chat): chat for chat in chats}
        statement = (
            sa.select(ParticipantRow)
            .where(ParticipantRow.chat_hash.in_(by_hash))
            .order_by(ParticipantRow.id)  # one order for all, so that two processes cannot deadlock
            .with_for_update()
        )
        rows = (await self._connection.execute(statement)).all()
        return await self._people_of(rows, [by_hash[r.chat_hash] for r in rows], whole)

    async def load_ids(self, ids: Collection[int]) -> dict[int, Person]:
        """The same by participant id."""
        if not ids:
            return {}
        statement = (
            sa.select(ParticipantRow)
            .where(ParticipantRow.id.in_(ids))
            .order_by(ParticipantRow.id)
            .with_for_update()
        )
        rows = (await self._connection.execute(statement)).all()
        chats = [
            int(self._key(r.data_key).open(r.chat, "participants", r.id, "chat")) for r in rows
        ]
        people = await self._people_of(rows, chats, ())
        return {person.id: person for person in people.values()}

    async def _people_of(
        self, rows: Sequence[Any], chats: Sequence[int], whole: Collection[int]
    ) -> dict[int, Person]:
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
            )
            for row, chat in zip(rows, chats, strict=True)
        }
        if people:
            await self._add_sessions(people, {p.id for p in people.values() if p.chat in whole})
        return {person.chat: person for person in people.values()}

    async def _add_sessions(self, people: dict[int, Person], whole: set[int]) -> None:
        wanted = sa.and_(
            SessionRow.participant_id.in_(people),
            sa.or_(SessionRow.stage == Stage.WAITING, SessionRow.participant_id.in_(whole)),
        )
        statement = sa.select(SessionRow).where(wanted).order_by(SessionRow.started_at)
        rows = list((await self._connection.execute(statement)).all())
        if missing := {r.about for r in rows if r.about} - {r.id for r in rows}:
            abouts = sa.select(SessionRow).where(SessionRow.id.in_(missing))
            rows += (await self._connection.execute(abouts)).all()
        answers = await self._answers_of([r.id for r in rows], people)
        by_id = {r.id: r for r in rows}
        for row in rows:
            person = people[row.participant_id]
            about = by_id.get(row.about)
            earlier = {about.flow: answers[about.id]} if about else {}
            session = _session(row, answers[row.id], earlier)
            if person.id in whole:
                person.past.append(_past(row, session))
            if row.stage is Stage.WAITING:
                person.live = Live(
                    id=row.id,
                    session=session,
                    started_at=row.started_at,
                    about=row.about,
                    sharing=row.sharing,
                    said_turn=row.said_turn,
                    said_message=row.said_message,
                    moved_at=row.moved_at,
                    heard=row.heard,
                )

    async def next_hellos(self, people: Collection[Person]) -> None:
        """Fills in when each of these people's next planned check-in is due."""
        by_id = {p.id: p for p in people}
        if not by_id:
            return
        statement = (
            sa.select(FollowUpRow.participant_id, sa.func.min(FollowUpRow.due_at).label("due"))
            .where(
                FollowUpRow.participant_id.in_(by_id),
                FollowUpRow.kind == "after",
                FollowUpRow.state.in_(OPEN),
            )
            .group_by(FollowUpRow.participant_id)
        )
        for row in (await self._connection.execute(statement)).all():
            by_id[row.participant_id].next_hello = row.due

    async def follow_ups(self, ids: Collection[int]) -> dict[int, FollowUp]:
        """Follow-ups by id, for taps on their buttons."""
        if not ids:
            return {}
        statement = sa.select(FollowUpRow).where(FollowUpRow.id.in_(ids))
        rows = (await self._connection.execute(statement)).all()
        return {row.id: follow_up(row) for row in rows}

    async def open_hellos(self, people: Collection[Person]) -> dict[int, FollowUp]:
        """The newest hello of each of these people that was sent and not yet taken up."""
        if not people:
            return {}
        statement = (
            sa.select(FollowUpRow)
            .where(
                FollowUpRow.participant_id.in_([p.id for p in people]),
                FollowUpRow.state.in_((Due.SENT, Due.UNCERTAIN)),
                FollowUpRow.outcome.is_(None),
            )
            .order_by(FollowUpRow.ended_at)
        )
        rows = (await self._connection.execute(statement)).all()
        return {row.participant_id: follow_up(row) for row in rows}

    async def _answers_of(
        self, session_ids: list[int], people: Mapping[int, Person]
    ) -> dict[int, dict[str, Answer]]:
        found: dict[int, dict[str, Answer]] = {s: {} for s in session_ids}
        if not session_ids:
            return found
        statement = sa.select(AnswerRow).where(AnswerRow.session_id.in_(session_ids))
        for row in (await self._connection.execute(statement)).all():
            key = self._key(people[row.participant_id].wrapped)
            at = ("answers", row.participant_id, row.session_id, row.step)
            found[row.session_id][row.step] = Answer(
                step=row.step,
                state=State(row.state),
                choices=tuple(row.choices),
                words=key.open(row.words, *at, "words").decode() if row.words else None,
                voice=tuple(json.loads(key.open(row.voice, *at, "voice"))) if row.voice else (),
            )
        return found

    async def sources(self, versions: Iterable[str]) -> list[tuple[str, str]]:
        """Name and source of flow versions kept in the database."""
        statement = sa.select(FlowVersionRow.flow, FlowVersionRow.source).where(
            FlowVersionRow.version.in_(list(versions))
        )
        return [(r.flow, r.source) for r in (await self._connection.execute(statement)).all()]

    def _key(self, wrapped: bytes) -> DataKey:
        return self._house.vault.key(wrapped)


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
    )


def _session(
    row: Any, answers: Mapping[str, Answer], earlier: Mapping[str, Mapping[str, Answer]]
) -> Session:
    return Session(
        flow=row.flow,
        version=row.version,
        step=row.step,
        turn=row.turn,
        trail=tuple(row.trail),
        passed=tuple(row.passed),
        picks=tuple(row.picks),
        begun=row.begun,
        answers=answers,
        earlier=earlier,
    )


def _past(row: Any, session: Session) -> Past:
    return Past(
        id=row.id,
        flow=row.flow,
        version=row.version,
        started_at=row.started_at,
        sharing=row.sharing,
        stage=row.stage,
        about=row.about,
        ended_at=row.ended_at,
        session=session,
    )
