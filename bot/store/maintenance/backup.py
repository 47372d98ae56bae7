"""Writes a backup to one encrypted file while the bot runs, and all keys to another.

The rows of each participant are encrypted a second time with that participant's own key, which is
only in the key file. Of that only the newest exists: a participant deleted since can be read in no
backup. Beside the keys is the ledger, from which a restore knows what each participant still
allowed.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import DataKey, Vault, WrongKey
from bot.store.database import Database
from bot.store.maintenance.consent_ledger import KIND, Ledger, add_line, ledger_lines
from bot.store.maintenance.encrypted_file import EncryptedFile, InvalidBackup, read_lines
from bot.store.sql.json_values import from_json, to_json
from bot.store.tables import Base
from bot.store.tables.keyring_tables import KeyringRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import CaseRow

log = structlog.get_logger()

MAGIC = b"checkin backup 2\n"
KEYS_MAGIC = b"checkin keys 3\n"
KEYS_WITHOUT_LEDGER = b"checkin keys 2\n"
KEYS_NAME = "checkin.keys"
"""The name of the key file, beside the backup, where no other name is given."""
AT_ONCE = 50

SYSTEM_TABLES = {
    *("flow_versions", "language_words", "workers", "worker_invites", "wording_notes", "news"),
    *("complaints", "receipts", "tallies", "editions", "past_access", "services"),
}
"""Tables that belong to no participant: their rows are encrypted with the file's key alone."""
OMITTED_TABLES = {
    *("keyring", "updates_seen", "owed", "set_aside", "groups_told", "refusals", "messages"),
    *("rejoins", "farewells", "tries", "shown", "jobs", "sweep_marks", "early_stops"),
}
"""Keys, which have their own file; and what is of use for hours only, or to the old machine.

Transfer codes are dead after a restore: they may have been used since.
"""
OMITTED_COLUMNS = {
    "participants": ("data_key",),
    "cases": ("data_key",),
    "workers": ("waits",),
    "complaints": ("participant_id",),
}
"""Columns left out: keys; a worker's pending input, which may contain a name; and who complained,
for the complaint stays true without."""


class DatabaseNotEmpty(Exception):
    """The database to restore into already contains participants."""


@dataclass(slots=True)
class KeySnapshot:
    """All the keys of one moment: of the system, of participants and of cases, as wrapped."""

    house: dict[str, bytes] = field(default_factory=dict)
    participants: dict[int, bytes] = field(default_factory=dict)
    cases: dict[int, bytes] = field(default_factory=dict)
    ledger: Ledger | None = None


def owner_of(table: sa.Table) -> str | None:
    """Whose key encrypts the rows of a table: "participants", "cases", or None for the system's.

    Raises:
        LookupError: the table has no entry, so its treatment in a backup is undefined.
    """
    if table.name in SYSTEM_TABLES:
        return None
    if table.name == "cases":
        return "cases"
    if table.name == "participants" or "participant_id" in table.c:
        return "participants"
    if "case_id" in table.c or table.name == "alert_steps":
        return "cases"
    raise LookupError(f"what does a backup do with {table.name}?")


def _kept() -> list[sa.Table]:
    return [table for table in Base.metadata.sorted_tables if table.name not in OMITTED_TABLES]


# --- writing -------------------------------------------------------------------------------------


