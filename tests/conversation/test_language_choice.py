"""Each person hears their own language: guessed first, asked when unsure, and theirs to change.

What the languages say is made up here (see `pseudo`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.i18n.bidi import clean
from bot.i18n.catalog import po_file, read_translations
from bot.i18n.localizer import Languages
from bot.store.tables.participant_tables import ConsentRow, ParticipantRow
from flows.engine import Text
from tests.conftest import Time
from tests.support.participants import answers_of
from tests.support.pseudo_locales import LOCALES, write_languages
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram
from tests.support.telegram_fake.person import Person

NAMES = {
    "en": "English",
    "pt": "Português",
    "pl": "Polski",
    "ro": "Română",
    "es": "Español",
    "ar": "العربية",
    "uk": "Українська",
    "fa": "فارسی",
    "ur": "اردو",
    "bn": "বাংলা",
    "fr": "Français",
    "zh_hans": "简体中文",
}


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_languages(tmp_path_factory.mktemp("locales"))


@pytest.fixture
async def speaking(
    telegram: FakeTelegram, tmp_path: Path, time: Time, locales: Path
) -> AsyncIterator[Running]:
    """A whole bot with every language."""
    url = f"sqlite:///{tmp_path / 'checkin.db'}"
    flows = locales / "flows"
    async with Running(telegram, url, time, locales=locales, flows=flows, languages="") as bot:
        yield bot


class Reader:
    """Knows what a text is in a language."""

    def __init__(self, running: Running, locales: Path) -> None:
        self.env = running.bot.env
        self._locales = locales

    def words(self, code: str, flow: str, step: str, part: str = "text") -> str:
        """The beginning of a text, up to what is filled in, as someone sees it."""
        found = self.env.library.current[flow].by_id[step]
        text: Text = found.text if part == "text" else found.choice(part).label  # type: ignore[union-attr]
        if code == "en":
            return text.source.partition("{")[0]
        said = read_translations(po_file(self._locales, code))[text.key][0]
        return said.partition("{")[0]


def seen(person: Person) -> str:
    """All that the bot has just said, without invisible marks."""
    return clean("\n".join(bubble.text for bubble in person.fresh))


def buttons(person: Person) -> list[str]:
    """The labels under the last message, row by row."""
    return [label for row in person.last.buttons for label in row]


async def do(running: Running, person: Person, label: str) -> None:
    """Taps a button by what it says, whatever marks are in it."""
    (match,) = [b for b in buttons(person) if clean(b) == clean(label)]
    await person.taps(match)


@pytest.mark.parametrize(
    ("hint", "code"),
    [
        *((code.replace("_hans", ""), code) for code in NAMES),
        ("pt-BR", "pt"),
        ("zh-hans", "zh_hans"),
        ("zh-Hans-CN", "zh_hans"),
        ("zh-CN", "zh_hans"),
        ("en-GB", "en"),
        ("fa-AF", "fa"),
    ],
)
async def test_the_first_words_are_in_the_language_of_their_phone(
    hint: str, code: str, speaking: Running, telegram: FakeTelegram, locales: Path
) -> None:
    sam = telegram.person(language_code=hint)
    sam.start()
    await speaking.quiet()
    assert Reader(speaking, locales).words(code, "welcome", "age") in seen(sam)


@pytest.mark.parametrize("hint", ["tet", "de", "zh-hant", "zh-TW", "tlh", "", None])
async def test_whoever_speaks_another_is_asked_each_in_its_own_script(
    hint: str | None, speaking: Running, telegram: FakeTelegram, locales: Path
) -> None:
    sam = telegram.person(language_code=hint)
    sam.start()
    await speaking.quiet()
    assert list(NAMES.values()) == buttons(sam)[: len(NAMES)]
    await do(speaking, sam, "العربية")
    assert Reader(speaking, locales).words("ar", "welcome", "age") in seen(sam)


async def arabic(running: Running, sam: Person, locales: Path) -> None:
    """From the first words to the first question, all in Arabic."""
    reader = Reader(running, locales)
    sam.start()
    await running.quiet()
    for step, choice in (("age", "adult"), ("keep", "agree"), ("phone", "alone")):
        await do(running, sam, reader.words("ar", "welcome", step, choice))


async def test_a_yes_is_kept_in_the_language_it_was_given_in(
    speaking: Running, telegram: FakeTelegram, locales: Path
) -> None:
    sam = telegram.person(language_code="ar")
    await arabic(speaking, sam, locales)
    (person,) = await speaking.rows(ParticipantRow)
    assert person.language == "ar"
    assert {consent.language for consent in await speaking.rows(ConsentRow)} == {"ar"}


@pytest.mark.parametrize("code", ["pl", "fa", "en"])
async def test_another_language_in_the_middle_of_a_question_loses_nothing(
    code: str, speaking: Running, telegram: FakeTelegram, locales: Path
) -> None:
    reader = Reader(speaking, locales)
    sam = telegram.person(language_code="ar")
    await arabic(speaking, sam, locales)
    await sam.says("بيت هادئ")
    label = reader.words("ar", "before", "b2", "money")
    await do(speaking, sam, label)
    await sam.says("/language")
    assert set(NAMES.values()) <= set(map(clean, buttons(sam)))
    await do(speaking, sam, NAMES[code])
    # The same question, in the new language, with what was picked still picked.
    assert "2" in seen(sam) or "۲" in seen(sam)
    picked = reader.words(code, "before", "b2", "money")
    assert f"✓ {picked}" in [clean(label) for label in buttons(sam)]
    assert (await answers_of(speaking, sam))["b1"].words == "بيت هادئ"
    (person,) = await speaking.rows(ParticipantRow)
    assert person.language == code
    # And it goes on from there.
    done = speaking.bot.env.languages[code].text(speaking.bot.env.library.phrases.controls["done"])
    await do(speaking, sam, done)
    assert (await answers_of(speaking, sam))["b2"].choices == ("money",)


async def test_stop_words_of_every_language_work_in_every_other(
    speaking: Running, telegram: FakeTelegram, locales: Path
) -> None:
    sam = telegram.person(language_code="ar")
    await arabic(speaking, sam, locales)
    await sam.says("przestań!")
    (person,) = await speaking.rows(ParticipantRow)
    assert person.state == "stopped"


async def test_the_menu_is_in_the_language_of_the_phone(
    speaking: Running, telegram: FakeTelegram
) -> None:
    env = speaking.bot.env
    await speaking.bot.started.wait()
    assert speaking.bot._menu is not None
    await speaking.bot._menu
    menus = {}
    for code in NAMES:
        person = telegram.person(language_code=code.removesuffix("_hans"))
        menus[code] = person.commands
        words = {n: env.languages[code].text(t) for n, t in env.library.phrases.menu.items()}
        assert person.commands == words
    assert telegram.person(language_code="tet").commands == menus["en"]


def test_a_single_language_is_never_asked_for(speaking: Running) -> None:
    env = speaking.bot.env
    only = Languages([env.languages["pl"]])
    assert [only.match(hint) for hint in ("de", None, "pl")] == ["pl"] * 3


def test_each_language_has_a_name_in_the_welcome(speaking: Running) -> None:
    assert set(NAMES) == {"en", *LOCALES}
    assert speaking.bot.env.languages.codes == ("en", *sorted(LOCALES))
