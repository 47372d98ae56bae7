"""Replies that a crash left owed arrive once, and none is asked after a stop."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.resend_outbox import LEFT_BY_OTHERS_AFTER
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.delivery_tables import OutboxRow
from tests.reliability.crash.bot_process import GUARD, BotProcess, SharedTime
from tests.support.participants import CONSENT, agree
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram


async def _killed_while_answering(
    telegram: FakeTelegram, bot: BotProcess, act: Any, after: int
) -> None:
    """The bot is killed while a reply is on its way, and `after` messages of it have arrived."""
    bot.start()
    sent = len(telegram.calls_of("sendMessage"))
    fault = telegram.faults.add(kind="timeout", method="sendMessage", after=bool(after))
    act()
    assert await telegram.changes.until(lambda: fault.times == 0, GUARD), bot.log()
    await asyncio.to_thread(bot.kill)
    telegram.faults.clear()
    assert len(telegram.calls_of("sendMessage")) == sent + 1


@pytest.mark.parametrize("arrived", [0, 1])
async def test_a_reply_of_two_messages_that_a_crash_left_owed(
    arrived: int, database_url: str, tmp_path: Path
) -> None:
    time = SharedTime(tmp_path)
    alone = database_url.startswith("sqlite")
    async with FakeTelegram(clock=time) as telegram:
        sam = telegram.person("Sam", started=True)
        bot = BotProcess(telegram, database_url, time)
        await _killed_while_answering(telegram, bot, lambda: sam.start("A" * 24), arrived)

        async with Running(telegram, database_url, time) as running:
            await running.quiet()
            await running.bot.started.wait()
            await running.bot.settled()
            both = ["That link does not work any more", "Hello. I am a computer"]
            here = [b.text for b in telegram.sent_to(sam.chat_id)][arrived:]
            if not alone:
                # It may be on its way from another process; a minute later it is not.
                assert here == []
                time.pass_(seconds=50)
                await running.bot.outbox_sender.send(LEFT_BY_OTHERS_AFTER)
                await running.bot.settled()
                assert len(telegram.sent_to(sam.chat_id)) == arrived
                time.pass_(seconds=15)
                other = Running(telegram, database_url, time)
                settings = running.bot.settings
                app = other.put_together(settings)
                await app.store.open(time(), app.env.library.current.values())
                await app.application.initialize()
                await asyncio.gather(
                    running.bot.outbox_sender.send(LEFT_BY_OTHERS_AFTER),
                    app.outbox_sender.send(LEFT_BY_OTHERS_AFTER),
                )
                await asyncio.gather(running.bot.settled(), app.settled())
                await app.stop()
                here = [b.text for b in telegram.sent_to(sam.chat_id)][arrived:]
            assert [text[: len(start)] for text, start in zip(here, both, strict=True)] == both
            time.pass_(minutes=5)
            await running.bot.outbox_sender.send(LEFT_BY_OTHERS_AFTER)
            await running.quiet()
            assert len(telegram.sent_to(sam.chat_id)) == 2 + arrived
            assert await running.rows(OutboxRow) == []


async def test_a_question_owed_from_before_a_stop_is_not_asked(
    postgresql: str, tmp_path: Path
) -> None:
    time = SharedTime(tmp_path)
    async with FakeTelegram(clock=time) as telegram:
        sam, kim = telegram.person("Sam"), telegram.person("Kim")
        async with Running(telegram, postgresql, time) as running:
            for person in (sam, kim):
                await agree(person)
        bot = BotProcess(telegram, postgresql, time)
        await _killed_while_answering(telegram, bot, lambda: sam.say("a quiet room"), 1)
        await _killed_while_answering(telegram, bot, lambda: kim.say("a room"), 1)
        async with Running(telegram, postgresql, time) as running:
            sam.say("stop")
            kim.tap("Money")
            await kim.taps("Done")
            sent = len(telegram.calls_of("sendMessage"))
            time.pass_(minutes=5)
            await running.bot.outbox_sender.send(LEFT_BY_OTHERS_AFTER)
            await running.bot.settled()
            assert len(telegram.calls_of("sendMessage")) == sent
            assert sam.last.text.startswith("Done. I have stopped.")
            assert "different if things were better" in kim.last.text
            assert await running.rows(OutboxRow) == []
            assert {a.step for a in await running.rows(AnswerRow)} == {"b1", "b2"}


async def test_what_is_owed_from_before_a_yes_is_not_asked_after_a_stop(
    postgresql: str, tmp_path: Path
) -> None:
    time = SharedTime(tmp_path)
    async with FakeTelegram(clock=time) as telegram:
        sam, kim = telegram.person("Sam"), telegram.person("Kim")
        bot = BotProcess(telegram, postgresql, time)
        for person in (sam, kim):
            await _killed_while_answering(telegram, bot, person.start, 1)
            await _killed_while_answering(
                telegram,
                bot,
                lambda p=person: p.tap("18 or over"),
                1,
            )
        async with Running(telegram, postgresql, time) as running:
            await sam.says("stop")
            await kim.taps(*CONSENT[1:])
            assert "There are 5 short questions" in kim.last.text
            sent = len(telegram.calls_of("sendMessage"))
            time.pass_(minutes=5)
            await running.bot.outbox_sender.send(LEFT_BY_OTHERS_AFTER)
            await running.quiet()
            assert len(telegram.calls_of("sendMessage")) == sent
            assert sam.last.text.startswith("Done. I have stopped.")
            assert await running.rows(OutboxRow) == []
