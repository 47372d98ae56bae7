"""Tells participants that a worker has seen their request, by an edit of what they were told.

Where others see the phone, or several participants use the chat, without the worker's name.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.conversation.context import Context
from bot.domain.participant import ContentOwner
from bot.i18n.localizer import Localizer
from bot.messages.parts import OtherReply, text_part
from bot.messages.reply import MessageEdit
from bot.store.repositories.work.alert_messages import SeenRequest
from flows.engine import Value

MOST_AT_ONCE = 100


async def tell(ctx: Context, alert_id: int | None = None) -> None:
    """Enqueues an edit for each request that was seen; with `alert_id` for that one alone.

    A request whose message is not delivered yet comes in a later round.
    """
    for seen in await ctx.uow.alert_messages.take_seen(MOST_AT_ONCE, alert_id):
        localizer = ctx.env.languages[seen.language]
        name = "contact_seen_bare" if seen.is_shared else "contact_seen"
        values: dict[str, Value] = {"time": _when(seen, localizer)}
        if not seen.is_shared:
            values["worker_name"] = seen.seen_by
        said = text_part(ctx.env.library.phrases[name].text, localizer, values)
        ctx.other_replies.append(
            OtherReply(
                seen.chat,
                (said,),
                ContentOwner(seen.participant_id),
                edit=MessageEdit(seen.message_id, seen.participant_id, names=not seen.is_shared),
            )
        )


def _when(seen: SeenRequest, localizer: Localizer) -> str:
    """The time; with its day where that is not the day of the request."""
    zone = ZoneInfo(seen.timezone)
    asked, at = seen.asked_at.astimezone(zone), seen.seen_at.astimezone(zone)
    if asked.date() == at.date():
        return localizer.format_time(at.time())
    return localizer.format_time_and_date(seen.seen_at, seen.timezone)
