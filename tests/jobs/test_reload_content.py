"""A running bot takes up changed files when they are well, and else goes on with what it has.

The ticks are the test's own; nothing waits for a clock.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from bot.cli.doctor.doctor import UNWELL, WELL, examine
from bot.settings import read_settings
from bot.store.tables.checkin_tables import CheckinRow, FlowVersionRow
from tests.cli.test_doctor import of
from tests.conftest import Time
from tests.support.participants import agree
from tests.support.pseudo_locales import write_languages
from tests.support.running_bot import FLOWS, KEY, Running
from tests.support.telegram_fake import FakeTelegram

FIRST = "What would you like this service to give you?"
EDITED = "What would make you glad you came?"
SECOND = "What feels like it is going wrong"


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    folder = tmp_path / "flows"
    shutil.copytree(FLOWS, folder, ignore=shutil.ignore_patterns("*.py", "engine", "__pycache__"))
    return folder


@pytest.fixture
async def edited(
    telegram: FakeTelegram, database_url: str, time: Time, flows: Path
) -> AsyncIterator[Running]:
    """A bot whose questions lie in a folder of their own, which a test may change."""
    async with Running(telegram, database_url, time, flows=flows) as bot:
        yield bot


def edit(folder: Path, name: str, old: str, new: str) -> None:
    """Saves a file as an editor does, a moment later than it was."""
    path = folder / name
    source = path.read_text(encoding="utf-8")
    assert source.count(old) == 1
    path.write_text(source.replace(old, new), encoding="utf-8")
    later = path.stat().st_mtime_ns + 1_000_000
    os.utime(path, ns=(later, later))


async def ticks(bot: Running, times: int = 2) -> list[str]:
    """What the log says of the questions while so many ticks pass."""
    with structlog.testing.capture_logs() as lines:
        for _ in range(times):
            await bot.bot.content_reloader.reload_if_changed()
    return [" ".join(map(str, line.values())) for line in lines]


async def test_a_change_is_taken_up_and_nobody_is_moved(
    telegram: FakeTelegram, edited: Running, flows: Path
) -> None:
    sam, kim, alex = (telegram.person(name) for name in ("Sam", "Kim", "Alex"))
    await agree(sam)
    await agree(kim)
    edit(flows, "before.yaml", FIRST, EDITED)
    assert await ticks(edited, 1) == []  # perhaps it is still being saved
    [line] = await ticks(edited, 1)
    assert "questions.taken_up" in line
    assert await ticks(edited, 3) == []

    await sam.says("Somewhere quiet")
    assert SECOND in sam.last.text  # on the words that Sam began with
    await agree(alex)
    assert EDITED in alex.last.text
    rows = await edited.rows(CheckinRow)
    assert len({row.version for row in rows if row.flow == "before"}) == 2
    kept = [r for r in await edited.rows(FlowVersionRow) if r.flow == "before"]
    assert sorted(EDITED in row.source for row in kept) == [False, True]
    await sam.says("The noise")
    await sam.says("Sleep")
    await sam.taps("No")
    await sam.says("My dog")
    assert "Here is what you said" in sam.last.text
    await sam.taps("Back", "Back", "Back", "Back", "Back")
    assert FIRST.rstrip("?") in sam.last.text
    assert EDITED not in sam.last.text


NOT_WELL = [
    (FIRST, '{number} of {totl}. What?"\n  text: "', "stands twice"),
    ("meaning: sharing", "meaning: sharring", "did you mean `sharing`"),
    (FIRST, "What would you like this intervention to give you?", "how services talk"),
    (FIRST, "What don't you like here?", "is missed by tired eyes"),
]


async def test_what_is_not_well_is_left_alone_and_said_once(
    telegram: FakeTelegram, edited: Running, flows: Path
) -> None:
    for old, new, why in NOT_WELL:
        edit(flows, "before.yaml", old, new)
        [line] = await ticks(edited, 4)
        assert "warning" in line
        assert "questions.kept_old" in line
        assert "before.yaml:" in line
        assert why in line
        edit(flows, "before.yaml", new, old)
        assert [line for line in await ticks(edited, 3) if "kept_old" in line] == []
    sam = telegram.person("Sam")
    await agree(sam)
    assert FIRST in sam.last.text
    edit(flows, "before.yaml", FIRST, EDITED)
    assert "questions.taken_up" in (await ticks(edited))[0]
    await sam.says("Quiet")
    assert SECOND in sam.last.text


async def test_what_is_said_outside_the_questions_changes_too(
    telegram: FakeTelegram, edited: Running, flows: Path
) -> None:
    sam = telegram.person("Sam")
    await agree(sam)
    edit(flows / "stops", "en.yaml", "stop_or_answer:", "  - that will be it\nstop_or_answer:")
    edit(flows, "phrases.yaml", "      What about your answers?", "      And your answers?")
    assert "questions.taken_up" in (await ticks(edited))[0]
    await sam.says("That will be it, thanks")
    assert "And your answers?" in sam.last.text


async def test_a_language_that_people_speak_is_never_lost(
    telegram: FakeTelegram, database_url: str, time: Time, tmp_path: Path
) -> None:
    locales = write_languages(tmp_path / "made", ("ar",))
    flows, spoken = locales / "flows", {"languages": ("en", "ar"), "locales": locales}
    async with Running(telegram, database_url, time, flows=flows, **spoken) as bot:
        await bot.bot.started.wait()
        edit(flows, "before.yaml", FIRST, EDITED)
        taken, waits = await ticks(bot, 3)
        assert "questions.taken_up" in taken
        assert "languages.wait" in waits
        assert "before/b1/text: ar still says those of 23 November 2026" in waits
        # Until it is translated, the words they know are said for the new ones.
        asked = bot.bot.env.library.before_for("adult", "ar").by_id["b1"].text
        assert EDITED in asked.source
        assert bot.bot.env.languages["ar"].has_all([asked])
        edit(locales, "ar/LC_MESSAGES/messages.po", FIRST, EDITED)
        assert "questions.taken_up" in (await ticks(bot))[0]
        # Whoever is still on the old words hears them in their own language.
        flow = bot.bot.env.library.current["before"]
        old = next(v for v in await bot.rows(FlowVersionRow) if FIRST in v.source)
        text = bot.bot.env.library.get_version(old.version).by_id["b1"].text
        assert text.source != flow.by_id["b1"].text.source
        said = bot.bot.env.languages["ar"].text(text)
        assert said == bot.bot.env.languages["ar"].text(flow.by_id["b1"].text)
        assert said != text.source


async def test_the_doctor_says_what_a_running_bot_would_do(
    telegram: FakeTelegram, edited: Running, flows: Path, database_url: str, time: Time
) -> None:
    async def told() -> tuple[int, str]:
        lines: list[str] = []
        given = {"database_url": database_url, "secret_keys": KEY, "flows": flows, **of(telegram)}
        settings = read_settings(_env_file=None, **given)
        return await examine(settings, time, lines.append), "\n".join(lines)

    await edited.bot.started.wait()
    assert (await told())[0] == WELL
    edit(flows, "before.yaml", FIRST, EDITED)
    verdict, said = await told()
    assert verdict == WELL
    assert "changed, and not yet taken up by a bot: before" in said
    edit(flows, "before.yaml", EDITED, "What don't you like here?")
    verdict, said = await told()
    assert verdict == UNWELL
    assert "a bot that runs keeps those it has until this is put right:" in said
    assert "is missed by tired eyes" in said
