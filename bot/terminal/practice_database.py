"""The practice database: conversations in the terminal, with no real participant in it.

A database, key and clock of its own, with practice in their names; those of the bot are not opened.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from bot.config.database_url import MEMORY, SQLITE
from bot.settings import ROOT, Settings
from bot.store.crypto.master_keys import begin
from bot.store.crypto.vault import Vault, new_master
from bot.store.database import Database
from bot.store.opening import empty_store

PRACTICE = "Practice: nobody real is here, and nothing is sent to anybody."
"""The first line of every output in which the questions are tried out."""


@dataclass(frozen=True)
class PracticeDatabase:
    """A store for practice, the file of its clock, and a description of where it is kept."""

    store: Database
    clock: Path | None
    words: str


def file_for(settings: Settings) -> Path:
    """The practice file: beside the bot's database if that is a file, else in its folder."""
    live = settings.sqlite_file
    if live is None or not os.access(live.parent, os.W_OK):
        home = settings.env_file.parent if settings.env_file is not None else ROOT
        return home / "checkin.practice.db"
    # Longer than the other's name, so never the same, whatever that is called.
    return live.with_name(f"{live.stem}.practice.db")


def open_practice(settings: Settings) -> PracticeDatabase:
    """Opens the practice store, creating it if missing; in memory where no file can be written."""
    file = file_for(settings)
    if not os.access(file.parent, os.W_OK):
        store = Database(MEMORY, Vault([new_master()]), ROOT / "alembic")
        return PracticeDatabase(
            store, None, f"Nothing of it is kept: {file.parent} cannot be written to."
        )
    alone = settings.model_copy(
        update={"database_url": f"{SQLITE}{file}", "secret_keys": (), "telegram_token": None}
    )
    clock = file.with_name(f"{file.name}.clock")
    if not file.exists():
        # The database was deleted to start from nothing: files left beside it are deleted, too.
        for left in file.parent.glob(f"{escape(file.name)}*"):
            left.unlink()
    begin(file, with_key=True)
    return PracticeDatabase(
        empty_store(alone), clock, f"It is kept in {file}. {_not_opened(settings)}"
    )


def _not_opened(settings: Settings) -> str:
    live = settings.sqlite_file
    if live is None or not live.exists():
        return "To begin anew, delete it."
    return f"{live} is the bot's own, and stays as it is."
