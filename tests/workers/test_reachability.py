"""A worker who has blocked the bot is not counted on: others hear, and nobody is lied to."""

from __future__ import annotations

import itertools

import pytest

from bot.cli import manage_workers
from bot.cli.doctor.doctor import UNWELL, WELL
from bot.messages.incoming import BotBlocked
from bot.store.tables.worker_tables import AlertRow, WorkerRow
from tests.cli.test_doctor import examined, of
from tests.conftest import Time
from tests.support.participants import agree
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person
from tests.support.worker_scenario import Ear, Office, an_office
from tests.workers.test_alerts import asks


def _heard(office: Office, phones: dict[str, Ear]) -> set[str]:
    words = {office.words("w_alert", name="Kim"), office.words("w_alert_again", name="Kim")}
    return {name for name, phone in phones.items() if any(m.text in words for m in phone.heard)}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "deaf", [d for n in range(4) for d in itertools.combinations(("Sam", "Lou", "Pat"), n)], ids=str
)
async def test_nobody_is_told_of_somebody_who_could_not_hear(
    deaf: tuple[str, ...], when: str, database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        phones = {
            "Sam": await office.worker("Sam"),
            "Lou": await office.worker("Lou", lead=True),
            "Pat": await office.worker("Pat", lead=True),
        }
        kim = await office.joined(phones["Sam"])

        async def lose() -> None:
            for name in deaf:  # by a 403 on delivery, or by Telegram's word that it was blocked
                if name == "Lou":
                    await office.act([(phones[name], BotBlocked())])
                else:
                    await office.dispatcher.chat_blocked(phones[name].chat)

        if when == "before":
            await lose()
        said = await asks(office, kim)
        if when == "after":
            await lose()
            await office.go_round()
            said = kim.heard[-1].text
        await office.go_round()
        rest = {"Lou", "Pat"} - set(deaf)
        if "Sam" not in deaf:
            assert "Sam" in said
        elif rest:
            assert "Sam" not in said
            assert all(name in said for name in rest)
            assert rest <= _heard(office, phones), "at once, not after half an hour"
        else:
            assert said == office.words("contact_unreachable")
        for name in deaf:
            assert name not in said
        assert len(await office.rows(AlertRow)) == 1
        # Whoever writes again is counted on again.
        if deaf:
            await office.say(phones[deaf[0]], "hello")
            again = await asks(office, kim)
            assert deaf[0] in again or "Sam" in again or rest
            gone = [row for row in await office.rows(WorkerRow) if row.unreachable_since]
            assert len(gone) == len(deaf) - 1


async def _worker(running: Running, telegram: FakeTelegram, time: Time, name: str) -> Person:
    link = await manage_workers.invite(running.bot.settings, time, name, lead=False)
    person = telegram.person(name)
    person.start(link.rpartition("=")[2])
    await running.quiet()
    return person


async def test_doctor_and_the_list_name_who_cannot_be_reached(
    telegram: FakeTelegram, running: Running, database_url: str, time: Time
) -> None:
    await running.bot.started.wait()
    wanda = await _worker(running, telegram, time, "Wanda")
    sam = telegram.person("Sam")
    await agree(sam)
    wanda.block()
    await running.quiet()
    lines = await manage_workers.listed(running.bot.settings, time)
    assert "Wanda  (worker; cannot be reached" in lines[0]
    verdict, said = await examined(time, database_url, **of(telegram))
    assert verdict == UNWELL
    assert "1 cannot be reached" in said
    wanda.unblock()
    wanda.start()
    await running.quiet()
    assert "cannot be reached" not in (await manage_workers.listed(running.bot.settings, time))[0]
    assert (await examined(time, database_url, **of(telegram)))[0] == WELL
