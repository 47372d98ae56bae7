"""Every question to a worker can be left; what is typed after something else answers none.

What the answers do is tested elsewhere.
"""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.languages.environment_loader import load_environment
from bot.messages.callback_data import PhraseButton, WorkerButton, parse
from bot.messages.incoming import Command, TextMessage, UpdateContent
from bot.settings import ROOT, read_settings
from bot.workers.worker_pending_input import LEAVE
from tests.conftest import Time
from tests.support.participants import TO_KEEP
from tests.support.running_bot import KEY
from tests.support.worker_scenario import Ear, Office, all_tables, an_office

Step = str | tuple[str, str]
"""Typed words, a command with its slash, or a button: its verb and how."""

ON_KIM: tuple[Step, ...] = ("/people", ("one", "Kim"))
CREW: tuple[Step, ...] = ("/start", ("crew", ""))
DID: tuple[Step, ...] = (*CREW, ("did", ""))
WAYS: dict[str, tuple[Step, ...]] = {
    "w_names": ("/new",),
    "w_names_wrong": ("/new " + "x" * 61,),
    "w_service": ("/new Lee",),
    "w_service_wrong": ("/new Lee", "y" * 81),
    "w_language": ("/new Lee", "a room"),
    "w_language again": ("/new Lee", "a room", "Klingon"),
    "w_age": ("/new Lee", "a room", ("lang", "any")),
    "w_age again": ("/new Lee", "a room", ("lang", "any"), "ninety hundred"),
    "w_find": ("/people", ("find", "")),
    "w_rename": (*ON_KIM, ("rename", "")),
    "w_names_wrong for one": (*ON_KIM, ("rename", ""), "z" * 61),
    "w_when": (*ON_KIM, ("after", "")),
    "w_date": (*ON_KIM, ("after", ""), ("when", "after.date")),
    "w_date_wrong": (*ON_KIM, ("after", ""), ("when", "after.date"), "soon"),
    "w_began": (*ON_KIM, ("began", "")),
    "w_ended": (*ON_KIM, ("ended", "")),
    "w_date of the service": (*ON_KIM, ("ended", ""), ("ended", "date")),
    "w_date_wrong of the service": (*ON_KIM, ("began", ""), ("began", "date"), "then"),
    "w_record": (*ON_KIM, ("record", "")),
    "w_recorded_words": (*ON_KIM, ("record", ""), ("record", "reached"), ("record", "add.reached")),
    "w_recorded_long": (
        *(*ON_KIM, ("record", ""), ("record", "left"), ("record", "add.left")),
        "x" * 501,
    ),
    "w_hand": (*ON_KIM, ("hand", "")),
    "w_did": DID,
    "w_invite": (*CREW, ("invite", "")),
    "w_invite_wrong": (*CREW, ("invite", ""), "x" * 61),
    "w_did_wrong": (*DID, "x" * 601),
}


@dataclass
class House:
    """An office with a lead who has somebody, and another worker."""

    office: Office
    lead: Ear
    cases: dict[str, int]

    async def go(self, way: tuple[Step, ...]) -> None:
        """Goes a way, by what is really shown."""
        for step in way:
            await self.office.act([(self.lead, self.done(step))])

    def done(self, step: Step) -> UpdateContent:
        """What a step of a way is."""
        if isinstance(step, tuple):
            verb, how = step
            about = self.cases.get(how)
            for button in self.lead.work:
                if button.verb == verb and (button.about == about or about is None):
                    if about is None and how and button.how != how:
                        continue
                    return self.lead.does(verb, button.how) if about is None else _tap(self, button)
            raise AssertionError(f"no button for {step}: {self.lead.work}")
        if step.startswith("/"):
            name, _, rest = step[1:].partition(" ")
            return Command(name, rest)
        return TextMessage(step)

    async def waits(self) -> bool:
        """Whether the lead's next words mean anything."""
        async with self.office.store.unit_of_work() as uow:
            return bool((await uow.workers.by_chat([self.lead.chat]))[self.lead.chat].pending_input)

    async def kept(self) -> object:
        """Every row but what is said and seen, and the worker's own."""
        return await all_tables(self.office, "updates_seen", "owed", "workers", "reads", "tries")


def _tap(house: House, button: WorkerButton) -> UpdateContent:
    house.lead.keys = [key for key in house.lead.keys if parse(key.data) == button]
    return house.lead.does(button.verb)


@pytest.fixture
async def house(database_url: str, time: Time) -> AsyncIterator[House]:
    async with an_office(database_url, time) as office:
        lead = await office.worker("Lou", lead=True)
        await office.worker("Ali")
        await office.before(await office.joined(lead, "Kim"))
        # So that a worker is asked for the language of a new person.
        office.env.languages = load_environment(
            read_settings(_env_file=None, secret_keys=KEY, languages="en,pl")
        ).languages
        yield House(office, lead, {"Kim": await office.case("Kim")})


def asked() -> set[str]:
    """Every question that the workers' side has, as its code names them."""
    found: set[str] = set()
    for path in (ROOT / "bot" / "workers").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "waiting.ask":
                found |= {
                    str(each.value)
                    for each in ast.walk(node.args[1])
                    if isinstance(each, ast.Constant)
                    and str(each.value).startswith("w_")
                    and each.value != "w_"
                }
    return found


