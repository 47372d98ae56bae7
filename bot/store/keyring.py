"""The system keys of a database: created once, and opened with the master key."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.crypto.system_keys import SYSTEM_KEYS, SystemKeys, new_system_key, read_system_keys
from bot.store.crypto.vault import Vault
from bot.store.migrations import SchemaOutdated
from bot.store.sql.statements import insert_ignore
from bot.store.tables.keyring_tables import KeyringRow


async def refuse_wrong_key(connection: AsyncConnection, vault: Vault) -> None:
    """Stops before a database of another key is changed in any way.

    Raises:
        WrongKey: the master keys do not open it.
    """
    names = await connection.run_sync(lambda c: sa.inspect(c).get_table_names())
    if "keyring" in names:
        await _read(connection, vault)


async def open_or_create(connection: AsyncConnection, vault: Vault) -> SystemKeys:
    """The system keys, created at the first start."""
    keys = await _read(connection, vault)
    if not keys:
        new = [{"name": name, "wrapped": new_system_key(vault, name)[1]} for name in SYSTEM_KEYS]
        # Another process may create them at the same moment: the first one's stay, for all.
        await connection.execute(insert_ignore(connection.dialect.name, KeyringRow), new)
        keys = await _read(connection, vault)
    return SystemKeys(vault, keys["chats"], keys["house"])


async def open_existing(connection: AsyncConnection, vault: Vault) -> SystemKeys:
    """The system keys of a database that a bot was started on before.

    Raises:
        SchemaOutdated: no bot was ever started on this database.
        WrongKey: the master keys do not open it.
    """
    keys = await _read(connection, vault)
    if not keys:
        raise SchemaOutdated("no bot was ever started on this database: start it once")
    return SystemKeys(vault, keys["chats"], keys["house"])


async def _read(connection: AsyncConnection, vault: Vault) -> dict[str, bytes]:
    rows = (await connection.execute(sa.select(KeyringRow))).all()
    return read_system_keys(vault, {row.name: row.wrapped for row in rows})
