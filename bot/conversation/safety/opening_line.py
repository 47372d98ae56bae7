"""The first line of everything that we begin: neutral, and on a shared phone of their choosing.

What it leads to is said only after a tap; on a shared phone only after "Is it you?" too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.content.environment import Environment
from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.domain.states import ParticipantState
from bot.messages.builder import phrase_message
from bot.messages.callback_data import PhraseButton
from bot.messages.reply import Message
from bot.messages.reply_codec import decode
from flows.engine import Text
from flows.engine.normalise import normalise

PHRASES = ("hello", "is_it_you")
YOU = "you"
"""What they wait for who have tapped Yes under a first line and not yet said that it is them."""
LINE, WHO = "line", "who"
"""The same for whom it was sent again, and for whom it was asked if they are the same still."""


def lines(env: Environment) -> Mapping[str, Text]:
    """The first lines there are to choose from."""
    return env.library.phrases["first_line"].choices


def message(participant: Participant, env: Environment, about: int) -> Message:
    """The first line with its four buttons, about a follow-up or a reply that is held back."""
    localizer = env.languages[participant.language]
    said = phrase_message("hello", localizer, env.library.phrases, about=about)
    chosen = lines(env).get(participant.opening_line or "")
    if not participant.shared_phone or chosen is None:
        return said
    return replace(said, text=localizer.text(chosen))


def is_seen(ctx: Context, participant: Participant) -> bool:
    """Whether others see this phone: they said so, or somebody else uses the chat too."""
    return participant.shared_phone or bool(ctx.lookups.inactive_participants)


def stands(ctx: Context) -> bool:
    """Whether a first line stands at a phone that others see, and nobody has said it is them."""
    participant = ctx.participant
    if (
        participant is None
        or participant.state is ParticipantState.STOPPED
        or not is_seen(ctx, participant)
    ):
        return False
    if ctx.deferred_reply_id is not None:
        return True
    hellos = [
        participant.last_follow_up_at,
        *(absent.next_follow_up_at for absent in ctx.lookups.inactive_participants),
    ]
    newest = max((at for at in hellos if at is not None), default=None)
    moved = participant.open_checkin.moved_at if participant.open_checkin else None
    known = (participant.joined_at, participant.known_at, participant.phone_checked_at, moved)
    return newest is not None and newest > max(at for at in known if at is not None)


def is_them(ctx: Context, participant: Participant) -> None:
    """Remembers that whoever holds the phone has just said, or shown, that it is them."""
    participant.known_at = ctx.now
    ctx.uow.participants.save(participant)


def ask_who(ctx: Context, participant: Participant) -> None:
    """Asks whether it is the same person still; only the answer to this passes a first line."""
    participant.pending_input, participant.pending_since = {"to": WHO, "about": 0}, ctx.now
    ctx.uow.participants.save(participant)
    ctx.say("other_person", about=participant.id)


def named(ctx: Context) -> str:
    """The button under a first line whose words were typed, or the empty string."""
    text = normalise(getattr(ctx.update.content, "text", ""))
    for phrase in PHRASES:
        for choice, label in ctx.env.library.phrases[phrase].choices.items():
            if normalise(ctx.localizer.text(label)) == text:
                return choice
    return ""


def typed(participant: Participant, choice: str, about: int) -> PhraseButton:
    """The button that their words are: of the first line, or of "Is it you?" once it is asked."""
    asked = (
        participant.pending_input.get("to") == YOU
        and participant.pending_input.get("about") == about
    )
    return PhraseButton(PHRASES[asked], choice, about)


def must_ask(ctx: Context, participant: Participant, button: PhraseButton) -> bool:
    """Asks whether it is them before any content on a shared phone; whether that was to do."""
    if not is_seen(ctx, participant) or button.phrase == "is_it_you":
        if participant.pending_input.get("to") in (YOU, LINE, WHO):
            participant.pending_input = {}
        is_them(ctx, participant)
        return False
    participant.pending_input, participant.pending_since = (
        {"to": YOU, "about": button.about},
        ctx.now,
    )
    ctx.uow.participants.save(participant)
    ctx.say("is_it_you", about=button.about)
    return True


async def open_held(ctx: Context, participant: Participant) -> None:
    """Says what came too late for a shared phone, now that they say it is them."""
    for body in await ctx.uow.outbox.take_deferred(participant):
        reply = decode(body)
        ctx.messages += reply.messages
        if reply.session_id is not None:
            ctx.prompt_ref = (reply.session_id, reply.turn)
