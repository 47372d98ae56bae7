"""Asking for a person over the fake Bot API: a worker, somebody who asks, and what is on the phone.

It checks nothing by itself.
"""

from __future__ import annotations

import pytest

from bot.domain.worker import Worker
from bot.messages.callback_data import PhraseButton
from bot.messages.deep_links import WORKS_FOR, new_token
from bot.messages.reply import Reply
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.worker_tables import CaseRow
from tests.conftest import Time
from tests.support.running_bot import Running
from tests.support.telegram_fake import Bubble, FakeTelegram, Person

ASK, SEEN = "Ask someone to contact me", "I am on it"
ADULT, YOUNG = "18 or over", "13 to 17"
ALONE, OTHERS = "No, just me", "Yes, sometimes"


async def worker(
    telegram: FakeTelegram, running: Running, name: str = "Wanda", *, lead: bool = False
) -> Person:
    """Somebody who has become a worker by an invite."""
    await running.bot.started.wait()
    token, now = new_token(), running.clock()
    async with running.bot.store.unit_of_work() as uow:
        await uow.workers.make_invite(token, name, lead=lead, now=now, expires_at=now + WORKS_FOR)
    phone = telegram.person(name)
    phone.start(token)
    await running.quiet()
    return phone


async def link(running: Running, wanda: Person) -> str:
    """The token of a link that this worker made for Kim."""
    before = {row.id for row in await running.rows(CaseRow)}
    await wanda.says("/new Kim")
    await wanda.says("A room")
    await wanda.taps("I do not know")  # how old they are
    ids = {row.id for row in await running.rows(CaseRow)} - before
    token = new_token()
    async with running.bot.store.unit_of_work() as uow:
        (case,) = await uow.cases.find(ids=ids)
        await uow.cases.new_link(case, token, running.clock() + WORKS_FOR)
    return token


async def joined(
    telegram: FakeTelegram,
    running: Running,
    wanda: Person,
    age: str = ADULT,
    phone: str = ALONE,
) -> Person:
    """Kim, who came by this worker's link and said yes."""
    kim = telegram.person("Kim")
    kim.start(await link(running, wanda))
    await running.quiet()
    await kim.taps(age, "Yes, keep it", phone)
    if phone == OTHERS:
        kim.tap_data(PhraseButton("safety_shared", "carry_on").encode(), kim.last)
        await running.quiet()
    return kim


async def asks(kim: Person) -> Bubble:
    """Asks for a person from the help; gives what is said to it."""
    await kim.says("help")
    await kim.taps(ASK)
    return kim.last


async def asks_after_stop(kim: Person, time: Time) -> Bubble:
    """Stops, and asks for a person a minute later; gives what is said to it."""
    await kim.says("stop")
    time.pass_(minutes=1)
    return await asks(kim)


async def sees(person: Person) -> None:
    await person.taps(SEEN)


async def goes_round(running: Running) -> None:
    """What the scheduler does for requests that were seen before they were delivered."""
    for reply in await running.bot.worker_notifications.send_seen():
        running.bot.sender.send(reply)
    await running.quiet()


def now(kim: Person, said: Bubble) -> Bubble | None:
    """A message as it stands on the phone now."""
    return next((b for b in kim.chat if b.message_id == said.message_id), None)


def text(kim: Person, said: Bubble) -> str:
    found = now(kim, said)
    assert found is not None
    return found.text


def edits(telegram: FakeTelegram, kim: Person) -> int:
    """How often a text in this chat was edited."""
    calls = telegram.calls_of("editMessageText")
    return sum(call.params["chat_id"] == kim.chat_id for call in calls)


def sent(telegram: FakeTelegram, kim: Person) -> int:
    """How many messages this phone was ever sent."""
    return len(telegram.chats[kim.chat_id].sent)


async def seen_but_not_sent(running: Running, wanda: Person) -> None:
    """A worker sees it, and the process ends before the edit is made."""
    sender = running.bot.sender
    send = sender.send

    def dying(reply: Reply, *, again: bool = False) -> None:
        if reply.edit is None:
            send(reply, again=again)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sender, "send", dying)
        await sees(wanda)
    (owed,) = await running.rows(OutboxRow)
    assert owed.participant_id is not None


async def restarts(running: Running) -> None:
    """Another process, after the time in which a reply may be in flight in an earlier one."""
    running.clock.pass_(seconds=61)  # type: ignore[attr-defined]
    await running.stop()
    await running.start()
    await running.bot.started.wait()
    await running.quiet()


async def workers(running: Running) -> list[tuple[Worker, str]]:
    async with running.bot.store.unit_of_work() as uow:
        return [(each, each.name) for each in await uow.workers.all()]


async def remove(running: Running, name: str) -> None:
    """Takes a worker away, as the command line does."""
    (number,) = [each.id for each, named in await workers(running) if named == name]
    async with running.bot.store.unit_of_work() as uow:
        await uow.workers.remove(number, None, running.clock())
