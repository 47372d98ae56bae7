"""Opens the database in the settings, with its keys; creates it on the first run only.

Every command but `run` and `restore` needs an existing one: a command with a wrong path must not
leave an empty database, with a key of its own, behind.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from bot.i18n.recorded_languages import NOTHING, RecordedLanguages
from bot.settings import ROOT, CannotBeDone, Settings, read_settings
from bot.store.availability import DatabaseUnavailable
from bot.store.crypto.master_keys import MasterKeyFile, begin, key_file, master_keys, read_key_file
from bot.store.crypto.vault import Vault, WrongKey
from bot.store.database import Database
from bot.store.migrations import SchemaOutdated
from bot.store.repositories.operation.language_texts import read_memory
from bot.store.unit_of_work import UnitOfWork


class NoDatabase(CannotBeDone):
    """There is no database at the configured place."""


def open_store(settings: Settings) -> Database:
    """The database with its keys; nothing is read or written yet.

    Raises:
        NoDatabase: it is SQLite and there is no such file.
        WrongKey: a master key is malformed, or there is none.
    """
    if no := none_yet(settings):
        raise NoDatabase(no)
    return empty_store(settings)


def empty_store(settings: Settings) -> Database:
    """The same where the file may be missing; its key must exist, and decrypts what is restored."""
    return Database(settings.database_url, open_vault(settings), ROOT / "alembic")


def begin_store(settings: Settings) -> Database:
    """The database of a bot, created with its key if there never was one.

    Raises:
        DatabaseLost: it is SQLite, and there was one that is not there now.
        WrongKey: a master key is malformed, or the file is missing.
    """
    if settings.sqlite_file is not None:
        begin(settings.sqlite_file, with_key=not settings.secret_keys)
    return empty_store(settings)


def none_yet(settings: Settings) -> str:
    """A message that there is no database, and where it was expected.

    Empty where there may be one.
    """
    file = settings.sqlite_file
    if file is None or file.exists():
        return ""
    named = settings.env_file or "no .env was found; put one into the project's folder"
    return f"there is no database at {file} ({named}). The first `checkin run` makes it"


def open_vault(settings: Settings) -> Vault:
    """The master keys, from the settings or the file beside a SQLite database.

    Raises:
        WrongKey: one is malformed, or the file is missing.
    """
    found = master_keys(settings.sqlite_file, settings.secret_keys)
    if settings.secret_keys or settings.sqlite_file is None:
        # Only keys in `.env`; a value in the environment stays as it is until a restart.
        file = settings.env_file or ROOT / ".env"
        return Vault(found, MasterKeyFile(partial(_keys_in, settings), file))
    file = key_file(settings.sqlite_file)
    return Vault(found, MasterKeyFile(partial(read_key_file, file), file))


def _keys_in(settings: Settings) -> list[str]:
    again = read_settings(_env_file=settings.env_file) if settings.env_file else read_settings()
    return [key.get_secret_value() for key in again.secret_keys]


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The database for a command: its tables are not migrated, nothing is written.

    Raises:
        DatabaseUnavailable, NoDatabase, WrongKey: it cannot be opened.
        SchemaOutdated: its tables are not those of this version, or no bot was started on it.
    """
    store = open_store(settings)
    try:
        at, head = await store.revision()
        if at is not None and at != head:
            raise SchemaOutdated(
                f"the database is at {at}, this version needs {head}: start the bot, or run"
                " `checkin migrate`"
            )
        if at is None:
            raise SchemaOutdated("no bot was ever started on this database: start it once")
        await store.system_keys()
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def open_batch(settings: Settings) -> AsyncIterator[UnitOfWork]:
    """A unit of work for a command."""
    async with database(settings) as store, store.unit_of_work() as uow:
        yield uow


async def remembered(settings: Settings) -> RecordedLanguages:
    """What the database remembers of the languages; empty where it cannot be read."""
    if settings.sqlite_file is not None and not settings.sqlite_file.exists():
        return NOTHING
    try:
        store = open_store(settings)
    except WrongKey:
        return NOTHING
    try:
        at, head = await store.revision()
        return await read_memory(store) if at == head else NOTHING
    except (DatabaseUnavailable, SchemaOutdated, WrongKey):
        return NOTHING
    finally:
        await store.close()
