"""A restart, a crash or an edited question file costs nobody their place, an answer or a reply.

Nothing is carried over but the database.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.delivery_tables import OutboxRow
from tests.conftest import Time
from tests.support.participants import CONSENT, LAST_YES, NEARLY, agree, answers_of
from tests.support.running_bot import FLOWS, Running
from tests.support.telegram_fake import FakeTelegram, Person

FIRST = "What would you like this service to give you"
SECOND = "What feels like it is going wrong"
EDITED = "What would make you glad you came"


@pytest.fixture
async def edited(
    telegram: FakeTelegram, database_url: str, time: Time, tmp_path: Path
) -> AsyncIterator[Running]:
    """A bot whose questions lie in a folder of their own, which a test may change."""
    shutil.copytree(
        FLOWS, tmp_path / "flows", ignore=shutil.ignore_patterns("*.py", "engine", "__pycache__")
    )
    async with Running(telegram, database_url, time, flows=tmp_path / "flows") as bot:
        yield bot


def _edit(running: Running, name: str, old: str, new: str, times: int | None = 1) -> None:
    path: Path = running.settings["flows"] / name
    source = path.read_text(encoding="utf-8")
    assert source.count(old) == (times or source.count(old)) > 0
    path.write_text(source.replace(old, new), encoding="utf-8")


async def _restart(running: Running) -> None:
    await running.stop()
    await running.start()
    await running.quiet()


async def _finish(sam: Person, running: Running) -> None:
    """From the second question of BEFORE to its end."""
    assert SECOND in sam.last.text
    await sam.says("The noise")
    await sam.says("Sleep")
    await sam.taps("Yes")
    await sam.says("My feet")
    await sam.says("My dog")
    assert "Here is what you said" in sam.last.text
    await sam.taps("Only me", "Yes", "OK")
    assert "I have kept it, so you need not tell me again" in sam.last.text


async def test_the_same_question_waits_after_a_restart(
    telegram: FakeTelegram, running: Running, sam_agreed: Person
) -> None:
    sam = sam_agreed
    question, said = sam.last, len(telegram.sent_to(sam.chat_id))
    await _restart(running)
    assert len(telegram.sent_to(sam.chat_id)) == said  # nothing was owed, nothing is said twice
    sam.tap_old(question, "Money" if "Money" in question.data else "Help with money")
    await running.quiet()
    await _restart(running)
    await sam.taps("Done")
    assert (await answers_of(running, sam))["b1"].choices == ("money",)
    await _finish(sam, running)


async def test_a_restart_after_every_single_answer(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await running.quiet()
    for label in (
        "18 or over",
        "Yes, keep it",
        "No, just me",
    ):
        await _restart(running)
        await sam.taps(label)
    for label in ("Time and space", "Done", "Skip", "Not sure yet", "No", "Skip"):
        await _restart(running)
        await sam.taps(label)
    for label in ("Only me", "Yes", "OK"):
        await _restart(running)
        await sam.taps(label)
    assert "I have kept it, so you need not tell me again" in sam.last.text
    states = {a.step: a.state for a in await running.rows(AnswerRow)}
    assert states["b1"] == states["first"] == "answered"
    assert (states["b2"], states["b3"], states["strength"]) == ("skipped", "not_sure", "skipped")


async def test_what_was_said_while_it_was_down_is_answered_in_order(
    telegram: FakeTelegram, running: Running
) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    await agree(sam, way=NEARLY)
    await running.stop()
    sam.tap(LAST_YES)
    kim.start()
    await running.start()
    await running.quiet()
    assert FIRST in sam.last.text
    assert "I am a computer" in kim.last.text


async def test_an_edit_breaks_nobody(telegram: FakeTelegram, edited: Running) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    await agree(sam)
    began = (await edited.rows(CheckinRow))[0].version
    _edit(edited, "before.yaml", f"{FIRST}?", f"{EDITED}?")
    _edit(edited, "before.yaml", "- id: b2\n", "- id: trouble\n")
    _edit(edited, "before.yaml", "b2: {text: What feels", "trouble: {text: What feels")
    _edit(edited, "before.yaml", "next: b2}", "next: trouble}")
    for name in ("after.yaml", "story.yaml"):
        _edit(edited, name, "before.b2", "before.trouble", times=None)
    await _restart(edited)

    await sam.says("/start")
    assert FIRST in sam.last.text
    await sam.says("A door that locks")
    await agree(kim)
    assert EDITED in kim.last.text
    await _finish(sam, edited)
    versions = {s.flow: s.version for s in await edited.rows(CheckinRow) if s.version == began}
    assert versions == {"before": began}
    assert len({s.version for s in await edited.rows(CheckinRow)}) == 2
    await sam.says("/mydata")
    assert "The noise" in sam.last.text


async def test_the_welcome_edited_on_the_way_begins_again(
    telegram: FakeTelegram, edited: Running
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await edited.quiet()
    await sam.taps("18 or over")
    _edit(edited, "welcome.yaml", "Telegram and your phone keep a copy.", "Telegram does.", 2)
    await _restart(edited)
    await sam.taps("Yes, keep it")  # nobody agrees to words they have not seen
    assert "Hello. I am a computer" in sam.last.text
    await sam.taps("18 or over")
    assert "Is it OK for Aspen House to keep" in sam.last.text
    assert "• Telegram does." in sam.last.text
    await sam.taps(*CONSENT[1:])
    assert FIRST in sam.last.text


# --- crashes -------------------------------------------------------------------------------------


async def _crash_before_the_reply_arrives(
    telegram: FakeTelegram, running: Running, sam: Person, time: Time
) -> None:
    """The answer is committed, the reply is not delivered, the process ends and starts again."""
    telegram.faults.add(kind="drop_before", method="sendMessage", times=None, chat=sam.chat_id)
    sam.say("A door that locks")
    await telegram.drained()
    await telegram.changes.until(lambda: bool(telegram.faults.consumed), 5)
    await running.stop()
    telegram.faults.clear()
    time.pass_(minutes=2)  # on a shared database a fresh reply may be another process's


async def test_a_reply_that_a_crash_kept_back_is_sent_at_the_start(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    said = len(telegram.sent_to(sam.chat_id))
    await _crash_before_the_reply_arrives(telegram, running, sam, time)
    assert len(telegram.sent_to(sam.chat_id)) == said
    await running.start()
    await sam.sees(SECOND)
    await running.quiet()
    assert len(telegram.sent_to(sam.chat_id)) == said + 1
    assert await running.rows(OutboxRow) == []
    await _restart(running)
    assert len(telegram.sent_to(sam.chat_id)) == said + 1
    await _finish(sam, running)


async def test_a_reply_held_on_the_line_when_the_process_ends(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await agree(sam, way=NEARLY)
    fault = telegram.faults.add(kind="timeout", method="sendMessage", chat=sam.chat_id)
    sam.tap(LAST_YES)
    await telegram.changes.until(lambda: fault.times == 0, 5)
    await sam.answered()  # the tap is answered beside the message, not after it
    await running.stop()
    telegram.faults.clear()
    time.pass_(minutes=2)
    await running.start()
    await sam.sees(FIRST)
    await running.quiet()
    assert await running.rows(OutboxRow) == []
    (session,) = await running.rows(CheckinRow)
    assert (session.step, session.turn) == ("b1", 1)


@pytest.mark.parametrize("kind", ["500", "502_html", "429", "drop_before"])
async def test_a_reply_is_tried_until_telegram_takes_it(
    kind: str, telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    await agree(sam, way=NEARLY)
    telegram.faults.add(kind=kind, method="sendMessage", times=3, chat=sam.chat_id, retry_after=0)
    await asyncio.wait_for(sam.taps(LAST_YES), 5)
    assert FIRST in sam.last.text
    assert len(telegram.faults.consumed) == 3
    assert await running.rows(OutboxRow) == []


async def test_a_reply_telegram_refuses_blocks_nothing(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    await agree(sam, way=NEARLY)
    telegram.faults.add(kind="400", method="sendMessage", chat=sam.chat_id)
    await sam.taps(LAST_YES)
    assert await running.rows(OutboxRow) == []
    await sam.says("/start")
    assert FIRST in sam.last.text


async def test_updates_whose_confirmation_was_lost_have_one_effect(
    telegram: FakeTelegram, running: Running, sam_agreed: Person
) -> None:
    sam = sam_agreed
    updates = [sam.say("A door that locks")]
    await running.quiet()
    updates.append(sam.say("The noise"))
    await running.quiet()
    said = len(telegram.sent_to(sam.chat_id))
    await running.stop()
    for update in updates:
        telegram.repeat(update)
    await running.start()
    await running.quiet()
    assert len(telegram.sent_to(sam.chat_id)) == said
    words = {step: a.words for step, a in (await answers_of(running, sam)).items()}
    assert words == {"b1": "A door that locks", "b2": "The noise"}
