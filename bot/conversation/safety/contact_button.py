"""Where "Ask someone to contact me" is offered: only where a worker or a lead would hear it.

Whether they can be reached at the moment is said when it is pressed.
"""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.context import Context
from bot.domain.worker import Case
from bot.messages.callback_data import PhraseButton, parse
from bot.messages.reply import Message

CONTACT = "contact"


def cases_of(ctx: Context) -> list[Case]:
    """Their cases, oldest first: joined, or by the link they claimed before consent."""
    if ctx.participant is not None:
        live = ctx.participant.open_checkin
        current = ctx.case(live.case_id) if live else None
        return [*ctx.participant.cases, *([current] if current else [])]
    return [ctx.lookups.claimed_case] if ctx.lookups.claimed_case else []


def is_heard(ctx: Context) -> bool:
    """Whether anybody would hear a request of theirs."""
    return any(case.is_heard for case in cases_of(ctx))


def offered(message: Message, *, heard: bool) -> Message:
    """A message as it is offered: without that button where no worker or lead would hear it."""
    if heard:
        return message
    return replace(message, choices=tuple(b for b in message.choices if not _asks(b.data)))


def _asks(data: str) -> bool:
    pressed = parse(data)
    return isinstance(pressed, PhraseButton) and pressed.choice == CONTACT
