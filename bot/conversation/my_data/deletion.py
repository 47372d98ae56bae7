"""Deleting everything: hidden at once, ten minutes to undo it, then gone, and nothing said of it.

Takes nothing away itself (see `store.forgetting`). What is said meanwhile is in `undoing`.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from bot.conversation.context import Visit
from bot.conversation.my_data import reading_ended
from bot.domain.participant import Person
from flows.engine import Value

UNDO_FOR = dt.timedelta(minutes=10)
CLEARED_BEFORE = dt.timedelta(minutes=1)
"""On a phone that others see, the chat is cleared as long as its messages are still known."""


def waits(visit: Visit) -> bool:
    """Whether all they told us is about to be deleted."""
    return visit.person is not None and visit.person.delete_at is not None


def begin(visit: Visit, person: Person) -> None:
    """Hides all of it from everybody at once, and says when it goes."""
    code, person.receipt = visit.batch.new_receipt()
    person.delete_at = visit.now + UNDO_FOR
    if person.shared_phone:
        person.clear_all_at = person.delete_at - CLEARED_BEFORE
    visit.batch.not_on_its_way(person)
    visit.then.append(lambda: _say(visit, person, code))


async def _say(visit: Visit, person: Person, code: str) -> None:
    """Says what stays and who has read it, and last when it goes, with the button."""
    if await visit.batch.complaints.of(person.id):
        visit.say("deleting_complaint")
    was_read = await reading_ended.say(visit, person)
    name = "deleting_read" if was_read else "deleting"
    visit.say(name, {**when(visit, person), "code": code}, about=about(person))


async def delete_link(visit: Visit) -> None:
    """Deletes all there is of somebody who never said yes: a worker's link, with a name in it."""
    code = await visit.batch.erase_held(visit.arrival.chat, visit.now)
    visit.say("delete_link", {"code": code})


def when(visit: Visit, person: Person) -> dict[str, Value]:
    """When it goes, on the person's own clock."""
    assert person.delete_at is not None  # noqa: S101 - see `waits`
    return {"time": visit.tongue.time(person.delete_at.astimezone(ZoneInfo(person.zone)).time())}


def about(person: Person) -> int:
    """The moment, so that a button is of this deletion and of no other."""
    assert person.delete_at is not None  # noqa: S101 - see `waits`
    return int(person.delete_at.timestamp())
