"""You said, we did: tells a person once what was changed because of what people said.

Never in the first line of a hello, which says nothing that others should not see: only after a tap.
"""

from __future__ import annotations

from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.i18n.localizer import truncate
from bot.messages.callback_data import QuestionButton, parse
from bot.messages.reply import Message

MOST = 3
"""The newest; who was away long does not get a heap."""
LONGEST = 3500


def before_it(visit: Context, person: Participant) -> None:
    """Says what is new before a check-in, once it is asked: not before "Who sees this phone?"."""
    if person.may_message:
        visit.after_handling.append(lambda: tell(visit, person))


async def tell(visit: Context, person: Participant) -> None:
    """Says what is new before anything is asked. What is said now counts as heard."""
    keys = visit.messages[-1].choices if visit.messages else ()
    if not keys or not isinstance(parse(keys[0].data), QuestionButton):
        return
    found = await visit.uow.caseload.unheard_by(person, MOST)
    if not found:
        return
    tongue = visit.localizer
    words = [tongue.phrase("news"), *(tongue.phrase("quote", {"words": each}) for each in found)]
    text = truncate("\n\n".join(words), LONGEST)
    visit.messages.insert(0, Message(text, right_to_left=tongue.right_to_left))
