"""What somebody who speaks Polish sees of a changed English text: before, meanwhile, and after.

A whole bot on both databases, with the real catalogues of three languages.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from bot.authors.same_meaning import hold
from bot.cli.doctor.doctor import UNWELL, WELL, examine
from bot.i18n.catalog import po_file, read_catalogue
from bot.i18n.tools.catalog_update import write
from bot.languages.completeness import language_codes
from bot.languages.update_catalogs import bring_up_to_date
from bot.settings import ROOT, Settings, read_settings
from bot.store.tables.operation_tables import LanguageWordsRow
from tests.conftest import Time
from tests.support.running_bot import Running, copied
from tests.support.telegram_fake import FakeTelegram, Person

TO_KEEP = (("age", "adult"), ("keep", "agree"), ("phone", "alone"))
ENGLISH = re.compile(r"\b(the|you|your|what|this|is|of|we|can|would|like|quiet)\b", re.IGNORECASE)
TYPO = ("What feels like it is going wrong right now?", "What feels wrong right now?")
NEW = "- id: quiet\n  kind: words\n  text: Is it quiet?\n  why: We ask so you can rest.\n\n"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    locales = tmp_path / "locales"
    shutil.copytree(ROOT / "locales", locales)
    for code in set(language_codes(locales)) - {"en", "pl", "uk"}:
        shutil.rmtree(locales / code)
    return {"flows": copied(tmp_path), "locales": locales}


@pytest.fixture
async def bot(
    telegram: FakeTelegram, database_url: str, time: Time, files: dict[str, Path]
) -> AsyncIterator[Running]:
    async with Running(telegram, database_url, time, languages="", **files) as running:
        yield running


def edit(file: Path, old: str, new: str) -> None:
    source = file.read_text("utf-8")
    assert source.count(old) == 1
    file.write_text(source.replace(old, new), "utf-8")
    later = file.stat().st_mtime_ns + 1_000_000
    os.utime(file, ns=(later, later))


async def renewed(bot: Running) -> str:
    with structlog.testing.capture_logs() as lines:
        for _ in range(2):
            await bot.bot.content_reloader.reload_if_changed()
    return "\n".join(" ".join(map(str, line.values())) for line in lines)


async def restarted(bot: Running) -> str:
    with structlog.testing.capture_logs() as lines:
        await bot.stop()
        await bot.start()
        await bot.bot.started.wait()
    return "\n".join(" ".join(map(str, line.values())) for line in lines)


def label(bot: Running, flow: str, step: str, choice: str) -> str:
    """A button as it stands on the person's phone."""
    found = bot.bot.env.library.today_for(flow, "pl").by_id[step]
    return bot.bot.env.languages["pl"].text(next(c for c in found.choices if c.id == choice).label)


async def half_way(person: Person, bot: Running) -> None:
    """From the first words to the first question."""
    person.start()
    await bot.quiet()
    for step, choice in TO_KEEP:
        await person.taps(label(bot, "welcome", step, choice))


async def says(person: Person, bot: Running, *words: str) -> str:
    """Says so much; gives all that is said back, with its buttons."""
    heard = ""
    for each in words:
        await person.says(each)
        for bubble in person.fresh:
            heard += "\n".join([bubble.text, *(b for row in bubble.buttons for b in row), ""])
    assert heard
    return heard


def settings_of(bot: Running) -> Settings:
    return read_settings(_env_file=None, **bot.settings)


async def doctor(bot: Running, time: Time) -> tuple[int, str]:
    lines: list[str] = []
    verdict = await examine(settings_of(bot), time, lines.append)
    return verdict, "\n".join(lines)


