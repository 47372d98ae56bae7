"""From an invite to a person's first answer, and all a worker does with one person, over Telegram.

Who may do what is in `test_worker_law`.
"""

from __future__ import annotations

import datetime as dt

from bot import staff
from tests.conftest import Time
from tests.people import CONSENT, say, tap
from tests.running import Running
from tests.telegram_fake import FakeTelegram, Person


async def invited(
    telegram: FakeTelegram, running: Running, name: str = "Sam", *, lead: bool = False
) -> Person:
    """A person made a worker by a link from the command line."""
    await running.bot.started.wait()
    link = await staff.invite(running.bot.settings, running.clock, name, lead=lead)
    worker = telegram.person(name)
    worker.start(link.partition("start=")[2])
    await running.quiet()
    return worker


async def link_for(worker: Person, running: Running, name: str, service: str) -> str:
    """A link a worker makes for somebody."""
    await say(worker, running, f"/new {name}")
    await say(worker, running, service)
    return token_in(worker)


def token_in(worker: Person) -> str:
    """The token of the newest link shown."""
    texts = [bubble.text for bubble in reversed(worker.chat) if "start=" in bubble.text]
    return texts[0].partition("start=")[2].split()[0]


async def joins(person: Person, running: Running, token: str) -> None:
    """Opens a link, and agrees."""
    person.start(token)
    await running.quiet()
    await tap(person, running, *CONSENT)


async def test_from_an_invite_to_the_first_answer(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = await invited(telegram, running)
    print(sam.last.text)
    await say(sam, running, "/new")
    print(sam.last.text)
    await say(sam, running, "Kim")
    print(sam.last.text)
    await say(sam, running, "A room at Aspen House")
    for b in sam.chat[-2:]:
        print(b.text, b)
    kim = telegram.person("Kimberley")
    await joins(kim, running, token_in(sam))
    await tap(kim, running, "Start")
    print(kim.last.text)
    await say(kim, running, "Somewhere quiet")
    await say(sam, running, "/people")
    print(sam.last.text, sam.last.buttons)
    assert "going wrong" in kim.last.text
    await tap(sam, running, "Kim: joined")
    print(sam.last.text, sam.last.buttons)
    await tap(sam, running, "Ask the first questions")
    print(sam.last.text, sam.last.buttons)
    await tap(sam, running, "Now")
    print(sam.last.text, sam.last.buttons)
