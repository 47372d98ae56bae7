"""Reads, page by page, the data of a report or an export, as of one moment.

An answer is read only where its participant shared it with the service, without their name. Memory
does not grow with the number of answers. Writes nothing but editions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sharing_choice import Sharing
from bot.domain.states import CheckinState, ParticipantState
from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import UNREADABLE
from bot.store.repositories.people.sealed_session import open_choices
from bot.store.repositories.work.service_repository import (
    OF_CASES,
    OF_LIST,
    listed_services,
    one_name_each,
    opened_service,
)
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow, FlowVersionRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.report_tables import AnnouncementRow, EditionRow
from bot.store.tables.worker_tables import CaseRow, RecordRow
from flows.engine.normalise import normalise

log = structlog.get_logger()

PAGE = 500


@dataclass(frozen=True, slots=True)
class ReportedAnswer:
    """The answer to one question. `words` are decrypted only on request.

    `wrote`: whether there are any.
    """

    step: str
    state: str
    choices: tuple[str, ...]
    words: str | None
    voice: bool
    language: str
    wrote: bool


@dataclass(frozen=True, slots=True)
class ReportedCheckin:
    """One finished or unfinished check-in; `said` is empty unless it was shared with the service.

    `since` is when the one it asks after was finished; `with_worker`: their worker may read it, and
    the service may not count it.
    """

    id: int
    flow: str
    version: str
    done: bool
    shared: bool
    about: int | None
    since: dt.datetime | None
    case_id: int | None
    started_at: dt.datetime
    ended_at: dt.datetime | None = None
    with_worker: bool = False
    said: tuple[ReportedAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportedCase:
    """The service of a worker's link, and the outcome that the service recorded last, by then."""

    id: int
    service: str | None
    made_at: dt.datetime
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class ReportedParticipant:
    """One participant with all data of theirs that may be counted."""

    id: int
    state: ParticipantState
    language: str
    audience: str
    joined_at: dt.datetime
    cases: tuple[ReportedCase, ...]
    checkins: tuple[ReportedCheckin, ...]


