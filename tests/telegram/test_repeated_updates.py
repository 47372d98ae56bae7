"""The same update again, or in another order, has effect once."""

from __future__ import annotations

from bot.store.tables.checkin_tables import AnswerRow
from tests.conftest import Time
from tests.support.participants import LAST_YES, NEARLY, agree
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram
from tests.telegram.shaky_api import copies_of


async def test_an_update_has_effect_once_however_often_it_comes(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    await agree(sam, way=NEARLY)
    for act in (LAST_YES, "+somewhere quiet", "Money", "Done"):
        update = sam.say(act[1:]) if act.startswith("+") else sam.tap(act)
        for again in range(5):
            telegram.repeat(update)
            if again == 2:
                await running.quiet()
                await running.stop()
                await running.start()
        await running.quiet()
    assert copies_of(telegram, sam, "What would you like this service") == 1
    assert copies_of(telegram, sam, "going wrong") == 1
    assert copies_of(telegram, sam, "different if things were better") == 1
    assert sam.fresh[-1].text == sam.last.text
    answers = {a.step: tuple(a.choices) for a in await running.rows(AnswerRow)}
    assert answers == {"b1": (), "b2": ("money",)}


async def test_ids_that_begin_anew_after_a_quiet_week_are_heard(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    for person in (sam, kim):
        await agree(person)
    for lower in (telegram.inbox.next_id // 3, telegram.inbox.next_id // 7):
        time.pass_(days=8)
        telegram.inbox.next_id = lower
        await sam.says(f"from {lower}")
        await sam.taps("Carry on")
        await sam.says(f"from {lower}")
        await kim.taps("Skip")
    for person in (sam, kim):
        assert "different if things were better" in person.last.text
