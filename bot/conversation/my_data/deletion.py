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


def waits(ctx: Context) -> bool:
    """Whether all they told us is about to be deleted."""
    return ctx.participant is not None and ctx.participant.delete_at is not None


async def begin(ctx: Context, participant: Participant) -> None:
    """Hides all of it from everybody at once, and says when it goes."""
    code, participant.receipt_hash = ctx.uow.erasure.new_receipt()
    participant.delete_at = ctx.now + UNDO_FOR
    if participant.shared_phone:
        participant.clear_chat_at = participant.delete_at - CLEARED_BEFORE
    ctx.uow.outbox.withdraw(participant)
    await _say(ctx, participant, code)


async def _say(ctx: Context, participant: Participant, code: str) -> None:
    """Says what stays and who has read it, and last when it goes, with the button."""
    if await ctx.uow.complaints.of(participant.id):
        ctx.say("deleting_complaint")
    was_read = await reading_ended.say(ctx, participant)
    name = "deleting_read" if was_read else "deleting"
    ctx.say(name, {**when(ctx, participant), "code": code}, about=about(participant))


async def delete_link(ctx: Context) -> None:
    """Deletes all there is of somebody who never said yes: a worker's link, with a name in it."""
    code = await ctx.uow.erasure.erase_held(ctx.update.chat, ctx.now)
    ctx.say("delete_link", {"code": code})


def when(ctx: Context, participant: Participant) -> dict[str, Value]:
    """When it goes, on the person's own clock."""
    assert participant.delete_at is not None  # noqa: S101 - see `waits`
    return {
        "time": ctx.localizer.format_time(
            participant.delete_at.astimezone(ZoneInfo(participant.timezone)).time()
        )
    }


def about(participant: Participant) -> int:
    """The moment, so that a button is of this deletion and of no other."""
    assert participant.delete_at is not None  # noqa: S101 - see `waits`
    return int(participant.delete_at.timestamp())
