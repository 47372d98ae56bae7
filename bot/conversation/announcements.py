"""You said, we did: shows a participant once what was changed because of participants' answers.

Only after a tap: the opening line must reveal nothing to others who see the phone.
"""

from __future__ import annotations

from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.i18n.localizer import truncate
from bot.messages.callback_data import QuestionButton, parse
from bot.messages.reply import Message

MOST = 3
"""The newest only, so that a long absence does not bring a heap."""
LONGEST = 3500


async def before_it(ctx: Context, participant: Participant) -> None:
    """Adds announcements before the question just asked; they count as received.

    Not before "Who sees this phone?".
    """
    keys = ctx.messages[-1].choices if ctx.messages else ()
    asks = keys and isinstance(parse(keys[0].data), QuestionButton)
    if not participant.may_message or not asks:
        return
    found = await ctx.uow.announcements.unheard_by(participant, MOST)
    if not found:
        return
    localizer = ctx.localizer
    words = [
        localizer.phrase("news"),
        *(localizer.phrase("quote", {"words": each}) for each in found),
    ]
    text = truncate("\n\n".join(words), LONGEST)
    ctx.messages.insert(0, Message(text, right_to_left=localizer.right_to_left))
