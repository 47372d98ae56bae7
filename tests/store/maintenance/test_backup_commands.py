"""The commands back up and restore while the bot runs, and say why they refuse."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.store.crypto.vault import new_master
from bot.store.maintenance.backup import (
    KEYS_NAME,
)
from tests.conftest import Time
from tests.store.maintenance.backups import (
    CANARY,
    backed_up,
)
from tests.support.cli_process import checkin
from tests.support.participants import agree
from tests.support.running_bot import KEY, Running
from tests.support.telegram_fake import FakeTelegram
from tests.support.worker_scenario import an_office


async def command(folder: Path, *words: str, url: str, key: str = KEY) -> tuple[int | None, str]:
    """Runs the real command, and gives its exit code and all it said."""
    done = await checkin(folder, *words, database_url=url, secret_keys=key)
    return done.code, done.out + done.err


async def test_the_commands_back_up_and_restore_while_the_bot_runs(
    telegram: FakeTelegram, database_url: str, tmp_path: Path, time: Time
) -> None:
    sam, path = telegram.person("Sam"), tmp_path / "checkin.backup"
    other_url = f"sqlite:///{tmp_path / 'other.db'}"
    async with Running(telegram, database_url, time):
        await agree(sam)
        saving = asyncio.create_task(command(tmp_path, "backup", str(path), url=database_url))
        await sam.says(CANARY)
        code, said = await saving
    assert code == 0, said
    assert "Keep it apart from the master keys" in said
    assert "Keep only the newest" in said
    code, said = await command(
        tmp_path, "keys", "save", str(tmp_path / KEYS_NAME), url=database_url
    )
    assert (code, "the keys of 1 people" in said) == (0, True), said
    code, said = await command(tmp_path, "restore", str(path), url=other_url)
    assert (code, "rows restored" in said) == (0, True), said
    async with Running(telegram, other_url, time):
        await sam.says("START")
        assert sam.fresh


async def test_the_commands_say_why_they_refuse(tmp_path: Path, time: Time) -> None:
    path, cut = tmp_path / "checkin.backup", tmp_path / "cut.backup"
    url, other_url = (f"sqlite:///{tmp_path / name}.db" for name in ("checkin", "other"))
    async with an_office(url, time) as office:
        await office.agree(office.chats(1))
        await backed_up(url, path)
    cut.write_bytes(path.read_bytes()[:-3])
    refusals = [
        await command(tmp_path, "restore", str(cut), url=other_url),
        await command(tmp_path, "restore", str(path), url=other_url, key=new_master()),
        await command(tmp_path, "restore", str(path), url=url),
        await command(tmp_path, "backup", str(path), url=url),
    ]
    words = ("cut short", "do not open", "already holds people", "is there already")
    for (code, said), word in zip(refusals, words, strict=True):
        assert code == 2
        assert word in said
        assert "Traceback" not in said
