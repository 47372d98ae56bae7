"""Help is answered in every state, also when the database is away, and nothing else is lost then.

Whether the numbers in it are right is not for a test to say.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import yaml

from bot.conversation.safety.help import is_help
from bot.messages.incoming import TextMessage
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.participant_tables import ParticipantRow
from flows.engine import load_stop_words
from tests.conftest import Time
from tests.support.database.unavailable_database import away
from tests.support.participants import agree, answers_of, before
from tests.support.running_bot import FLOWS, Running
from tests.support.telegram_fake import FakeTelegram, Person

HELP = "Samaritans: 116 123"


async def _nobody(_sam: Person, _running: Running, _time: Time) -> None:
    pass


async def _greeted(sam: Person, running: Running, _time: Time) -> None:
    sam.start()
    await running.quiet()


async def _consenting(sam: Person, running: Running, _time: Time) -> None:
    await _greeted(sam, running, _time)
    await sam.taps("18 or over")
    assert "Is it OK for" in sam.last.text


async def _asked_who_sees_it(sam: Person, running: Running, time: Time) -> None:
    await _consenting(sam, running, time)
    await sam.taps("Yes, keep it")


async def _asked(sam: Person, running: Running, _time: Time) -> None:
    await agree(sam)


async def _finished(sam: Person, running: Running, _time: Time) -> None:
    await agree(sam)
    await before(sam)


async def _said_hello(sam: Person, running: Running, time: Time) -> None:
    await _finished(sam, running, time)
    time.pass_(days=14)
    await running.tick()


async def _stopped(sam: Person, running: Running, time: Time) -> None:
    await _asked(sam, running, time)
    await sam.says("stop")


async def _deleting(sam: Person, running: Running, time: Time) -> None:
    await _asked(sam, running, time)
    await sam.says("/delete")


async def _deleted(sam: Person, running: Running, time: Time) -> None:
    await _deleting(sam, running, time)
    await sam.taps("Yes, delete them")


STATES: dict[str, Callable[[Person, Running, Time], Awaitable[None]]] = {
    "greeted": _greeted,
    "never seen": _nobody,
    "asked for consent": _consenting,
    "asked who sees the phone": _asked_who_sees_it,
    "asked": _asked,
    "finished": _finished,
    "stopped": _stopped,
    "deleting": _deleting,
    "deleted": _deleted,
    "said hello to": _said_hello,
}


async def test_help_in_every_state(telegram: FakeTelegram, running: Running, time: Time) -> None:
    for state, bring in STATES.items():
        sam = telegram.person("Sam", started=True)
        await bring(sam, running, time)
        held = [tuple(row) for row in await running.rows(CheckinRow)]
        for words in ("HELP", "/help", "ayuda!", "مساعدة"):
            await sam.says(words)
            assert HELP in sam.last.text, (state, words)
            assert len(sam.fresh) == 1, (state, words)
        assert [tuple(row) for row in await running.rows(CheckinRow)] == held, state
        await sam.taps("Back")
        await sam.answered()


def _words() -> list[str]:
    listed = yaml.safe_load((FLOWS / "stop_words.yaml").read_text(encoding="utf-8"))["help"]
    return [word for words in listed.values() for word in words]


def test_every_word_for_help_is_heard() -> None:
    listened = load_stop_words(FLOWS / "stop_words.yaml")
    for word in _words():
        assert is_help(TextMessage(f" {word.upper()}! "), listened(f" {word.upper()}! ")), word
        assert not is_help(
            TextMessage(f"{word} {word} tomorrow"), listened(f"{word} {word} tomorrow")
        ), word


async def test_help_by_the_button_and_back_again(
    telegram: FakeTelegram, running: Running, sam_after_before: Person
) -> None:
    sam = sam_after_before
    await sam.says("what is the weather?")
    assert sam.last.buttons[0][0] == "Carry on"
    await sam.taps("Help")
    assert HELP in sam.last.text
    await sam.answered()
    kim = telegram.person("Kim")
    await agree(kim)
    question = kim.last.text
    await kim.says("help")
    await kim.taps("Back")
    assert kim.last.text.startswith("1 of 5")
    assert question.endswith(f"\n\n{kim.last.text}"), "without what comes before the first"


# --- with the database away ----------------------------------------------------------------------


async def test_help_works_without_the_database_and_nothing_is_lost(
    request: pytest.FixtureRequest, telegram: FakeTelegram, running: Running
) -> None:
    sam, kim, stranger = (telegram.person(n) for n in ("Sam", "Kim", "Noor"))
    await agree(sam)
    question = sam.last
    async with away(request, running):
        sam.say("A door that locks")
        for person, words in ((kim, "/start"), (sam, "HELP"), (kim, "/help")):
            person.say(words) if words != "/start" else person.start()
        stranger.start()
        stranger.say("مساعدة")
        for person in (sam, kim, stranger):
            await person.sees(HELP)
            assert sum(HELP in bubble.text for bubble in person.chat) == 1
        assert telegram.inbox.waiting  # the rest is not confirmed to Telegram
    await running.quiet()
    for person in (sam, kim, stranger):
        # Brought again, but help was given already.
        assert sum(HELP in bubble.text for bubble in person.chat) == 1
    assert "going wrong" in sam.last.text
    assert (await answers_of(running, sam))["b1"].words == "A door that locks"
    assert "I am a computer" in kim.last.text
    assert len(await running.rows(ParticipantRow)) == 1
    sam.tap_old(question, "Skip")
    await running.quiet()
    await sam.answered()


async def test_of_what_was_said_meanwhile_a_stop_alone_is_answered(
    request: pytest.FixtureRequest, telegram: FakeTelegram, running: Running, sam_agreed: Person
) -> None:
    sam = sam_agreed
    asked = sam.last
    async with away(request, running):
        sam.tap_old(asked, "Skip")
        sam.say("help")
        await sam.sees(HELP)
        sam.say("stop")
        sam.say("sos")
        await sam.sees(HELP)
    await running.quiet()
    texts = [bubble.text for bubble in telegram.sent_to(sam.chat_id)]
    # The question that the tap brought would come after they asked for no more.
    assert not any("going wrong" in text for text in texts)
    assert "I have stopped" in texts[-1]
    assert [s.stage for s in await running.rows(CheckinRow)] == ["stopped"]
    assert [p.state for p in await running.rows(ParticipantRow)] == ["stopped"]


async def test_a_reply_that_cannot_be_written_off_meanwhile_is_not_sent_twice(
    request: pytest.FixtureRequest, telegram: FakeTelegram, running: Running, sam_agreed: Person
) -> None:
    sam = sam_agreed
    fault = telegram.faults.add(kind="timeout", method="sendMessage", chat=sam.chat_id)
    sam.tap("Skip")
    await telegram.changes.until(lambda: fault.times == 0, 5)
    async with away(request, running):
        telegram.faults.release()
        await sam.sees("going wrong")
    await running.quiet()
    said = [b.text for b in telegram.sent_to(sam.chat_id) if "going wrong" in b.text]
    assert len(said) == 1
    await sam.says("The damp")
    assert "What would be different" in sam.last.text