class ReportQuery:
    """The database as of one moment. Use `Database.reporting()` to get one."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys
        self._services: dict[str, str] | None = None

    def draw(self, what: str) -> bytes:
        """Pseudo-random bytes, the same for the same text; see `SystemKeys.keyed_random`."""
        return self._keys.keyed_random(what)

    async def ids(self) -> list[int]:
        """All participants' ids, and nothing more: eight bytes each, so all at once.

        A participant with a pending deletion is left out, though they may still undo it.
        """
        there = ParticipantRow.delete_at.is_(None)
        found = await self._connection.execute(
            sa.select(ParticipantRow.id).where(there).order_by(ParticipantRow.id)
        )
        return list(found.scalars())

    async def not_joined(self) -> AsyncIterator[ReportedCase]:
        """Cases that were given a link and have not joined by it."""
        await self._know_services()
        statement = sa.select(CaseRow).where(CaseRow.participant_id.is_(None))
        async for row in await self._connection.stream(statement):
            yield self._served(row, None)

    async def people(
        self,
        ids: Sequence[int],
        words: Collection[str] | None = None,
        until: dt.datetime | None = None,
    ) -> AsyncIterator[list[ReportedParticipant]]:
        """These participants, in this order, a page at a time, in their state at `until`.

        `words` are the questions whose free text is decrypted; None decrypts all.
        """
        for first in range(0, len(ids), PAGE):
            wanted = ids[first : first + PAGE]
            rows = await self._all(sa.select(ParticipantRow).where(ParticipantRow.id.in_(wanted)))
            checkins = await self._checkins({row.id: row for row in rows}, words, until)
            cases = await self._cases(wanted, until)
            by_id = {row.id: row for row in rows}
            yield [
                ReportedParticipant(
                    id=row.id,
                    state=row.state,
                    language=row.language,
                    audience=row.audience,
                    joined_at=row.joined_at,
                    cases=tuple(cases.get(row.id, ())),
                    checkins=tuple(checkins.get(row.id, ())),
                )
                for row in (by_id[i] for i in wanted if i in by_id)
            ]

    async def _checkins(
        self, people: dict[int, Any], words: Collection[str] | None, until: dt.datetime | None
    ) -> dict[int, list[ReportedCheckin]]:
        rows = await self._all(
            sa.select(CheckinRow)
            .where(CheckinRow.participant_id.in_(people))
            .order_by(CheckinRow.started_at, CheckinRow.id)
        )
        ended = {row.id: row.ended_at for row in rows}
        rows = [row for row in rows if until is None or row.started_at < until]
        shared = [
            r.id for r in rows if r.sharing == Sharing.SERVICE and r.stage is CheckinState.DONE
        ]
        said = await self._said(people, shared, words, ended)
        found: dict[int, list[ReportedCheckin]] = {}
        for row in rows:
            checkin = ReportedCheckin(
                id=row.id,
                flow=row.flow,
                version=row.version,
                done=row.stage is CheckinState.DONE,
                shared=row.id in said,
                about=row.about,
                since=ended.get(row.about) if row.about else None,
                case_id=row.case_id,
                started_at=row.started_at,
                ended_at=row.ended_at,
                with_worker=row.sharing == Sharing.WORKER and row.stage is CheckinState.DONE,
                said=tuple(said.get(row.id, ())),
            )
            found.setdefault(row.participant_id, []).append(checkin)
        return found

    async def _said(
        self,
        people: dict[int, Any],
        sessions: list[int],
        words: Collection[str] | None,
        ended: Mapping[int, dt.datetime | None],
    ) -> dict[int, list[ReportedAnswer]]:
        found: dict[int, list[ReportedAnswer]] = {session: [] for session in sessions}
        for first in range(0, len(sessions), PAGE):
            some = sessions[first : first + PAGE]
            # A question's place in its check-in is not stored; by its name it is always the same.
            rows = await self._all(
                sa.select(AnswerRow)
                .where(AnswerRow.session_id.in_(some))
                .order_by(AnswerRow.session_id, AnswerRow.step)
            )
            for row in rows:
                closed, at_end = people[row.participant_id].closed_before, ended[row.session_id]
                if closed and row.at <= closed and (at_end is None or at_end > closed):
                    continue  # shared after a move, and answered before it
                wanted = words is None or row.step in words
                said = self._opened(row, people[row.participant_id].data_key, wanted)
                if said is not None:
                    found[row.session_id].append(said)
        return found

    def _opened(self, row: Any, wrapped: bytes, wanted: bool) -> ReportedAnswer | None:
        """An answer, with its text where requested; None where it cannot be decrypted."""
        at = ("answers", row.participant_id, row.session_id, row.step, "words")
        try:
            key = self._keys.vault.key(wrapped)
            state, choices = open_choices(key, row)
            words = key.open(row.words, *at).decode() if row.words and wanted else None
        except UNREADABLE:  # one row must not hold up the others
            log.warning("answer.not_opened", session=row.session_id, step=row.step)
            return None
        wrote = bool(row.words)
        return ReportedAnswer(row.step, state, choices, words, bool(row.voice), row.language, wrote)

    async def _cases(
        self, people: Sequence[int], until: dt.datetime | None
    ) -> dict[int, list[ReportedCase]]:
        rows = await self._all(
            sa.select(CaseRow).where(CaseRow.participant_id.in_(people)).order_by(CaseRow.made_at)
        )
        records = (
            sa.select(RecordRow.case_id, RecordRow.outcome)
            .where(RecordRow.case_id.in_([row.id for row in rows]))
            .order_by(RecordRow.at)
        )
        if until is not None:
            records = records.where(RecordRow.at < until)
        outcomes = {row.case_id: row.outcome for row in await self._all(records)}
        await self._know_services()
        found: dict[int, list[ReportedCase]] = {}
        for row in rows:
            served = self._served(row, outcomes.get(row.id))
            found.setdefault(row.participant_id, []).append(served)
        return found

    def _served(self, row: Any, outcome: str | None) -> ReportedCase:
        service = opened_service(self._keys, row)
        if service is not None:  # "hostel" is counted with "Hostel"
            service = (self._services or {}).get(normalise(service), service)
        return ReportedCase(row.id, service, row.made_at, outcome)

    async def _know_services(self) -> None:
        """Loads, once, the name each service is shown by."""
        if self._services is None:
            listed = listed_services(self._keys, await self._all(OF_LIST))
            used = (opened_service(self._keys, row) for row in await self._all(OF_CASES))
            names = (name for name in used if name is not None)
            self._services = one_name_each((name for _, name in listed), names)

    async def sources(self) -> list[tuple[str, str, str, dt.datetime]]:
        """Every version of every flow: version, name, source and when it was first used."""
        rows = await self._all(
            sa.select(FlowVersionRow).order_by(FlowVersionRow.flow, FlowVersionRow.first_seen)
        )
        return [(row.version, row.flow, row.source, row.first_seen) for row in rows]

    async def news(self) -> list[tuple[dt.datetime, str]]:
        """What was done because of participants' answers, oldest first."""
        key = self._keys.key
        return [
            (row.at, key.open(row.words, "news", row.id, "words").decode())
            for row in await self._all(sa.select(AnnouncementRow).order_by(AnnouncementRow.at))
        ]

    async def edition(self, month: str) -> dict[str, Any] | None:
        """The numbers of a month as they were first published, if they were."""
        found = await self._connection.execute(
            sa.select(EditionRow.body).where(EditionRow.month == month)
        )
        body: dict[str, Any] | None = found.scalar_one_or_none()
        return body

    async def newest_edition(self, before: str) -> dict[str, Any] | None:
        """The newest numbers published before a month's."""
        found = await self._connection.execute(
            sa.select(EditionRow.body)
            .where(EditionRow.month < before)
            .order_by(EditionRow.month.desc())
            .limit(1)
        )
        body: dict[str, Any] | None = found.scalar_one_or_none()
        return body

    async def _all(self, statement: sa.Executable) -> Sequence[Any]:
        rows: Sequence[Any] = (await self._connection.execute(statement)).all()
        return rows


async def keep_edition(
    connection: AsyncConnection, month: str, body: dict[str, Any], now: dt.datetime
) -> dict[str, Any]:
    """Stores a month's numbers, unless they exist already; returns those stored."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(EditionRow).values(month=month, body=body, made_at=now)
    await connection.execute(statement.on_conflict_do_nothing())
    found = await connection.execute(sa.select(EditionRow.body).where(EditionRow.month == month))
    kept: dict[str, Any] = found.scalar_one()
    return kept