NOT_WALKED = {"w_service_first", "w_hand_nobody", "w_theirs", "w_remove"}
"""Asked where there is nothing to choose: below; of others: in `test_worker_team`."""


def test_every_question_is_walked() -> None:
    assert asked() <= {name.split()[0] for name in WAYS} | NOT_WALKED


async def test_every_question_can_be_left(house: House) -> None:
    before = None
    for name, way in WAYS.items():
        await house.go(way)
        assert house.office.words(name.split()[0], name="Kim", most=50) == house.lead.said, name
        before = await house.kept()
        await house.office.act([(house.lead, house.lead.does(LEAVE))])
        assert house.lead.said not in ("", house.office.words("w_unknown")), name
        assert not await house.waits(), name
        await house.office.say(house.lead, "the stairs are loud")
        assert house.lead.said == house.office.words("w_unknown"), name
        assert await house.kept() == before, name


@pytest.mark.parametrize("other", ["/people", "/start", "start", "help", "/pause", "eye", "a day"])
async def test_what_is_typed_after_something_else_answers_nothing(
    house: House, time: Time, other: str
) -> None:
    """A name, a service, a record, a date: none is made of a word that was meant otherwise."""
    waiting = [name for name in WAYS if name.split()[0] not in ("w_record", "w_when", "w_hand")]
    for name in waiting:
        await house.go(WAYS[name])
        before = await house.kept()
        if other == "a day":
            time.pass_(days=1)
        elif other == "eye":
            await house.office.does(house.lead, "eye")
        else:
            await house.go((other,))
        assert house.lead.said or other == "a day"
        await house.office.say(house.lead, "24/12")
        assert house.lead.said == house.office.words("w_unknown"), name
        assert not await house.waits()
        assert await house.kept() == before, name
        time.pass_(minutes=1)


async def test_where_there_is_nothing_to_tap_none_is_told_to(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        await office.act([(sam, Command("new", "Kim"))])
        assert sam.said == office.words("w_service_first")
        assert [button.verb for button in sam.work] == [LEAVE]
        await office.link(sam)
        await office.act([(sam, Command("new", "Lee"))])
        assert sam.said == office.words("w_service")
        assert [button.verb for button in sam.work] == ["service", LEAVE]


async def test_every_command_of_the_menu_does_something(house: House) -> None:
    office, lead = house.office, house.lead
    await office.act([(lead, Command("start"))])
    menu = [name for name, _ in lead.reply.commands] if lead.reply else []
    assert menu == ["new", "people", "start", "help", "stop", "language", "hide"]
    not_understood = {office.words(name) for name in ("w_unknown", "unknown", "unknown_new")}
    for name in menu:
        await office.act([(lead, Command(name))])
        assert lead.said, name
        assert not not_understood & set(lead.said.split("\n\n")), name
    for name in ("pause", "times", "story", "mydata", "delete", "nothing_of_ours"):
        await office.act([(lead, Command(name))])  # from a menu of before
        assert office.words("w_help") in lead.said


async def test_a_worker_who_is_a_participant_has_both(house: House) -> None:
    office = house.office
    kim = office.phone()
    await office.joins(kim, await office.link(house.lead, "Noor", "en"))
    await office.worker("Noor", phone=kim)
    await office.act([(kim, Command("people"))])
    everything = ["new", "people", *office.env.library.phrases.menu]
    await office.act([(kim, Command("help"))])
    assert kim.reply is not None
    assert [name for name, _ in kim.reply.commands] == everything
    assert kim.messages[0].text != office.words("w_help")  # the numbers come first
    assert office.words("w_help") in kim.said
    for name in ("pause", "times", "mydata"):
        await office.act([(kim, Command(name))])
        assert office.words("w_help") not in kim.said


async def test_who_says_yes_gets_the_menu_of_both(house: House) -> None:
    office = house.office
    ali = await office.worker("Eve")
    token = await office.link(house.lead, "Noor", "en")
    await office.joins(ali, token, TO_KEEP)
    assert ali.reply is not None
    assert "mydata" in dict(ali.reply.commands)


async def test_help_helps_a_worker_with_the_numbers_one_tap_away(house: House) -> None:
    office, lead = house.office, house.lead
    stranger = office.phone()
    await office.say(stranger, "help")
    for asks in (Command("help"), TextMessage("help"), TextMessage("HELP!")):
        await office.act([(lead, asks)])
        assert lead.said.startswith(office.words("w_help"))
        assert lead.said.endswith(office.words("w_help_ask_none"))  # the only lead
        await office.act([(lead, lead.does("lines"))])
        assert lead.said == stranger.said
    ali = await office.worker("Ali")
    await office.act([(ali, Command("help"))])
    assert ali.said.endswith(office.words("w_help_ask", worker="Lou"))
    tap = ali.does("lines")
    await office.remove(ali)
    await office.act([(ali, tap)])
    assert ali.said == stranger.said  # whoever taps it
    await office.say(lead, "I want to kill myself")
    assert office.words("w_unknown") not in lead.said
    assert any(isinstance(parse(key.data), PhraseButton) for key in lead.keys)
