"""Every way a call to Telegram can go wrong, at every call: the conversation goes on.

A hello that may have arrived is never said again. Crashes are tested elsewhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.domain.states import FollowUpState, ParticipantState
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow, TransitionRow
from tests.conftest import Time
from tests.reliability.crash.manual_timer import Hourglass
from tests.support.participants import LAST_YES, NEARLY, agree, allow_messages, before
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person
from tests.telegram.shaky_api import AT_START, PASSING, REFUSALS, Shaky, copies_of


@pytest.fixture
async def shaky(telegram: FakeTelegram, database_url: str, time: Time) -> AsyncIterator[Shaky]:
    bot = Shaky(telegram, database_url, time)
    async with bot:
        yield bot


def _ids(faults: list[tuple[str, bool]]) -> list[str]:
    return [f"{kind}-after" if after else kind for kind, after in faults]


@pytest.mark.parametrize(("kind", "after"), PASSING + REFUSALS, ids=_ids(PASSING + REFUSALS))
async def test_the_bot_starts_whatever_goes_wrong(
    kind: str, after: bool, telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    for method in AT_START:
        telegram.faults.add(kind=kind, method=method, after=after)
    sam = telegram.person("Sam")
    sam.start()
    async with Shaky(telegram, database_url, time) as bot:
        if kind == "timeout":
            # The bot waits a minute for news, so the held call is let go instead.
            assert await telegram.changes.until(
                lambda: any(f.method == "getUpdates" for f in telegram.faults.consumed), 10
            )
            telegram.faults.release()
        await sam.sees("I am a computer", within=10)
        await bot.quiet()
        done = set(AT_START)
        assert await telegram.changes.until(
            lambda: {f.method for f in telegram.faults.consumed} == done, 10
        )
        assert await telegram.changes.until(lambda: bool(sam.commands), 10)
        assert copies_of(telegram, sam, "I am a computer") == 1


@pytest.mark.parametrize(("kind", "after"), PASSING, ids=_ids(PASSING))
async def test_the_conversation_goes_on(
    kind: str, after: bool, telegram: FakeTelegram, shaky: Shaky
) -> None:
    most = 2 if after or kind == "drop_after" else 1  # at most one repeat of what may be there
    first = "What would you like this service"
    for method in ("sendMessage", "editMessageReplyMarkup", "answerCallbackQuery"):
        sam = telegram.person("Sam")
        await agree(sam, way=NEARLY)
        telegram.faults.add(kind=kind, method=method, after=after)
        await sam.taps(LAST_YES)
        assert first in sam.last.text
        assert copies_of(telegram, sam, first) <= (most if method == "sendMessage" else 1)
        telegram.faults.add(kind=kind, method=method, after=after)
        await sam.taps("Help with money")
        assert "✓ Help with money" in [label for row in sam.last.buttons for label in row]
        await sam.answered()
        telegram.faults.clear()  # a method that this turn did not call
        telegram.faults.add(kind=kind, method="sendMessage", after=after)
        await sam.taps("Done")
        assert "going wrong" in sam.last.text
        assert copies_of(telegram, sam, "going wrong") <= most
        # Whoever answers the first of two copies is not misunderstood.
        await sam.says("the stairs")
        assert "different if things were better" in sam.last.text
    assert await shaky.rows(OutboxRow) == []
    answers = {(a.step, tuple(a.choices), bool(a.words)) for a in await shaky.rows(AnswerRow)}
    assert answers == {("b1", ("money",), False), ("b2", (), True)}


async def test_an_answer_to_the_first_of_two_copies_belongs_to_its_question(
    telegram: FakeTelegram, shaky: Shaky
) -> None:
    sam = telegram.person("Sam")
    await agree(sam)
    telegram.faults.add(kind="timeout", method="sendMessage", after=True)
    fault = telegram.faults.planned[-1]
    sam.say("a quiet room")
    assert await telegram.changes.until(lambda: fault.times == 0, 5)
    telegram.faults.release()
    # The first copy arrived although the call failed; they answer it before the second comes.
    telegram.faults.add(kind="drop_after", method="sendMessage")
    await sam.sees("going wrong")
    await sam.says("the stairs")
    assert "different if things were better" in sam.last.text
    assert {a.step for a in await shaky.rows(AnswerRow)} == {"b1", "b2"}


async def test_an_answer_is_not_early_because_its_question_was_asked_once_more(
    telegram: FakeTelegram, running: Running, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.says("a quiet room")
    # They answer; but what arrives first is the tap or word that has the question asked again.
    update_id = sam.say("the stairs")
    update, _ = telegram.inbox.history[update_id]
    for waiting in list(telegram.inbox.waiting):
        telegram.inbox.forget(waiting)
    await sam.says("start")
    assert "going wrong" in sam.last.text
    telegram.push(update)
    await running.quiet()
    assert "different if things were better" in sam.last.text
    assert {a.step for a in await running.rows(AnswerRow)} == {"b1", "b2"}


async def test_an_answer_is_not_early_because_an_old_update_came_with_it_once_more(
    telegram: FakeTelegram, running: Running, sam_agreed: Person
) -> None:
    sam = sam_agreed
    # Two copies of the next question, so that it is not known which of them was answered.
    telegram.faults.add(kind="drop_after", method="sendMessage")
    update_id = sam.say("a quiet room")
    await running.quiet()
    assert copies_of(telegram, sam, "going wrong") == 2
    await running.stop()  # the last word of which never came through
    telegram.repeat(update_id)
    sam.say("the stairs")
    await running.start()
    await running.quiet()
    assert "different if things were better" in sam.last.text
    assert {a.step for a in await running.rows(AnswerRow)} == {"b1", "b2"}


async def test_a_message_that_is_refused_goes_out_plainly(
    telegram: FakeTelegram, shaky: Shaky
) -> None:
    sam = telegram.person("Sam")
    await agree(sam, way=NEARLY)
    telegram.faults.add(kind="400", method="sendMessage", description="Bad Request: can't parse")
    await sam.taps(LAST_YES)
    assert "So the help fits you" in sam.last.text
    assert sam.last.entities == []
    for method in ("editMessageReplyMarkup", "answerCallbackQuery"):
        telegram.faults.add(kind="400", method=method)
    await sam.taps("Help with money", "Done")
    assert "going wrong" in sam.last.text
    # Refused for good: it is let go, and the next one goes out.
    telegram.faults.add(kind="400", method="sendMessage", times=2)
    await sam.says("the stairs")
    await sam.says("it would be quiet")
    assert "help with first" in sam.last.text
    assert await shaky.rows(OutboxRow) == []


@pytest.mark.parametrize("method", ["sendMessage", "editMessageReplyMarkup"])
async def test_a_block_is_a_stop(method: str, telegram: FakeTelegram, shaky: Shaky) -> None:
    sam, time = telegram.person("Sam"), shaky.clock
    assert isinstance(time, Time)
    await agree(sam, way=NEARLY)
    telegram.faults.add(kind="403_blocked", method="answerCallbackQuery")  # says nothing by itself
    await sam.taps(LAST_YES)
    await allow_messages(sam)
    (someone,) = await shaky.rows(ParticipantRow)
    assert someone.state is ParticipantState.ACTIVE
    telegram.faults.add(kind="403_blocked", method=method)
    await sam.taps("Help with money", "Done")
    (someone,) = await shaky.rows(ParticipantRow)
    assert someone.state is ParticipantState.STOPPED
    assert [m.event for m in await shaky.rows(TransitionRow)] == ["agree", "block"]
    assert {f.state for f in await shaky.rows(FollowUpRow)} == {FollowUpState.DROPPED}
    sent = len(telegram.sent_to(sam.chat_id))
    for _ in range(5):
        time.pass_(days=3)
        await shaky.tick()
    assert len(telegram.sent_to(sam.chat_id)) == sent


async def test_a_tap_that_is_too_old_still_counts(
    telegram: FakeTelegram, shaky: Shaky, time: Time
) -> None:
    sam = telegram.person("Sam")
    await agree(sam, way=NEARLY)
    await shaky.stop()
    sam.tap(LAST_YES)
    time.pass_(minutes=10)
    await shaky.start()
    await sam.sees("What would you like this service")
    await shaky.quiet()
    assert not sam.queries[-1].answered


async def test_a_429_holds_only_that_chat(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    shaky = Shaky(telegram, database_url, time)
    shaky.glass = glass = Hourglass()
    async with shaky:
        sam, kim = telegram.person("Sam"), telegram.person("Kim")
        for person in (sam, kim):
            await agree(person, way=NEARLY)
        telegram.faults.add(kind="429", method="sendMessage", chat=sam.chat_id, retry_after=30)
        sam.tap(LAST_YES)
        assert await telegram.changes.until(lambda: bool(telegram.faults.consumed), 5)
        sam.say("somewhere quiet")
        kim.tap(LAST_YES)
        await kim.sees("What would you like this service")
        kim.say("a room")
        await kim.sees("going wrong")
        await telegram.drained()
        await shaky.bot.delivery_log.wait_idle()
        await glass.to(29)
        assert copies_of(telegram, sam, "What would you like this service") == 0
        await glass.to(31)
        await sam.sees("going wrong")
        assert copies_of(telegram, sam, "What would you like this service") == 1
        await shaky.quiet()
        assert await shaky.rows(OutboxRow) == []


# --- follow-ups ----------------------------------------------------------------------------------


async def _with_a_hello_due(telegram: FakeTelegram, shaky: Shaky, time: Time) -> Person:
    sam = telegram.person("Sam")
    await agree(sam)
    await before(sam)
    time.pass_(days=14)
    return sam


def _hellos(telegram: FakeTelegram, sam: Person) -> int:
    return copies_of(telegram, sam, "Is now an OK time?")


async def _first(shaky: Shaky) -> Any:
    rows = [f for f in await shaky.rows(FollowUpRow) if f.kind == "after"]
    return min(rows, key=lambda row: row.useless_after)


UNKNOWN = [f for f in PASSING if f[0] != "429"]


@pytest.mark.parametrize(("kind", "after"), UNKNOWN, ids=_ids(UNKNOWN))
async def test_a_hello_with_an_unknown_end_is_uncertain_and_never_said_again(
    kind: str, after: bool, telegram: FakeTelegram, shaky: Shaky, time: Time
) -> None:
    sam = await _with_a_hello_due(telegram, shaky, time)
    telegram.faults.add(kind=kind, method="sendMessage", after=after)
    arrives = after or kind == "drop_after"
    for days in (0, 1, 3, 20):
        time.pass_(days=days, minutes=6)
        await shaky.tick()
        assert (await _first(shaky)).state is FollowUpState.UNCERTAIN
        assert _hellos(telegram, sam) == arrives
    if arrives:  # and whoever saw it can answer it
        await sam.taps("Yes")
        assert "Can I ask how it went" in sam.last.text


async def test_a_hello_that_met_a_429_waits_and_is_said_once(
    telegram: FakeTelegram, shaky: Shaky, time: Time
) -> None:
    sam = await _with_a_hello_due(telegram, shaky, time)
    for _ in range(3):
        telegram.faults.add(kind="429", method="sendMessage", retry_after=2)
        await shaky.tick()
        assert (await _first(shaky)).state is FollowUpState.WAITING
        time.pass_(minutes=6)
    await shaky.tick()
    assert (await _first(shaky)).state is FollowUpState.SENT
    assert _hellos(telegram, sam) == 1


async def test_hellos_that_never_left_count_as_nothing(
    telegram: FakeTelegram, shaky: Shaky, time: Time
) -> None:
    sam = await _with_a_hello_due(telegram, shaky, time)
    shaky.line.cut = True
    for _ in range(5):
        await shaky.tick()
        assert (await _first(shaky)).state is FollowUpState.WAITING
        time.pass_(minutes=6)
    shaky.line.cut = False
    await shaky.tick()
    assert (await _first(shaky)).state is FollowUpState.SENT
    assert _hellos(telegram, sam) == 1
    (someone,) = await shaky.rows(ParticipantRow)
    assert (someone.state, someone.unanswered) == (ParticipantState.ACTIVE, 1)


@pytest.mark.parametrize(
    ("kind", "life"),
    [("400", ParticipantState.ACTIVE), ("403_blocked", ParticipantState.STOPPED)],
    ids=["400", "403"],
)
async def test_a_hello_that_is_refused_has_failed(
    kind: str, life: ParticipantState, telegram: FakeTelegram, shaky: Shaky, time: Time
) -> None:
    sam = await _with_a_hello_due(telegram, shaky, time)
    telegram.faults.add(kind=kind, method="sendMessage")
    await shaky.tick()
    assert (await _first(shaky)).state is FollowUpState.FAILED
    (someone,) = await shaky.rows(ParticipantRow)
    assert someone.state is life
    time.pass_(days=5)
    await shaky.tick()
    assert _hellos(telegram, sam) == 0
