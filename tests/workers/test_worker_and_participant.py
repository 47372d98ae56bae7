"""A worker who is a participant too: what they say as one is never taken for the other.

The order of precedence for everybody else is in `test_stop` and `test_help`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bot.conversation.context import Context
from bot.conversation.safety import danger
from bot.dispatch.routes import route_of
from bot.domain.states import ParticipantState, WorkerState
from bot.domain.worker import Worker
from bot.domain.worker_inputs import WORKER_INPUT, to_json
from bot.messages.incoming import (
    Command,
    IncomingUpdate,
    TextMessage,
    UnsupportedMessage,
    VoiceMessage,
)
from bot.settings import ROOT
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import CaseRow
from bot.workers import permissions
from tests.conftest import Time
from tests.support.participants import TO_KEEP
from tests.support.stop_ways import every_stop
from tests.support.worker_scenario import WORDS, Ear, Office, an_office, waiting

WAITS = ("names", "service", "find", "rename", "recorded", "ask_on", "dated")


async def someone(office: Office) -> tuple[Ear, int]:
    """A worker who is another worker's person, half-way through BEFORE; and a person of theirs."""
    sam, ali = await office.worker("Sam"), await office.worker("Ali")
    kim = await office.joined(ali)
    await office.before(kim)
    await office.joins(ali, await office.link(sam, "A friend"))
    return ali, await office.case()


async def comes_to(office: Office, ali: Ear, case: int, wait: str) -> None:
    """Does what makes the next words of a worker mean this."""
    if wait in ("names", "service"):
        await office.act([(ali, Command("new", "Lee" if wait == "service" else ""))])
    verbs = {
        "find": ("find", 0, ""),
        "rename": ("rename", case, ""),
        "recorded": ("record", case, "add.left"),
        "ask_on": ("when", case, "after.date"),
        "dated": ("began", case, "date"),
    }
    if wait in verbs:
        await office.does(ali, *verbs[wait])
    assert (await waits(office, ali)).get("to") == wait


ANY_VALUES = {
    "draft": 1,
    "names": ["Jo"],
    "service": "A room",
    "case": 1,
    "what": "x",
    "outcome": "y",
}
"""What stands in some kind of pending input."""


async def waits(office: Office, worker: Ear) -> dict[str, object]:
    """What a worker's next words mean."""
    async with office.store.unit_of_work() as uow:
        found = (await uow.workers.by_chat([worker.chat]))[worker.chat]
    return to_json(found.pending_input, found.pending_since)


