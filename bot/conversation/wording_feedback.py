"""A language nobody has checked yet says so once, and whoever finds words wrong can say that.

Keeps no word of who said it.
"""

from __future__ import annotations

from bot.conversation.checkin import answering
from bot.conversation.context import Context
from bot.dispatch import commands
from bot.domain.participant import Participant
from bot.messages.callback_data import PhraseButton
from bot.messages.incoming import TextMessage

WORDING = "wording"


def say_once(ctx: Context) -> None:
    """Says that the language chosen is a draft, if it is one."""
    if ctx.localizer.draft:
        ctx.say("draft")


async def wrong(ctx: Context, _button: PhraseButton) -> None:
    """Asks what sounds wrong; of somebody without a yes only the place is kept, no word."""
    participant = ctx.participant
    if participant is None:
        place = "welcome" if ctx.onboarding is None else f"welcome/{len(ctx.onboarding.path)}"
        ctx.uow.wording_notes.add(ctx.localizer.code, place, None, ctx.now)
        ctx.say("sounds_wrong_kept")
        return
    participant.pending_input = {"to": WORDING, "place": _place(participant)}
    participant.pending_since = ctx.now
    ctx.uow.participants.save(participant)
    ctx.say("sounds_wrong")


def _place(participant: Participant) -> str:
    live = participant.open_checkin
    return f"{live.session.flow}/{live.session.step}" if live else "phrases"


def waits_for(ctx: Context) -> bool:
    """Whether the words that have come are such a note."""
    participant = ctx.participant
    typed = isinstance(ctx.update.content, TextMessage)
    return typed and participant is not None and participant.pending_input.get("to") == WORDING


async def noted(ctx: Context, participant: Participant, text: str) -> None:
    """Keeps the note, and brings back the question that waited."""
    ctx.uow.wording_notes.add(
        ctx.localizer.code, str(participant.pending_input["place"]), text, ctx.now
    )
    ctx.say_without_buttons("sounds_wrong_kept")
    await carry_on(ctx)


async def carry_on(ctx: Context) -> None:
    """Forgets that a note was waited for; what waited before comes back."""
    participant = ctx.participant
    if participant is None:
        await commands.resume(ctx)
        return
    participant.pending_input = {}
    ctx.uow.participants.save(participant)
    if participant.open_checkin is not None:
        answering.ask(ctx, participant, participant.open_checkin)
    else:
        await commands.resume(ctx)
