"""Checks, right before a send, whether a participant's answers may still be shown; batched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.participant import ContentOwner
from bot.domain.sharing_choice import Sharing
from bot.domain.states import ParticipantState
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.participant_tables import EarlyStopRow, ParticipantRow

PATIENCE = 5.0
"""Seconds after which a database that does not answer counts as unavailable."""


class VisibilityCheck:
    """Checks all owners that arrived while the previous query ran in one query."""

    def __init__(
        self,
        reaching: Callable[[], AbstractAsyncContextManager[None]],
        snapshot: Callable[[], AbstractAsyncContextManager[AsyncConnection]],
    ) -> None:
        """`reaching` detects an unavailable database; `snapshot` opens a read."""
        self._reaching = reaching
        self._snapshot = snapshot
        self._waiting: list[tuple[ContentOwner, asyncio.Future[bool]]] = []
        self._task: asyncio.Task[None] | None = None

    async def is_visible(self, whose: ContentOwner) -> bool:
        """Whether a message with a participant's answers may still be sent.

        Raises:
            DatabaseUnavailable: it cannot be reached.
        """
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((whose, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._ask())
        return await future

    async def _ask(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, []
            try:
                may = await self._among([whose for whose, _ in asked])
            except BaseException as error:
                for _, future in asked:  # each caller gets the error
                    if not future.done():
                        future.set_exception(error)
                if not isinstance(error, Exception):
                    raise
            else:
                for whose, future in asked:
                    if not future.done():
                        future.set_result(whose in may)

    async def _among(self, asked: Sequence[ContentOwner]) -> set[ContentOwner]:
        people, sessions = {w.participant_id for w in asked}, {w.session_id for w in asked} - {None}
        shared: set[tuple[int, int | None]] = set()
        # A query that hangs would hold up all later ones.
        async with (
            self._reaching(),
            asyncio.timeout(PATIENCE),
            self._snapshot() as connection,
        ):
            rows = (await connection.execute(_taken_back(), {"ids": list(people)})).all()
            if sessions:
                found = await connection.execute(_shared(), {"ids": list(sessions)})
                shared = {(row.id, row.shared_with) for row in found.all()}
        known = {row.id: row for row in rows}

        def may(whose: ContentOwner) -> bool:
            row = known.get(whose.participant_id)
            if row is None:
                return False
            if whose.session_id is not None and (whose.session_id, whose.worker_id) not in shared:
                return False
            still = row.delete_at is None and row.taken_back == whose.content_version
            return whose.content_version is None or still

        return {whose for whose in asked if may(whose)}


async def stopped_elsewhere(
    snapshot: Callable[[], AbstractAsyncContextManager[AsyncConnection]],
    chat_hash: bytes,
    reply: int,
) -> bool:
    """Whether a chat has stopped, and a reply to it has left the outbox.

    Raises:
        DatabaseUnavailable: it cannot be reached.
    """
    async with snapshot() as connection:
        found = await connection.execute(_stopped(), {"reply": reply, "chat": chat_hash})
        return bool(found.scalar_one())


@cache
def _stopped() -> Any:
    chat: sa.BindParameter[Any] = sa.bindparam("chat", type_=sa.LargeBinary())
    owed = sa.exists().where(OutboxRow.id == sa.bindparam("reply"))
    participant = sa.exists().where(
        ParticipantRow.chat_hash == chat, ParticipantRow.state == ParticipantState.STOPPED
    )
    early = sa.exists().where(EarlyStopRow.chat_hash == chat)
    return sa.select(sa.and_(~owed, sa.or_(participant, early)))


@cache
def _taken_back() -> Any:
    row = ParticipantRow
    wanted = row.id.in_(sa.bindparam("ids", expanding=True))
    return sa.select(row.id, row.taken_back, row.delete_at).where(wanted)


@cache
def _shared() -> Any:
    row = CheckinRow
    wanted = row.id.in_(sa.bindparam("ids", expanding=True))
    return sa.select(row.id, row.shared_with).where(wanted, row.sharing == Sharing.WORKER)
