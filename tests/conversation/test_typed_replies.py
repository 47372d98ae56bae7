"""People who only type: our own questions take the words people answer them with."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.participant_tables import ConsentRow, ParticipantRow
from tests.conftest import Time
from tests.support.participants import agree, allow_messages, answers_of, before, half_way
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

LANGUAGES = {"arabic": "ar", "عربي": "ar", "Polish": "pl", "po polsku": "pl", "farsi": "fa"}
SORRY = "Sorry, I did not understand"
CARRY_ON = "Shall we carry on?"
YES = ("yes", "Yes", "yeah", "ok", "OK", "yep sure", "yes please", "yes it is", "ok now is fine",
       "👍", "tak", "sí", "sure")  # fmt: skip
LATER = ("later", "busy", "not now")
NOT_TODAY = ("no", "not today")
OTHER = ("who is this?", "hi", "hello", "I owe money to Dave")


async def hello_after(running: Running, time: Time, days: int) -> None:
    """Lets days go by, and the hello come."""
    time.pass_(days=days, hours=1)
    await running.tick()


@pytest.mark.parametrize("is_done", [False, True])
async def test_the_21_replies_to_a_hello(
    telegram: FakeTelegram, running: Running, time: Time, is_done: bool
) -> None:
    people: dict[str, Person] = {}
    for number, said in enumerate((*YES, *LATER, *NOT_TODAY, *OTHER)):
        person = people[said] = telegram.person(f"Person {number}")
        await half_way(person)
        if not is_done:
            await allow_messages(person)
        else:
            await person.taps("Back")
            await before_from_first(person)
    await hello_after(running, time, 14 if is_done else 2)
    for person in people.values():
        assert "Is now an OK time" in person.last.text, person.transcript()
    kept = {said: await answers_of(running, person) for said, person in people.items()}
    for said, person in people.items():
        await person.says(said)
        shown = person.last.text
        if said in YES:
            expected = "Can I ask how it went" if is_done else "2 of 5"
        elif said in LATER or said in NOT_TODAY:
            expected = "I will say hello on"
        else:
            expected = CARRY_ON
        assert expected in shown, (said, person.transcript())
        assert SORRY not in "".join(b.text for b in person.fresh), said
        assert await answers_of(running, person) == kept[said], said


async def before_from_first(person: Person) -> None:
    """The whole of BEFORE, from its first question."""
    await person.says("Somewhere safe, and quiet")
    await person.taps("Drink or drugs", "Family or people", "Done")
    await person.says("I would sleep the whole night")
    await person.taps("Not sure")
    await person.says("my sister")
    await person.taps("Only me", "Yes", "OK")


async def test_the_line_under_a_hello_goes_on_or_puts_off_by_tap_and_by_word(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    ways = {
        "tap Carry on": "2 of 5",
        "tap Not today": "I will say hello on",
        "tap Stop": "I have stopped",
        "yes then": "2 of 5",
        "no not today": "I will say hello on",
        "I owe money": CARRY_ON,
    }
    people = {way: telegram.person(f"P{n}") for n, way in enumerate(ways)}
    for person in people.values():
        await half_way(person)
        await allow_messages(person)
    await hello_after(running, time, 2)
    for person in people.values():
        assert "Is now an OK time" in person.last.text
    for way, person in people.items():
        await person.says("I owe money to Dave")
        assert CARRY_ON in person.last.text
        if way.startswith("tap "):
            await person.taps(way.removeprefix("tap "))
        else:
            await person.says(way)
        assert ways[way] in person.last.text, person.transcript()
        assert "b2" not in await answers_of(running, person)


async def test_a_day_after_the_question_nothing_is_kept_unseen(
    running: Running, time: Time, sam_half_way: Person
) -> None:
    sam = sam_half_way
    time.pass_(hours=23)
    await sam.says("the noise at night")
    assert "3 of 5" in sam.last.text, "within the day it is an answer"
    time.pass_(days=1, hours=1)
    await sam.says("I would sleep")
    assert CARRY_ON in sam.last.text
    assert "b3" not in await answers_of(running, sam)
    await sam.says("yes")
    assert "3 of 5" in sam.last.text
    await sam.says("I would sleep")
    assert "b3" in await answers_of(running, sam), "shown again, it is answered"


async def test_after_a_pause_a_hello_is_no_answer(
    running: Running, time: Time, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await allow_messages(sam)
    await sam.says("/pause")
    await sam.taps("4 weeks")
    await sam.says("hi")
    assert CARRY_ON in sam.last.text
    assert "b2" not in await answers_of(running, sam)
    await sam.says("not today")
    assert "I will be quiet until 21 December" in sam.last.text


@pytest.mark.parametrize(
    ("said", "sees"),
    [
        ("34", "Is it OK for Aspen House to keep what you tell me? It may be about health"),
        ("16", "Is it OK for Aspen House to keep what you tell me? It may be about home"),
        ("over 18", "Is it OK for Aspen House to keep what you tell me? It may be about health"),
        ("adult", "Is it OK for Aspen House to keep what you tell me? It may be about health"),
        ("12", "Childline"),
        ("quite old", "Please send your age as a number"),
        ("who are you?", "I ask a few short questions for"),
    ],
)
async def test_ages_are_taken_as_the_buttons_are(
    telegram: FakeTelegram, running: Running, said: str, sees: str
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await sam.waits()
    await sam.says(said)
    assert sees in "\n".join(b.text for b in sam.fresh), sam.transcript()
    assert "Sorry" not in sam.transcript()


@pytest.mark.parametrize(
    ("said", "given"), [("yes", True), ("ok", True), ("👍", True), ("no", False), ("nah", False)]
)
async def test_consent_is_given_and_refused_by_words(
    telegram: FakeTelegram, running: Running, said: str, given: bool
) -> None:
    sam, tapping = telegram.person("Sam"), telegram.person("Tapping")
    for person in (sam, tapping):
        person.start()
        await person.waits()
        await person.taps("18 or over")
    await sam.says(said)
    await tapping.taps("Yes, keep it" if given else "No")
    assert sam.last.text == tapping.last.text
    for person in (sam, tapping):
        if given:
            await person.taps("No, just me")
    rows = [(r.kind, r.given, r.wording) for r in await running.rows(ConsentRow)]
    assert sorted(rows[: len(rows) // 2]) == sorted(rows[len(rows) // 2 :])
    assert len(rows) == (2 if given else 0)


async def test_a_language_is_chosen_by_its_name_in_any_tongue(
    telegram: FakeTelegram, tmp_path: Path, time: Time
) -> None:
    url = f"sqlite:///{tmp_path / 'checkin.db'}"
    async with Running(telegram, url, time, languages="") as running:
        for number, (said, code) in enumerate(LANGUAGES.items()):
            stranger = telegram.person(f"Stranger {number}", started=True)
            await stranger.says("/language")
            assert "Which language" in stranger.last.text
            await stranger.says("somali")
            assert "I do not speak that language yet" in "\n".join(b.text for b in stranger.fresh)
            await stranger.says(said)
            assert running.bot.dispatcher.memory.language_of(stranger.chat_id) == code
        known = telegram.person("Known")
        await agree(known)
        for said, code in LANGUAGES.items():
            await known.says("/language")
            await known.says(said)
            (row,) = await running.rows(ParticipantRow)
            assert row.language == code, known.transcript()


async def test_an_answer_to_a_question_shown_again_today_is_kept(
    running: Running, time: Time, sam_half_way: Person
) -> None:
    sam = sam_half_way
    time.pass_(days=1, hours=2)
    await sam.says("/start")
    assert "2 of 5" in sam.last.text
    await sam.says("/times")
    await sam.says("The landlord")
    assert "3 of 5" in sam.last.text, sam.transcript()


async def test_who_is_this_under_an_unopened_hello_names_nobody(
    running: Running, time: Time, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await allow_messages(sam)
    await hello_after(running, time, 2)
    assert "Is now an OK time" in sam.last.text
    began = len(sam.chat)
    await sam.says("who is this?")
    assert "Aspen House" not in "\n".join(b.text for b in sam.chat[began:])


@pytest.mark.parametrize(
    ("said", "shared"),
    [("no", False), ("just me", False), ("nobody", False), ("yes", True), ("my husband", True)],
)
async def test_the_phone_question_takes_words(
    telegram: FakeTelegram, running: Running, said: str, shared: bool
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await sam.waits()
    await sam.taps("18 or over", "Yes, keep it")
    assert "Can anyone else see this phone" in sam.last.text
    await sam.says(said)
    (row,) = await running.rows(ParticipantRow)
    assert row.shared_phone is shared


async def test_nothing_is_not_understood_twice_in_a_row(
    telegram: FakeTelegram, running: Running
) -> None:
    stranger, done = telegram.person("Stranger", started=True), telegram.person("Done")
    await agree(done)
    await before(done)
    for person in (stranger, done):
        await person.says("blorp one")
        for _ in range(2):
            await person.says("blorp two")
            before_that = [b.text for b in person.fresh]
            await person.says("blorp three")
            shown = [*before_that, *(b.text for b in person.fresh)]
            assert sum(SORRY in text for text in shown) <= 1, person.transcript()
            assert person.last.buttons


async def test_the_recap_and_the_start_take_words(telegram: FakeTelegram, running: Running) -> None:
    sam = telegram.person("Sam")
    await agree(sam)
    await sam.says("hello")
    assert "1 of 5" in sam.last.text
    assert SORRY not in sam.transcript()
    await sam.says("later")
    assert "When shall I ask again" in sam.last.text
    await sam.says("tomorrow")
    assert "I will say hello on" in sam.last.text
    await sam.says("/start")
    assert "1 of 5" in sam.last.text
    for said in ("a room", "the damp", "i would sleep", "no", "my sister"):
        await sam.says(said)
    assert "If this is right, who may read it?" in sam.last.text
    await sam.says("no, that is not right")
    assert "Which one would you like to change?" in sam.last.text
    await sam.says("nothing after all")
    assert "If this is right, who may read it?" in sam.last.text
    await sam.says("just me")
    assert "May I write to you again later?" in sam.last.text
    assert SORRY not in sam.transcript()
    (row,) = await running.rows(CheckinRow)
    assert row.ended_at is None


async def test_a_no_in_a_pause_is_told_when_the_pause_ends(
    running: Running, time: Time, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await allow_messages(sam)
    await sam.says("/pause")
    await sam.taps("2 weeks")
    time.pass_(hours=3)
    await sam.says("no")
    assert "I will be quiet until 7 December" in sam.last.text


async def test_who_says_no_where_a_hello_is_planned_is_told_so(
    running: Running, sam_after_before: Person
) -> None:
    await sam_after_before.says("no")
    assert "I will say hello again around 7 December" in sam_after_before.last.text


@pytest.mark.parametrize("said", ["thanks", "bye"])
async def test_nobody_who_says_goodbye_is_asked_to_go_on(
    running: Running, time: Time, sam_half_way: Person, said: str
) -> None:
    sam = sam_half_way
    time.pass_(days=3)
    began = len(sam.chat)
    await sam.says(said)
    assert [b.text for b in sam.chat[began:] if b.from_bot] == ["Thank you. Take care."]
