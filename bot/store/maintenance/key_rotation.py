"""Re-wraps every key with the newest master key, while bots run; and counts keys by master key.

The keys of cases are encrypted by the system key, and stay as they are.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.crypto.system_keys import new_system_key
from bot.store.crypto.vault import Vault
from bot.store.database import Database
from bot.store.tables.keyring_tables import KeyringRow
from bot.store.tables.participant_tables import ParticipantRow

AT_ONCE = 100
MARK = "rotating"
"""A system key that exists while a rotation runs: only a bot with the newest master key, too, can
start then. The other system keys stay on an old one until the end, so it takes both."""
PASSES, PATIENCE = 50, 0.2
"""How often locked rows are retried, and the seconds between."""

RotationTally = Counter[int | None]
"""How many keys each master key wraps, by its index, 0 the newest; None for an unknown one."""


async def tally(store: Database, vault: Vault) -> RotationTally:
    """Counts the keys of participants and of the system by the master key that wraps them.

    Raises:
        DatabaseUnavailable: the database cannot be reached.
    """
    found: RotationTally = Counter()
    async with store.read_snapshot() as connection:
        for wrapped in (await connection.execute(sa.select(KeyringRow.wrapped))).scalars():
            found[vault.wrapped_by(wrapped)] += 1
    async for rows in _pages(store):
        found.update(vault.wrapped_by(wrapped) for _, wrapped in rows)
    return found


async def rotate(store: Database, vault: Vault, done: Callable[[int], None]) -> None:
    """Re-wraps all keys; `done` is called with how many more are done.

    It may be stopped at any moment. Small batches, each a transaction of its own, and as much time
    in between: participants who write meanwhile wait for no more than one batch. A row that the bot
    has locked is left for later, never waited for, so that neither can wait for the other.

    Raises:
        DatabaseUnavailable: the database cannot be reached; what is done stays done.
    """
    async with store.transaction() as connection:
        await connection.execute(sa.delete(KeyringRow).where(KeyringRow.name == MARK))
        _, wrapped = new_system_key(vault, MARK)
        await connection.execute(sa.insert(KeyringRow).values(name=MARK, wrapped=wrapped))
    for _ in range(PASSES):
        left = 0
        async for rows in _pages(store):
            old = [
                (i, wrapped) for i, wrapped in rows if vault.wrapped_by(wrapped) not in (0, None)
            ]
            if not old:
                continue
            began = time.monotonic()
            async with store.transaction() as connection:
                count = await _rewrap(connection, vault, old)
            done(count)
            left += len(old) - count
            await asyncio.sleep(time.monotonic() - began)
        if not left:
            done(await _system_keys(store, vault))
            return
        await asyncio.sleep(PATIENCE)


async def _pages(store: Database) -> AsyncIterator[Sequence[tuple[int, bytes]]]:
    """All wrapped keys, some at a time."""
    last = 0
    while True:
        statement = (
            sa.select(ParticipantRow.id, ParticipantRow.data_key)
            .where(ParticipantRow.id > last)
            .order_by(ParticipantRow.id)
            .limit(AT_ONCE)
        )
        async with store.read_snapshot() as connection:
            rows = [(row.id, row.data_key) for row in await connection.execute(statement)]
        if not rows:
            return
        yield rows
        last = rows[-1][0]


async def _rewrap(
    connection: AsyncConnection, vault: Vault, old: Sequence[tuple[int, bytes]]
) -> int:
    free = (
        sa.select(ParticipantRow.id)
        .where(ParticipantRow.id.in_([each for each, _ in old]))
        .order_by(ParticipantRow.id)
        .with_for_update(skip_locked=True)
    )
    locked = set((await connection.execute(free)).scalars())
    rows = [
        {"b_id": each, "b_old": wrapped, "b_new": vault.rewrapped(wrapped)}
        for each, wrapped in old
        if each in locked
    ]
    if not rows:
        return 0
    # Only where it is still the one that was read: another process may be rotating too.
    statement = (
        sa.update(ParticipantRow.__table__)  # type: ignore[arg-type]
        .where(
            ParticipantRow.id == sa.bindparam("b_id"),
            ParticipantRow.data_key == sa.bindparam("b_old"),
        )
        .values(data_key=sa.bindparam("b_new"))
    )
    await connection.execute(statement, rows)
    return len(rows)


async def _system_keys(store: Database, vault: Vault) -> int:
    """The system keys, last of all; the mark goes with them."""
    count = 0
    async with store.transaction() as connection:
        await connection.execute(sa.delete(KeyringRow).where(KeyringRow.name == MARK))
        rows = (await connection.execute(sa.select(KeyringRow).with_for_update())).all()
        for row in rows:
            if vault.wrapped_by(row.wrapped) != 0:
                change = sa.update(KeyringRow).where(KeyringRow.name == row.name)
                await connection.execute(change.values(wrapped=vault.rewrapped(row.wrapped)))
                count += 1
    return count