async def write_backup(
    store: Database, vault: Vault, path: Path, keys: Path | None = None, *, now: dt.datetime
) -> int:
    """Writes a backup and the key file as of one moment; returns the number of rows.

    The bot may run meanwhile. The key file replaces the previous one.

    Raises:
        DatabaseUnavailable: the database cannot be reached; nothing is left or changed then.
        FileExistsError: the backup exists already.
        InvalidBackup: there is nothing to back up, or a file with the key file's name is none.
        FileNotWritten: one of the files cannot be written; nothing is left or changed then.
    """
    if path.exists():  # noqa: ASYNC240 - a command of its own; no other task waits
        raise FileExistsError(path)
    keys = keys or path.with_name(KEYS_NAME)
    _refuse_another(keys)
    count = 0
    async with store.read_snapshot() as connection:
        house, revision = await _ready(store, connection)
        found = await _key_snapshot(connection)
        with (
            EncryptedFile(vault, path, MAGIC) as file,
            EncryptedFile(vault, keys, KEYS_MAGIC) as beside,
        ):
            _put_keys(beside, found)
            await _put_ledger(beside, connection, now)
            beside.close()
            made = to_json(now)
            file.write({"revision": revision, "house": _mark(house), "made_at": made})
            async for line in _rows(connection, house, found):
                file.write(line)
                count += 1
            file.close()
            # The keys first: newer keys open older rows, never the other way round.
            beside.rename()
            file.rename()
    return count


async def write_keys(store: Database, vault: Vault, keys: Path, *, now: dt.datetime) -> int:
    """Writes the key file alone, which removes the deleted from backups too; returns the count.

    Raises:
        DatabaseUnavailable, InvalidBackup, FileNotWritten: as above.
    """
    _refuse_another(keys)
    async with store.read_snapshot() as connection:
        await _ready(store, connection)
        found = await _key_snapshot(connection)
        with EncryptedFile(vault, keys, KEYS_MAGIC) as beside:
            _put_keys(beside, found)
            await _put_ledger(beside, connection, now)
            beside.close()
            beside.rename()
    return len(found.participants)


async def _put_ledger(file: EncryptedFile, connection: AsyncConnection, now: dt.datetime) -> None:
    async for line in ledger_lines(connection, now):
        file.write(line)


def _refuse_another(keys: Path) -> None:
    """Refuses to overwrite a file that is no key file, such as a backup."""
    if keys.exists():
        with keys.open("rb") as file:
            if file.readline(100) not in (KEYS_MAGIC, KEYS_WITHOUT_LEDGER):
                raise InvalidBackup(f"{keys} is there already, and is no key file")


async def _ready(store: Database, connection: AsyncConnection) -> tuple[SystemKeys, str]:
    at, needed = await connection.run_sync(store.revisions)
    if at is None:
        raise InvalidBackup("there is nothing to back up yet: the database has no tables")
    if at != needed:
        raise InvalidBackup(f"the database is at {at}, this version needs {needed}: start the bot")
    without = sa.select(CaseRow.id).where(CaseRow.data_key.is_(None)).limit(1)
    if (await connection.execute(without)).first():
        raise InvalidBackup("some people's names have no key of their own yet: start the bot once")
    return await store.system_keys_of(connection), at


async def _key_snapshot(connection: AsyncConnection) -> KeySnapshot:
    async def pairs(*columns: Any) -> dict[Any, Any]:
        return {row[0]: row[1] for row in (await connection.execute(sa.select(*columns))).all()}

    return KeySnapshot(
        await pairs(KeyringRow.name, KeyringRow.wrapped),
        await pairs(ParticipantRow.id, ParticipantRow.data_key),
        await pairs(CaseRow.id, CaseRow.data_key),
    )


def _put_keys(file: EncryptedFile, found: KeySnapshot) -> None:
    kinds = (("house", found.house), ("participants", found.participants), ("cases", found.cases))
    for kind, keys in kinds:
        for owner, key in keys.items():
            file.write([kind, owner, base64.b64encode(key).decode()])


