"""Cases, and their status, within a unit of work; no answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.domain.ids import new_id
from bot.domain.participant import Participant
from bot.domain.states import WorkerState
from bot.domain.worker import Case, Worker
from bot.store.crypto.system_keys import SystemKeys
from bot.store.repositories.work.card_codes import CardCodeRepository
from bot.store.repositories.work.worker_rows import open_case
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.worker_tables import AlertRow, CaseRow, WorkerRow


class CaseRepository:
    """Cases, within a unit of work."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys
        self._card_codes = CardCodeRepository(connection, keys)

    async def find(
        self,
        ids: Collection[int] = (),
        tokens: Collection[str] = (),
        participants: Collection[int] = (),
    ) -> list[Case]:
        """Cases by id, by token, or by participant."""
        hashes = [self._keys.token_hash(token) for token in tokens]
        by = {"id": list(ids), "token_hash": hashes, "participant_id": list(participants)}
        wanted = {name: values for name, values in by.items() if values}
        if not wanted:
            return []
        rows = await self._connection.execute(_cases_by(*wanted), wanted)
        return [open_case(self._keys, row) for row in rows.all()]

    async def claimed_by_chats(self, chats: Collection[int]) -> dict[int, Case]:
        """The case whose link each of these chats has opened and not joined by, if any."""
        if not chats:
            return {}
        by_hash = {self._keys.chat_hash(chat): chat for chat in chats}
        rows = (await self._connection.execute(_holding(), {"hashes": list(by_hash)})).all()
        return {by_hash[row.holder]: open_case(self._keys, row) for row in rows}

    async def joined_with(self, worker_id: int) -> dict[int, int]:
        """The participants that have joined by a worker's cases: the case of each."""
        statement = sa.select(CaseRow.participant_id, CaseRow.id).where(
            CaseRow.worker_id == worker_id, CaseRow.participant_id.is_not(None)
        )
        rows = (await self._connection.execute(statement)).all()
        return {row.participant_id: row.id for row in rows}

    async def create(
        self,
        worker: Worker,
        names: Sequence[tuple[str, str]],
        service: str,
        language: str | None,
        now: dt.datetime,
        expires_at: dt.datetime,
        told_age: str | None = None,
    ) -> list[Case]:
        """Creates one case for each name and token; only hashes of tokens and digits are stored."""
        rows, made = [], []
        codes = await self._card_codes.new_codes(len(names))
        sheet = new_id() if len(names) > 1 else None
        for number, ((name, token), code) in enumerate(zip(names, codes, strict=True), 1):
            case_id = new_id()
            sealed = self._keys.new_case_key(case_id)
            key = self._keys.case_key(case_id, sealed)
            rows.append(
                {
                    "id": case_id,
                    "data_key": sealed,
                    "worker_id": worker.id,
                    "name": key.seal(name.encode(), "cases", case_id, "name"),
                    "service": key.seal(service.encode(), "cases", case_id, "service"),
                    "language": language,
                    "token_hash": self._keys.token_hash(token),
                    "expires_at": expires_at,
                    "made_at": now,
                    "code_hash": self._keys.card_hash(code),
                    "sheet": sheet,
                    "number": number if sheet is not None else None,
                    "told_age": told_age,
                }
            )
            about = (case_id, worker.id, worker.name, name, service, language, expires_at, now)
            numbered = number if sheet is not None else None
            made.append(
                Case(*about, told_age=told_age, data_key=sealed, number=numbered, code=code)
            )
        await self._connection.execute(sa.insert(CaseRow), rows)
        return made

    async def save(self, case: Case, *fields: str) -> None:
        """Writes these fields of a case, and no others.

        What another process has changed since it was read, such as who has joined, stays.
        """
        values: dict[str, Any] = {field: getattr(case, field) for field in fields}
        if "name" in values:
            key = self._keys.case_key(case.id, case.data_key)
            values["name"] = key.seal(case.name.encode(), "cases", case.id, "name")
        if "joined_at" in values:
            values["code_hash"] = None  # used: its digits may be another card's
            values["told_age"] = None  # they have said it themselves, or let it stand
        statement = sa.update(CaseRow).where(CaseRow.id == case.id)
        await self._connection.execute(statement.values(**values))

    async def claim(self, case: Case, chat: int) -> bool:
        """Claims a link for the chat that opened it first; False when another was quicker.

        A chat claims one link at a time, the one it opened last.
        """
        case.holder = self._keys.chat_hash(chat)
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

    def is_claimed_by(self, case: Case, chat: int) -> bool:
        """Whether this chat claimed the link."""
        return case.holder == self._keys.chat_hash(chat)

    async def release(self, chat: int) -> None:
        """Releases the links that a chat opened and did not join by: nothing of the chat stays."""
        statement = _held_by(self._keys.chat_hash(chat))
        await self._connection.execute(statement.values(holder=None))

    async def new_link(self, case: Case, token: str, expires_at: dt.datetime) -> None:
        """Replaces an unused link, which asks for the age again; the old one is dead."""
        statement = sa.update(CaseRow).where(CaseRow.id == case.id, CaseRow.joined_at.is_(None))
        (case.code,) = await self._card_codes.new_codes(1)
        case.expires_at = expires_at
        values: dict[str, Any] = {
            "token_hash": self._keys.token_hash(token),
            "expires_at": expires_at,
        }
        values["code_hash"] = self._keys.card_hash(case.code)
        values["told_age"] = case.told_age = None
        await self._connection.execute(statement.values(**values, holder=None, second_use_at=None))

    async def adopt_checkins(self, participant: Participant, case: Case) -> None:
        """Makes a participant's own check-ins, and their follow-ups, part of a case."""
        for table in (CheckinRow, FollowUpRow):
            await self._connection.execute(
                sa.update(table)
                .where(table.participant_id == participant.id, table.case_id.is_(None))
                .values(case_id=case.id)
            )

    async def mark_reused(self, case: Case, now: dt.datetime) -> bool:
        """Marks that another chat tried a case's link; True the first time."""
        first = sa.and_(CaseRow.id == case.id, CaseRow.second_use_at.is_(None))
        statement = sa.update(CaseRow).where(first).values(second_use_at=now)
        return (await self._connection.execute(statement)).rowcount == 1

    async def drop(self, case: Case) -> None:
        """Deletes a case that was not joined."""
        await self._connection.execute(
            sa.delete(CaseRow).where(CaseRow.id == case.id, CaseRow.participant_id.is_(None))
        )

    async def totals_by_worker(self) -> dict[int, tuple[int, int, int]]:
        """For each worker: cases, how many are joined, and unacknowledged alerts."""
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


@cache  # used for every batch
def _cases_by(*names: str) -> Any:
    each = (getattr(CaseRow, name).in_(sa.bindparam(name, expanding=True)) for name in names)
    return with_worker().where(sa.or_(*each))


@cache
def _holding() -> Any:
    hashes: sa.BindParameter[Any] = sa.bindparam("hashes", expanding=True)
    return with_worker().where(CaseRow.holder.in_(hashes), CaseRow.joined_at.is_(None))


def with_worker() -> Any:
    lead = aliased(WorkerRow)
    return sa.select(
        CaseRow,
        WorkerRow.standing,
        WorkerRow.chat_hash,
        WorkerRow.name.label("worker_name"),
        sa.exists().where(lead.lead, lead.standing == WorkerState.ACTIVE).label("has_lead"),
    ).join(WorkerRow, WorkerRow.id == CaseRow.worker_id)
