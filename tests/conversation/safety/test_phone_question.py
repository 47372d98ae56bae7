"""Who sees this phone is asked on the way to the first question, and again before a later one.

Only a clear "just me" means alone. How it went begins with a button for it.
"""

from __future__ import annotations

import pytest

from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.support.contact_requests import joined, link, worker
from tests.support.participants import before
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

ASKED = "Can anyone else see this phone?"
BUTTON = "Someone else sees this phone"


async def phone(running: Running) -> tuple[bool, bool]:
    """Whether others see the only person's phone, and whether they have said."""
    (row,) = await running.rows(ParticipantRow)
    return row.shared_phone, row.phone_at is not None


async def asked_again(telegram: FakeTelegram, running: Running, time: Time) -> Person:
    """Somebody whom, a day after all of BEFORE, another link brings to it for another service."""
    wanda = await worker(telegram, running)
    kim = await joined(telegram, running, wanda)
    await before(kim)
    token = await link(running, wanda)
    time.pass_(days=1)
    kim.start(token)
    await running.quiet()
    await kim.taps("Yes, it is me")
    assert kim.last.text == ASKED
    return kim


async def test_who_has_not_just_been_asked_is_asked_before_the_first_question(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = await asked_again(telegram, running, time)
    assert sam.last.buttons[-1] == ["Not now", "Stop"]
    await sam.says("START")
    assert sam.last.text == ASKED, "START brings what waits"
    await sam.taps("No, just me")
    assert "1 of 5" in sam.last.text, "one tap more, and no word more"


async def test_it_is_asked_once_on_the_way_and_is_a_button_before_how_it_went(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    assert len([b for b in sam.chat if ASKED in b.text]) == 1
    assert "1 of 5" in sam.last.text
    await before(sam)
    assert len([b for b in sam.chat if ASKED in b.text]) == 1
    time.pass_(days=14)
    await running.tick()
    await sam.taps("Yes")
    asked = sam.last.text
    assert "Can I ask how it went" in asked
    assert [BUTTON] in sam.last.buttons
    assert [s.flow for s in await running.rows(CheckinRow) if s.stage == "waiting"] == ["after"]
    await running.stop()
    await running.start()
    await sam.says("is anyone there")
    assert sam.last.text == asked
    assert not [a for a in await running.rows(AnswerRow) if b"anyone" in (a.words or b"")]
    began = len(sam.chat)
    await sam.taps(BUTTON)
    assert await phone(running) == (True, True)
    assert "1 of 5" in sam.last.text
    shown = "\n".join(bubble.text for bubble in sam.chat[began:])
    assert "Somewhere safe, and quiet" not in shown
    assert "I would sleep the whole night" not in shown


@pytest.mark.parametrize("answer", ["Yes, sometimes", "Not sure"])
async def test_only_a_clear_no_is_alone(
    answer: str, telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await running.quiet()
    await sam.taps("18 or over", "Yes, keep it")
    assert ASKED in sam.last.text
    assert await running.rows(ParticipantRow) == [], "nothing is kept before it is known"
    await sam.taps(answer)
    assert await phone(running) == (True, True)
    assert any("ask if it is you" in b.text for b in sam.chat)
    assert any("I take away what you type within a minute" in b.text for b in sam.chat)


@pytest.mark.parametrize("answer", ["Yes, sometimes", "Not sure", "Rather not say"])
async def test_only_a_clear_no_is_alone_where_it_is_asked_again(
    answer: str,
    telegram: FakeTelegram,
    running: Running,
    time: Time,
) -> None:
    sam = await asked_again(telegram, running, time)
    await sam.says(answer)
    assert await phone(running) == (True, True), "only a clear “just me” is that"
    assert "I take away what you type within a minute" in sam.last.text
    await sam.taps("Carry on")
    assert "1 of 5" in sam.last.text


async def test_stop_and_not_now_work_where_it_is_asked_on_the_way(
    telegram: FakeTelegram, running: Running
) -> None:
    for does, says in (("Not now", "Nothing is kept"), ("Stop", "I have stopped")):
        sam = telegram.person("Sam")
        sam.start()
        await running.quiet()
        await sam.taps("18 or over", "Yes, keep it", does)
        assert says in sam.last.text
        assert await running.rows(ParticipantRow) == []


@pytest.mark.parametrize(
    ("does", "says"), [("Not now", "When shall I ask again"), ("Stop", "I have stopped")]
)
async def test_stop_and_not_now_work_where_it_is_asked_again(
    does: str,
    says: str,
    telegram: FakeTelegram,
    running: Running,
    time: Time,
) -> None:
    sam = await asked_again(telegram, running, time)
    await sam.taps(does)
    assert says in sam.last.text


async def test_old_double_and_forged_taps_change_nothing(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = await asked_again(telegram, running, time)
    asked = sam.last
    await sam.taps("No, just me")
    said, toasts = sam.last, len(sam.toasts)
    sam.tap_old(asked, "Yes, sometimes")
    sam.tap_data("p:safety:shared:zzz")
    sam.tap_data("p:safety:everyone:0")
    sam.tap_data("p:first_line:mine:0")
    sam.tap_data("p:is_it_you:open:zz")
    sam.tap_data("p:hello:stop:zz")
    await running.quiet()
    assert sam.last.text == said.text
    assert len(sam.toasts) == toasts + 6
    assert await phone(running) == (False, True)
    (row,) = await running.rows(ParticipantRow)
    assert (row.line, row.state) == (None, "active")


async def test_an_old_tap_before_how_it_went_changes_nothing(
    running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    await running.tick()
    await sam.taps("Yes")
    asked = sam.last
    await sam.taps("Start")
    said = sam.last
    sam.tap_old(asked, BUTTON)
    await running.quiet()
    assert sam.last.text == said.text
    assert len(sam.toasts) == 1
    assert await phone(running) == (False, True)
