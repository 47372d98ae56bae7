"""What Telegram brings beside words: edits, albums, places that move, kinds that nobody knows.

Whatever it is, it is answered once, kindly, and keeps a STOP or HELP in it from nobody.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.states import ParticipantState
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.delivery_tables import ChatMessageRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.telegram.receiving import repeated_updates
from bot.telegram.receiving.repeated_updates import RepeatFilter
from flows.engine import AnswerState
from tests.conftest import Time
from tests.support.participants import agree, answers_of
from tests.support.running_bot import FLOWS, Running
from tests.support.stop_ways import LANGUAGES, plain_stops
from tests.support.stop_ways import stops as stops_of
from tests.support.telegram_fake import Bubble, FakeTelegram, Person

QUESTION = "What would you like this service to give you"
NEXT = "What feels like it is going wrong"
NOT_WORDS = "I cannot see pictures, files or places"
KEYWORDS: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (FLOWS / "stop_words.yaml").read_text(encoding="utf-8")
)
PLACE = {"location": {"latitude": 51.75, "longitude": -1.25, "live_period": 28_800}}
OTHER_KINDS: dict[str, dict[str, Any]] = {
    "paid media": {
        "paid_media": {"star_count": 1, "paid_media": [{"type": "preview", "width": 9}]}
    },
    "checklist": {"checklist": {"title": "To do", "tasks": [{"id": 1, "text": "ring"}]}},
    "giveaway": {
        "giveaway": {"chats": [], "winners_selection_date": 1_800_000_000, "winner_count": 1}
    },
    "invoice": {
        "invoice": {
            "title": "t",
            "description": "d",
            "start_parameter": "s",
            "currency": "GBP",
            "total_amount": 1,
        }
    },
    "data of a web app": {"web_app_data": {"data": "x", "button_text": "y"}},
    "people shared": {"users_shared": {"request_id": 1, "users": [{"user_id": 7}]}},
    "a kind of another year": {"hologram": {"file_id": "H"}},
}


def send(person: Person, content: dict[str, Any]) -> int:
    """Sends a message of any content at all, as Telegram may bring it."""
    return person._send(copy.deepcopy(content))


def newest(person: Person) -> Bubble:
    """The last message of their own."""
    return next(bubble for bubble in reversed(person.chat) if not bubble.from_bot)


def moves(person: Person, message: Bubble, **new: Any) -> None:
    """Telegram's own `edited_message`, of a message nobody typed in."""
    stored = person._stored(message)
    body = {**copy.deepcopy(stored.body), "edit_date": 1_800_000_000, **new}
    person._world.queue("edited_message", body, person.chat_id)


# --- edits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("meaning", ["stop", "help"])
async def test_an_edit_to_a_keyword_of_any_language_is_heard(
    telegram: FakeTelegram, running: Running, meaning: str
) -> None:
    stops = {language: plain_stops(language) or stops_of(language) for language in LANGUAGES}
    for language, words in (stops if meaning == "stop" else KEYWORDS[meaning]).items():
        person = telegram.person(language)
        await agree(person)
        await person.says("Shop")
        person.edit(newest(person), words[-1])
        await running.quiet()
        said = [bubble.text for bubble in person.fresh]
        if meaning == "stop":
            assert ["I have stopped" in text for text in said] == [True], (language, said)
        else:
            assert ["Samaritans" in text for text in said] == [True], (language, said)
    states = {row.state for row in await running.rows(ParticipantRow)}
    assert states == {ParticipantState.STOPPED if meaning == "stop" else ParticipantState.ACTIVE}


async def test_an_edit_of_no_word_is_met_with_silence(
    telegram: FakeTelegram, sam: Person, running: Running
) -> None:
    await sam.says("A door that locks: https://example.org")
    said = len(sam.chat)
    for _ in range(3):  # the link gets its preview
        moves(sam, newest(sam))
        await running.quiet()
    assert len(sam.chat) == said
    sam.edit(newest(sam), "A door that locks, and a window")
    await running.quiet()
    assert "I have kept your first words" in sam.last.text
    assert len(sam.chat) == said + 1
    moves(sam, newest(sam))  # and now of the changed words
    await running.quiet()
    assert len(sam.chat) == said + 1


