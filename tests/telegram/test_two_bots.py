"""Two bots on one token are said plainly, in the log and by the doctor.

What people then see is Telegram's to say: it gives each of the two some of what is written.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.store.repositories.operation.heartbeats import write_beats
from bot.telegram.receiving.polling import CONFLICTS
from tests.conftest import Time
from tests.support.cli_process import checkin
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person
from tests.support.telegram_fake.validation.rules import OTHER_POLL


async def test_another_program_on_the_token_is_named(
    telegram: FakeTelegram,
    running: Running,
    time: Time,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    sam_agreed: Person,
) -> None:
    sam = sam_agreed
    jobs = running.bot.jobs
    for _ in range(CONFLICTS):
        await jobs.round("receiving")
        assert [beat.name for beat in jobs.heartbeats() if beat.error] == []
        seen = len(telegram.calls_of("getUpdates"))
        assert await telegram.changes.until(lambda: telegram.inbox.is_polled, 30)
        telegram.inbox.end_poll(OTHER_POLL)  # as a call of another program does
        assert await telegram.changes.until(
            lambda s=seen: len(telegram.calls_of("getUpdates")) > s,  # type: ignore[misc]
            30,
        )
    await jobs.round("receiving")
    ill = [beat for beat in jobs.heartbeats() if beat.error]
    assert [(beat.name, beat.error) for beat in ill] == [("receiving", "Conflict")]
    assert "two bots on one token?" in capfd.readouterr().out
    await sam.taps("Skip")  # whoever is given to us is served
    assert "2 of 5" in sam.last.text
    beats = [replace(beat, well=beat.error is None) for beat in jobs.heartbeats()]
    await write_beats(running.bot.store, beats, time())
    done = await checkin(tmp_path, "doctor", now=time(), **running.settings)
    assert done.code == 1
    assert "receiving: not since" in done.out
    assert "another program uses this bot's token" in done.out
