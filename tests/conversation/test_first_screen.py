"""The first screen has the languages: one tap away, and the menu of commands follows.

Real catalogues are spoken here, to the strict fake of the Bot API.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.i18n.bidi import clean
from bot.messages.callback_data import OnboardingButton
from bot.store.tables.delivery_tables import WordingNoteRow
from bot.store.tables.participant_tables import EarlyStopRow, ParticipantRow
from tests.conftest import Time
from tests.conversation.test_language_choice import NAMES
from tests.support.participants import agree
from tests.support.running_bot import Running
from tests.support.small_phone.layout import cut
from tests.support.telegram_fake import FakeTelegram, Person
from tests.support.telegram_fake.chats import Bubble
from tests.workers.test_first_invite import invited, token_in

MOST_ROWS = 8
"""Rows of 48 dp, so that the text above them is on the screen of a small phone, too."""


@pytest.fixture
async def speaking(telegram: FakeTelegram, tmp_path: Path, time: Time) -> AsyncIterator[Running]:
    """A bot with every language."""
    url = f"sqlite:///{tmp_path / 'checkin.db'}"
    async with Running(telegram, url, time, languages="") as bot:
        await menu_set(bot)
        yield bot


async def menu_set(running: Running) -> None:
    """Waits until the menu of all chats is set."""
    await running.bot.started.wait()
    assert running.bot._menu is not None
    await running.bot._menu


def phrase(running: Running, code: str, name: str) -> str:
    return clean(running.bot.env.languages[code].phrase(name))


def intro(running: Running, code: str) -> str:
    """How the greeting begins in a language."""
    text = running.bot.env.library.current["welcome"].by_id["age"].text
    return clean(running.bot.env.languages[code].text(text)).partition("\n")[0]


def label(running: Running, code: str, name: str) -> str:
    """A control, such as Stop, in a language."""
    env = running.bot.env
    return clean(env.languages[code].text(env.library.phrases.controls[name]))


def ages(running: Running, code: str) -> dict[str, str]:
    """The buttons that go on, in a language."""
    choices = running.bot.env.library.current["welcome"].by_id["age"].choices
    return {c.id: running.bot.env.languages[code].text(c.label) for c in choices}


def menu(running: Running, code: str) -> dict[str, str]:
    """The commands in a language."""
    env = running.bot.env
    return {n: env.languages[code].text(t) for n, t in env.library.phrases.menu.items()}


def greetings(person: Person, running: Running, code: str) -> list[Bubble]:
    begins = intro(running, code)
    return [b for b in person.chat if b.from_bot and clean(b.text).startswith(begins)]


def rows(bubble: Bubble) -> list[list[str]]:
    return [[clean(button) for button in row] for row in bubble.buttons]


async def came(telegram: FakeTelegram, running: Running, hint: str = "en") -> Person:
    person = telegram.person("Sam", language_code=hint)
    person.start()
    await running.quiet()
    return person


def on_screen(running: Running, person: Person, code: str) -> None:
    """Checks the first screen in a language: whole, on a small phone, with every other language."""
    (greeting,) = person.fresh
    assert clean(greeting.text).startswith(intro(running, code))
    shown = rows(greeting)
    others = [name for each, name in NAMES.items() if each != code]
    assert [button for row in shown for button in row if button in NAMES.values()] == others
    first = [clean(age) for age in ages(running, code).values()]
    assert [button for row in shown for button in row][: len(first)] == first
    assert shown[-1][-1] == label(running, code, "stop")
    assert len(shown) <= MOST_ROWS
    assert cut(shown) == []
    draft = phrase(running, code, "draft")
    assert clean(greeting.text).endswith(draft) == (code != "en")


async def test_any_language_is_one_tap_away_from_any_other(
    telegram: FakeTelegram, speaking: Running
) -> None:
    sam = await came(telegram, speaking)
    on_screen(speaking, sam, "en")
    for code in (*list(NAMES)[1:], "en"):
        asked = sam.last
        await sam.taps(NAMES[code])
        on_screen(speaking, sam, code)
        left = next(b for b in sam.chat if b.message_id == asked.message_id)
        assert [clean(button) for row in left.buttons for button in row] == [f"✓ {NAMES[code]}"]
    assert await speaking.rows(ParticipantRow) == []
    assert "How old are you?" in sam.last.text
    await sam.taps("18 or over")
    assert "Is it OK for" in sam.last.text


async def test_a_phone_in_english_goes_on_in_arabic(
    telegram: FakeTelegram, speaking: Running
) -> None:
    sam = await came(telegram, speaking)
    await sam.taps("العربية")
    await sam.says("/help")
    sam.start()  # greets again, in what they chose
    await speaking.quiet()
    on_screen(speaking, sam, "ar")
    flow = speaking.bot.env.library.current["welcome"]
    arabic = speaking.bot.env.languages["ar"]
    for step, choice in (("age", "adult"), ("keep", "agree"), ("phone", "alone")):
        found = flow.by_id[step].choice(choice)
        assert found is not None
        await sam.taps(arabic.text(found.label))
    (row,) = await speaking.rows(ParticipantRow)
    assert row.language == "ar"
    assert sam.commands == menu(speaking, "ar")


async def test_two_quick_taps_send_one_greeting(telegram: FakeTelegram, speaking: Running) -> None:
    sam = await came(telegram, speaking)
    first = sam.last
    for _ in range(3):
        sam.tap_old(first, "العربية")
    await speaking.quiet()
    assert len(greetings(sam, speaking, "ar")) == 1
    assert all(query.answered for query in sam.queries)


@pytest.mark.parametrize("typed", ["العربية", "عربي", "arabic"])
async def test_the_name_of_a_language_can_be_typed(
    typed: str, telegram: FakeTelegram, speaking: Running
) -> None:
    sam = await came(telegram, speaking)
    await sam.says(typed)
    on_screen(speaking, sam, "ar")


@pytest.mark.parametrize(
    ("guess", "code"), [("ar", "ar"), ("tlh", "en"), ("", "en"), ("zh_hans", "zh_hans")]
)
async def test_the_button_of_an_older_text_greets_in_its_language(
    guess: str, code: str, telegram: FakeTelegram, speaking: Running
) -> None:
    sam = await came(telegram, speaking)
    sam.tap_data(OnboardingButton("0" * 16, guess, "0", "", "=").encode(), sam.last)
    await speaking.quiet()
    on_screen(speaking, sam, code)


async def test_one_language_has_no_row_of_others(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    async with Running(telegram, database_url, time, languages="en") as running:
        sam = await came(telegram, running, "ar")
        assert len(rows(sam.last)) == 4
        assert set(NAMES.values()).isdisjoint(b for row in rows(sam.last) for b in row)


async def test_a_phone_in_another_language_is_asked_and_can_change_it(
    telegram: FakeTelegram, speaking: Running
) -> None:
    sam = await came(telegram, speaking, "tet")
    assert sam.commands == menu(speaking, "en")
    await sam.taps("Polski")
    on_screen_first = rows(sam.last)
    assert ["English", "Português", "Română"] in on_screen_first
    assert sam.commands == menu(speaking, "pl")
    await sam.taps("فارسی")
    assert sam.commands == menu(speaking, "fa")
    assert greetings(sam, speaking, "fa")


async def test_the_menu_follows_the_language_of_the_chat(
    telegram: FakeTelegram, speaking: Running
) -> None:
    sam, kim = await came(telegram, speaking), telegram.person("Kim", language_code="en")
    assert sam.commands == menu(speaking, "en")
    await sam.taps("العربية")
    assert sam.commands == menu(speaking, "ar")
    assert kim.commands == menu(speaking, "en")
    await sam.taps("English")
    assert sam.commands == menu(speaking, "en")
    assert await speaking.rows(ParticipantRow) == []
    await agree(sam)
    await sam.says("/language")
    await sam.taps("Polski")
    assert sam.commands == menu(speaking, "pl")


async def test_a_greeting_in_the_language_of_the_phone_sets_no_menu(
    telegram: FakeTelegram, speaking: Running
) -> None:
    sam = await came(telegram, speaking, "ar")
    await sam.taps(ages(speaking, "ar")["adult"])
    assert sam.own_commands == []
    assert sam.commands == menu(speaking, "ar")


async def agreed_in_polish(telegram: FakeTelegram, speaking: Running) -> Person:
    """A participant who has chosen Polish since."""
    sam = await came(telegram, speaking)
    await agree(sam)
    await sam.says("/language")
    await sam.taps("Polski")
    return sam


async def test_after_a_deletion_the_chat_has_no_menu_of_its_own(
    telegram: FakeTelegram, speaking: Running
) -> None:
    sam = await agreed_in_polish(telegram, speaking)
    env = speaking.bot.env
    polish = env.languages["pl"]
    await sam.says("/delete")
    await sam.taps(polish.text(env.library.phrases["delete_ask"].choices["delete"]))
    assert sam.own_commands == []
    (undo,) = env.library.phrases["deleting"].choices.values()
    await sam.taps(polish.text(undo))
    assert sam.commands == menu(speaking, "pl")


async def test_a_stop_before_the_yes_leaves_no_menu(
    telegram: FakeTelegram, speaking: Running
) -> None:
    sam = await came(telegram, speaking)
    await sam.taps("العربية", label(speaking, "ar", "stop"))
    assert sam.own_commands == []
    assert len(await speaking.rows(EarlyStopRow)) == 1
    await sam.says("ابدأ")
    on_screen(speaking, sam, "ar")
    assert sam.commands == menu(speaking, "ar")


async def test_a_stop_after_it_leaves_the_menu_in_their_language(
    telegram: FakeTelegram, speaking: Running
) -> None:
    sam = await agreed_in_polish(telegram, speaking)
    await sam.says("STOP")
    assert sam.commands == menu(speaking, "pl")


async def test_the_note_of_a_draft_stands_in_the_greeting_and_takes_nothing_from_it(
    telegram: FakeTelegram, speaking: Running
) -> None:
    sam = await came(telegram, speaking, "pl")
    on_screen(speaking, sam, "pl")
    shown = rows(sam.last)
    env = speaking.bot.env
    wrong = env.languages["pl"].text(env.library.phrases["draft"].choices["wrong"])
    await sam.taps(wrong)
    assert sam.toasts == [phrase(speaking, "pl", "sounds_wrong_kept")]
    assert rows(sam.last) == shown, "its buttons are still there"
    (note,) = await speaking.rows(WordingNoteRow)
    assert (note.language, note.note) == ("pl", None)
    await sam.taps(ages(speaking, "pl")["adult"])
    assert phrase(speaking, "pl", "draft") not in clean(sam.last.text)


async def test_a_link_greets_in_the_language_the_worker_named(
    telegram: FakeTelegram, speaking: Running
) -> None:
    worker = await invited(telegram, speaking, "Alex")
    await worker.says("/new Kim")
    await worker.says("A room at Aspen House")
    await worker.taps("العربية", "I do not know")
    kim = telegram.person("Kim", language_code="en")
    kim.start(token_in(worker))
    await speaking.quiet()
    on_screen(speaking, kim, "ar")
    assert kim.commands == menu(speaking, "ar")
    await kim.taps("English")
    on_screen(speaking, kim, "en")
    assert kim.commands == menu(speaking, "en")
