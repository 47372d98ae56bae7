"""What goes wrong, said to whoever runs the command: in words, without a traceback.

Mends nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from bot.settings import CannotBeDone, WrongSettings
from bot.store.backup import NotEmpty
from bot.store.sealed_file import NotABackup
from bot.store.store import DatabaseAway, DatabaseBehind
from bot.store.vault import WrongKey
from bot.telegram.client import TokenUnknown
from bot.words import WrongWords
from flows.engine import BrokenFlow

WRONG = 2
"""Exit code for what the one who runs it can put right."""
UNWELL = 1
"""Exit code for what works and is still to be put right."""


@contextmanager
def plainly() -> Iterator[None]:
    """Says what is wrong in words, without a traceback, and leaves with code 2."""
    os.umask(0o077)  # what we write (database, key, backup) is for its owner alone
    try:
        yield
    except (
        WrongSettings,
        CannotBeDone,
        BrokenFlow,
        WrongKey,
        DatabaseBehind,
        NotABackup,
        NotEmpty,
        WrongWords,
    ) as error:
        complain(type(error), str(error))
    except FileExistsError as error:
        complain(FileExistsError, f"{error.filename or error} is there already")
    except FileNotFoundError as error:
        complain(FileNotFoundError, f"there is no file {error.filename}")
    except DatabaseAway as error:
        complain(DatabaseAway, f"the database cannot be reached ({error})")
    except TokenUnknown:
        complain(TokenUnknown, "Telegram does not know this token: check CHECKIN_TELEGRAM_TOKEN")


_HEADS: dict[type[Exception], str] = {
    WrongSettings: "Settings to put right:",
    BrokenFlow: "The questions cannot be used yet:",
}


def complain(kind: type[Exception], message: str) -> None:
    """Says what is wrong, under the head of its kind, and leaves with code 2."""
    head = _HEADS.get(kind)
    typer.echo(f"{head}\n{message}" if head else message, err=True)
    raise typer.Exit(WRONG)
