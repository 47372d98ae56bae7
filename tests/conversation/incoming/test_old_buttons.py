"""Buttons that are old, forged, or tapped twice record nothing, and those that fit still count."""

from __future__ import annotations

from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.participant_tables import ParticipantRow
from flows.engine import AnswerState
from tests.conftest import Time
from tests.conversation.incoming.first_questions import NEXT, STALE, is_unharmed
from tests.support.participants import agree, answers_of
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person


def _forged(sam: Person, kim: Person) -> dict[str, str]:
    mine, theirs = sam.last.data["Skip"], kim.last.data["Skip"]
    kind, session, step, turn, choice = mine.split(":")
    return {
        "another person's": theirs,
        "garbage": "xyzzy",
        "64 bytes": "é" * 32,
        "half of one": mine[: len(mine) // 2],
        "another step": f"{kind}:{session}:b3:{turn}:{choice}",
        "another turn": f"{kind}:{session}:{step}:999999:{choice}",
        "a turn below nought": f"{kind}:{session}:{step}:-1:{choice}",
        "no such choice": f"{kind}:{session}:{step}:{turn}:+all_of_it",
        "a choice without its sign": f"{kind}:{session}:{step}:{turn}:money",
        "too many parts": mine + ":x",
        "a huge number": f"q:{'z' * 30}:b1:2:skip",
        "digits of another script": f"q:{session}:b1:２:skip",
        "no such phrase": "p:phrase:delete:0",
        "their deleting": "p:stopped:delete:0",
        "their hello": "p:hello:open:1",
        "their not now": "p:not_now:tonight:1",
        "another language": "p:language:tlh:0",
        "an old welcome": "w:00000000:en:0:012:agree",
        "a long way in": "w:00000000:-:0:zzzzzzzzzz:agree",
    }


async def test_forged_buttons_change_nothing(
    sam: Person, telegram: FakeTelegram, running: Running
) -> None:
    kim = telegram.person("Kim")
    await agree(kim)
    for what, data in _forged(sam, kim).items():
        said = len(telegram.sent_to(sam.chat_id))
        sam.tap_data(data)
        await running.quiet()
        await sam.answered()
        assert sam.queries[-1].text, what  # a word at the top of the screen
        assert len(telegram.sent_to(sam.chat_id)) == said, what
        steps = {(s.step, s.turn) for s in await running.rows(CheckinRow)}
        assert steps == {("b1", 1)}, what
        assert await running.rows(AnswerRow) == [], what
    states = {p.state for p in await running.rows(ParticipantRow)}
    assert states == {"active"}


async def test_a_strangers_forged_button_keeps_nothing(
    sam: Person, telegram: FakeTelegram, running: Running
) -> None:
    eve = telegram.person("Eve", started=True)
    for data in (sam.last.data["Skip"], sam.last.data["Stop"], "p:stopped:delete:0", "-", "w:::::"):
        eve.tap_data(data)
        await running.quiet()
        await eve.answered()
    await is_unharmed(sam, running)
    assert len(await running.rows(ParticipantRow)) == 1


async def test_old_and_double_taps_record_nothing(sam: Person, running: Running) -> None:
    first = sam.last
    sam.tap("Skip")
    sam.tap_old(first, "Skip")
    await running.quiet()
    second = sam.last
    assert NEXT in second.text
    sam.tap_old(first, "Money" if "Money" in first.data else "Time and space")
    await running.quiet()
    assert sam.toasts[-2:] == [STALE, STALE]
    sam.tap("Where I live")
    sam.tap_old(second, "Where I live")
    await running.quiet()
    await sam.taps("Done")
    sam.tap_old(second, "Done")
    await running.quiet()
    await sam.answered()
    answers = await answers_of(running, sam)
    assert {s: (a.state, a.choices) for s, a in answers.items()} == {
        "b1": (AnswerState.SKIPPED, ()),
        "b2": (AnswerState.ANSWERED, ("home",)),
    }
    assert "What would be different" in sam.last.text


async def test_a_tap_from_before_a_restart_counts_if_it_still_fits(
    sam: Person, running: Running
) -> None:
    question = sam.last
    await running.stop()
    sam.tap_old(question, "Skip")
    sam.tap_old(question, "Skip")
    await running.start()
    await running.quiet()
    assert NEXT in sam.last.text
    assert sam.toasts == [STALE]
    assert len(await running.rows(AnswerRow)) == 1


async def test_a_tap_after_delete_does_nothing(sam: Person, running: Running, time: Time) -> None:
    question = sam.last
    await sam.says("/delete")
    await sam.taps("Yes, delete them")
    sam.tap_old(question, "Skip")
    await running.quiet()
    await sam.answered()
    assert "deleted at 10:10. I have not kept" in sam.last.text
    assert await running.rows(AnswerRow) == []
    time.pass_(minutes=10)
    await running.tick()
    sam.tap_old(question, "Skip")
    await running.quiet()
    await sam.answered()
    assert sam.toasts[-1] == STALE
    assert await running.rows(ParticipantRow) == []


async def test_a_button_under_a_message_they_deleted_still_works(
    sam: Person, running: Running
) -> None:
    question = sam.last
    sam.delete_chat_locally()
    sam.tap_old(question, "Skip")
    await sam.sees(NEXT)
    await sam.answered()
