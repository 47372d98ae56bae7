"""Loads participants and their check-ins for a unit of work, whole and locked.

They are written in `unit_of_work`.
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

from bot.domain.participant import (
    ContactTimes,
    FollowUp,
    InactiveParticipant,
    OpenCheckin,
    Participant,
)
from bot.domain.states import CheckinState, FollowUpState
from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import UNREADABLE, DataKey, WrongKey
from bot.store.queries.question_feedback import QuestionFeedbackQuery
from bot.store.repositories.delivery.chat_message_repository import ChatMessageRepository
from bot.store.repositories.people.checkin_rows import checkin_of, session_of
from bot.store.repositories.people.early_stops import EarlyStopRepository
from bot.store.repositories.people.identity_repository import IdentityRepository
from bot.store.repositories.people.sealed_session import open_choices, open_position
from bot.store.repositories.work.caseload import Caseload
from bot.store.repositories.work.shown_messages import ShownMessageRepository
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow, FlowVersionRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from flows.engine import Answer, AnswerState

log = structlog.get_logger()

OPEN = (FollowUpState.WAITING, FollowUpState.CLAIMED)
"""Follow-ups that are not being sent yet."""
ONLY_FIRST = "only if they write first"
"""The outcome of a follow-up to a participant who wants none."""
CHANGING = "answer"
"""The pending input of a participant who is changing an answer."""


class ParticipantRepository:
    """The reading half of a unit of work."""

    def __init__(self, connection: AsyncConnection, house: SystemKeys) -> None:
        self._connection = connection
        self._keys = house
        self.caseload = Caseload(connection, house)
        self.chats = ChatMessageRepository(connection, house)
        self.stories = IdentityRepository(connection, house)
        self.shown = ShownMessageRepository(connection, house)
        self._loaded: dict[int, Participant] = {}
        self.absent: dict[int, list[InactiveParticipant]] = {}
        """The inactive participants by chat, of all that were loaded."""
        self.question_feedback = QuestionFeedbackQuery(connection, house)
        self.early_stops = EarlyStopRepository(connection, house)

    async def load(
        self,
        chats: Collection[int],
        whole: Collection[int] = (),
        ids: Collection[int] = (),
        *,
        lock: bool = True,
    ) -> dict[int, Participant]:
        """Loads the active participants of these chats, by chat, locked until the transaction ends.

        `whole` are the chats whose past check-ins are wanted too. Unknown chats are absent. `ids`
        are additional participants, whole: those whom a worker does something about. One of these
        who is inactive is under their negative id: their chat is another's now. Without a `lock`
        they are read only.
        """
        if not chats and not ids:
            return {}
        by_hash = {self._keys.chat_hash(chat): chat for chat in chats}
        wanted: dict[str, Any] = {"hashes": list(by_hash)} | ({"ids": list(ids)} if ids else {})
        statement = _people(beside=bool(ids), lock=lock)
        rows = list((await self._connection.execute(statement, wanted)).all())
        for r in rows:
            if r.aside_hash in by_hash:
                absent = self.absent.setdefault(by_hash[r.aside_hash], [])
                absent.append(InactiveParticipant(r.id, r.word_hash, r.state, r.last_hello_at))
        rows = [r for r in rows if r.aside_hash is None or r.id in ids]
        found = [self._chat_of(r) for r in rows]
        hashes = [r.chat_hash if r.aside_hash is None else r.aside_hash for r in rows]
        if any(by_hash.get(each, c) != c for each, c in zip(hashes, found, strict=True)):
            raise WrongKey("a chat stands in another person's row")
        beside = [chat for r, chat in zip(rows, found, strict=True) if r.id in ids]
        people = await self._people_of(rows, found, {*whole, *beside})
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
        chats = [self._chat_of(r) for r in rows]
        people = await self._people_of(rows, chats, ())
        return known | {participant.id: participant for participant in people}

    def _chat_of(self, row: Any) -> int:
        return int(self._key(row.data_key).open(row.chat, "participants", row.id, "chat"))

    async def _people_of(
        self, rows: Sequence[Any], chats: Sequence[int], whole: Collection[int]
    ) -> list[Participant]:
        people = {
            row.id: Participant(
                id=row.id,
                chat_id=chat,
                wrapped_key=row.data_key,
                state=row.state,
                language=row.language,
                audience=row.audience,
                timezone=row.zone,
                may_message=row.may_message,
                contact_times=ContactTimes.from_json(row.safe),
                paused_until=row.paused_until,
                last_follow_up_at=row.last_hello_at,
                retention_months=row.keep_months,
                joined_at=row.joined_at,
                moved_at=row.moved_at,
                unanswered=row.unanswered,
                shared_phone=row.shared_phone,
                phone_checked_at=row.phone_at,
                opening_line=row.line,
                clears_after_checkin=row.clear_after,
                clear_chat_at=row.clear_all_at,
                pending_input=self._waits(row),
                pending_since=row.waits_since,
                delete_at=row.delete_at,
                receipt_hash=row.receipt,
                content_version=row.taken_back,
                is_active_at_chat=row.aside_hash is None,
                private_word_hash=row.word_hash,
                hidden_before=row.closed_before,
                known_at=row.known_at,
            )
            for row, chat in zip(rows, chats, strict=True)
        }
        if people:
            for case in await self.caseload.cases(participants=people):
                people[case.participant_id].cases.append(case)
            for participant in people.values():
                participant.cases.sort(key=lambda case: (case.joined_at or case.made_at, case.id))
            wanted = {p.id for p in people.values() if p.chat_id in whole or _changes_an_answer(p)}
            await self._add_sessions(people, wanted)
        self._loaded |= people
        return list(people.values())

    def _waits(self, row: Any) -> Mapping[str, Any]:
        if row.waits is None:
            return {}
        opened = self._key(row.data_key).open(row.waits, "participants", row.id, "waits")
        found: dict[str, Any] = json.loads(opened)
        return found

    async def _add_sessions(self, people: dict[int, Participant], whole: set[int]) -> None:
        wanted = {"people": list(people), "whole": list(whole)}
        rows = list((await self._connection.execute(_SESSIONS, wanted)).all())
        if missing := {r.about for r in rows if r.about} - {r.id for r in rows}:
            abouts = sa.select(CheckinRow).where(CheckinRow.id.in_(missing))
            rows += (await self._connection.execute(abouts)).all()
        answers, closed = await self._answers_of([r.id for r in rows], people)
        by_id = {r.id: r for r in rows}
        for row in rows:
            participant = people[row.participant_id]
            about = by_id.get(row.about)
            earlier = {about.flow: answers[about.id]} if about else {}
            way = open_position(self._key(participant.wrapped_key), row)
            session = session_of(row, way, answers[row.id], earlier)
            if participant.id in whole:
                participant.checkins.append(checkin_of(row, session, closed[row.id]))
            if row.stage is CheckinState.WAITING:
                participant.open_checkin = OpenCheckin(
                    id=row.id,
                    session=session,
                    started_at=row.started_at,
                    follows_id=row.about,
                    follows_version=about.version if about else None,
                    case_id=row.case_id,
                    sharing=row.sharing,
                    shared_with=row.shared_with,
                    shown_turn=row.said_turn,
                    shown_message_id=row.said_message,
                    moved_at=row.moved_at,
                    last_answer_message_id=row.heard,
                    hidden_answers=closed[row.id],
                )

    async def load_next_follow_ups(self, people: Collection[Participant]) -> None:
        """Fills in when each participant's next scheduled check-in is due."""
        by_id = {p.id: p for p in people}
        if not by_id:
            return
        for row in (await self._connection.execute(_NEXT_HELLOS, {"people": list(by_id)})).all():
            by_id[row.participant_id].next_follow_up_at = row.due

    async def load_due_requests(self, people: Collection[Participant], now: dt.datetime) -> None:
        """Fills in workers' requests to these participants that are due and not sent yet."""
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
                    # A participant who chose to write first is asked when they do.
                    sa.and_(
                        FollowUpRow.state == FollowUpState.DROPPED,
                        FollowUpRow.outcome == ONLY_FIRST,
                        FollowUpRow.useless_after >= now,
                    ),
                ),
                FollowUpRow.due_at <= now,
            )
            .order_by(FollowUpRow.due_at)
        )
        for row in (await self._connection.execute(statement)).all():
            by_id[row.participant_id].due_requests.append(follow_up(row))

    async def follow_ups(self, ids: Collection[int]) -> dict[int, FollowUp]:
        """Follow-ups by id, for taps on their buttons."""
        if not ids:
            return {}
        statement = sa.select(FollowUpRow).where(FollowUpRow.id.in_(ids))
        rows = (await self._connection.execute(statement)).all()
        return {row.id: follow_up(row) for row in rows}

    async def open_follow_ups(self, people: Collection[int]) -> dict[int, FollowUp]:
        """The newest follow-up of each participant that was sent and not yet opened."""
        if not people:
            return {}
        statement = (
            sa.select(FollowUpRow)
            .where(
                FollowUpRow.participant_id.in_(people),
                FollowUpRow.state.in_(
                    (FollowUpState.SENT, FollowUpState.UNCERTAIN, FollowUpState.SENDING)
                ),
                FollowUpRow.outcome.is_(None),
            )
            .order_by(FollowUpRow.ended_at)
        )
        rows = (await self._connection.execute(statement)).all()
        return {row.participant_id: follow_up(row) for row in rows}

    async def _answers_of(
        self, session_ids: list[int], people: Mapping[int, Participant]
    ) -> tuple[dict[int, dict[str, Answer]], dict[int, dict[str, Answer]]]:
        """The answers of check-ins that may be shown at the phone, and the hidden ones."""
        found: dict[int, dict[str, Answer]] = {s: {} for s in session_ids}
        closed: dict[int, dict[str, Answer]] = {s: {} for s in session_ids}
        if not session_ids:
            return found, closed
        wanted = {"sessions": session_ids}
        for row in (await self._connection.execute(_ANSWERS, wanted)).all():
            participant = people[row.participant_id]
            key = self._key(participant.wrapped_key)
            at = ("answers", row.participant_id, row.session_id, row.step)
            state, choices = open_choices(key, row)
            is_closed = (
                participant.hidden_before is not None and row.at <= participant.hidden_before
            )
            (closed if is_closed else found)[row.session_id][row.step] = Answer(
                step=row.step,
                state=AnswerState(state),
                choices=choices,
                words=key.open(row.words, *at, "words").decode() if row.words else None,
                voice=tuple(json.loads(key.open(row.voice, *at, "voice"))) if row.voice else (),
            )
        return found, closed

    async def flow_sources(self, versions: Iterable[str]) -> list[tuple[str, str]]:
        """Name and source of flow versions stored in the database."""
        statement = sa.select(FlowVersionRow.flow, FlowVersionRow.source).where(
            FlowVersionRow.version.in_(list(versions))
        )
        return [(r.flow, r.source) for r in (await self._connection.execute(statement)).all()]

    def _key(self, wrapped: bytes) -> DataKey:
        return self._keys.vault.key(wrapped)


# Statements used for every batch are built once.


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
    sa.select(*CheckinRow.__table__.c)
    .where(
        CheckinRow.participant_id.in_(sa.bindparam("people", expanding=True)),
        sa.or_(
            CheckinRow.stage == CheckinState.WAITING,
            CheckinRow.participant_id.in_(sa.bindparam("whole", expanding=True)),
        ),
    )
    .order_by(CheckinRow.started_at)
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


def _changes_an_answer(participant: Participant) -> bool:
    return participant.pending_input.get("to") == CHANGING


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
        expires_at=row.useless_after,
        attempts=row.attempts,
        case_id=row.case_id,
    )
