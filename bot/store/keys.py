"""Where the master keys come from: the settings, or a file beside a SQLite database.

Never prints or logs a key.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import SecretStr

from bot.store.vault import Vault, WrongKey, new_master

ENV_FILE = Path(".env")


def key_file(database: Path) -> Path:
    """The file that holds the master keys of a SQLite database."""
    return database.with_name(database.name + ".key")


def master_keys(database: Path | None, given: Sequence[SecretStr]) -> list[str]:
    """The master keys, newest first; made on the first run beside a SQLite file.

    Raises:
        WrongKey: when the database is there and its key file is not, or holds no key.
    """
    if given:
        return [key.get_secret_value() for key in given]
    if database is None:
        raise WrongKey("CHECKIN_SECRET_KEYS is not set")
    path = key_file(database)
    if path.exists():
        return read_key_file(path)
    if database.exists() and database.stat().st_size:
        raise WrongKey(f"{database} is there but its key {path} is not: set CHECKIN_SECRET_KEYS")
    database.parent.mkdir(parents=True, exist_ok=True)
    key = new_master()
    # Readable by its owner only, from the first byte on.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    return [key]


def read_key_file(path: Path) -> list[str]:
    """The keys in a file, newest first.

    Raises:
        WrongKey: when it cannot be read, holds none, or holds what is no key.
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
    """Puts a new key before those in a key file, all at once or not at all; gives all of them.

    Raises:
        WrongKey: when the file is not a good one.
    """
    keys = [new_master(), *read_key_file(path)]
    was = path.stat()
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        if os.geteuid() == 0:
            os.chown(new, was.st_uid, was.st_gid)  # the bot, which is not root, goes on reading it
        file.write(",".join(keys) + "\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_folder(path.parent)
    return keys


def sync_folder(folder: Path) -> None:
    """Waits until a renaming in a folder is on the disk."""
    with suppress(OSError):  # not every file system can
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class Masters:
    """The master keys of a running bot, which may be rotated beside it."""

    def __init__(self, read: Callable[[], list[str]], file: Path) -> None:
        """Takes how they are read, and the file that changes when they do."""
        self._read = read
        self._file = file
        self._stamp = self._now()

    def read(self) -> list[str]:
        """The keys as they stand now, newest first."""
        self._stamp = self._now()
        return self._read()

    def changed(self) -> bool:
        """Whether the file is another than when this was last asked."""
        return self._stamp != self._now()

    def _now(self) -> tuple[int, ...] | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size
