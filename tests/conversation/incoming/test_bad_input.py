"""Whatever people send, they get a kind word back, and what waits and what was said stay whole.

What goes wrong between Telegram and the bot is tested elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.delivery_tables import DeadLetterRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from flows.engine import AnswerState
from tests.conftest import Time
from tests.conversation.incoming.first_questions import NEXT, QUESTION, is_unharmed
from tests.support.participants import agree, allow_messages, answers_of
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

# --- what is no answer ---------------------------------------------------------------------------

OTHER_THINGS: dict[str, tuple[Callable[[Person], Any], str]] = {
    "photo": (lambda p: p.photo(), "I cannot see pictures, files or places"),
    "document": (lambda p: p.document(), "I cannot see pictures, files or places"),
    "location": (lambda p: p.location(), "I cannot see pictures, files or places"),
    "contact": (lambda p: p.contact(), "I cannot see pictures, files or places"),
    "poll": (lambda p: p.poll(), "I cannot see pictures, files or places"),
    "video note": (lambda p: p.video_note(), "I cannot see pictures, files or places"),
    "sticker": (lambda p: p.sticker(), "I cannot tell what a sticker means"),
    "forwarded": (lambda p: p.forward("It is all fine"), "That came from someone else"),
    "unknown command": (lambda p: p.say("/fly me home"), "Sorry, I did not understand that"),
    "only controls": (lambda p: p.say("\x01\x02\x7f"), "That one came through empty"),
    "an edit": (lambda p: p.edit(_own(p), "18 or over!"), "I have kept your first words"),
}


def _own(person: Person) -> Any:
    return next(bubble for bubble in person.chat if not bubble.from_bot)


async def test_what_is_no_answer_is_answered_kindly(sam: Person, running: Running) -> None:
    for what, (send, kind_word) in OTHER_THINGS.items():
        send(sam)
        await sam.sees(kind_word)
        await running.quiet()
        assert len(sam.fresh) == 1, what
        (session,) = await running.rows(CheckinRow)
        assert (session.step, session.turn) == ("b1", 1), what
    await is_unharmed(sam, running)


async def test_a_stranger_is_answered_kindly_too(telegram: FakeTelegram, running: Running) -> None:
    kim = telegram.person("Kim")
    kim.start()
    await running.quiet()
    for send, _ in OTHER_THINGS.values():
        send(kim)
        await kim.sees("Hello. I am a computer")
        await running.quiet()
    assert await running.rows(ParticipantRow) == []
    assert "How old are you?" in kim.last.text
    await kim.taps("18 or over")
    assert "Is it OK for" in kim.last.text


async def test_words_under_a_picture_count(sam: Person, running: Running) -> None:
    sam.photo(caption="A place like this")
    await sam.sees(NEXT)
    await running.quiet()
    assert (await answers_of(running, sam))["b1"].words == "A place like this"


# --- words of every kind -------------------------------------------------------------------------


TEXTS = [
    "مكان آمن وهادئ",
    "<b>bold</b> & {total} {before.b1} %s %(x)s",
    "👩‍👩‍👧 🏠 e\u0301",
    "\u202eterces\u202c \u2066in\u2069side \u200fout",
    "O'Brien\"; DROP TABLE answers; --",
    "null\x00byte",
    "a" * 4096,
    "q:1:b1:2:skip",
    "line one\nline two\n\n\nline three",
]


async def test_words_of_any_kind_are_kept_and_shown(sam: Person, running: Running) -> None:
    for text in TEXTS:
        await sam.says(text)
        assert NEXT in sam.last.text, text
        kept = (await answers_of(running, sam))["b1"].words
        assert kept == text.replace("\x00", "")
        await sam.says("/mydata")
        shown = "".join(bubble.text for bubble in sam.fresh)  # long words take a message each
        assert "Here is all you have told me" in shown
        assert not {"\u202e", "\u202c", "\u2066", "\u200f"} & set(shown)
        assert kept.split()[0][:300] in shown or "\u202e" in kept
        await sam.taps("OK", "Back")  # the next words take the place of these


async def test_a_long_text_in_pieces_is_one_answer(sam: Person, running: Running) -> None:
    text = " ".join(f"word{number:05}" for number in range(1000))
    assert len(text) > 9_000
    sam.say(text)
    await sam.sees(NEXT)
    await running.quiet()
    answers = await answers_of(running, sam)
    assert set(answers) == {"b1"}
    kept = answers["b1"].words
    assert kept is not None
    assert kept.replace("\n", "").replace(" ", "") == text.replace(" ", "")
    (session,) = await running.rows(CheckinRow)
    assert session.step == "b2"
    await sam.says("The noise")
    assert (await answers_of(running, sam))["b2"].words == "The noise"


async def test_one_thought_in_several_messages_is_one_answer(sam: Person, running: Running) -> None:
    for part in ("Somewhere", "safe", "and quiet"):
        sam.say(part)
    await running.quiet()
    answers = await answers_of(running, sam)
    assert {step: answer.words for step, answer in answers.items()} == {
        "b1": "Somewhere\nsafe\nand quiet"
    }


async def test_pieces_of_two_people_do_not_mix(
    sam: Person, telegram: FakeTelegram, running: Running
) -> None:
    kim = telegram.person("Kim")
    await agree(kim)
    for number in range(3):
        sam.say(f"sam {number} " + "s" * 4000)
        kim.say(f"kim {number} " + "k" * 4000)
    await running.quiet()
    for person, own in ((sam, "s"), (kim, "k")):
        answers = await answers_of(running, person)
        assert set(answers) == {"b1"}
        words = answers["b1"].words or ""
        assert words.count(own * 4000) == 3
        assert ("k" if own == "s" else "s") * 10 not in words


# --- typed instead of tapped ---------------------------------------------------------------------


async def test_everything_can_be_typed(telegram: FakeTelegram, running: Running) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await running.quiet()
    typed = [
        "18 OR OVER.",
        "tell me more",
        "ok.",
        "Yes, keep it",
        "no, just me",
    ]
    for words in typed:
        await sam.says(words)
    assert QUESTION in sam.last.text
    await sam.says("help with money")
    await sam.says("Time and space")
    await sam.says("done")
    await sam.says("SKIP")
    await sam.says("not sure yet")
    await sam.says("rather not say")  # it is no button here, and is taken as one
    await sam.says("back")
    await sam.says("Skip")
    answers = await answers_of(running, sam)
    assert answers["b1"].choices == ("money", "time")
    assert answers["b2"].state is AnswerState.SKIPPED
    assert answers["b3"].state is AnswerState.NOT_SURE
    assert (answers["first"].state, answers["first"].words) == (AnswerState.RATHER_NOT_SAY, None)


async def test_free_words_stay_beside_a_later_tap(sam: Person, running: Running) -> None:
    for _ in range(3):
        await sam.taps("Skip")
    assert "help with first" in sam.last.text
    await sam.says("My feet hurt")
    assert "I have kept your words" in sam.last.text
    await sam.says("both of them")
    await sam.taps("Yes")
    first = (await answers_of(running, sam))["first"]
    assert first.choices == ("y",)
    assert first.words == "My feet hurt\nboth of them"
    assert "What is it?" in sam.last.text


async def test_a_voice_note_is_an_answer(sam: Person, running: Running) -> None:
    sam.voice()
    await sam.sees("I have kept your voice note")
    await running.quiet()
    assert NEXT in sam.last.text
    (voice,) = (await answers_of(running, sam))["b1"].voice
    assert voice["file_id"].startswith("AwACAgQAAxkB")


# --- groups, broken updates, blocks --------------------------------------------------------------


async def test_a_group_is_told_once(sam: Person, telegram: FakeTelegram, running: Running) -> None:
    group = telegram.group("Tuesday lunch")
    group.add_bot(by=sam)
    for words in ("hello", "/start", "stop"):
        group.say(sam, words)
    await running.quiet()
    assert [b.text for b in group.chat if b.from_bot] == [
        "Hello. I only talk with one person at a time. Please write to me on my own."
    ]
    group.remove_bot()
    await running.quiet()
    await running.stop()
    await running.start()
    group.add_bot()
    group.say(sam, "hello again")
    await running.quiet()
    assert sum(b.from_bot for b in group.chat) == 1
    await is_unharmed(sam, running)


async def test_an_update_that_cannot_be_read_is_set_aside_and_blocks_nobody(
    sam: Person, telegram: FakeTelegram, running: Running
) -> None:
    kim = telegram.person("Kim")
    await agree(kim)
    broken = {
        "message_id": 1,
        "date": "not a number",
        "from": dict(sam.user),
        "chat": {"id": sam.chat_id, "type": "private", "first_name": "Sam"},
        "text": "the heron by the weir",
    }
    # All of them wait for the bot at once.
    await running.stop()
    nobody: list[dict[str, Any]] = [{"message": {"date": 0}}, {"callback_query": {}}]
    for update in ({"message": broken}, *nobody):
        telegram.push({"update_id": telegram.inbox.take_id(), **update})
    kim.tap("Skip")
    telegram.push({"update_id": telegram.inbox.take_id(), "brand_new_thing": {"id": 5}})
    await running.start()
    await running.quiet()
    assert NEXT in kim.last.text
    assert "Sorry, I could not take in your last message" in sam.last.text
    aside = await running.rows(DeadLetterRow)
    assert len(aside) >= 1
    assert b"heron" not in b"".join(row.body for row in aside)
    await sam.says("A door that locks")
    assert (await answers_of(running, sam))["b1"].words == "A door that locks"


async def test_the_same_update_twice_has_one_effect(
    sam: Person, telegram: FakeTelegram, running: Running
) -> None:
    update = sam.say("A door that locks")
    await running.quiet()
    said = len(telegram.sent_to(sam.chat_id))
    telegram.repeat(update)
    await running.quiet()
    assert len(telegram.sent_to(sam.chat_id)) == said
    assert (await answers_of(running, sam))["b1"].words == "A door that locks"


@pytest.mark.parametrize("how", ["block", "403"])
async def test_a_block_is_a_stop_and_unblocking_does_not_undo_it(
    how: str, sam: Person, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    await allow_messages(sam)
    assert [f.state for f in await running.rows(FollowUpRow)] == ["waiting"]
    if how == "block":
        sam.block()
    else:
        telegram.faults.add(kind="403_blocked", method="sendMessage", chat=sam.chat_id)
        sam.say("A door that locks")
    await running.quiet()
    (someone,) = await running.rows(ParticipantRow)
    assert someone.state == "stopped"
    assert {f.state for f in await running.rows(FollowUpRow)} == {"dropped"}
    assert {s.stage for s in await running.rows(CheckinRow)} == {"stopped"}
    said = len(telegram.sent_to(sam.chat_id))
    if how == "block":
        sam.unblock()
    for days in (3, 20, 200):
        time.pass_(days=days)
        await running.tick()
    await running.quiet()
    assert len(telegram.sent_to(sam.chat_id)) == said
    await sam.says("hello")
    assert "You have stopped" in sam.last.text
    sam.start()
    await sam.sees("Are you the same person")
    await sam.taps("Yes, it is me")
    assert "I am a computer" in sam.last.text
