"""An encrypted copy of a SQLite file, written before a migration and restored by command.

The copy contains wrapped keys of participants, so it must not outlive them: see `remove_copies`.
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path

from bot.store.crypto.master_keys import sync_folder
from bot.store.crypto.vault import Vault
from bot.store.maintenance.encrypted_file import (
    EncryptedFile,
    FileNotWritten,
    InvalidBackup,
    read_lines,
)

MAGIC = b"checkin copy 1\n"
KEPT_FOR = dt.timedelta(days=7)
_END = ".copy"
_HEAD = 4096
"""Bytes at the beginning of a copy that contain its wrapped key."""


class CopyFailed(Exception):
    """The copy that must be there before a migration could not be written."""


class FileExists(Exception):
    """A database exists where a copy is to be restored."""


def write_copy(vault: Vault, database: Path, revision: str, now: dt.datetime) -> Path:
    """Writes an encrypted copy of a SQLite file and verifies it; the caller holds the write lock.

    The content is read through SQLite, so what is still in the write-ahead log is in it. It goes
    row by row: neither memory nor the disk ever holds all of it as plaintext.

    Raises:
        CopyFailed: there is no room, or the file cannot be read whole.
    """
    path = database.with_name(f"{database.name}.at-{revision}.{now:%Y-%m-%d}{_END}")
    lines = 1
    try:
        source = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)
        with closing(source), EncryptedFile(vault, path, MAGIC) as file:
            file.write({"revision": revision, "made": now.isoformat()})
            for statement in source.iterdump():
                file.write(statement)
                lines += 1
            file.close()
            file.rename()
        _read_back(vault, path, lines)
    except (OSError, sqlite3.Error, InvalidBackup, FileNotWritten) as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        why = error.why if isinstance(error, FileNotWritten) else str(error)
        raise CopyFailed(
            f"no copy of {database} could be written before its update ({why}): nothing was"
            " changed. Make room beside it, and start again"
        ) from error
    return path


def _read_back(vault: Vault, path: Path, lines: int) -> None:
    if sum(1 for _ in read_lines(vault, path, MAGIC)) != lines:
        raise InvalidBackup(f"{path} is not whole")


def is_copy(path: Path) -> bool:
    """Whether a file is such a copy."""
    with path.open("rb") as file:
        return file.readline(100) == MAGIC


def restore_copy(vault: Vault, path: Path, database: Path, now: dt.datetime) -> int:
    """Restores the SQLite file of a copy where none is; returns the number of rows.

    All or nothing. What happened since the copy was made is unknown to it: nothing that was due by
    now is sent, no old reply goes out, and participants get messages only once they write first.

    Raises:
        FileExists: a database exists already.
        InvalidBackup: the copy is not whole.
        WrongKey: the master keys do not open it.
    """
    for name in (database.name, f"{database.name}-wal", f"{database.name}-journal"):
        there = database.with_name(name)
        if there.exists() and there.stat().st_size:
            raise FileExists(
                f"{there} is there already: move {database} away, with what is called"
                f" {database.name}-wal, {database.name}-shm and {database.name}-journal"
            )
    new = database.with_name(database.name + ".new")
    new.unlink(missing_ok=True)
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(sqlite3.connect(new, isolation_level=None)) as target:
            for statement in islice(_statements(vault, path), 1, None):
                target.execute(statement)
            rows = sum(_count(target, name) for name in _tables(target))
            _send_nothing_old(target, now)
        descriptor = os.open(new, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        new.replace(database)
    finally:
        new.unlink(missing_ok=True)
        new.with_name(new.name + "-journal").unlink(missing_ok=True)
    sync_folder(database.parent)
    return rows


def _statements(vault: Vault, path: Path) -> Iterator[str]:
    """The lines of a copy; the first describes the database, the rest are SQL."""
    for line in read_lines(vault, path, MAGIC):
        yield line if isinstance(line, str) else ""


def _tables(target: sqlite3.Connection) -> set[str]:
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return {name for (name,) in target.execute(named)} - {"alembic_version"}


def _count(target: sqlite3.Connection, table: str) -> int:
    # The name is one of our own tables, as the database itself gives it.
    (count,) = target.execute(f'SELECT count(*) FROM "{table}"').fetchone()  # noqa: S608
    return int(count)


def _send_nothing_old(target: sqlite3.Connection, now: dt.datetime) -> None:
    moment = now.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    there = _tables(target)
    if "follow_ups" in there:
        target.execute(
            "UPDATE follow_ups SET state = 'uncertain', outcome = NULL, lease_until = NULL,"
            " ended_at = :now WHERE state IN ('claimed', 'sending')"
            # The time they chose under "Not now" is the one that needs no other yes.
            " OR (state = 'waiting' AND (due_at <= :now OR kind = 'not_now'))",
            {"now": moment},
        )
    if "owed" in there:
        target.execute("DELETE FROM owed")
    if "participants" in there:
        # A participant may have stopped since. Those who write are asked again whether we may.
        target.execute("UPDATE participants SET may_message = 0")


def remove_copies(database: Path, before: dt.date | None = None) -> int:
    """Removes the copies beside a SQLite file, those made before a day or all; returns how many.

    The wrapped key at the beginning is overwritten first: the rest then cannot be decrypted.
    """
    count = 0
    for path in sorted(database.parent.glob("*" + _END)):
        made = path.name.removeprefix(f"{database.name}.at-").removesuffix(_END)
        if made == path.name.removesuffix(_END):
            continue  # a copy of another file
        if before is not None and made.rpartition(".")[2] >= f"{before:%Y-%m-%d}":
            continue
        with suppress(FileNotFoundError):
            with path.open("r+b") as file:
                file.write(bytes(min(_HEAD, path.stat().st_size)))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
            count += 1
    return count
