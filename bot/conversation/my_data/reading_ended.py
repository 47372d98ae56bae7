"""Tells a participant truthfully which workers have read what they may no longer read.

The messages in the worker's chat are deleted by `bot.telegram.sending.shown_message_removal`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from zoneinfo import ZoneInfo

from bot.conversation.context import Context
from bot.domain.participant import Participant
from flows.engine import Value

MOST = 3
"""Workers who are named; rarely do so many read one participant's answers."""


async def say(
    ctx: Context, participant: Participant, sessions: Collection[int] | None = None
) -> bool:
    """Names the workers who have read it, and when last; whether any has. None means all of it.

    Of check-ins hidden at this phone no reader is named.
    """
    found = await ctx.uow.sharing.readers_of(participant)
    newest: dict[str, dt.datetime] = {}
    for name, session, at in found:  # newest first
        if sessions is None or session in sessions:
            newest.setdefault(name, at)
    for name, at in list(newest.items())[:MOST]:
        if participant.hidden_before is None or at > participant.hidden_before:
            date = at.astimezone(ZoneInfo(participant.timezone)).date()
            values: dict[str, Value] = {"worker_name": name, "date": date}
            ctx.say("read_gone", values)
    return bool(newest)
