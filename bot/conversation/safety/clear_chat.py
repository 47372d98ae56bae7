"""Clear this chat: asked for in one tap, in any state, and told truthfully what is left.

Takes nothing away itself (see `bot.telegram.sending.chat_cleaner`), and deletes no answer.
"""

from __future__ import annotations

import datetime as dt

from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.messages.reply import ClearChat, Message

AFTER = dt.timedelta(minutes=10)
"""How long the last words of a check-in stand, where the chat is cleared after each."""


async def ask(ctx: Context) -> None:
    """Has the chat cleared; what is said then comes after it, in one of two ways."""
    if ctx.urgent:
        return  # what was said to danger must be read first; it has a button for this
    localizer = ctx.localizer
    words = localizer.phrase("cleared_words")
    said = [localizer.phrase("cleared"), localizer.phrase("cleared_left", {"words": words})]
    if ctx.participant is not None:
        said = [f"{text}\n\n{localizer.phrase('cleared_answers')}" for text in said]
    ctx.messages = [Message(text, right_to_left=localizer.right_to_left) for text in said]
    ctx.prompt_ref, ctx.chosen, ctx.redraw = None, None, False
    known = tuple((s.message_id, s.ours, s.at.timestamp()) for s in ctx.unsaved_message_ids)
    ctx.clear = ClearChat(words, known)


def after_check_in(ctx: Context, participant: Participant) -> None:
    """Has the chat cleared a few minutes after a check-in, if they want that."""
    if participant.clears_after_checkin:
        participant.clear_chat_at = ctx.now + AFTER
        ctx.uow.participants.save(participant)
