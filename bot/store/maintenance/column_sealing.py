"""Data migration: encrypts plaintext columns of old rows, and wipes the plaintext from the file.

Runs in the background, a few rows at a time. It may be killed at any moment: what is encrypted
stays so, the next start continues with the rest, and until then both forms are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import UNREADABLE
from bot.store.database import Database
from bot.store.repositories.people.sealed_session import (
    NO_ANSWER,
    NO_WAY,
    open_choices,
    open_position,
    seal_choices,
    seal_position,
)
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.participant_tables import ParticipantRow

log = structlog.get_logger()

AT_ONCE = 500
TOLD_EVERY = 10_000
SEALED = 1
"""The value of SQLite's `user_version`, or of the comment on PostgreSQL's table of answers, once no
plaintext is left in the file either."""
_COMMENT = f"sealed {SEALED}"
_FULL = ("answers", "sessions")
_ANSWERS = (
    sa.select(*AnswerRow.__table__.c, ParticipantRow.data_key)
    .join(ParticipantRow, ParticipantRow.id == AnswerRow.participant_id)
    .where(AnswerRow.state != "")
    .order_by(AnswerRow.session_id, AnswerRow.step)
)
_SESSIONS = (
    sa.select(*CheckinRow.__table__.c, ParticipantRow.data_key)
    .join(ParticipantRow, ParticipantRow.id == CheckinRow.participant_id)
    .where(CheckinRow.step != "")
    .order_by(CheckinRow.id)
)
# Only where it is still plaintext: its participant may have changed the answer meanwhile.
_SAID = (
    sa.update(AnswerRow.__table__)  # type: ignore[arg-type]
    .where(
        AnswerRow.session_id == sa.bindparam("b_session"),
        AnswerRow.step == sa.bindparam("b_step"),
        AnswerRow.state != "",
    )
    .values(said=sa.bindparam("b_said"), **NO_ANSWER)
)
_WAY = (
    sa.update(CheckinRow.__table__)  # type: ignore[arg-type]
    .where(CheckinRow.id == sa.bindparam("b_id"), CheckinRow.step != "")
    .values(way=sa.bindparam("b_way"), **NO_WAY)
)


class ColumnSealing:
    """Goes through all rows once; `some` is to be called until it returns False."""

    def __init__(self, store: Database, at_once: int = AT_ONCE) -> None:
        self._store = store
        self._at_once = at_once
        self._answer: tuple[int, str] = (0, "")
        self._session = 0
        self._done = 0
        self._total: int | None = None

    async def some(self) -> bool:
        """Encrypts some rows, or at the end cleans the file; whether there may be more to do.

        Raises:
            DatabaseUnavailable: what is encrypted stays so.
        """
        if self._total is None:
            self._total = await self._count()
        keys = await self._store.system_keys()
        async with self._store.transaction() as connection:
            count = await self._answers(connection, keys)
            count += await self._sessions(connection, keys)
        if count:
            self._store.needs_checkpoint = True
            self._tell(count)
            return True
        # Rows that cannot be decrypted stay as they are; the next round retries them.
        self._answer, self._session, self._total = (0, ""), 0, None
        if self._done:
            log.info("sealing.done", count=self._done)
        self._done = 0
        await self._clean()
        return False

    async def _count(self) -> int:
        answers = sa.select(sa.func.count()).where(AnswerRow.state != "")
        sessions = sa.select(sa.func.count()).where(CheckinRow.step != "")
        async with self._store.read_snapshot() as connection:
            return sum([(await connection.execute(s)).scalar_one() for s in (answers, sessions)])

    def _tell(self, count: int) -> None:
        before, self._done = self._done, self._done + count
        if not before or before // TOLD_EVERY != self._done // TOLD_EVERY:
            log.info("sealing", done=self._done, total=self._total)

    async def _answers(self, connection: AsyncConnection, keys: SystemKeys) -> int:
        after = sa.tuple_(AnswerRow.session_id, AnswerRow.step) > sa.tuple_(*self._answer)
        rows = await self._locked(connection, _ANSWERS.where(after), AnswerRow)
        sealed = []
        for row in rows:
            self._answer = row.session_id, row.step
            try:
                key = keys.vault.key(row.data_key)
                at = (row.participant_id, row.session_id, row.step)
                said = seal_choices(key, *at, *open_choices(key, row))
            except UNREADABLE:
                log.warning("answer.not_opened", session=row.session_id, step=row.step)
            else:
                sealed.append({"b_session": at[1], "b_step": at[2], "b_said": said})
        if sealed:
            await connection.execute(_SAID, sealed)
        return len(rows)

    async def _sessions(self, connection: AsyncConnection, keys: SystemKeys) -> int:
        after = CheckinRow.id > self._session
        rows = await self._locked(connection, _SESSIONS.where(after), CheckinRow)
        sealed = []
        for row in rows:
            self._session = row.id
            try:
                key = keys.vault.key(row.data_key)
                way = seal_position(key, row.participant_id, row.id, open_position(key, row))
            except UNREADABLE:
                log.warning("session.not_opened", session=row.id)
            else:
                sealed.append({"b_id": row.id, "b_way": way})
        if sealed:
            await connection.execute(_WAY, sealed)
        return len(rows)

    async def _clean(self) -> None:
        """Rewrites the file, or the two tables, so that nothing is left of the old rows."""
        if self._store.engine.dialect.name == "sqlite":
            if await self._store.outside("PRAGMA user_version") < SEALED:
                await self._store.outside("VACUUM")
                self._store.needs_checkpoint = True
                if await self._store.checkpoint():
                    await self._store.outside(f"PRAGMA user_version={SEALED}")
                    log.info("sealing.cleaned")
            return
        is_clean = "SELECT obj_description('answers'::regclass, 'pg_class')"
        if await self._store.outside(is_clean) != _COMMENT:
            for table in _FULL:
                await self._store.outside(f"VACUUM FULL {table}")
            await self._store.outside(f"COMMENT ON TABLE answers IS '{_COMMENT}'")
            log.info("sealing.cleaned")

    async def _locked(
        self, connection: AsyncConnection, statement: sa.Select[Any], table: type[Any]
    ) -> Sequence[Any]:
        """The next rows, without those locked elsewhere, so that neither waits for the other."""
        some = statement.limit(self._at_once).with_for_update(skip_locked=True, of=table)
        rows: Sequence[Any] = (await connection.execute(some)).all()
        return rows
