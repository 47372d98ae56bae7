"""Clear this chat: asked for in one tap, in any state, and told truthfully what is left.

Takes nothing away itself (see `bot.telegram.sending.chat_cleaner`), and deletes no answer.
"""

from __future__ import annotations

import datetime as dt

from bot.conversation.context import Visit
from bot.domain.participant import Person
from bot.messages.reply import Clear, Message

AFTER = dt.timedelta(minutes=10)
"""How long the last words of a check-in stand, where the chat is cleared after each."""


def ask(visit: Visit) -> None:
    """Has the chat cleared; what is said then comes after it, in one of two ways."""
    if visit.urgent:
        return  # what was said to danger must be read first; it has a button for this
    tongue = visit.tongue
    words = tongue.phrase("cleared_words")
    said = [tongue.phrase("cleared"), tongue.phrase("cleared_left", {"words": words})]
    if visit.person is not None:
        said = [f"{text}\n\n{tongue.phrase('cleared_answers')}" for text in said]
    visit.messages = [Message(text, right_to_left=tongue.right_to_left) for text in said]
    visit.asked, visit.chosen, visit.redraw = None, None, False
    known = tuple((s.message_id, s.ours, s.at.timestamp()) for s in visit.stood)
    visit.clear = Clear(words, known)


def after_check_in(visit: Visit, person: Person) -> None:
    """Has the chat cleared a few minutes after a check-in, if they want that."""
    if person.clear_after:
        person.clear_all_at = visit.now + AFTER
        visit.batch.changed(person)