async def test_a_stop_in_an_edit_is_heard_in_every_state(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    """A stranger, one half-way through consent, one with a deletion under way, one who is done."""
    people: dict[str, Person] = {}
    for name in ("stranger", "half-way", "deleting", "written to"):
        people[name] = person = telegram.person(name)
        if name == "stranger":
            person.start()
            await running.quiet()
            await person.says("who are you")
            continue
        await agree(person) if name != "half-way" else person.start()
        await running.quiet()
        await person.says("a few words")
        if name == "deleting":
            await person.says("/delete")
            await person.taps("Yes, delete them")
    for name, person in people.items():
        person.edit(newest(person), "STOP!")
        await running.quiet()
        assert "stopped" in person.last.text, (name, person.transcript())


# --- what comes in many pieces -------------------------------------------------------------------


async def test_a_place_that_moves_for_hours_is_answered_once(
    telegram: FakeTelegram, sam: Person, running: Running
) -> None:
    send(sam, PLACE)
    await sam.sees(NOT_WORDS)
    await running.quiet()
    said = len(sam.chat)
    for step in range(6):
        moves(sam, newest(sam), location={"latitude": 51 + step, "longitude": 1})
        await running.quiet()
    assert len(sam.chat) == said
    await sam.says("A door that locks")
    assert NEXT in sam.last.text


async def test_after_a_restart_a_place_that_moves_is_still_met_with_silence(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    sam = telegram.person("Sam")
    async with Running(telegram, database_url, time) as running:
        await agree(sam)
        send(sam, PLACE)
        await running.quiet()
    said = len(sam.chat)
    async with Running(telegram, database_url, time) as running:
        moves(sam, newest(sam))
        await running.quiet()
        assert len(sam.chat) == said
        assert telegram.complaints == []


async def test_an_album_is_answered_once_and_its_words_count(sam: Person, running: Running) -> None:
    for number in range(5):
        sam.photo("A door that locks" if number == 0 else None, album="g1")
    await running.quiet()
    texts = [bubble.text for bubble in sam.chat if bubble.from_bot]
    assert sum(NOT_WORDS in text for text in texts) <= 1
    assert sum(NEXT in text for text in texts) == 1
    assert (await answers_of(running, sam))["b1"].words == "A door that locks"
    for _ in range(10):
        sam.photo(album="g2")
    await running.quiet()
    texts = [bubble.text for bubble in sam.chat if bubble.from_bot]
    assert sum(NOT_WORDS in text for text in texts) == 1
    theirs = {bubble.message_id for bubble in sam.chat if not bubble.from_bot}
    noted = {row.message_id for row in await running.rows(ChatMessageRow)}
    assert theirs <= noted, "each of them can be cleared from the chat"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["message", "edited_message"]),
            st.integers(1, 3),
            st.sampled_from(["", "a", "b"]),
            st.sampled_from([None, "g"]),
        ),
        max_size=12,
    ),
    st.data(),
)
def test_what_is_brought_again_is_no_repeat_of_itself(
    updates: list[tuple[str, int, str, str | None]], data: st.DataObject
) -> None:
    """A batch that was not committed is brought again whole: each must be seen as before."""
    made = [
        {
            "update_id": number,
            kind: {
                "message_id": message,
                "chat": {"id": 1},
                **({"text": words} if words else {}),
                **({"media_group_id": group} if group else {}),
            },
        }
        for number, (kind, message, words, group) in enumerate(updates)
    ]
    found = RepeatFilter()
    first = [found.is_repeat(update) for update in made]
    start = data.draw(st.integers(0, len(made)))
    assert [found.is_repeat(update) for update in made[start:]] == first[start:]


def test_what_is_remembered_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeated_updates, "REMEMBERED", 3)
    found = RepeatFilter()
    for number in range(9):
        message = {"message_id": number, "chat": {"id": 1}, "text": "x", "media_group_id": number}
        assert not found.is_repeat({"update_id": number, "message": message})
    assert len(found._words) == len(found._albums) == len(found._found) == 3


# --- kinds ---------------------------------------------------------------------------------------


