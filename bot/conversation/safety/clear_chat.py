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


def ask(visit: Context) -> None:
    """Has the chat cleared; what is said then comes after it, in one of two ways."""
    if visit.urgent:
        return  # what was said to danger must be read first; it has a button for this
    tongue = visit.localizer
    words = tongue.phrase("cleared_words")
    said = [tongue.phrase("cleared"), tongue.phrase("cleared_left", {"words": words})]
    if visit.participant is not None:
        said = [f"{text}\n\n{tongue.phrase('cleared_answers')}" for text in said]
    visit.messages = [Message(text, right_to_left=tongue.right_to_left) for text in said]
    visit.prompt_ref, visit.chosen, visit.redraw = None, None, False
    known = tuple((s.message_id, s.ours, s.at.timestamp()) for s in visit.unsaved_message_ids)
    visit.clear = ClearChat(words, known)


def after_check_in(visit: Context, person: Participant) -> None:
    """Has the chat cleared a few minutes after a check-in, if they want that."""
    if person.clears_after_checkin:
        person.clear_chat_at = visit.now + AFTER
        visit.uow.update_participant(person)
