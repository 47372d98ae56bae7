"""A draft says so once, takes "this sounds wrong", and a language can change in mid-question.

Real catalogues are spoken here; whether they are right is for their readers to say.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.cli import manage_workers
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.delivery_tables import WordingNoteRow
from bot.store.tables.participant_tables import ParticipantRow
from flows.engine import Text
from tests.conftest import Time
from tests.support.participants import agree, answers_of, everything
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person
from tests.support.telegram_fake.chats import Bubble

DRAFT = "draft"


@pytest.fixture
async def speaking(telegram: FakeTelegram, database_url: str, time: Time) -> AsyncIterator[Running]:
    """A bot that speaks four languages."""
    async with Running(telegram, database_url, time, languages="en,pl,ar,bn") as bot:
        await bot.bot.started.wait()
        yield bot


def words(running: Running, code: str, name: str, choice: str | None = None) -> str:
    """What a phrase, or a button of one, says in a language."""
    env = running.bot.env
    if choice is None:
        return env.languages[code].phrase(name)
    return env.languages[code].text(env.library.phrases[name].choices[choice])


def draft_in(person: Person, running: Running, code: str = "pl") -> Bubble:
    """The message in which a language said that it is a draft."""
    (found,) = [b for b in person.chat if b.text.endswith(words(running, code, DRAFT))]
    return found


@pytest.mark.parametrize(("hint", "code"), [("pl", "pl"), ("ar", "ar"), ("bn", "bn")])
async def test_a_draft_says_so_once(
    hint: str, code: str, telegram: FakeTelegram, speaking: Running
) -> None:
    sam = telegram.person("Sam", language_code=hint)
    sam.start()
    await speaking.quiet()
    texts = [bubble.text for bubble in sam.chat if bubble.from_bot]
    assert len(texts) == 1
    assert texts[0].endswith(f"\n\n{words(speaking, code, DRAFT)}"), "under the first words"
    await sam.taps(speaking.bot.env.languages[code].text(_adult(speaking)))
    assert [words(speaking, code, DRAFT) in b.text for b in sam.chat].count(True) == 1


def _adult(running: Running) -> Text:
    choice = running.bot.env.library.current["welcome"].by_id["age"].choice("adult")
    assert choice is not None
    return choice.label


async def test_english_is_no_draft(telegram: FakeTelegram, speaking: Running) -> None:
    sam = telegram.person("Sam", language_code="en")
    sam.start()
    await speaking.quiet()
    assert words(speaking, "en", DRAFT) not in [bubble.text for bubble in sam.chat]


async def test_before_the_yes_only_the_place_is_kept(
    telegram: FakeTelegram, speaking: Running
) -> None:
    sam = telegram.person("Sam", language_code="pl")
    sam.start()
    await speaking.quiet()
    sam.tap_old(draft_in(sam, speaking), words(speaking, "pl", DRAFT, "wrong"))
    await speaking.quiet()
    (note,) = await speaking.rows(WordingNoteRow)
    assert (note.language, note.note) == ("pl", None)
    assert note.place.startswith("welcome")
    assert await speaking.rows(ParticipantRow) == []


async def test_a_note_is_kept_apart_from_the_answers(
    telegram: FakeTelegram, speaking: Running, time: Time
) -> None:
    sam = telegram.person("Sam", language_code="en")
    await agree(sam)
    await sam.says("/language")
    await sam.taps("Polski")
    question = sam.last.text
    sam.tap_old(draft_in(sam, speaking), words(speaking, "pl", DRAFT, "wrong"))
    await speaking.quiet()
    await sam.says("nie mówi się tak, lepiej: pomoc")
    assert await speaking.rows(AnswerRow) == []
    assert sam.last.text == question, "and the question is back"
    assert (await manage_workers.notes(speaking.bot.settings))[0].endswith("lepiej: pomoc")
    assert b"lepiej: pomoc" not in await everything(speaking.bot.store)
    await sam.says("gdzieś, gdzie jest cicho")
    assert (await answers_of(speaking, sam))["b1"].words == "gdzieś, gdzie jest cicho"


async def test_who_goes_on_instead_leaves_no_note(
    telegram: FakeTelegram, speaking: Running
) -> None:
    sam = telegram.person("Sam", language_code="pl")
    sam.start()
    await speaking.quiet()
    sam.tap_old(draft_in(sam, speaking), words(speaking, "pl", DRAFT, "wrong"))
    await speaking.quiet()
    sam = telegram.person("Kim", language_code="en")
    await agree(sam)
    await sam.says("/language")
    await sam.taps("Polski")
    sam.tap_old(draft_in(sam, speaking), words(speaking, "pl", DRAFT, "wrong"))
    await speaking.quiet()
    await sam.taps(words(speaking, "pl", "sounds_wrong", "carry_on"))
    await sam.says("gdzieś, gdzie jest cicho")
    assert (await answers_of(speaking, sam))["b1"].words == "gdzieś, gdzie jest cicho"
    assert len(await speaking.rows(WordingNoteRow)) == 1


async def test_stop_works_while_a_note_is_waited_for(
    telegram: FakeTelegram, speaking: Running
) -> None:
    sam = telegram.person("Sam", language_code="en")
    await agree(sam)
    await sam.says("/language")
    await sam.taps("العربية")
    sam.tap_old(draft_in(sam, speaking, "ar"), words(speaking, "ar", DRAFT, "wrong"))
    await speaking.quiet()
    await sam.says("stop")
    (row,) = await speaking.rows(ParticipantRow)
    assert row.state.value == "stopped"
    assert await speaking.rows(WordingNoteRow) == []


async def test_three_languages_in_one_check_in(telegram: FakeTelegram, speaking: Running) -> None:
    sam = telegram.person("Sam", language_code="en")
    await agree(sam)
    for name, said in (("Polski", "cichy dom"), ("العربية", "الأرق"), ("বাংলা", "ঘুম")):
        await sam.says("/language")
        await sam.taps(name)
        await sam.says(said)
    await sam.says("/language")
    await sam.taps("English", "Yes")
    rows = {row.step: row for row in await speaking.rows(AnswerRow)}
    assert {step: row.language for step, row in rows.items()} == {
        "b1": "pl",
        "b2": "ar",
        "b3": "bn",
        "first": "en",
    }
    answers = await answers_of(speaking, sam)
    assert [answers[step].words for step in ("b1", "b2", "b3")] == ["cichy dom", "الأرق", "ঘুম"]
    assert answers["first"].choices == ("y",)
    kept = {step: (answer.choices, answer.words) for step, answer in answers.items()}
    print(f"\n{sam.transcript()}\n{kept}")  # noqa: T201 - it is there to be read
