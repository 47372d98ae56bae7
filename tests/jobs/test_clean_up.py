"""The slow round: what has had its time goes, and where nobody answers we go quiet.

What the person sees of that silence is in `test_follow_ups`.
"""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from bot.cli import manage_workers
from bot.domain.states import ParticipantState
from bot.messages.callback_data import WorkerButton
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.delivery_tables import DeadLetterRow, ProcessedUpdateRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import RefusalRow, WorkerInviteRow
from tests.conftest import Time
from tests.support.participants import CONSENT, agree, before, everything, swept
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person


async def sweep(running: Running, time: Time) -> None:
    """Sweeps as of now: what is old now goes with the round two days later."""
    await swept(running.bot.clean_up_job, time)


async def look(running: Running) -> None:
    """One round, for what is done at once."""
    await running.bot.clean_up_job.run()


async def worded(running: Running) -> int:
    """How many answers still have words or a voice note."""
    return sum(bool(a.words or a.voice) for a in await running.rows(AnswerRow))


async def states(running: Running) -> list[ParticipantState]:
    """Where everyone stands."""
    return [p.state for p in await running.rows(ParticipantRow)]


async def chosen(running: Running) -> list[tuple[str, str, list[str]]]:
    """What was answered, without words."""
    return sorted((a.step, a.state, a.choices) for a in await running.rows(AnswerRow))


