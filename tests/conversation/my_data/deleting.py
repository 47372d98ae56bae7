"""A participant who asks for everything to be deleted, for the tests about it."""

from __future__ import annotations

import datetime as dt
import re

from bot.messages.incoming import (
    Command,
)
from tests.support.worker_scenario import Ear, Office

CODE = re.compile(r"\b[2-9B-Z]{3}-[2-9B-Z]{3}-[2-9B-Z]{3}\b")
HIDDEN = ("owed", "updates_seen", "messages")


async def deletes(office: Office, phone: Ear) -> str:
    """Asks for everything to be deleted; gives the code."""
    await office.act([(phone, Command("delete"))])
    await office.all([phone], "delete")
    at = office.env.languages["en"].format_time(_in_ten(office))
    was_read = "read it on" in phone.said  # then it is not said that nobody can read it
    said = office.words("deleting_read" if was_read else "deleting", time=at).split("\n")[0]
    assert said in phone.said
    assert ("Nobody can read it" in phone.said) is not was_read
    found = CODE.search(phone.said)
    assert found, phone.said
    return found.group()


def _in_ten(office: Office) -> dt.time:
    return (office.time() + dt.timedelta(minutes=10)).time()


async def settled_in(office: Office, name: str = "Kim") -> tuple[Ear, Ear]:
    """A worker, and somebody who has shared a check-in with them."""
    sam = await office.worker("Sam")
    kim = await office.joined(sam, name)
    await office.before(kim)
    return sam, kim
