"""Restores a backup and a key file into an empty database: all rows whose keys still exist.

Sends nothing, prevents that old messages are sent later, and restores no data that its participant
withdrew: see `ledger_enforcement`. A backup of an older version is read into its own tables, which
are then migrated as any others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.domain.states import FollowUpState
from bot.store.crypto.system_keys import SystemKeys, read_system_keys
from bot.store.crypto.vault import Vault
from bot.store.database import Database
from bot.store.maintenance import ledger_enforcement
from bot.store.maintenance.backup import DatabaseNotEmpty, KeySnapshot, read_backup, read_keys
from bot.store.maintenance.encrypted_file import InvalidBackup
from bot.store.migrations import VERSIONS
from bot.store.sql.json_values import from_json
from bot.store.tables import Base
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.keyring_tables import KeyringRow

AT_ONCE = 100
MUST_BE_NEWEST = (
    "--nothing-was-lost needs the key file as it was at the very end, with its ledger, and {keys}"
    " {why}. Restore without it: people are then written to only if they write first"
)


@dataclass(frozen=True, slots=True)
class Restored:
    """The result: rows restored, participants without any, and sends that are uncertain.

    `lessened` counts the participants whose ledger, made at `ledger_at`, allows less than the
    backup, `only_first` those who now get messages only if they write first, and `invites` those of
    workers that were ended. An `older` ledger lacks what is newer in the backup.
    """

    rows: int
    skipped: int
    uncertain: int
    lessened: int = 0
    only_first: int = 0
    invites: int = 0
    ledger_at: dt.datetime | None = None
    older: bool = False


@dataclass(slots=True)
class _Work:
    """One restore in progress: what it reads from, and its options."""

    store: Database
    path: Path
    found: KeySnapshot
    revision: str
    rows: Iterator[tuple[str, dict[str, Any]]]
    gone: set[tuple[str, int]]
    now: dt.datetime
    newer: bool
    nothing_was_lost: bool
    outcome: Restored | None = None


async def restore_backup(
    store: Database,
    vault: Vault,
    path: Path,
    keys: Path,
    now: dt.datetime,
    *,
    nothing_was_lost: bool = False,
) -> Restored:
    """Restores a backup into an empty database, creating its tables.

    All or nothing: a file that is not whole leaves the database as it was. What came after the
    newest ledger is unknown, so all participants then get messages only if they write first. Only
    an operator who knows that `nothing_was_lost`, as when a stopped bot moves to another machine,
    can declare so.

    Raises:
        DatabaseUnavailable, InvalidBackup, WrongKey: see `backup`.
        DatabaseNotEmpty: the database contains participants already.
    """
    found = read_keys(vault, keys)
    ours = read_system_keys(vault, found.house)
    house = SystemKeys(vault, ours["chats"], ours["house"])
    gone: set[tuple[str, int]] = set()
    rows = read_backup(vault, path, house, found, gone)
    _, head = next(rows)
    revision, made_at = head["revision"], from_json(head.get("made_at"))
    if revision not in store.upkeep.known():
        raise InvalidBackup(
            f"{path} was made by a newer version of this program (its tables are at {revision},"
            f" this version knows only up to {store.upkeep.known()[-1]}): restore with that one"
        )
    ledger = found.ledger
    # A backup without a date is older than ledgers.
    newer = ledger is not None and (made_at is None or ledger.made_at >= made_at)
    if nothing_was_lost and not newer:
        why = "has none" if ledger is None else f"is older than {path}"
        raise InvalidBackup(MUST_BE_NEWEST.format(keys=keys, why=why))
    work = _Work(store, path, found, revision, rows, gone, now, newer, nothing_was_lost)
    await store.rewrite(partial(_restore, work))
    assert work.outcome is not None  # noqa: S101 - else it has raised
    return work.outcome


def _restore(work: _Work, connection: sa.Connection) -> None:
    tables = _emptied(work, connection)
    count = _fill(work, connection, tables)
    work.store.upgrade(connection)
    ledger, lessened = work.found.ledger, 0
    if ledger is not None:
        lessened = ledger_enforcement.hold_to(connection, ledger, newer=work.newer)
    only_first = invites = 0
    if not work.nothing_was_lost:
        only_first = ledger_enforcement.only_if_they_write_first(connection)
        invites = ledger_enforcement.end_invites(connection, work.now)
    uncertain = _nothing_old(connection, work.now)
    _set_counters(connection)
    work.outcome = Restored(
        count,
        sum(whose == "participants" for whose, _ in work.gone),
        uncertain,
        lessened,
        only_first,
        invites,
        ledger.made_at if ledger is not None else None,
        ledger is not None and not work.newer,
    )


def _emptied(work: _Work, connection: sa.Connection) -> dict[str, sa.Table]:
    """The tables of the backup's revision, empty."""
    at, head = work.store.revisions(connection)
    people = sa.select(sa.table("participants", sa.column("id")).c.id).limit(1)
    there = sa.inspect(connection).has_table("participants")
    if there and connection.execute(people).first():
        raise DatabaseNotEmpty("the database already holds people; restore into an empty one")
    if at not in (None, work.revision):
        # Only a bot was started on it once. Tables cannot be downgraded, so they are recreated.
        for name in (*reversed([table.name for table in Base.metadata.sorted_tables]), VERSIONS):
            connection.execute(sa.text(f'DROP TABLE IF EXISTS "{name}"'))
        if connection.dialect.name == "sqlite":
            # The mark of `column_sealing` that no plaintext is left; PostgreSQL's went with its
            # table.
            connection.exec_driver_sql("PRAGMA user_version=0")
    work.store.upgrade(connection, work.revision)
    if work.revision == head:
        tables = dict(Base.metadata.tables)
    else:
        metadata = sa.MetaData()
        metadata.reflect(connection)
        tables = {name: table for name, table in metadata.tables.items() if name != VERSIONS}
    for name in reversed([table.name for table in Base.metadata.sorted_tables]):
        if name in tables:
            connection.execute(sa.delete(tables[name]))
    return tables


