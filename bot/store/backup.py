"""Writes the whole database to one sealed file while the bot runs, and reads it back.

The file can only be opened with the master keys. Does not hold the master keys themselves.
"""

from __future__ import annotations

import base64
import datetime as dt
import enum
import json
import os
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.store import Store
from bot.store.tables import Base, ParticipantRow
from bot.store.vault import Vault, WrongKey

MAGIC = b"checkin backup 1\n"
ROWS_IN_A_FRAME = 500
_LENGTH = 4


class NotABackup(Exception):
    """The file is not a backup, is cut short, or was changed."""


class NotEmpty(Exception):
    """The database to restore into already holds people."""


async def write_backup(store: Store, vault: Vault, path: Path) -> int:
    """Writes a backup as of one moment; gives the number of rows. The bot may go on meanwhile.

    Raises:
        DatabaseAway: when the database cannot be reached; no file is left then.
        FileExistsError: when the file is there already.
    """
    if path.exists():  # noqa: ASYNC240 - a command of its own; nobody else waits
        raise FileExistsError(path)
    unfinished = path.with_name(path.name + ".part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            count = await _write(store, vault, file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


async def _write(store: Store, vault: Vault, file: IO[bytes]) -> int:
    raw, wrapped = vault.new_key()
    cipher, count = AESGCM(raw), 0
    file.write(MAGIC + wrapped + b"\n")
    frame = 0
    async with store.snapshot() as connection:
        revision, _ = await connection.run_sync(store.revisions)
        if revision is None:
            raise NotABackup("there is nothing to back up yet: the database has no tables")
        head = {"revision": revision}
        _seal(file, cipher, frame, [head], last=False)
        async for rows in _rows(connection):
            frame += 1
            count += len(rows)
            _seal(file, cipher, frame, rows, last=False)
    _seal(file, cipher, frame + 1, [], last=True)
    return count


async def _rows(connection: AsyncConnection) -> AsyncIterator[list[dict[str, Any]]]:
    for table in Base.metadata.sorted_tables:
        result = await connection.stream(sa.select(table))
        async for part in result.mappings().partitions(ROWS_IN_A_FRAME):
            yield [
                {"table": table.name, "row": {k: _plain(v) for k, v in row.items()}} for row in part
            ]


def _seal(file: IO[bytes], cipher: AESGCM, frame: int, rows: list[Any], *, last: bool) -> None:
    text = "\n".join(json.dumps(row) for row in rows).encode()
    sealed = cipher.encrypt(_nonce(frame), zlib.compress(text), _bind(frame, last=last))
    file.write(len(sealed).to_bytes(_LENGTH, "big") + sealed)


def _nonce(frame: int) -> bytes:
    # The key is this file's alone, so a counter never repeats under it.
    return frame.to_bytes(12, "big")


def _bind(frame: int, *, last: bool) -> bytes:
    # Bound to place and end: a file cut short or put together anew does not open.
    return f"backup|{frame}|{'last' if last else 'more'}".encode()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, dt.datetime):
        return {"time": value.isoformat()}
    return value.value if isinstance(value, enum.Enum) else value


def _unplain(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        if "bytes" in value:
            return base64.b64decode(value["bytes"])
        if "time" in value:
            return dt.datetime.fromisoformat(value["time"])
    return value


def read_backup(vault: Vault, path: Path) -> Iterator[Any]:
    """The rows of a backup, the first being its head.

    Raises:
        NotABackup: when it is not whole.
        WrongKey: when the master keys do not open it.
    """
    with path.open("rb") as file:
        if file.readline(100) != MAGIC:
            raise NotABackup(f"{path} is not a backup")
        cipher = AESGCM(_key(vault, file.readline(1000), path))
        frame, last = 0, False
        while not last:
            size = int.from_bytes(file.read(_LENGTH), "big")
            text, last = _open(cipher, file.read(size), frame, path)
            for line in text.splitlines():
                yield json.loads(line)
            frame += 1
        if file.read(1):
            raise NotABackup(f"{path} goes on after its end")


def _key(vault: Vault, line: bytes, path: Path) -> bytes:
    if not line.endswith(b"\n"):
        raise NotABackup(f"{path} is cut short or was changed")
    try:
        return vault.raw(line.strip())
    except WrongKey:
        raise WrongKey(
            f"the master keys do not open {path}: it needs those of the bot that made it"
        ) from None


def _open(cipher: AESGCM, sealed: bytes, frame: int, path: Path) -> tuple[bytes, bool]:
    for last in (False, True):
        try:
            text = cipher.decrypt(_nonce(frame), sealed, _bind(frame, last=last))
        except InvalidTag:
            continue
        return zlib.decompress(text), last
    raise NotABackup(f"{path} is cut short or was changed")


async def restore_backup(store: Store, vault: Vault, path: Path) -> int:
    """Reads a backup into an empty database, making its tables; gives the number of rows.

    All or nothing: a file that is not whole leaves the database as it was.

    Raises:
        DatabaseAway, NotABackup, WrongKey: see above.
        NotEmpty: when people are in the database already.
    """
    count = 0
    tables = Base.metadata.tables
    lines = read_backup(vault, path)
    head = next(lines)
    async with store.connection() as connection:
        await connection.run_sync(store.upgrade)
        _, needed = await connection.run_sync(store.revisions)
        if head["revision"] != needed:
            raise NotABackup(
                f"{path} was made at revision {head['revision']}, this version is at {needed}:"
                " restore with the version that made it, then upgrade"
            )
        if (await connection.execute(sa.select(ParticipantRow.id).limit(1))).first():
            raise NotEmpty("the database already holds people; restore into an empty one")
        for table in reversed(Base.metadata.sorted_tables):
            await connection.execute(sa.delete(table))
        waiting: list[dict[str, Any]] = []
        name = ""
        for line in lines:
            if line["table"] != name or len(waiting) >= ROWS_IN_A_FRAME:
                await _insert(connection, tables.get(name), waiting)
                name, waiting = line["table"], []
            waiting.append({k: _unplain(v) for k, v in line["row"].items()})
            count += 1
        await _insert(connection, tables.get(name), waiting)
        await _set_counters(connection)
    return count


async def _insert(
    connection: AsyncConnection, table: sa.Table | None, rows: list[dict[str, Any]]
) -> None:
    if table is not None and rows:
        await connection.execute(sa.insert(table), rows)


async def _set_counters(connection: AsyncConnection) -> None:
    """Lets PostgreSQL count on from the highest number; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for name in ("moves", "consents"):
        await connection.execute(
            sa.select(
                sa.func.setval(
                    sa.func.pg_get_serial_sequence(name, "id"),
                    sa.select(sa.func.coalesce(sa.func.max(sa.column("id")), 1))
                    .select_from(sa.table(name))
                    .scalar_subquery(),
                )
            )
        )
