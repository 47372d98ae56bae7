"""Proves what ends the waiting for words: what leads elsewhere does, a stale button does not.

Every pair of state and update is in `tests/precedence`; here are the ways on which harm was done.
"""

from __future__ import annotations

import pytest

from bot.domain.states import ParticipantState
from bot.store.tables.data_rights_tables import ComplaintRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.support.participants import CONSENT, answers_of
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

UNHAPPY = "I am not happy about this"
WORDS = "Somewhere safe, and quiet at night"


@pytest.mark.parametrize("word", ["start", "/start"])
async def test_an_answer_after_start_is_no_complaint(
    running: Running, sam: Person, word: str
) -> None:
    await sam.says("/mydata")
    await sam.taps(UNHAPPY)
    await sam.says(word)
    await sam.says(WORDS)
    assert [a.words for a in (await answers_of(running, sam)).values()] == [WORDS]
    assert await running.rows(ComplaintRow) == []


async def test_a_stale_button_leaves_a_complaint_awaited(running: Running, sam: Person) -> None:
    await sam.says("/mydata")
    await sam.taps(UNHAPPY)
    sam.tap_data("p:deleting:undo:1")
    await sam.waits()
    sam.tap_data("no data of ours")
    await sam.waits()
    await sam.says(WORDS)
    assert len(await running.rows(ComplaintRow)) == 1
    assert await answers_of(running, sam) == {}


async def test_stop_under_an_old_step_of_onboarding_stops(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await sam.waits()
    greeting = sam.chat[-1]
    await sam.taps(*CONSENT)
    sam.tap_old(greeting, "Stop")
    await sam.waits()
    (row,) = await running.rows(ParticipantRow)
    assert row.state is ParticipantState.STOPPED


async def test_a_date_after_a_stop_is_no_card(running: Running, sam: Person) -> None:
    await sam.says("stop")
    await sam.says("24-11-2026")
    assert "You have stopped" in sam.chat[-1].text
    (row,) = await running.rows(ParticipantRow)
    assert row.state is ParticipantState.STOPPED


async def test_a_stop_before_consent_outlasts_help_and_digits(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await sam.waits()
    await sam.says("stop")
    for words in ("24-11-2026", "help"):
        await sam.says(words)
    await sam.taps("Back")
    assert "You have stopped" in sam.chat[-1].text
    assert await running.rows(ParticipantRow) == []
