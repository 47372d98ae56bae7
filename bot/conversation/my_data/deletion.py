"""Deleting everything: hidden at once, ten minutes to undo it, then gone, and nothing said of it.

Takes nothing away itself (see `store.forgetting`). What is said meanwhile is in `deletion_undo`.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from bot.conversation.context import Context
from bot.conversation.my_data import reading_ended
from bot.domain.participant import Participant
from flows.engine import Value

UNDO_FOR = dt.timedelta(minutes=10)
CLEARED_BEFORE = dt.timedelta(minutes=1)
"""On a phone that others see, the chat is cleared as long as its messages are still known."""


def waits(visit: Context) -> bool:
    """Whether all they told us is about to be deleted."""
    return visit.participant is not None and visit.participant.delete_at is not None


def begin(visit: Context, person: Participant) -> None:
    """Hides all of it from everybody at once, and says when it goes."""
    code, person.receipt_hash = visit.uow.new_receipt()
    person.delete_at = visit.now + UNDO_FOR
    if person.shared_phone:
        person.clear_chat_at = person.delete_at - CLEARED_BEFORE
    visit.uow.withdraw_from_outbox(person)
    visit.after_handling.append(lambda: _say(visit, person, code))


async def _say(visit: Context, person: Participant, code: str) -> None:
    """Says what stays and who has read it, and last when it goes, with the button."""
    if await visit.uow.complaints.of(person.id):
        visit.say("deleting_complaint")
    was_read = await reading_ended.say(visit, person)
    name = "deleting_read" if was_read else "deleting"
    visit.say(name, {**when(visit, person), "code": code}, about=about(person))


async def delete_link(visit: Context) -> None:
    """Deletes all there is of somebody who never said yes: a worker's link, with a name in it."""
    code = await visit.uow.erase_held(visit.update.chat, visit.now)
    visit.say("delete_link", {"code": code})


def when(visit: Context, person: Participant) -> dict[str, Value]:
    """When it goes, on the person's own clock."""
    assert person.delete_at is not None  # noqa: S101 - see `waits`
    return {
        "time": visit.localizer.format_time(
            person.delete_at.astimezone(ZoneInfo(person.timezone)).time()
        )
    }


def about(person: Participant) -> int:
    """The moment, so that a button is of this deletion and of no other."""
    assert person.delete_at is not None  # noqa: S101 - see `waits`
    return int(person.delete_at.timestamp())