async def test_updates_are_remembered_for_48_hours(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    first = sam.start()
    await running.quiet()
    time.pass_(hours=24)
    second = sam.say("hello")
    await running.quiet()
    time.pass_(hours=24)
    await sweep(running, time)
    assert {s.update_id for s in await running.rows(ProcessedUpdateRow)} == {first, second}
    time.pass_(minutes=11)
    await sweep(running, time)
    assert {s.update_id for s in await running.rows(ProcessedUpdateRow)} == {second}
    already = len(telegram.sent_to(sam.chat_id))
    telegram.repeat(second)
    await running.quiet()
    assert len(telegram.sent_to(sam.chat_id)) == already


async def test_it_goes_round_every_ten_minutes_however_often_it_is_called(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    telegram.person("Sam").start()
    await running.quiet()
    await look(running)
    time.pass_(days=2)
    await look(running)
    time.now += dt.timedelta(minutes=9)
    async with running.bot.store.engine.begin() as connection:
        await connection.execute(
            sa.update(ProcessedUpdateRow).values(at=time() - dt.timedelta(days=9))
        )
    await look(running)
    assert len(await running.rows(ProcessedUpdateRow)) == 1
    time.pass_(minutes=1)
    await look(running)
    assert await running.rows(ProcessedUpdateRow) == []


async def test_answers_go_after_the_months_promised_and_the_check_in_stays(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    assert await worded(running) == 3
    answers = await chosen(running)
    time.now = dt.datetime(2027, 11, 23, 10, tzinfo=dt.UTC)
    await sweep(running, time)
    assert await worded(running) == 3, "twelve months to the day"
    time.pass_(days=1)  # of so old a check-in only the day is known
    await sweep(running, time)
    assert answers
    assert await chosen(running) == []
    (session,) = await running.rows(CheckinRow)
    assert (session.stage, session.trail, session.passed) == ("done", [], [])


async def test_a_later_longer_setting_lengthens_nothing(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    async with Running(telegram, database_url, time, keep_months=1):
        await agree(sam)
        await before(sam)
    async with Running(telegram, database_url, time, keep_months=24) as long:
        await agree(kim)
        await before(kim)
        # Coming back after a stop promises no more for what was said under the shorter promise.
        await sam.says("stop")
        await sam.says("START")
        await sam.taps("Yes, it is me", *CONSENT)
        assert {p.keep_months for p in await long.rows(ParticipantRow)} == {1, 24}
        time.now = dt.datetime(2026, 12, 23, 11, tzinfo=dt.UTC)
        await sweep(long, time)
        assert await worded(long) == 3, "Kim's"
        time.now = dt.datetime(2028, 11, 24, 10, tzinfo=dt.UTC)
        await sweep(long, time)
        assert await worded(long) == 0


async def test_after_does_not_stumble_over_words_that_are_gone(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    sam = telegram.person("Sam")
    async with Running(telegram, database_url, time, keep_months=1) as running:
        await agree(sam)
        await before(sam)
        time.now = dt.datetime(2027, 2, 23, 10, tzinfo=dt.UTC)
        await sweep(running, time)
        assert await worded(running) == 0
        await running.tick()
        await sam.taps("Yes", "Start")
        assert "has been a success for you" in sam.last.text
        assert all("“”" not in bubble.text for bubble in sam.fresh), sam.transcript()


async def test_taken_words_are_not_left_in_the_file(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sealed = [a.words for a in await running.rows(AnswerRow) if a.words]
    time.now = dt.datetime(2027, 11, 24, 10, tzinfo=dt.UTC)
    await sweep(running, time)
    async with running.bot.store.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            await connection.exec_driver_sql("COMMIT")
            await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            await connection.exec_driver_sql("BEGIN")
    left = await everything(running.bot.store)
    assert all(words not in left for words in sealed)


@pytest.mark.parametrize("answers", [False, True])
async def test_quiet_after_three_days_without_an_answer_to_the_second_hello(
    answers: bool, telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    for day in ((2026, 12, 7), (2027, 2, 23)):
        time.now = dt.datetime(*day, 10, tzinfo=dt.UTC)
        await running.tick()
        await look(running)
    time.pass_(days=2)
    if answers:
        await sam.says("I am here")
    await look(running)
    assert await states(running) == [ParticipantState.ACTIVE]
    time.pass_(days=1, minutes=1)
    await look(running)
    assert await states(running) == [ParticipantState.ACTIVE if answers else ParticipantState.QUIET]


async def test_one_hello_without_an_answer_is_not_silence(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    time.pass_(days=14)
    await running.tick()
    time.pass_(days=30)
    await look(running)
    assert await states(running) == [ParticipantState.ACTIVE]


async def test_many_quiet_people_go_quiet_in_one_round(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    people = [telegram.person(f"P{n}") for n in range(5)]
    for person in people:
        await agree(person)
    async with running.bot.store.unit_of_work() as uow:
        for someone in (await uow.participants.load([p.chat_id for p in people])).values():
            someone.unanswered, someone.last_follow_up_at = 2, time()
            uow.participants.save(someone)
    time.pass_(days=3, minutes=1)
    await people[0].says("I am here")
    await look(running)
    assert sorted(await states(running)) == [ParticipantState.ACTIVE, *[ParticipantState.QUIET] * 4]


async def test_what_was_set_aside_is_not_kept_for_ever(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    telegram.person("Sam").start()
    await running.quiet()
    row = {"update_id": 1, "error": "X", "body": b"sealed", "at": time()}
    async with running.bot.store.engine.begin() as connection:
        await connection.execute(sa.insert(DeadLetterRow).values(**row))
    time.pass_(days=13)
    await sweep(running, time)
    assert len(await running.rows(DeadLetterRow)) == 1
    time.pass_(days=2)
    await sweep(running, time)
    assert await running.rows(DeadLetterRow) == []


async def test_refusals_and_unused_invites_are_kept_for_ninety_days(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam", started=True)
    await running.bot.started.wait()
    await manage_workers.invite(running.bot.settings, time, "Kim", lead=False)
    sam.tap_data(WorkerButton("crew").encode())
    await running.quiet()
    time.pass_(days=90)
    await sweep(running, time)
    assert len(await running.rows(RefusalRow)) == 1
    assert len(await running.rows(WorkerInviteRow)) == 1
    time.pass_(days=8)  # the invite itself worked for seven
    await sweep(running, time)
    assert await running.rows(RefusalRow) == []
    assert await running.rows(WorkerInviteRow) == []


async def test_what_was_asked_last_is_known_for_a_day(
    running: Running, time: Time, sam_agreed: Person
) -> None:
    await sam_agreed.says("/delete")
    (row,) = await running.rows(ParticipantRow)
    assert row.asked is not None
    time.pass_(hours=25)
    await look(running)
    (row,) = await running.rows(ParticipantRow)
    assert (row.asked, row.asked_at) == (None, None)
    await sam_agreed.says("Yes, delete them")
    (row,) = await running.rows(ParticipantRow)
    assert row.delete_at is None, "a day later it is for nothing that was asked"


async def test_what_nobody_said_to_keep_is_held_for_a_day(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.says("i want to kill myself")
    (row,) = await running.rows(ParticipantRow)
    assert row.waits is not None
    time.pass_(hours=25)
    await look(running)
    (row,) = await running.rows(ParticipantRow)
    assert (row.waits, row.waits_since) == (None, None)
    await sam.taps("I am OK, carry on")
    assert "What would you like" in sam.last.text, "the question is back, and nothing to keep"
