"""Turns errors into readable messages for an operator, without a traceback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import typer

WRONG = 2
"""Exit code for what the operator can put right."""
UNWELL = 1
"""Exit code for what works and still needs attention."""


@contextmanager
def report_errors() -> Iterator[None]:
    """Reports errors in a sentence, without a traceback, and exits with code 2."""
    os.umask(0o077)  # files we write (database, key, backup) are for their owner alone
    try:
        yield
    except typer.Exit:
        raise
    except Exception as error:
        if (said := _in_words(error)) is not None:
            complain(type(error), said)
        raise


def _in_words(error: Exception) -> str | None:
    """The message for an error; None for one that an operator cannot put right."""
    # Imported here, so that the bot's start does not load what only some commands need.
    from bot.config.file_errors import in_words
    from bot.i18n.catalog import CatalogError
    from bot.settings import CannotBeDone, WrongSettings
    from bot.store.availability import DatabaseUnavailable
    from bot.store.crypto.master_keys import DatabaseLost
    from bot.store.crypto.vault import WrongKey
    from bot.store.maintenance.backup import DatabaseNotEmpty
    from bot.store.maintenance.encrypted_file import FileNotWritten, InvalidBackup
    from bot.store.maintenance.file_copy import CopyFailed, FileExists
    from bot.store.migrations import MigrationRefused, SchemaOutdated
    from bot.telegram.client import InvalidTokenError
    from flows.engine import BrokenFlow

    if isinstance(error, (WrongSettings, CannotBeDone, BrokenFlow, WrongKey, SchemaOutdated)):
        return str(error)
    if isinstance(
        error,
        (InvalidBackup, DatabaseNotEmpty, FileNotWritten, CatalogError, CopyFailed, FileExists),
    ):
        return str(error)
    if isinstance(error, (MigrationRefused, DatabaseLost)):
        return str(error)
    if isinstance(error, DatabaseUnavailable):
        return f"the database cannot be reached ({error})"
    if isinstance(error, InvalidTokenError):
        return "Telegram does not know this token: check CHECKIN_TELEGRAM_TOKEN"
    return in_words(error) if isinstance(error, OSError) else None


_HEADS = {
    "WrongSettings": "Settings to put right:",
    "BrokenFlow": "The questions cannot be used yet:",
}


def complain(kind: type[Exception], message: str) -> None:
    """Prints an error under the heading of its kind, and exits with code 2."""
    head = _HEADS.get(kind.__name__)
    typer.echo(f"{head}\n{message}" if head else message, err=True)
    raise typer.Exit(WRONG)
