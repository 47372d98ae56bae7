"""Who else may see the phone, and who else is asked to look: only what the person says, or is told.

How a worker hears and answers is tested with the workers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.dispatch.dispatcher import Dispatcher
from bot.messages.callback_data import PhraseButton
from bot.messages.incoming import ButtonPress, Command, TextMessage
from bot.store.tables import Base
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import AlertRow, AlertStepRow
from tests.conftest import Time
from tests.support.participants import Crowd, Phone, everything
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person
from tests.support.worker_scenario import Ear, Office, an_office

CANARY = "zebrafinch"
DANGER = f"I want to die, {CANARY}"
NUMBERS = ("116 123", "85258", "0808 2000 247", "0808 801 0327", "0800 1111")
KINDS = (DANGER, "my husband hits me", "she hit my little boy", "I am going to stab him")


def shown(phone: Phone) -> list[str]:
    """The numbers in what was said last, but for the emergency one."""
    return [n for n in NUMBERS for m in phone.messages if n in m.text]


# --- a phone that others see ---------------------------------------------------------------------


@pytest.mark.parametrize("choice", ["shared", "not_sure", "rather_not_say"])
async def test_no_number_shows_until_they_say_it_is_safe(
    choice: str, database_url: str, time: Time
) -> None:
    async with Crowd(database_url, time) as crowd:
        phones = crowd.chats(len(KINDS))
        await crowd.agree(phones)
        _, _, asked = phones[0].messages[-1].text.partition("\n\n")  # without what comes before
        await crowd.all(phones, Command("times"))
        await crowd.all(phones, "phone")
        await crowd.all(phones, choice)
        await crowd.act((p, TextMessage(text)) for p, text in zip(phones, KINDS, strict=True))
        for phone in phones:
            assert shown(phone) == []
            assert "Call 999" in phone.messages[0].text
            assert phone.offered == ["show", "carry_on", "clear"]
        away = [(p.keys, p.under) for p in phones]
        await crowd.all(phones, "show")
        for phone, first in zip(phones, ("116", "0808 2", "116", "116"), strict=True):
            assert shown(phone)[0].startswith(first)
        for phone, (keys, under) in zip(phones, away, strict=True):
            phone.keys, phone.under = keys, under
        await crowd.all(phones, "carry_on")  # which there says "No"
        await crowd.all(phones, "leave")
        assert {p.messages[-1].text for p in phones} == {asked}
        # "No, just me" undoes it.
        await crowd.all(phones, ButtonPress(PhraseButton("safety", "alone").encode(), 1, "1"))
        await crowd.act((p, TextMessage(text)) for p, text in zip(phones, KINDS, strict=True))
        assert all(shown(phone) for phone in phones)


async def test_what_is_hard_shows_no_number_either(database_url: str, time: Time) -> None:
    async with Crowd(database_url, time) as crowd:
        (phone,) = phones = crowd.chats(1)
        await crowd.agree(phones)
        await crowd.all(phones, ButtonPress(PhraseButton("safety", "shared").encode(), 1, "1"))
        await crowd.all(phones, TextMessage("I want it all to stop"))
        await crowd.all(phones, "hard")
        assert (shown(phone), phone.offered) == ([], ["show", "carry_on", "clear"])


async def test_a_forged_kind_shows_numbers_and_breaks_nothing(
    database_url: str, time: Time
) -> None:
    async with Crowd(database_url, time) as crowd:
        phones = crowd.chats(2)
        await crowd.agree(phones[:1])
        for about in (0, 5, 6, 2**62):
            await crowd.all(
                phones, ButtonPress(PhraseButton("danger_shared", "show", about).encode(), 1, "1")
            )
            assert all("999" in m.text or "stop" in m.text for p in phones for m in p.messages)


async def test_over_telegram(telegram: FakeTelegram, running: Running, sam_agreed: Person) -> None:
    sam = sam_agreed
    await sam.says("/times")
    await sam.taps("Who sees this phone", "Yes, sometimes")
    assert "I ask before I show help numbers here" in sam.last.text
    await sam.says("my husband hits me")
    assert sam.last.buttons == [["Yes, show me", "No"], ["Clear this chat"]]
    await sam.taps("Yes, show me")
    assert "0808 2000 247" in sam.last.text
    await sam.answered()


# --- workers -------------------------------------------------------------------------------------


def with_rule(office: Office) -> None:
    """Switches on the organisation's written rule."""
    office.env = replace(office.env, tells_workers=True)
    office.dispatcher = Dispatcher(office.store, office.env, office.time)


