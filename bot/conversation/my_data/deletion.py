"""Deleting everything: hidden at once, ten minutes to undo it, then erased without a message.

It is erased in `erasure_repository`; messages until then are in `deletion_undo`.
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
"""On a shared phone, the chat is cleared while its message ids are still known."""


def waits(ctx: Context) -> bool:
    """Whether a deletion is pending."""
    return ctx.participant is not None and ctx.participant.delete_at is not None


async def begin(ctx: Context, participant: Participant) -> None:
    """Hides everything at once, and announces when it is erased."""
    code, participant.receipt_hash = ctx.uow.erasure.new_receipt()
    participant.delete_at = ctx.now + UNDO_FOR
    if participant.shared_phone or participant.clear_chat_at is not None:
        participant.clear_chat_at = participant.delete_at - CLEARED_BEFORE
    ctx.uow.outbox.withdraw(participant)
    await _say(ctx, participant, code)


async def _say(ctx: Context, participant: Participant, code: str) -> None:
    """Tells what stays and who has read it, and last when it is erased, with the undo button."""
    if await ctx.uow.complaints.of(participant.id):
        ctx.say("deleting_complaint")
    was_read = await reading_ended.say(ctx, participant)
    name = "deleting_read" if was_read else "deleting"
    ctx.say(name, {**when(ctx, participant), "code": code}, about=about(participant))


async def delete_link(ctx: Context) -> None:
    """Deletes the data of a sender without consent: a worker's link, with a name in it."""
    code = await ctx.uow.erasure.erase_held(ctx.update.chat, ctx.now)
    ctx.say("delete_link", {"code": code})


def when(ctx: Context, participant: Participant) -> dict[str, Value]:
    """When it is erased, in the participant's time zone."""
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
