"""Sources of the master keys: the settings, or a file beside a SQLite database.

A key is never printed or logged.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from glob import escape
from pathlib import Path

import structlog
from pydantic import SecretStr

from bot.store.crypto.vault import Vault, WrongKey, new_master

log = structlog.get_logger()


def key_file(database: Path) -> Path:
    """The path of the file with the master keys of a SQLite database."""
    return database.with_name(database.name + ".key")


def master_keys(database: Path | None, given: Sequence[SecretStr]) -> list[str]:
    """The master keys, newest first, from the settings or the file beside a SQLite file.

    Raises:
        WrongKey: there are none, or the file holds no key.
    """
    if given:
        return [key.get_secret_value() for key in given]
    if database is None:
        raise WrongKey("CHECKIN_SECRET_KEYS is not set")
    path = key_file(database)
    if not path.exists():
        raise WrongKey(_no_key(database, path))
    return read_key_file(path)


def _no_key(database: Path, path: Path) -> str:
    return (
        f"there is no key: {database} opens with {path}, which is not there. Put it back, or set"
        " CHECKIN_SECRET_KEYS"
    )


def begin(database: Path, *, with_key: bool) -> None:
    """Creates an empty database file, and its key, if there is neither: on the first run alone.

    Several processes may do so at once. The file first: a key without a file means a lost database.

    Raises:
        DatabaseLost: there was one, by what lies beside it.
        WrongKey: a database is there and its key is not.
    """
    if not database.parent.is_dir():
        return  # a disk that is mounted later: the open reports it and retries
    # In this order, because the file is created before them.
    gone = lost(database)
    if not database.exists():
        if gone:
            raise DatabaseLost(gone)
        with suppress(FileExistsError):
            os.close(os.open(database, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            sync_folder(database.parent)
            log.warning("database.made", file=str(database), note="nobody is in it yet")
    path = key_file(database)
    if not with_key or path.exists():
        return
    if database.stat().st_size:
        raise WrongKey(_no_key(database, path))
    # Whole or not at all, for another process may read it at once, and only if there is none.
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    new.unlink(missing_ok=True)
    _write_key(new, [new_master()])
    try:
        with suppress(FileExistsError):
            os.link(new, path)
    finally:
        new.unlink(missing_ok=True)
    sync_folder(path.parent)


def lost(database: Path) -> str:
    """A message that a database was there and is gone; empty where there is one, or never was."""
    beside = [database.with_name(database.name + end) for end in (".key", "-wal", "-journal")]
    beside += database.parent.glob(f"{escape(database.name)}.at-*.copy")
    left = ", ".join(str(each) for each in beside if each.exists())
    if not left or database.exists():
        return ""
    return (
        f"{database} is gone, and there was one: {left} is still there. Nothing is made in its"
        " place. Is a disk missing, or was it moved? Put it back, or `checkin restore` a backup."
        f" Only to begin anew, with nobody in it, move {left} away first"
    )


def read_key_file(path: Path) -> list[str]:
    """The keys in a file, newest first.

    Raises:
        WrongKey: it cannot be read, is empty, or holds an invalid key.
    """
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, ValueError):
        raise WrongKey(f"{path} cannot be read as a key file") from None
    keys = [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]
    if not keys:
        raise WrongKey(f"{path} is empty: put the key back, or set CHECKIN_SECRET_KEYS")
    try:
        Vault(keys)
    except WrongKey:
        raise WrongKey(f"{path} holds something that is no key: put the right one back") from None
    return keys


def add_key(path: Path) -> list[str]:
    """Prepends a new key in a key file, atomically; returns all keys.

    Raises:
        WrongKey: the file is invalid.
    """
    keys = [new_master(), *read_key_file(path)]
    was = path.stat()
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    _write_key(new, keys)
    if os.geteuid() == 0:
        os.chown(new, was.st_uid, was.st_gid)  # the bot, which is not root, must still read it
    new.replace(path)
    sync_folder(path.parent)
    return keys


def _write_key(path: Path, keys: Sequence[str]) -> None:
    """Writes keys to a new file, readable by its owner only from the first byte on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(",".join(keys) + "\n")
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Waits until a rename in a folder is on the disk."""
    with suppress(OSError):  # not every file system supports it
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class DatabaseLost(Exception):
    """A database was here and is gone; nothing was created in its place."""


class MasterKeyFile:
    """The master keys of a running bot, which may be rotated at the same time."""

    def __init__(self, read: Callable[[], list[str]], file: Path) -> None:
        """`read` returns the keys; `file` changes when they do."""
        self._read = read
        self._file = file
        self._stamp = self._now()

    def read(self) -> list[str]:
        """The current keys, newest first."""
        self._stamp = self._now()
        return self._read()

    def changed(self) -> bool:
        """Whether the file has changed since the last call."""
        return self._stamp != self._now()

    def _now(self) -> tuple[int, ...] | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size