def _fill(work: _Work, connection: sa.Connection, tables: dict[str, sa.Table]) -> int:
    ring = [{"name": name, "wrapped": wrapped} for name, wrapped in work.found.house.items()]
    connection.execute(sa.insert(tables[KeyringRow.__tablename__]), ring)
    waiting: list[dict[str, Any]] = []
    last, count = "", 0

    def insert() -> None:
        if waiting:
            connection.execute(sa.insert(tables[last]), waiting)

    for name, row in work.rows:
        if name != last or len(waiting) >= AT_ONCE:
            insert()
            last, waiting = name, []
        waiting.append(_of_revision(work, tables, name, row))
        count += 1
    insert()
    return count


def _of_revision(
    work: _Work, tables: dict[str, sa.Table], name: str, row: dict[str, Any]
) -> dict[str, Any]:
    """A row for the tables of its revision, refused if a value of it has no column."""
    columns = set(tables[name].c.keys()) if name in tables else set[str]()
    strange = [column for column, value in row.items() if column not in columns and value]
    if strange:
        raise InvalidBackup(
            f"{work.path} says that its tables are at {work.revision}, and holds {strange[0]!r} of"
            f" {name}, which those have not: nothing was restored"
        )
    return {column: value for column, value in row.items() if column in columns}


def _nothing_old(connection: sa.Connection, now: dt.datetime) -> int:
    """What was due by now may have been sent after the backup was made: it is not resent."""
    statement = (
        sa.update(FollowUpRow)
        .where(
            FollowUpRow.state.in_(
                (FollowUpState.WAITING, FollowUpState.CLAIMED, FollowUpState.SENDING)
            ),
            sa.or_(FollowUpRow.due_at <= now, FollowUpRow.state != FollowUpState.WAITING),
        )
        .values(state=FollowUpState.UNCERTAIN, outcome=None, lease_until=None, ended_at=now)
    )
    return connection.execute(statement).rowcount


def _set_counters(connection: sa.Connection) -> None:
    """Sets PostgreSQL's sequences to the highest id; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in Base.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        connection.execute(
            sa.select(
                sa.func.setval(
                    sa.func.pg_get_serial_sequence(table.name, column.name),
                    sa.select(sa.func.coalesce(sa.func.max(column), 1)).scalar_subquery(),
                )
            )
        )
