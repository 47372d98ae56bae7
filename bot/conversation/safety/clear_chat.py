"""Clear this chat: requested in one tap, in any state, with a truthful report of what is left.

No answer is deleted; the messages are deleted by `bot.telegram.sending.chat_cleaner`.
"""

from __future__ import annotations

import datetime as dt

from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.messages.parts import MessagePart
from bot.messages.reply import ClearChat

AFTER = dt.timedelta(minutes=10)
"""How long the last message of a check-in stays, where the chat is cleared after each."""


async def ask(ctx: Context) -> None:
    """Clears the chat; the reply comes after it, in one of two versions."""
    if ctx.urgent:
        return  # the answer to danger must be read first; it has a button for this
    words = ctx.phrase("cleared_words")
    said = [ctx.phrase("cleared"), ctx.phrase("cleared_left", {"words": words})]
    answers = (ctx.phrase("cleared_answers"),) if ctx.participant is not None else ()
    ctx.parts = [MessagePart((text, *answers), ctx.localizer, "\n\n") for text in said]
    ctx.prompt_ref, ctx.chosen_label, ctx.edit_keyboard_only = None, None, False
    known = tuple((s.message_id, s.ours, s.at.timestamp()) for s in ctx.unsaved_message_ids)
    ctx.clear = ClearChat("", known)


def when_done(ctx: Context, participant: Participant) -> None:
    """Clears the chat a few minutes after a check-in or a stop, if the participant wants that."""
    if participant.clears_after_checkin and participant.delete_at is None:
        participant.clear_chat_at = ctx.now + AFTER
        ctx.uow.participants.save(participant)


def come_back(ctx: Context, participant: Participant) -> None:
    """Clears nothing of a conversation that goes on again; its end sets another time."""
    if participant.clear_chat_at is not None and participant.delete_at is None:
        participant.clear_chat_at = None
        ctx.uow.participants.save(participant)