async def _kim(office: Office) -> tuple[Ear, Ear, Ear]:
    sam, ali = await office.worker("Sam"), await office.worker("Ali")
    kim = await office.joined(sam)
    for worker in (sam, ali):
        worker.heard.clear()
    return sam, ali, kim


async def _rows(office: Office) -> dict[str, list[Any]]:
    """Every row there is, by table, but what any message leaves behind."""
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in {"updates_seen", "owed", "messages"}:
            async with office.store.engine.connect() as connection:
                rows = [r._asdict() for r in await connection.execute(table.select())]
            # For a day at most, and sealed.
            held = {"waits", "waits_since", "asked", "asked_at"}
            found[table.name] = [{k: v for k, v in r.items() if k not in held} for r in rows]
    return found


async def test_a_worker_is_asked_only_by_the_persons_tap(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, ali, kim = await _kim(office)
        before = await _rows(office)
        for text in (*KINDS, "i took 30 paracetamol", "I want it all to stop"):
            await office.say(kim, text)
        assert await _rows(office) == before, "no mark anywhere"
        assert sam.heard == ali.heard == []
        await office.say(kim, DANGER)
        await office.all([kim], "contact")
        assert "I have asked Sam just now" in kim.messages[-1].text
        assert [m.text for m in sam.heard] == [office.words("w_alert", name="Kim")]
        assert ali.heard == []
        changed = {name for name, rows in (await _rows(office)).items() if rows != before[name]}
        assert changed == {AlertRow.__tablename__, AlertStepRow.__tablename__}
        assert CANARY.encode() not in await everything(office.store)


async def test_by_the_written_rule_a_worker_is_asked_and_the_person_is_told(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam, ali, kim = await _kim(office)
        with_rule(office)
        await office.say(kim, "I want it all to stop")
        assert sam.heard == [], "a wish that may mean anything asks nobody"
        before = await _rows(office)
        await office.say(kim, DANGER)
        first, second = kim.messages
        assert first.text.startswith("Thank you for telling me")
        assert second.text.startswith("I have asked Sam just now")
        await office.say(kim, "my husband hits me")
        assert kim.messages[-1].text.startswith("I asked Sam at"), "asked once, and told again"
        assert [m.text for m in sam.heard] == [office.words("w_alert", name="Kim")]
        assert ali.heard == []
        assert not any(CANARY in m.text or "die" in m.text for m in sam.heard)
        changed = {name for name, rows in (await _rows(office)).items() if rows != before[name]}
        assert changed == {AlertRow.__tablename__, AlertStepRow.__tablename__}
        assert CANARY.encode() not in await everything(office.store)


async def test_by_the_rule_nobody_is_asked_about_one_who_has_no_worker_or_stopped(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam, _, kim = await _kim(office)
        with_rule(office)
        alone = office.phone()
        await office.agree([alone])
        await office.act([(kim, Command("stop"))])
        sam.heard.clear()
        for phone in (alone, kim):
            await office.say(phone, DANGER)
            assert len(phone.messages) == 1
        assert sam.heard == []
        assert await office.count(AlertRow) == 0


async def test_what_a_worker_writes_about_somebody_is_not_about_themselves(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam, _, _ = await _kim(office)
        await office.act([(sam, Command("new", DANGER))])
        assert "116 123" not in sam.said
        await office.say(sam, "I want to die hostel")
        assert "116 123" not in sam.said
        await office.act([(sam, Command("people"))])
        await office.say(sam, DANGER)
        assert "116 123" in sam.said, "no words are waited for: these are their own"
        await office.all([sam], "carry_on")
        assert office.words("w_hello", name="Sam") in sam.said
        assert await office.count(ParticipantRow) == 1
