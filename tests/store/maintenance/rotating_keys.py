"""A database full of people whose master key is rotated beside a bot.

It checks nothing by itself.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import os
import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rich.console import Console as Screen

from bot.settings import ROOT, Settings, read_settings
from bot.store.crypto.vault import Vault, WrongKey, new_master
from bot.store.database import Database
from bot.store.opening import begin_store
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.unit_of_work import UnitOfWork

NEW = new_master()
PEOPLE = int(os.environ.get("ROTATE_PEOPLE", "1200"))


def settings_for(url: str, *keys: str) -> Settings:
    """Settings for the database alone."""
    return read_settings(_env_file=None, database_url=url, secret_keys=",".join(keys))


def said_by(screen: Screen) -> str:
    """What was printed."""
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


def a_screen() -> Screen:
    """A terminal that is none."""
    return Screen(file=io.StringIO(), width=200)


def added(uow: UnitOfWork, chat: int, now: dt.datetime) -> None:
    """Somebody of whom nothing matters but that they are there."""
    uow.participants.add(
        chat,
        now,
        language="en",
        audience="adult",
        timezone="Europe/London",
        may_message=True,
        retention_months=12,
    )


async def crowded(store: Database, time: Any, people: int) -> None:
    """So many people who are there and say nothing."""
    for first in range(0, people, 500):
        async with store.unit_of_work() as uow:
            for n in range(first, min(first + 500, people)):
                added(uow, 500_000 + n, time())


async def unreadable(url: str, key: str) -> tuple[int, int]:
    """How many chats and answers there are, and how many this key alone does not open."""
    store, vault = begin_store(settings_for(url, key)), Vault([key])
    rows, shut = 0, 0
    async with store.engine.connect() as connection:
        people = (await connection.execute(sa.select(ParticipantRow))).all()
        said = (await connection.execute(sa.select(AnswerRow))).all()
    keys = {}
    for person in people:
        rows += 1
        try:
            keys[person.id] = vault.key(person.data_key)
            keys[person.id].open(person.chat, "participants", person.id, "chat")
        except WrongKey:
            shut += 1
    for answer in said:
        place = ("answers", answer.participant_id, answer.session_id, answer.step)
        for name in ("words", "voice"):
            if (sealed := getattr(answer, name)) is not None:
                rows += 1
                try:
                    keys[answer.participant_id].open(sealed, *place, name)
                except (WrongKey, KeyError):
                    shut += 1
    await store.close()
    return rows, shut


async def rotating(
    folder: Path, url: str, *command: str, until: int = 0
) -> asyncio.subprocess.Process:
    """The real command, in the folder where the bot runs, or one that stands still half-way."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CHECKIN_")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *(command or ("bot", "keys", "rotate"))),
        cwd=folder,
        env={
            **kept,
            "PYTHONPATH": str(ROOT),
            "CHECKIN_DATABASE_URL": url,
            "ROTATE_UNTIL": str(until),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