async def test_every_kind_of_message_is_answered_kindly(sam: Person, running: Running) -> None:
    for kind, content in OTHER_KINDS.items():
        send(sam, content)
        await running.quiet()
        assert len(sam.fresh) == 1, kind
        assert NOT_WORDS in sam.last.text, kind
    send(sam, {})
    await running.quiet()
    assert "came through empty" in sam.last.text
    for service in ({"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}},):
        send(sam, service)
        await running.quiet()
        assert sam.fresh == [], "nobody said anything to us"
    assert await running.rows(AnswerRow) == []
    await sam.says("A door that locks")
    assert NEXT in sam.last.text


# --- to say no to a question ---------------------------------------------------------------------


REFUSALS = [(language, words[0]) for language, words in KEYWORDS["rather_not_say"].items()]


# The last looks like a danger ("does not answer"), and is a button's word here.
@pytest.mark.parametrize(
    ("language", "words"), [*REFUSALS, ("ro", "prefer s\u0103 nu r\u0103spund")]
)
async def test_a_refusal_in_other_words_is_no_answer(
    telegram: FakeTelegram, running: Running, language: str, words: str
) -> None:
    person = telegram.person(language)
    await agree(person)
    await person.says(words)
    assert NEXT in person.last.text
    kept = (await answers_of(running, person))["b1"]
    assert (kept.state, kept.words) == (AnswerState.RATHER_NOT_SAY, None)


async def test_a_refusal_takes_back_what_stood_there(sam: Person, running: Running) -> None:
    await sam.says("A door that locks")
    await sam.taps("Back")
    await sam.says("I\u2019d rather not say.")
    kept = (await answers_of(running, sam))["b1"]
    assert (kept.state, kept.words) == (AnswerState.RATHER_NOT_SAY, None)


async def test_where_a_question_must_be_answered_a_refusal_is_no_yes(
    telegram: FakeTelegram, running: Running
) -> None:
    kim = telegram.person("Kim")
    kim.start()
    await running.quiet()
    for yes in ("18 or over", "Yes, keep it"):
        await kim.taps(yes)
        asked = kim.last.text
        await kim.says("rather not say")
        assert await running.rows(ParticipantRow) == []
        assert kim.last.text == asked or "Tap one of these" in "".join(b.text for b in kim.fresh)


# --- to go on ------------------------------------------------------------------------------------


async def test_to_go_on_keeps_what_was_tapped(sam: Person, running: Running) -> None:
    await sam.taps("Skip", "Drink or drugs", "Family or people")
    await sam.says("next")
    kept = (await answers_of(running, sam))["b2"]
    assert (kept.state, kept.choices) == (AnswerState.ANSWERED, ("drink_drugs", "people"))


async def test_to_go_on_keeps_what_was_written(sam: Person, running: Running) -> None:
    await sam.taps("Skip")
    await sam.says("All of it, since the winter")
    await sam.says("skip it")
    kept = (await answers_of(running, sam))["b2"]
    assert (kept.state, kept.words) == (AnswerState.ANSWERED, "All of it, since the winter")
    await sam.taps("Back")
    await sam.says("Next question please")
    assert (await answers_of(running, sam))["b2"].words == "All of it, since the winter"


GO_ON = [(language, words[0]) for language, words in KEYWORDS["go_on"].items()]


@pytest.mark.parametrize(("language", "words"), GO_ON)
async def test_to_go_on_where_nothing_was_said_is_to_skip(
    telegram: FakeTelegram, running: Running, language: str, words: str
) -> None:
    person = telegram.person(language)
    await agree(person)
    await person.says(words)
    assert NEXT in person.last.text
    assert (await answers_of(running, person))["b1"].state is AnswerState.SKIPPED


# --- a link among words --------------------------------------------------------------------------


async def test_an_answer_with_a_link_in_it_is_an_answer(sam: Person, running: Running) -> None:
    link = f"https://t.me/{running.bot.env.address.username}?start=abc"
    words = (
        f"Nobody ever rang me back, and the link that I was given at the desk, {link}, was dead."
    )
    await sam.says(words)
    assert (await answers_of(running, sam))["b1"].words == words
