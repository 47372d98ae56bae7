"""A worker is removed by clear words only, typed by a lead under the newest question."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.dispatch.chat_memory import ChatMemory
from bot.languages.environment_loader import load_environment
from bot.messages.incoming import Command
from bot.settings import read_settings
from bot.store.tables.worker_tables import WorkerRow
from tests.conftest import Time
from tests.support.running_bot import KEY
from tests.support.worker_scenario import Ear, Office
from tests.workers.typed.removing import NOT_CLEAR, about_to_remove, active, asks_to_remove


@pytest.mark.parametrize("said", ["yes", "Yes, remove", "YES, REMOVE!", "👍", "yes please"])
async def test_a_clear_word_removes(office: Office, said: str) -> None:
    lou, _ = await about_to_remove(office)
    await office.say(lou, said)
    assert lou.said == office.words("w_remove_done", name="Sam")
    assert await active(office) == 1


async def test_an_unclear_yes_is_asked_again_and_a_no_leaves(office: Office) -> None:
    lou, question = await about_to_remove(office)
    sam = office.phones[lou.chat + 1]
    assert isinstance(sam, Ear)
    for said in NOT_CLEAR:
        await asks_to_remove(office, lou, sam)
        await office.say(lou, said)
        doubts = said == "yes 🤔"
        assert lou.said == (office.words("w_left") if doubts else question), said
        assert await active(office) == 2, said
    for said in ("no", "not sure", "later", "not today", "Leave it", "nope"):
        await asks_to_remove(office, lou, sam)
        await office.say(lou, said)
        assert lou.said == office.words("w_left"), said
        assert await active(office) == 2, said


async def test_the_language_of_the_worker_is_heard(office: Office) -> None:
    office.env.languages = load_environment(
        read_settings(_env_file=None, secret_keys=KEY, languages="en,pl")
    ).languages
    lou = office.phone()
    lou.hint = "pl"
    await office.worker("Lou", lead=True, phone=lou)
    await office.does(lou, "mate", await office.number(await office.worker("Sam")))
    await office.act([(lou, lou.does("fire"))])
    await office.say(lou, "sí")
    assert await active(office) == 2, "a clear word of another language is not clear here"
    await office.does(lou, "mate", 2)
    await office.act([(lou, lou.does("fire"))])
    await office.say(lou, "tak")
    assert await active(office) == 1


@pytest.mark.parametrize("between", ["help", "/people", "a day", "restart", "danger", "a no"])
async def test_only_the_newest_message_is_answered(
    office: Office, time: Time, between: str
) -> None:
    lou, _ = await about_to_remove(office)
    if between == "restart":
        office.dispatcher.memory = ChatMemory()
    elif between == "a day":
        time.pass_(days=1)
    elif between == "/people":
        await office.act([(lou, Command("people"))])
    else:
        said = {"danger": "I want to kill myself", "a no": "no"}
        await office.say(lou, said.get(between, between))
    await office.say(lou, "yes")
    assert await active(office) == 2
    assert lou.said in (office.words("w_which"), office.words("take_care"))
    await office.say(lou, "Yes, remove")
    assert await active(office) == 2


async def test_after_what_was_not_understood_only_the_label_presses(
    office: Office, time: Time
) -> None:
    lou, _ = await about_to_remove(office)
    for said in ("the stairs are loud", "yes", "👍"):
        await office.say(lou, said)
        assert lou.said in (office.words("w_unknown"), office.words("w_which")), said
        assert await active(office) == 2
    time.pass_(hours=23)
    await office.say(lou, "yes")
    time.pass_(hours=1)
    await office.say(lou, "Yes, remove")
    assert await active(office) == 2, "a day after the question itself"
    await asks_to_remove(office, lou, office.phones[lou.chat + 1])  # type: ignore[arg-type]
    await office.say(lou, "the stairs are loud")
    await office.say(lou, "Yes, remove")
    assert await active(office) == 1


async def test_a_yes_sent_before_the_question_answers_nothing(office: Office, time: Time) -> None:
    lou, _ = await about_to_remove(office)
    time.pass_(seconds=5)
    await asks_to_remove(office, lou, office.phones[lou.chat + 1])  # type: ignore[arg-type]
    sent = time()
    time.pass_(seconds=-5)
    early = time()
    assert early < sent
    await office.say(lou, "yes")
    assert await active(office) == 2


async def test_who_is_no_lead_any_more_removes_nobody(office: Office) -> None:
    lou, _ = await about_to_remove(office)
    async with office.store.transaction() as connection:
        await connection.execute(sa.update(WorkerRow).values(lead=False))
    await office.say(lou, "yes")
    assert await active(office) == 2
    assert lou.said == office.words("stale"), "said, as there is no tap to show it on"
