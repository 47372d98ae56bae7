"""What a person is told, truly, once a worker may not read something any more: who has read it.

The worker's chat is emptied of it by `bot.telegram.sending.shown_message_removal`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from zoneinfo import ZoneInfo

from bot.conversation.context import Context
from bot.domain.participant import Participant
from flows.engine import Value

MOST = 3
"""Workers who are named; so many read one person's words hardly ever."""


async def say(
    ctx: Context, participant: Participant, sessions: Collection[int] | None = None
) -> bool:
    """Says which workers have read it, when last; whether anybody has. None means all of it.

    Of a story that is closed at this phone nobody is named.
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