async def test_a_polish_person_before_meanwhile_and_after(
    telegram: FakeTelegram, bot: Running, files: dict[str, Path], time: Time
) -> None:
    await bot.bot.started.wait()
    verdict, told = await doctor(bot, time)
    assert verdict == WELL, told
    ola, jan = (telegram.person(name, language_code="pl") for name in ("Ola", "Jan"))
    await half_way(ola, bot)

    # Meanwhile: a typo, and a question that is new, while Ola is half-way.
    before = files["flows"] / "before.yaml"
    edit(before, *TYPO)
    edit(before, "- id: b3\n", f"{NEW}- id: b3\n")
    log = await renewed(bot)
    assert "questions.taken_up" in log
    assert "before/b2/text: 2 languages still say those of 23 November 2026 (pl, uk)" in log
    verdict, told = await doctor(bot, time)
    assert verdict == UNWELL
    assert "before/b2/text: 2 languages still say those of 23 November 2026 (pl, uk)" in told
    heard = await says(ola, bot, "Spokój", "Hałas", "/help")
    assert not ENGLISH.search(heard), heard

    for made in (False, True):
        if made:
            list(bring_up_to_date(files["flows"], files["locales"]))
        log = await restarted(bot)
        assert "before/b2/text: 2 languages still say" in log
        assert bot.bot.env.languages.codes == ("en", "pl", "uk")
        heard = await says(ola, bot, "/help")
        assert not ENGLISH.search(heard), heard
        # Who comes now is asked the last whole version: the new question waits for its words.
        assert "quiet" not in bot.bot.env.library.before_for("adult", "pl").by_id
        assert "quiet" in bot.bot.env.library.before_for("adult", "en").by_id
    await half_way(jan, bot)
    heard = await says(jan, bot, "Dom", "Praca")
    assert not ENGLISH.search(heard), heard

    # After: the typo changes no meaning, and the new question is translated.
    assert all(held.holds for held in hold(files["flows"], files["locales"], "before/b2"))
    for code, words in (("pl", "Czy jest cicho?"), ("uk", "Чи тихо?")):
        file = po_file(files["locales"], code)
        catalogue = read_catalogue(file)
        for message in catalogue:
            if (message.context or "").startswith("before/quiet/"):
                assert isinstance(message.id, str)
                message.string = words
                message.flags.discard("fuzzy")
        write(catalogue, file)
    log = await renewed(bot)
    assert "questions.taken_up" in log
    assert "languages.wait" not in log
    assert (await doctor(bot, time))[0] == WELL
    assert "quiet" in bot.bot.env.library.before_for("adult", "pl").by_id
    heard = await says(jan, bot, "/stop")
    assert not ENGLISH.search(heard), heard
    assert bot.bot.env.languages.codes == ("en", "pl", "uk")


async def test_a_language_is_lost_only_by_being_told_to(
    telegram: FakeTelegram, bot: Running, files: dict[str, Path], time: Time
) -> None:
    """The words to stop are gone for Polish, and its catalogue is torn."""
    ola = telegram.person("Ola", language_code="pl")
    await half_way(ola, bot)
    (files["flows"] / "stops" / "pl.yaml").unlink()
    po_file(files["locales"], "pl").write_text("<<<<<<< HEAD\n", "utf-8")
    assert "questions.kept_old" in await renewed(bot)
    log = await restarted(bot)
    assert "languages.not_listened_for" in log
    assert "stops/pl.yaml is missing" in log
    assert bot.bot.env.languages.codes == ("en", "pl", "uk")
    heard = await says(ola, bot, "Spokój", "/help", "chcę się zabić")
    assert not ENGLISH.search(heard), heard
    assert (await doctor(bot, time))[0] == UNWELL

    bot.settings["languages"] = "en,uk"
    log = await restarted(bot)
    assert "languages.no_longer_offered" in log
    assert list(bot.bot.env.languages.codes) == ["en", "uk"]
    # Whoever chose it is still answered in it, and above all helped.
    heard = await says(ola, bot, "/help", "/stop")
    assert not ENGLISH.search(heard), heard
    kept = {row.code: row.offered for row in await bot.rows(LanguageWordsRow)}
    assert kept == {"pl": False, "uk": True}


async def test_a_start_says_when_danger_is_not_looked_for_in_a_language(
    bot: Running, files: dict[str, Path], time: Time
) -> None:
    """Its texts are remembered, so it is offered still; what people may write in it is not."""
    danger = files["flows"] / "danger"
    shared = danger.resolve()
    danger.unlink()
    shutil.copytree(shared, danger)
    await bot.bot.started.wait()
    assert "languages.not_listened_for" not in await restarted(bot)
    (danger / "pl.yaml").unlink()
    log = await restarted(bot)
    assert bot.bot.env.languages.codes == ("en", "pl", "uk")
    assert "languages.not_listened_for" in log
    assert "danger/pl.yaml is missing" in log
    verdict, told = await doctor(bot, time)
    assert verdict == UNWELL
    assert "pl, danger: danger/pl.yaml is missing" in told
