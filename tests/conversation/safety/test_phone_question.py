"""Who sees this phone is asked before each check-in, and only a clear "just me" means alone."""

from __future__ import annotations

import pytest

from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.support.participants import before
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

ASKED = "Can anyone else see this phone?"


async def phone(running: Running) -> tuple[bool, bool]:
    """Whether others see the only person's phone, and whether they have said."""
    (row,) = await running.rows(ParticipantRow)
    return row.shared_phone, row.phone_at is not None


async def test_who_was_not_asked_on_the_way_is_asked_before_the_first_question(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await running.quiet()
    await sam.taps("Tell me more", "18 or over", "Next", "Next")
    await sam.taps("Yes, keep my answers", "Yes")
    assert sam.last.text == ASKED
    assert sam.last.buttons[-1] == ["Not now", "Stop"]
    await sam.says("START")
    assert sam.last.text == ASKED, "START brings what waits"
    await sam.taps("No, just me")
    assert "short questions" in sam.last.text, "one tap more, and no word more"


async def test_within_an_hour_it_is_asked_once_and_at_the_next_check_in_again(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    assert ASKED not in sam.last.text
    await before(sam)
    time.pass_(days=14)
    await running.tick()
    await sam.taps("Yes")
    assert sam.last.text == ASKED
    assert [s.flow for s in await running.rows(CheckinRow) if s.stage == "waiting"] == ["after"]
    await running.stop()
    await running.start()
    await sam.says("is anyone there")
    assert sam.last.text == ASKED
    assert not [a for a in await running.rows(AnswerRow) if b"anyone" in (a.words or b"")]
    await sam.says("Not sure")
    assert await phone(running) == (True, True), "only a clear “just me” is that"
    assert "I take away what you type within a minute" in sam.last.text
    await sam.taps("Carry on")
    assert "Can I ask how it went" in sam.last.text


@pytest.mark.parametrize("answer", ["Yes, sometimes", "Not sure", "Rather not say"])
async def test_only_a_clear_no_is_alone(
    answer: str, telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await running.quiet()
    await sam.taps("Tell me more", "18 or over", "Next", "Safety first", answer)
    assert await running.rows(ParticipantRow) == [], "nothing is kept before the yes"
    await sam.taps("Yes, keep my answers", "Yes")
    assert await phone(running) == (True, True)
    assert any("I first ask" in b.text or "ask if it is you" in b.text for b in sam.chat)


async def test_stop_and_not_now_work_where_it_is_asked(
    telegram: FakeTelegram, running: Running
) -> None:
    for does, says in (("Not now", "When shall I ask again"), ("Stop", "I have stopped")):
        sam = telegram.person("Sam")
        sam.start()
        await running.quiet()
        await sam.taps("Tell me more", "18 or over", "Next", "Next")
        await sam.taps("Yes, keep my answers", "Yes", does)
        assert says in sam.last.text


async def test_old_double_and_forged_taps_change_nothing(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    await running.tick()
    await sam.taps("Yes")
    asked = sam.last
    await sam.taps("No, just me", "Start")
    said = sam.last
    sam.tap_old(asked, "Yes, sometimes")
    sam.tap_data("p:safety:shared:zzz")
    sam.tap_data("p:safety:everyone:0")
    sam.tap_data("p:first_line:mine:0")
    sam.tap_data("p:is_it_you:open:zz")
    sam.tap_data("p:hello:stop:zz")
    await running.quiet()
    assert sam.last.text == said.text
    assert len(sam.toasts) == 6
    assert await phone(running) == (False, True)
    (row,) = await running.rows(ParticipantRow)
    assert (row.line, row.state) == (None, "active")
