"""Hellos that we say first: few, neutral, silent, once, and none where none is wanted.

The person's safe times and pauses are in `test_times`; a killed process is elsewhere.
"""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from bot.domain.states import CheckinState, FollowUpState, ParticipantState
from bot.messages.incoming import BotBlocked, TextMessage
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow, TransitionRow
from tests.conftest import Time
from tests.support.participants import (
    CONSENT,
    Crowd,
    Phone,
    agree,
    before,
    doing,
    grand_tour,
)
from tests.support.running_bot import Running
from tests.support.telegram_fake import Bubble, FakeTelegram, Person

HELLO = "Hi. Is now an OK time?"
FACTS = {"org_name": "Aspen House", "keep_months": 12, "language": "en"}


def hellos(telegram: FakeTelegram, person: Person) -> list[Bubble]:
    """Every hello ever said to someone."""
    return [bubble for bubble in telegram.sent_to(person.chat_id) if bubble.text == HELLO]


def sent(telegram: FakeTelegram, person: Person) -> int:
    """How many messages someone was ever sent."""
    return len(telegram.sent_to(person.chat_id))


async def outcomes(running: Running, kind: str) -> list[tuple[FollowUpState, str | None]]:
    """What became of the follow-ups of a kind, in the order they fell due."""
    rows = [r for r in await running.rows(FollowUpRow) if r.kind == kind]
    return [(r.state, r.outcome) for r in sorted(rows, key=lambda r: r.due_at)]


async def state(running: Running) -> ParticipantState:
    """Where the only person stands."""
    (row,) = await running.rows(ParticipantRow)
    found: ParticipantState = row.state
    return found


async def skip_through(person: Person, running: Running, end: str) -> None:
    """Skips every question there is, until the last words."""
    for _ in range(20):
        if end in person.last.text:
            return
        labels = [label for row in person.last.buttons for label in row]
        label = next(x for x in ("Skip", "Rather not say", "Only me", "OK") if x in labels)
        await person.taps(label)
    raise AssertionError(person.transcript())


async def half_way(person: Person, running: Running) -> None:
    """Agrees, answers one question and leaves."""
    await agree(person)
    await person.taps("Start")
    await person.says("Somewhere safe, and quiet")


async def whole_before(crowd: Crowd, phones: list[Phone]) -> None:
    """All of a crowd answer everything."""
    for _, do in grand_tour(crowd.env.library.current["before"], FACTS):
        await crowd.act((phone, doing(phone, do)) for phone in phones)


# --- after ---------------------------------------------------------------------------------------