async def _rows(
    connection: AsyncConnection, house: SystemKeys, keys: KeySnapshot
) -> AsyncIterator[dict[str, Any]]:
    cases_of_alerts: dict[int, int] = {}
    lost: set[tuple[str, int]] = set()
    for table in _kept():
        whose = owner_of(table)
        statement = sa.select(
            *(c for c in table.c if c.name not in OMITTED_COLUMNS.get(table.name, ()))
        )
        result = await connection.stream(statement.execution_options(yield_per=AT_ONCE))
        async for row in result.mappings():
            plain = {name: to_json(value) for name, value in row.items()}
            if whose is None:
                yield {"table": table.name, "row": plain}
                continue
            if table.name == "alerts":
                cases_of_alerts[row["id"]] = row["case_id"]
            owner = _owner(table.name, whose, row, cases_of_alerts)
            if table.name == "cases" and ("participants", row["participant_id"]) in lost:
                lost.add((whose, owner))
            try:
                key = _key(house, keys, whose, owner)
            except WrongKey:
                if (whose, owner) not in lost:  # their rows are lost; those of others are not
                    log.error("backup.not_opened", whose=whose, number=owner)  # noqa: TRY400
                lost.add((whose, owner))
                continue
            if (whose, owner) in lost:
                continue
            sealed = key.seal(json.dumps(plain).encode(), "backup", table.name, owner)
            yield {"table": table.name, "of": owner, "row": base64.b64encode(sealed).decode()}


def _mark(keys: SystemKeys) -> str:
    """A marker that only the right system key decrypts.

    Another bot's key file would decrypt no row.
    """
    return base64.b64encode(keys.key.seal(b"", "backup", "house")).decode()


def _owner(table: str, whose: str, row: Any, cases_of_alerts: dict[int, int]) -> int:
    if table == "alert_steps":
        return cases_of_alerts[row["alert_id"]]
    if table == whose:
        return int(row["id"])
    return int(row["participant_id"] if whose == "participants" else row["case_id"])


def _key(house: SystemKeys, keys: KeySnapshot, whose: str, owner: int) -> DataKey:
    if whose == "participants":
        return house.vault.key(keys.participants[owner])
    return house.case_key(owner, keys.cases[owner])


# --- reading -------------------------------------------------------------------------------------


def read_keys(vault: Vault, path: Path) -> KeySnapshot:
    """The keys in a key file, and the ledger of one that is new enough to have it.

    Raises:
        InvalidBackup: it is not whole.
        WrongKey: the master keys do not open it.
    """
    found = KeySnapshot()
    for line in read_lines(vault, path, KEYS_MAGIC, KEYS_WITHOUT_LEDGER):
        if line[0] == KIND:
            found.ledger = add_line(found.ledger, line)
        else:
            kind, owner, key = line
            getattr(found, kind)[owner] = base64.b64decode(key)
    return found


def read_backup(
    vault: Vault, path: Path, house: SystemKeys, keys: KeySnapshot, gone: set[tuple[str, int]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a backup that these keys decrypt, each with its table.

    Ids of the others go to `gone`.

    Raises:
        InvalidBackup: it is not whole, or of another version.
        WrongKey: the master keys do not open it.
    """
    for line in read_lines(vault, path, MAGIC):
        if "revision" in line:
            try:
                house.key.open(base64.b64decode(line["house"]), "backup", "house")
            except WrongKey:
                raise InvalidBackup(f"{path} and the key file do not belong together") from None
            yield "", line
            continue
        name = line["table"]
        if name in OMITTED_TABLES:  # an older version included it
            continue
        if name not in Base.metadata.tables:
            raise InvalidBackup(f"{path} holds what this version does not know ({name})")
        blank = dict.fromkeys(OMITTED_COLUMNS.get(name, ()))
        if "of" not in line:
            yield name, {**{k: from_json(v) for k, v in line["row"].items()}, **blank}
            continue
        whose, owner = owner_of(Base.metadata.tables[name]), line["of"]
        if owner not in (keys.participants if whose == "participants" else keys.cases):
            gone.add((str(whose), owner))
            continue
        sealed = base64.b64decode(line["row"])
        opened = _key(house, keys, str(whose), owner).open(sealed, "backup", name, owner)
        row = {k: from_json(v) for k, v in json.loads(opened).items()}
        if name in {"participants", "cases"}:
            blank = {"data_key": getattr(keys, name)[owner]}
        yield name, {**row, **blank}
