"""A reply that could not be sent in time: on a shared phone its first line comes alone.

Everywhere else it is sent as it is.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bot.conversation import first
from bot.conversation.reply import Reply
from bot.conversation.visit import Around
from bot.followups.plan import next_safe
from bot.store.people import Person
from bot.store.tables import Life

LATE = dt.timedelta(minutes=10)
"""After this long the person may have put the phone down, and somebody else may hold it."""


def instead(reply: Reply, person: Person | None, around: Around, now: dt.datetime) -> Reply | None:
    """What is sent of a reply that is late; None while it is no time for it.

    To those who have stopped, or only hear from us when they write first, nothing is said.
    """
    if person is None or not person.shared_phone or (reply.lasting and reply.clear is None):
        return reply
    if reply.clear is not None:
        return replace(reply, messages=())  # cleared all the same, without a word
    if person.state is Life.STOPPED or person.safe.never:
        return Reply(reply.id, reply.chat, holds=True)
    if next_safe(now, person.zone, person.safe, around.plan) != now:
        return None
    said = first.message(person, around, about=reply.id)
    return Reply(reply.id, reply.chat, (said,), holds=True)
