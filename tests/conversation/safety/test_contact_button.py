"""Asking for a person is offered only where a worker or a lead would hear it."""

from __future__ import annotations

import itertools

import pytest

from bot.conversation.safety import danger
from bot.conversation.safety.helpline_text import ADULT, UNKNOWN, YOUNG
from bot.messages.callback_data import PhraseButton, parse
from bot.messages.incoming import Command
from bot.store.tables.worker_tables import AlertRow
from flows.engine.danger.detector import DangerKind
from tests.conftest import Time
from tests.support.contact_requests import ASK, joined, remove, restarts, worker
from tests.support.participants import agree
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person
from tests.support.worker_scenario import Ear, Office, an_office

DANGER = "I want to kill myself"


async def offers(office: Office, phone: Ear) -> tuple[bool, bool]:
    """Whether help, and the answer to danger, offer to ask for a person."""
    await office.act([(phone, Command("help"))])
    by_help = "contact" in phone.offered
    await office.say(phone, DANGER)
    return by_help, "contact" in phone.offered


async def test_who_has_somebody_who_would_hear(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        alone, sam = office.phone(), await office.worker("Sam")
        assert await offers(office, alone) == (False, False), "a stranger"
        await office.agree([alone])
        assert await offers(office, alone) == (False, False), "who came by no link"
        kim, lee = await office.joined(sam), office.phone()
        assert await offers(office, kim) == (True, True), "their worker"
        await office.open(lee, await office.link(sam, "Lee"))
        assert await offers(office, lee) == (True, True), "the worker of the link, before the yes"
        await office.remove(sam)
        for phone in (alone, kim, lee):
            assert await offers(office, phone) == (False, False), "nobody is left"
        await office.act([(kim, Command("help"))])
        await office.aside(kim, "helplines", "contact")
        assert kim.said == office.words("contact_nobody"), "an old button says the truth"
        assert await office.count(AlertRow) == 0
        lou = await office.worker("Lou", lead=True)
        assert await offers(office, kim) == (True, True), "a lead"
        assert await offers(office, alone) == (False, False), "of whom a lead would know nothing"
        await office.act([(kim, Command("help"))])
        await office.all([kim], "contact")
        assert "Lou" in kim.said
        assert lou.heard[-1].text == office.words("w_alert", name="Kim")


async def test_a_worker_who_cannot_be_reached_is_offered_and_the_truth_is_said(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        await office.dispatcher.chat_blocked(sam.chat)
        assert await offers(office, kim) == (True, True)
        await office.all([kim], "contact")
        assert kim.said == office.words("contact_unreachable")


@pytest.mark.parametrize("left", [True, False])
async def test_a_question_offers_no_worker_who_is_not_there(
    left: bool, database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        await office.before(kim)
        await office.does(sam, "when", await office.case(), "after.now")
        await office.tick()
        if left:
            await office.remove(sam)
        for choice in ("open", "start", "y"):
            await office.all([kim], choice)
        await office.say(kim, "It went well")
        for choice in ("y", "y"):
            await office.all([kim], choice)
        assert ("worker" in kim.offered) is not left


async def test_no_answer_to_danger_offers_it_where_nobody_hears(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        localizer, now, offered = office.env.languages["en"], time(), 0
        for kind, whom, shared in itertools.product(
            DangerKind, (ADULT, YOUNG, UNKNOWN), (True, False)
        ):
            whole, without = (
                danger.message(kind, localizer, office.env, whom, now, shared=shared, heard=heard)
                for heard in (True, False)
            )
            asking = [b for b in whole.choices if _choice(b.data) == "contact"]
            offered += len(asking)
            assert without.text == whole.text
            assert without.choices == tuple(b for b in whole.choices if b not in asking)
        assert offered > 10


def _choice(data: str) -> str:
    button = parse(data)
    assert isinstance(button, PhraseButton)
    return button.choice


def labels(person: Person) -> list[str]:
    return [label for row in person.last.buttons for label in row]


async def test_help_from_memory(telegram: FakeTelegram, running: Running, time: Time) -> None:
    sam = telegram.person("Sam")
    await agree(sam)
    await sam.says("help")
    assert "Here is who can help" in sam.last.text
    assert ASK not in labels(sam)
    # Nothing is in memory after a start: better a button too many, which says the truth.
    await restarts(running)
    await sam.says("help")
    await sam.taps(ASK)
    assert sam.last.text == (
        "I do not know who your worker is, so I cannot ask anyone. "
        "If you need help now, send HELP for people to call."
    )
    await sam.says("help")
    assert ASK not in labels(sam)
    # What is known to have been so a day ago may have changed.
    time.pass_(days=1, minutes=1)
    await sam.says("help")
    assert ASK in labels(sam)


async def test_help_from_memory_of_somebody_with_a_worker(
    telegram: FakeTelegram, running: Running
) -> None:
    wanda = await worker(telegram, running)
    kim = await joined(telegram, running, wanda)
    await kim.says("help")
    assert ASK in labels(kim)
    await remove(running, "Wanda")
    await kim.says("/mydata")
    await kim.says("help")
    assert ASK not in labels(kim)
    lou = await worker(telegram, running, "Lou", lead=True)
    await kim.says("/mydata")
    await kim.says("help")
    await kim.taps(ASK)
    assert "I have asked Lou just now" in kim.last.text
    assert "Please look" in lou.last.text
