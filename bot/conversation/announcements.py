"""You said, we did: shows a participant once what was changed because of participants' answers.

Only after a tap: the opening line must reveal nothing to others who see the phone.
"""

from __future__ import annotations

from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.messages.parts import MessagePart

MOST = 3
"""The newest only, so that a long absence does not bring a heap."""


async def before_it(ctx: Context, participant: Participant) -> None:
    """Adds announcements before the question just asked; they count as received.

    Not before "Who sees this phone?".
    """
    last = ctx.parts[-1] if ctx.parts else None
    if not participant.may_message or not isinstance(last, MessagePart) or not last.asks:
        return
    found = await ctx.uow.announcements.unheard_by(participant, MOST)
    if not found:
        return
    lines = (ctx.phrase("news"), *(ctx.phrase("quote", {"words": each}) for each in found))
    ctx.parts.insert(0, MessagePart(lines, ctx.localizer, "\n\n"))