async def test_stop_and_help_come_before_all_that_is_waited_for(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        listened = office.env.library.keywords
        looked = 0
        async with office.store.unit_of_work() as uow:
            for to in (*WAITS, "language"):
                worker = Worker(
                    1,
                    1,
                    "Sam",
                    False,
                    WorkerState.ACTIVE,
                    "en",
                    "UTC",
                    pending_input=WORKER_INPUT.decode(ANY_VALUES | {"to": to}),
                )
                helps = (w for w, meaning in listened.meanings.items() if meaning == "help")
                for word in (*helps, *every_stop()):
                    update = IncomingUpdate(1, 1, TextMessage(word), time())
                    ctx = Context(update, None, uow, time(), office.env, worker=worker)
                    ctx.keyword = listened(word)
                    ctx.danger = danger.kind_of(update.content, office.env)
                    assert route_of(ctx).name in ("stop", "help"), (to, word)
                    looked += 1
        print(f"\n{looked} words, none taken for a name")  # noqa: T201


@pytest.mark.parametrize("wait", WAITS)
async def test_stop_stops_the_participant_and_the_worker_works_on(
    database_url: str, time: Time, wait: str
) -> None:
    async with an_office(database_url, time) as office:
        ali, case = await someone(office)
        await comes_to(office, ali, case, wait)
        cases = await office.rows(CaseRow)
        await office.say(ali, "stop")
        assert ali.messages[-1].text == office.words("stopped")
        states = [p.state for p in await office.rows(ParticipantRow)]
        assert sorted(states) == [ParticipantState.ACTIVE, ParticipantState.STOPPED]
        # The next words are nobody's name, and no answer.
        await office.say(ali, "24/12/2026")
        assert await office.rows(CaseRow) == cases
        assert await waits(office, ali) == {}
        await office.act([(ali, Command("people"))])
        assert [b.about for b in ali.work if b.verb == "one"] == [case]


@pytest.mark.parametrize("wait", WAITS)
async def test_a_tap_or_a_command_of_the_participant_ends_the_waiting(
    database_url: str, time: Time, wait: str
) -> None:
    async with an_office(database_url, time) as office:
        ali, case = await someone(office)
        question = ali.press("safe_place" if "safe_place" in ali.offered else "+safe_place")
        cases = await office.rows(CaseRow)
        for does in (question, Command("start")):
            await comes_to(office, ali, case, wait)
            await office.act([(ali, does)])
            assert await waits(office, ali) == {}
        answers = await office.count(AnswerRow)
        await office.say(ali, WORDS)
        assert await office.count(AnswerRow) == answers + 1
        assert await office.rows(CaseRow) == cases
        assert waiting(ali) == "b2"


@pytest.mark.parametrize("wait", WAITS)
async def test_what_is_no_words_is_no_answer_of_theirs(
    database_url: str, time: Time, wait: str
) -> None:
    async with an_office(database_url, time) as office:
        ali, case = await someone(office)
        await comes_to(office, ali, case, wait)
        answers = await office.rows(AnswerRow)
        for what, said in (
            (VoiceMessage({"file_id": "v"}), "w_unknown"),
            (UnsupportedMessage("sticker"), "w_which"),  # never the same twice in a row
        ):
            await office.act([(ali, what)])
            assert ali.said == office.words(said)
        assert await office.rows(AnswerRow) == answers
        assert (await waits(office, ali))["to"] == wait


async def test_a_worker_alone_keeps_their_own_small_world(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam", lead=True)
        await office.say(sam, "hello")
        assert sam.said == office.words("w_hello", name="Sam")
        for what, said in (
            (TextMessage("the stairs are loud"), "w_unknown"),
            (VoiceMessage({"file_id": "v"}), "w_which"),  # never the same twice in a row
        ):
            await office.act([(sam, what)])
            assert sam.said == office.words(said)
        await office.act([(sam, Command("mydata"))])  # a participant's
        assert sam.said.startswith(office.words("w_help"))
        await office.does(sam, "morning", 0, "on")
        await office.say(sam, "STOP")
        assert sam.said == office.words("w_stopped")
        async with office.store.unit_of_work() as uow:
            (worker,) = await uow.workers.all()
        assert worker.active
        assert not worker.daily_digest
        await office.act([(sam, Command("start"))])
        assert sam.said == office.words("w_hello", name="Sam")
        assert {b.verb for b in sam.work} == {"new", "people", "morning", "crew"}


async def test_a_worker_becomes_a_participant_and_stays_a_worker(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam, ali = await office.worker("Sam"), await office.worker("Ali")
        await office.open(ali, await office.link(sam))
        await office.act([(ali, Command("new", "Lee"))])
        await office.say(ali, "A room")  # in the middle of the way to consent
        await office.open(ali, await office.link(sam, "Again"))
        for choice in TO_KEEP:
            await office.all([ali], choice)
        assert waiting(ali) == "b1"
        assert await office.count(ParticipantRow) == 1


def test_every_text_of_the_workers_is_said_somewhere() -> None:
    code = "".join(p.read_text() for p in Path(ROOT, "bot").rglob("*.py"))
    names = yaml.safe_load(Path(ROOT, "flows", "workers.yaml").read_text())["phrases"]
    made = {f"w_{which}{end}" for which in ("began", "ended") for end in ("", "_next", "_done")}
    assert [n for n in names if f'"{n}"' not in code and n not in made] == []
    said = set(re.findall(r'"(w_[a-z0-9_]+)"', code))
    assert said <= set(names)
    assert permissions.ACTIONS
