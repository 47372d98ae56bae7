"""Checks whether a database holds more than one chat: practice never runs on real data."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables.keyring_tables import KeyringRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import CaseRow, WorkerInviteRow, WorkerRow

_OF_OTHERS = WorkerRow, WorkerInviteRow, CaseRow


async def others_than(store: Database, chat: int) -> bool:
    """Whether other chats are in it: a participant, a worker, or an invited one.

    Raises:
        DatabaseUnavailable, WrongKey: it cannot be read.
    """
    async with store.read_snapshot() as connection:
        if not await connection.run_sync(
            lambda c: sa.inspect(c).has_table(KeyringRow.__tablename__)
        ):
            return False
        keys = await store.system_keys_of(connection)
        mine = keys.chat_hash(chat)
        # An inactive participant at this phone has its hash in `aside_hash`.
        whose = sa.func.coalesce(ParticipantRow.aside_hash, ParticipantRow.chat_hash)
        looks = [
            sa.select(ParticipantRow.id).where(whose != mine),
            *(sa.select(sa.literal(1)).select_from(table) for table in _OF_OTHERS),
        ]
        return any([(await connection.execute(look.limit(1))).first() for look in looks])
