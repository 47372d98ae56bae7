"""People as workers know them, and where things stand, within a batch.

Reads no answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.store.house import new_id
from bot.store.opened import Opened
from bot.store.people import Person
from bot.store.tables import Due, FollowUpRow, Life, ParticipantRow, SessionRow, Stage
from bot.store.worker_tables import (
    AlertRow,
    CaseRow,
    WorkerRow,
)
from bot.store.workers import Case, Where, Worker

PLANNED = ("after", "ask_before", "ask_after")
_OPEN = sa.text("follow_ups.state IN ('waiting', 'claimed', 'sending')")


class CaseRows(Opened):
    """People as workers know them, and where things stand, within a batch."""

    async def cases(
        self,
        ids: Collection[int] = (),
        tokens: Collection[str] = (),
        participants: Collection[int] = (),
    ) -> list[Case]:
        """Cases by id, by token, or by who has joined."""
        hashes = [self._house.token_hash(token) for token in tokens]
        by = {"id": list(ids), "token_hash": hashes, "participant_id": list(participants)}
        wanted = {name: values for name, values in by.items() if values}
        if not wanted:
            return []
        rows = await self._connection.execute(_cases_by(*wanted), wanted)
        return [self._case(row) for row in rows.all()]

    async def held(self, chats: Collection[int]) -> dict[int, Case]:
        """The case whose link each of these chats has opened and not joined by, if any."""
        if not chats:
            return {}
        by_hash = {self._house.chat_hash(chat): chat for chat in chats}
        rows = (await self._connection.execute(_holding(), {"hashes": list(by_hash)})).all()
        return {by_hash[row.holder]: self._case(row) for row in rows}

    async def joined_with(self, worker_id: int) -> dict[int, int]:
        """The participants that have joined by a worker's cases: the case of each."""
        statement = sa.select(CaseRow.participant_id, CaseRow.id).where(
            CaseRow.worker_id == worker_id, CaseRow.participant_id.is_not(None)
        )
        rows = (await self._connection.execute(statement)).all()
        return {row.participant_id: row.id for row in rows}

    async def page(self, worker_id: int, place: int, most: int) -> tuple[list[Case], int]:
        """Some of a worker's cases, newest first, and how many there are in all."""
        mine = CaseRow.worker_id == worker_id
        total = (
            await self._connection.execute(sa.select(sa.func.count(CaseRow.id)).where(mine))
        ).scalar_one()
        statement = (
            _with_worker()
            .where(mine)
            .order_by(CaseRow.made_at.desc(), CaseRow.id)
            .offset(place * most)
            .limit(most)
        )
        rows = (await self._connection.execute(statement)).all()
        return [self._case(row) for row in rows], int(total)

    async def named(self, worker_id: int) -> list[tuple[int, str]]:
        """The id and name of every case of a worker, newest first, for searching."""
        statement = (
            sa.select(CaseRow.id, CaseRow.name, CaseRow.data_key)
            .where(CaseRow.worker_id == worker_id)
            .order_by(CaseRow.made_at.desc(), CaseRow.id)
        )
        rows = (await self._connection.execute(statement)).all()
        return [(row.id, self._open_case_name(row)) for row in rows]

    async def make_cases(
        self,
        worker: Worker,
        names: Sequence[tuple[str, str]],
        service: str,
        language: str | None,
        now: dt.datetime,
        expires_at: dt.datetime,
    ) -> list[Case]:
        """Makes one case for each name and token; only the tokens' hashes are kept."""
        rows, made = [], []
        for name, token in names:
            case_id = new_id()
            sealed = self._house.new_case_key(case_id)
            key = self._house.case_key(case_id, sealed)
            rows.append(
                {
                    "id": case_id,
                    "data_key": sealed,
                    "worker_id": worker.id,
                    "name": key.seal(name.encode(), "cases", case_id, "name"),
                    "service": key.seal(service.encode(), "cases", case_id, "service"),
                    "language": language,
                    "token_hash": self._house.token_hash(token),
                    "expires_at": expires_at,
                    "made_at": now,
                }
            )
            about = (case_id, worker.id, worker.name, name, service, language, expires_at, now)
            made.append(Case(*about, data_key=sealed))
        await self._connection.execute(sa.insert(CaseRow), rows)
        return made

    async def change_case(self, case: Case, *fields: str) -> None:
        """Writes these fields of a case, and no others.

        What another process has changed since it was read, such as who has joined, stays.
        """
        values: dict[str, Any] = {field: getattr(case, field) for field in fields}
        if "name" in values:
            key = self._house.case_key(case.id, case.data_key)
            values["name"] = key.seal(case.name.encode(), "cases", case.id, "name")
        statement = sa.update(CaseRow).where(CaseRow.id == case.id)
        await self._connection.execute(statement.values(**values))

    async def hold(self, case: Case, chat: int) -> bool:
        """Binds a link to the chat that opened it first; False when another was quicker.

        A chat holds one link at a time, the one it opened last.
        """
        case.holder = self._house.chat_hash(chat)
        statement = (
            sa.update(CaseRow)
            .where(
                CaseRow.id == case.id,
                CaseRow.joined_at.is_(None),
                sa.or_(CaseRow.holder.is_(None), CaseRow.holder == case.holder),
            )
            .values(holder=case.holder)
        )
        if (await self._connection.execute(statement)).rowcount != 1:
            return False
        await self._connection.execute(_held_by(case.holder, but=case.id).values(holder=None))
        return True

    def holds(self, case: Case, chat: int) -> bool:
        """Whether it was this chat that opened the link."""
        return case.holder == self._house.chat_hash(chat)

    async def let_go(self, chat: int) -> None:
        """Takes a chat off the links it opened and did not join by: nothing of it stays."""
        statement = _held_by(self._house.chat_hash(chat))
        await self._connection.execute(statement.values(holder=None))

    async def new_link(self, case: Case, token: str, expires_at: dt.datetime) -> None:
        """Puts a new link in the place of one that was not used; the old one is dead."""
        statement = sa.update(CaseRow).where(CaseRow.id == case.id, CaseRow.joined_at.is_(None))
        values = {"token_hash": self._house.token_hash(token), "expires_at": expires_at}
        await self._connection.execute(statement.values(**values, holder=None, second_use_at=None))

    async def adopt(self, person: Person, case: Case) -> None:
        """Makes a person's own check-ins, and what is planned for them, part of a case."""
        for table in (SessionRow, FollowUpRow):
            await self._connection.execute(
                sa.update(table)
                .where(table.participant_id == person.id, table.case_id.is_(None))
                .values(case_id=case.id)
            )

    async def noted_second_use(self, case: Case, now: dt.datetime) -> bool:
        """Marks that somebody else tried a case's link; True the first time."""
        first = sa.and_(CaseRow.id == case.id, CaseRow.second_use_at.is_(None))
        statement = sa.update(CaseRow).where(first).values(second_use_at=now)
        return (await self._connection.execute(statement)).rowcount == 1

    async def drop(self, case: Case) -> None:
        """Takes away a case that nobody has joined by."""
        await self._connection.execute(
            sa.delete(CaseRow).where(CaseRow.id == case.id, CaseRow.participant_id.is_(None))
        )

    async def where(self, cases: Sequence[Case]) -> list[Where]:
        """Where things stand with these cases."""
        ids = [c.id for c in cases]
        people = [c.participant_id for c in cases if c.participant_id is not None]
        run = self._connection.execute
        lives = {
            row.id: row
            for row in await run(
                sa.select(
                    ParticipantRow.id, ParticipantRow.state, ParticipantRow.paused_until
                ).where(ParticipantRow.id.in_(people))
            )
        }
        done = {
            (row.case_id, row.about is not None)
            for row in await run(
                sa.select(SessionRow.case_id, SessionRow.about).where(
                    SessionRow.case_id.in_(ids), SessionRow.stage == Stage.DONE
                )
            )
        }
        planned = {
            row.case_id: row.due
            for row in await run(
                sa.select(FollowUpRow.case_id, sa.func.min(FollowUpRow.due_at).label("due"))
                .where(_OPEN, FollowUpRow.case_id.in_(ids), FollowUpRow.kind.in_(PLANNED))
                .group_by(FollowUpRow.case_id)
            )
        }
        unsure = set(
            (
                await run(
                    sa.select(FollowUpRow.case_id).where(
                        FollowUpRow.case_id.in_(ids),
                        FollowUpRow.state == Due.UNCERTAIN,
                        FollowUpRow.outcome.is_(None),
                    )
                )
            ).scalars()
        )
        alerts = set(
            (
                await run(
                    sa.select(AlertRow.case_id).where(
                        AlertRow.case_id.in_(ids), AlertRow.seen_at.is_(None)
                    )
                )
            ).scalars()
        )
        found: list[Where] = []
        for case in cases:
            life = lives.get(case.participant_id)
            found.append(
                Where(
                    case=case,
                    life=life.state if life else None,
                    before_done=(case.id, False) in done,
                    after_done=(case.id, True) in done,
                    next_after=planned.get(case.id),
                    paused_until=life.paused_until if life else None,
                    uncertain=case.id in unsure,
                    open_alert=case.id in alerts,
                )
            )
        return found

    async def needing_an_eye(
        self, worker_id: int, now: dt.datetime, tried_since: dt.datetime, most: int
    ) -> tuple[list[Case], int]:
        """Cases of a worker that need a look, newest first, and how many there are in all.

        Not heard from, uncertain, alerts, unused links, and links somebody else tried since then.
        """
        # One look-up by index for each case, however many follow-ups wait in all.
        quiet = sa.exists().where(
            ParticipantRow.id == CaseRow.participant_id, ParticipantRow.state == Life.QUIET
        )
        unsure = sa.exists().where(
            FollowUpRow.case_id == CaseRow.id,
            FollowUpRow.state == Due.UNCERTAIN,
            FollowUpRow.outcome.is_(None),
        )
        alerted = sa.exists().where(AlertRow.case_id == CaseRow.id, AlertRow.seen_at.is_(None))
        unused = sa.and_(CaseRow.joined_at.is_(None), CaseRow.expires_at <= now)
        tried = CaseRow.second_use_at >= tried_since
        need = sa.and_(
            CaseRow.worker_id == worker_id, sa.or_(quiet, unsure, alerted, unused, tried)
        )
        count = sa.select(sa.func.count(CaseRow.id)).where(need)
        total = int((await self._connection.execute(count)).scalar_one())
        newest = _with_worker().where(need).order_by(CaseRow.made_at.desc(), CaseRow.id).limit(most)
        rows = (await self._connection.execute(newest)).all() if total else []
        return [self._case(row) for row in rows], total

    async def uncertain_seen(self, case: Case) -> None:
        """Marks the uncertain hellos of a case as looked at."""
        await self._connection.execute(
            sa.update(FollowUpRow)
            .where(
                FollowUpRow.case_id == case.id,
                FollowUpRow.state == Due.UNCERTAIN,
                FollowUpRow.outcome.is_(None),
            )
            .values(outcome="looked at")
        )

    async def totals(self) -> dict[int, tuple[int, int, int]]:
        """For each worker: people, how many have joined, and alerts nobody has seen."""
        cases = sa.select(
            CaseRow.worker_id,
            sa.func.count(CaseRow.id).label("people"),
            sa.func.count(CaseRow.joined_at).label("joined"),
        ).group_by(CaseRow.worker_id)
        alerts = (
            sa.select(CaseRow.worker_id, sa.func.count(AlertRow.id).label("n"))
            .join(AlertRow, AlertRow.case_id == CaseRow.id)
            .where(AlertRow.seen_at.is_(None))
            .group_by(CaseRow.worker_id)
        )
        run = self._connection.execute
        unseen = {row.worker_id: int(row.n) for row in await run(alerts)}
        return {
            row.worker_id: (int(row.people), int(row.joined), unseen.get(row.worker_id, 0))
            for row in await run(cases)
        }


def _held_by(holder: bytes, but: int = 0) -> sa.Update:
    return sa.update(CaseRow).where(
        CaseRow.holder == holder, CaseRow.joined_at.is_(None), CaseRow.id != but
    )


@cache  # asked with every batch
def _cases_by(*names: str) -> Any:
    each = (getattr(CaseRow, name).in_(sa.bindparam(name, expanding=True)) for name in names)
    return _with_worker().where(sa.or_(*each))


@cache
def _holding() -> Any:
    hashes: sa.BindParameter[Any] = sa.bindparam("hashes", expanding=True)
    return _with_worker().where(CaseRow.holder.in_(hashes), CaseRow.joined_at.is_(None))


def _with_worker() -> Any:
    return sa.select(
        CaseRow, WorkerRow.standing, WorkerRow.chat_hash, WorkerRow.name.label("worker_name")
    ).join(WorkerRow, WorkerRow.id == CaseRow.worker_id)