async def test_after_is_asked_three_times_and_quotes_before_each_time(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    days = [
        (dt.datetime(2026, 12, 7, 10, tzinfo=dt.UTC), "23 February 2027"),
        (dt.datetime(2027, 2, 23, 10, tzinfo=dt.UTC), "23 May 2027"),
        (dt.datetime(2027, 5, 23, 9, tzinfo=dt.UTC), None),  # 10:00 in British Summer Time
    ]
    for number, (day, following) in enumerate(days, 1):
        time.now = day - dt.timedelta(minutes=1)
        await running.tick()
        assert len(hellos(telegram, sam)) == number - 1, "not a minute early"
        time.now = day
        await running.tick()
        await running.tick()
        assert len(hellos(telegram, sam)) == number
        await sam.taps("Yes", "No, just me")
        assert "Last time you told me what you wanted" in sam.last.text
        await sam.taps("Start")
        said = [bubble.text for bubble in sam.fresh]
        assert any("“Somewhere safe, and quiet”" in text for text in said)
        assert any("“I would sleep the whole night”" in text for text in said)
        await skip_through(sam, running, "What you said matters")
        if following:
            assert f"hello again around {following.removesuffix(' 2027')}" in sam.last.text
        else:
            assert "hello again" not in sam.last.text
    assert await outcomes(running, "after") == [(FollowUpState.SENT, "opened")] * 3
    time.pass_(days=400)
    await running.tick()
    assert len(hellos(telegram, sam)) == 3
    sessions = await running.rows(CheckinRow)
    (first,) = [s for s in sessions if s.flow == "before"]
    assert [s.about for s in sessions if s.flow == "after"] == [first.id] * 3


async def test_a_hello_is_neutral_and_silent_and_a_question_comes_only_after_a_tap(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    already = sent(telegram, sam)
    await running.tick()
    (hello,) = telegram.sent_to(sam.chat_id)[already:]
    assert hello.text == HELLO, "no organisation, no topic, no name, no question but this one"
    assert hello.silent
    assert [label for row in hello.buttons for label in row] == [
        "Yes",
        "Later",
        "Not today",
        "Stop",
    ]
    time.pass_(days=1)
    await running.tick()
    assert sent(telegram, sam) == already + 1, "nothing more until a tap"
    await sam.taps("Yes", "No, just me")
    assert "Can I ask how it went" in sam.last.text


# --- left half-way -------------------------------------------------------------------------------


async def test_one_hello_and_no_second_for_a_check_in_left_half_way(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam, running)
    time.pass_(days=1, hours=23)
    await running.tick()
    assert hellos(telegram, sam) == []
    time.pass_(hours=1)
    await running.tick()
    assert len(hellos(telegram, sam)) == 1
    for _ in range(30):
        time.pass_(days=1)
        await running.tick()
    assert len(hellos(telegram, sam)) == 1
    await sam.taps("Yes")
    assert "going wrong" in sam.last.text, "exactly where they left"
    assert await outcomes(running, "unfinished") == [(FollowUpState.SENT, "opened")]


async def test_no_hello_for_a_check_in_that_was_finished(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    for _ in range(13):
        time.pass_(days=1)
        await running.tick()
    assert hellos(telegram, sam) == []
    assert await outcomes(running, "unfinished") == [(FollowUpState.DROPPED, "finished")]


async def test_the_hello_waits_while_the_person_moves_on(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam, running)
    for answer in ("Skip", "Skip", "Not sure"):  # a question each day and a half
        time.pass_(hours=36)
        await running.tick()
        await sam.taps(answer)
    assert hellos(telegram, sam) == []
    time.pass_(hours=47)
    await running.tick()
    assert hellos(telegram, sam) == []
    time.pass_(hours=13)  # two days after the last answer is in the night; this is the morning
    await running.tick()
    assert len(hellos(telegram, sam)) == 1


async def test_slow_people_are_not_too_late_for_their_hello(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam, running)
    for _ in range(11):  # a word a day keeps the check-in moving, beyond the week it is useful
        time.pass_(days=1)
        await running.tick()
        await sam.taps("Skip")
        await sam.taps("Back")
    assert hellos(telegram, sam) == []
    time.pass_(days=2)
    await running.tick()
    assert len(hellos(telegram, sam)) == 1


# --- not now -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "due"),
    [
        ("Tonight", dt.datetime(2026, 11, 23, 19, tzinfo=dt.UTC)),
        ("Tomorrow", dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)),
        ("Next week", dt.datetime(2026, 11, 30, 10, tzinfo=dt.UTC)),
    ],
)
async def test_not_now_brings_one_hello_when_they_said(
    choice: str, due: dt.datetime, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam, running)
    await sam.taps("Not now", choice)
    assert f"hello on {due.day} November" in sam.last.text
    while time.now < due:
        assert hellos(telegram, sam) == [], "not before, also not for being left half-way"
        time.now = min(due, time.now + dt.timedelta(hours=6))
        await running.tick()
    assert len(hellos(telegram, sam)) == 1
    for _ in range(14):
        time.pass_(days=1)
        await running.tick()
    assert len(hellos(telegram, sam)) == 1
    await sam.taps("Yes")
    assert "going wrong" in sam.last.text


async def test_a_second_choice_replaces_the_first(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam, running)
    await sam.taps("Not now")
    asked = sam.last
    await sam.taps("Tonight", "Not now", "Next week")
    sam.tap_old(asked, "Tomorrow")
    await running.quiet()
    time.now = dt.datetime(2026, 11, 23, 19, tzinfo=dt.UTC)
    await running.tick()
    assert hellos(telegram, sam) == []
    for _ in range(10):
        time.now += dt.timedelta(hours=15)
        await running.tick()
    assert [h.sent_at.date().day for h in hellos(telegram, sam)] == [24]
    assert sorted(await outcomes(running, "not_now"), key=str) == sorted(
        [
            (FollowUpState.DROPPED, "another time"),
            (FollowUpState.DROPPED, "another time"),
            (FollowUpState.SENT, None),
        ],
        key=str,
    )


async def test_i_will_message_you_means_that(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam, running)
    await sam.taps("Not now", "Tonight", "Not now", "I will message you")
    assert "I will wait for you" in sam.last.text
    for _ in range(30):
        time.pass_(days=1)
        await running.tick()
    assert hellos(telegram, sam) == []
    await sam.says("START")
    assert "going wrong" in sam.last.text


async def test_tonight_said_at_night_is_tomorrow_night(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    time.now = time.now.replace(hour=21)
    await half_way(sam, running)
    await sam.taps("Not now", "Tonight")
    assert "hello on 24 November" in sam.last.text


async def test_nobody_is_greeted_in_the_middle_of_an_answer(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam, running)
    await sam.taps("Not now", "Tonight")
    time.now = time.now.replace(hour=18, minute=55)
    await sam.says("START")
    await sam.taps("Skip")
    time.now = time.now.replace(hour=19, minute=0)
    await running.tick()
    assert hellos(telegram, sam) == []
    time.now = time.now.replace(minute=55)
    await running.tick()
    assert len(hellos(telegram, sam)) == 1, "an hour after they fell silent"


# --- under a hello -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "due"),
    [
        ("Later", dt.datetime(2026, 12, 7, 18, tzinfo=dt.UTC)),
        ("Not today", dt.datetime(2026, 12, 8, 10, tzinfo=dt.UTC)),
    ],
)
async def test_later_and_not_today_bring_the_same_hello_once_more(
    choice: str,
    due: dt.datetime,
    telegram: FakeTelegram,
    running: Running,
    time: Time,
    sam_after_before: Person,
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    await running.tick()
    (hello,) = hellos(telegram, sam)
    await sam.taps(choice)
    assert f"hello on {due.day} December" in sam.last.text
    time.now = due - dt.timedelta(minutes=1)
    await running.tick()
    assert len(hellos(telegram, sam)) == 1
    time.now = due
    await running.tick()
    assert len(hellos(telegram, sam)) == 2
    already = sent(telegram, sam)
    for old in ("Yes", "Later", "Not today"):
        sam.tap_old(hello, old)
        await running.quiet()
    assert sent(telegram, sam) == already, "the old hello is done with"
    assert len(sam.toasts) == 3
    await sam.taps("Yes", "No, just me")
    assert "Can I ask how it went" in sam.last.text


async def test_stop_under_a_hello_stops(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    await running.tick()
    await sam.taps("Stop")
    assert "I have stopped" in sam.last.text
    time.pass_(days=200)
    await running.tick()
    assert len(hellos(telegram, sam)) == 1
    assert await outcomes(running, "after") == [
        (FollowUpState.SENT, None),
        *[(FollowUpState.DROPPED, "stop")] * 2,
    ]


async def test_a_hello_tapped_twice_begins_one_check_in(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    await running.tick()
    (hello,) = hellos(telegram, sam)
    sam.tap_old(hello, "Yes")
    sam.tap_old(hello, "Yes")
    sam.tap_old(hello, "Not today")
    await running.quiet()
    assert [s.flow for s in await running.rows(CheckinRow)].count("after") == 1
    assert len(await outcomes(running, "after")) == 3
    assert len(sam.toasts) == 2


async def test_an_old_hello_opened_weeks_later_takes_up_what_it_was_for(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    await running.tick()
    time.pass_(days=40)
    await sam.taps("Yes", "No, just me", "Start")
    assert any("“Somewhere safe, and quiet”" in bubble.text for bubble in sam.fresh)


async def test_nobody_else_can_open_a_hello(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    await agree(sam)
    await before(sam)
    await agree(kim)
    time.pass_(days=14)
    await running.tick()
    (hello,) = hellos(telegram, sam)
    already = sent(telegram, kim)
    kim.tap_data(hello.data["Yes"])
    kim.tap_data(hello.data["Stop"])
    await running.quiet()
    assert sent(telegram, kim) == already
    assert {p.state for p in await running.rows(ParticipantRow)} == {ParticipantState.ACTIVE}


# --- silence -------------------------------------------------------------------------------------


async def test_after_two_unanswered_hellos_we_are_quiet_until_they_write(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    for day in (dt.datetime(2026, 12, 7, 12), dt.datetime(2027, 2, 23, 12)):  # noqa: DTZ001
        time.now = day.replace(tzinfo=dt.UTC)
        await running.tick()
    assert len(hellos(telegram, sam)) == 2
    assert await state(running) is ParticipantState.ACTIVE
    time.pass_(days=2, hours=23)
    await running.bot.clean_up_job.run()
    assert await state(running) is ParticipantState.ACTIVE, "three days to answer"
    time.pass_(hours=2)
    await running.bot.clean_up_job.run()
    assert await state(running) is ParticipantState.QUIET
    assert [m.event for m in await running.rows(TransitionRow)] == ["agree", "fall_silent"]

    time.now = dt.datetime(2027, 4, 1, 12, tzinfo=dt.UTC)
    await sam.says("hello?")
    assert await state(running) is ParticipantState.ACTIVE, "a message from them brings them back"
    time.now = dt.datetime(2027, 5, 23, 12, tzinfo=dt.UTC)
    await running.tick()
    assert len(hellos(telegram, sam)) == 3, "and what is due after that comes again"


async def test_a_third_hello_is_not_said_even_before_the_sweep_has_been_round(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    for day in ((2026, 12, 7), (2027, 2, 23), (2027, 5, 23)):
        time.now = dt.datetime(*day, 12, tzinfo=dt.UTC)
        await running.tick()
    assert len(hellos(telegram, sam)) == 2
    assert await state(running) is ParticipantState.QUIET
    assert (await outcomes(running, "after"))[2] == (FollowUpState.DROPPED, "not heard from")


async def test_a_hello_that_never_arrived_does_not_count_as_unanswered(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    telegram.faults.add(kind="429", method="sendMessage", chat=sam.chat_id, times=2, retry_after=1)
    for _ in range(2):
        await running.tick()
        assert hellos(telegram, sam) == []
        time.pass_(minutes=5)
    await running.tick()
    assert len(hellos(telegram, sam)) == 1, "tried again soon, not three hours later"
    (row,) = await running.rows(ParticipantRow)
    assert row.unanswered == 1


# --- none where none is wanted -------------------------------------------------------------------


async def test_after_waits_while_another_conversation_is_live(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.now = dt.datetime(2026, 12, 7, 12, tzinfo=dt.UTC)
    await running.tick()
    time.now = dt.datetime(2027, 2, 23, 8, tzinfo=dt.UTC)
    await sam.taps(
        "Yes", "No, just me", "Start"
    )  # the first one, answered on the day of the second
    already = len(hellos(telegram, sam))
    for hour in (10, 12, 16):
        time.now = time.now.replace(hour=hour)
        await running.tick()
        await sam.taps("Skip")
    assert len(hellos(telegram, sam)) == already
    await skip_through(sam, running, "What you said matters")
    time.now = time.now.replace(day=24, hour=12)
    await running.tick()
    assert len(hellos(telegram, sam)) == already + 1


async def test_nobody_is_greeted_without_their_yes_to_be_messaged(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await running.quiet()
    await sam.taps("Tell me more", "18 or over", "Next", "Safety first", "No, just me")
    await sam.taps("Yes, keep my answers", "No, just this time")
    await before(sam)
    assert "hello again" not in sam.last.text
    for _ in range(8):
        time.pass_(days=30)
        await running.tick()
    assert hellos(telegram, sam) == []
    assert await running.rows(FollowUpRow) == []


@pytest.mark.parametrize("how", ["stop", "block", "delete", "start again without"])
async def test_nobody_is_greeted_after_they_ended_it(
    how: str, telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    if how == "block":
        sam.block()
        await running.quiet()
        sam.unblock()
    elif how == "delete":
        await sam.says("/delete")
        await sam.taps("Yes, delete them")
    else:
        await sam.says("stop")
    if how == "start again without":
        await sam.says("START")
        await sam.taps("Yes, it is me", "Tell me more", "18 or over", "Next", "Safety first")
        await sam.taps("No, just me")
        await sam.taps("Yes, keep my answers", "No, just this time")
    await running.quiet()
    already = sent(telegram, sam)
    for _ in range(8):
        time.pass_(days=30)
        await running.tick()
    assert sent(telegram, sam) == already


async def test_a_block_found_when_saying_hello_is_a_stop(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    telegram.faults.add(kind="403_blocked", method="sendMessage", chat=sam.chat_id)
    await running.tick()
    assert await state(running) is ParticipantState.STOPPED
    assert await outcomes(running, "after") == [
        (FollowUpState.FAILED, "gone"),
        *[(FollowUpState.DROPPED, "block")] * 2,
    ]


# --- late ----------------------------------------------------------------------------------------


async def test_after_two_months_away_nothing_comes_in_a_burst(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=60)  # the bot was down; a tick every half minute begins again
    for _ in range(5):
        await running.tick()
        time.pass_(seconds=30)
    assert hellos(telegram, sam) == []
    assert await outcomes(running, "after") == [
        (FollowUpState.DROPPED, "too late to be useful"),
        (FollowUpState.WAITING, None),
        (FollowUpState.WAITING, None),
    ]


async def test_many_people_many_due_and_each_is_greeted_once_in_three_hours(
    database_url: str, time: Time
) -> None:
    """Two months down, with everything of several kinds due for everyone."""
    async with Crowd(database_url, time) as crowd:
        phones = crowd.chats(40)
        await crowd.agree(phones)
        await whole_before(crowd, phones)
        time.pass_(days=14)
        await crowd.tick()
        await crowd.all(phones, "later")  # a second row of the same kind, due tonight
        crowd.hellos.clear()
        # Down until the three months' hello is due, too.
        time.now = dt.datetime(2027, 2, 23, 10, tzinfo=dt.UTC)
        came: list[list[int]] = []
        for _ in range(24):
            await crowd.tick()
            came.append(list(crowd.hellos))
            crowd.hellos.clear()
            time.pass_(hours=1)
        for start in range(len(came) - 2):
            chats = [chat for hour in came[start : start + 3] for chat in hour]
            assert len(chats) == len(set(chats)), "at most one in three hours"
        total = [chat for hour in came for chat in hour]
        assert sorted(total) == [p.chat for p in phones], "one each, the newest"
        late = await crowd.count(FollowUpRow, FollowUpRow.outcome == "too late to be useful")
        assert late == len(phones)


async def test_of_two_that_fall_due_together_the_second_comes_three_hours_later(
    database_url: str, time: Time
) -> None:
    async with Crowd(database_url, time) as crowd:
        (phone,) = crowd.chats(1)
        await crowd.agree([phone])
        await whole_before(crowd, [phone])
        # No plan of ours has two so near; an author's may.
        due, late = time() + dt.timedelta(days=1), time() + dt.timedelta(days=9)
        async with crowd.store.engine.begin() as connection:
            await connection.execute(sa.update(FollowUpRow).values(due_at=due, useless_after=late))
        time.pass_(days=1)
        for hours in range(1, 12):
            await crowd.tick()
            assert len(crowd.hellos) == min(2, (hours + 2) // 3)
            time.pass_(hours=1)


@pytest.mark.parametrize("end", ["stop", "gone"])
async def test_a_hello_claimed_and_then_ended_is_not_said(
    end: str, database_url: str, time: Time
) -> None:
    async with Crowd(database_url, time) as crowd:
        phones = crowd.chats(3)
        await crowd.agree(phones)
        time.pass_(days=2)
        await crowd.act([(phones[1], TextMessage("stop") if end == "stop" else BotBlocked())])
        await crowd.tick()
        assert sorted(crowd.hellos) == [phones[0].chat, phones[2].chat]
        assert await crowd.count(CheckinRow, CheckinRow.stage == CheckinState.WAITING) == 2


# --- old hellos ----------------------------------------------------------------------------------


async def test_the_hello_of_a_check_in_finished_since_begins_nothing(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    time.pass_(days=2)
    await running.tick()
    (hello,) = hellos(telegram, sam)
    time.pass_(minutes=1)
    await sam.says("/start")
    await before(sam)
    sam.tap_old(hello, "Yes")
    await running.quiet()
    assert [s.flow for s in await running.rows(CheckinRow)] == ["before"], "AFTER is not due yet"


async def test_an_old_hello_does_not_ask_again_what_was_answered_since(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    for day in ((2026, 12, 7), (2027, 2, 23)):
        time.now = dt.datetime(*day, 12, tzinfo=dt.UTC)
        await running.tick()
    first, _ = hellos(telegram, sam)
    await sam.taps("Yes", "No, just me", "Start")
    await skip_through(sam, running, "What you said matters")
    sam.tap_old(first, "Yes")
    await running.quiet()
    assert [s.flow for s in await running.rows(CheckinRow)].count("after") == 1


async def test_later_under_an_old_hello_promises_nothing_to_who_writes_first(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    await running.tick()
    (hello,) = hellos(telegram, sam)
    await sam.says("/times")
    await sam.taps("Only if I message first")
    sam.tap_old(hello, "Not today")
    await running.quiet()
    assert "I will say hello on" not in sam.last.text


async def test_who_stopped_and_came_back_is_asked_what_is_still_to_come(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    await sam.says("stop")
    time.pass_(days=7)
    await sam.says("START")
    await sam.taps("Yes, it is me", *CONSENT)
    assert "I will say hello again around 7 December" in sam.last.text
    time.pass_(days=7)
    await running.tick()
    await sam.sees("Is now an OK time?")
    await sam.taps("Yes", "No, just me")
    assert "Can I ask how it went" in sam.last.text


async def test_who_only_writes_first_is_asked_after_when_they_write(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await running.quiet()
    await sam.taps(*CONSENT[:-1], "No, just this time")
    await before(sam)
    await sam.says("START")
    assert "nothing to answer right now" in sam.last.text
    time.pass_(days=15)
    await running.tick()
    await sam.says("START")
    await sam.taps("No, just me")
    assert "Can I ask how it went" in sam.last.text
    await sam.taps("Start")
    assert "has been a success for you" in sam.last.text
