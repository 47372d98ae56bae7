"""Where the master keys come from: the settings, or a file beside a SQLite database.

Never prints or logs a key.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pydantic import SecretStr

from bot.store.vault import WrongKey, new_master


def master_keys(database: Path | None, given: Sequence[SecretStr]) -> list[str]:
    """The master keys, newest first; made on the first run beside a SQLite file.

    Raises:
        WrongKey: when the database is there and its key file is not.
    """
    if given:
        return [key.get_secret_value() for key in given]
    if database is None:
        raise WrongKey("CHECKIN_SECRET_KEYS is not set")
    path = database.with_name(database.name + ".key")
    if path.exists():
        return [part.strip() for part in path.read_text().split(",") if part.strip()]
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
