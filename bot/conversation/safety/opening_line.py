"""The opening line of everything we begin: neutral, and on a shared phone of their choosing.

The content follows only after a tap; on a shared phone only after "Is it you?" too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.content.environment import Environment
from bot.conversation import typed_choices
from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.domain.participant_inputs import AwaitingIdentity, AwaitingSamePerson, OpeningLineRepeated
from bot.domain.states import ParticipantState
from bot.messages.callback_data import PhraseButton
from bot.messages.parts import MessagePart, lazy, phrase_part
from bot.messages.renderer import render
from bot.messages.reply import Message
from bot.messages.reply_codec import decode
from flows.engine import LazyText, Text

PHRASES = ("hello", "is_it_you")


def lines(env: Environment) -> Mapping[str, Text]:
    """The opening lines there are to choose from."""
    return env.library.phrases["first_line"].choices


def opening(participant: Participant, env: Environment, about: int) -> MessagePart:
    """The opening line with its four buttons, about a follow-up or a deferred reply."""
    localizer = env.languages[participant.language]
    said = phrase_part("hello", localizer, env.library.phrases, about=about)
    return replace(said, lines=(words(participant, env),))


def message(participant: Participant, env: Environment, about: int) -> Message:
    """The same, rendered: for a follow-up, and for a reply that is late."""
    (rendered,) = render((opening(participant, env, about),))
    return rendered


def words(participant: Participant, env: Environment) -> LazyText:
    """The words of the opening line: of their own choosing on a shared phone."""
    chosen = lines(env).get(participant.opening_line or "")
    if not participant.shared_phone or chosen is None:
        return lazy(env.library.phrases["hello"].text)
    return lazy(chosen)


def is_phone_shared(ctx: Context, participant: Participant) -> bool:
    """Whether the phone is shared: by their answer, or because others use the chat."""
    return participant.shared_phone or bool(ctx.lookups.inactive_participants)


def stands(ctx: Context) -> bool:
    """Whether an opening line is open on a shared phone, with identity not confirmed."""
    participant = ctx.participant
    if (
        participant is None
        or participant.state is ParticipantState.STOPPED
        or not is_phone_shared(ctx, participant)
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


async def again(ctx: Context, participant: Participant) -> bool:
    """Says an opening line again that is not answered yet, after help; whether there is one."""
    if participant.last_follow_up_at is None or participant.state is ParticipantState.STOPPED:
        return False
    found = (await ctx.uow.follow_ups.open_of([participant.id])).get(participant.id)
    live = participant.open_checkin
    moved = live.moved_at if live is not None else None
    if found is None or (moved is not None and moved > participant.last_follow_up_at):
        return False
    ctx.parts.append(opening(participant, ctx.env, found.id))
    return True


def is_them(ctx: Context, participant: Participant) -> None:
    """Records that identity was just confirmed."""
    ctx.is_identified = True
    participant.known_at = ctx.now
    ctx.uow.participants.save(participant)


def ask_who(ctx: Context, participant: Participant) -> None:
    """Asks whether it is the same person still; only the answer passes an opening line."""
    participant.pending_input, participant.pending_since = AwaitingSamePerson(), ctx.now
    ctx.uow.participants.save(participant)
    ctx.say("other_person", about=participant.id)


def named(ctx: Context) -> str:
    """The button under an opening line that a text stands for, or the empty string.

    On a phone that others see only its exact label counts.
    """
    text, participant = getattr(ctx.update.content, "text", ""), ctx.participant
    exact = participant is None or is_phone_shared(ctx, participant)
    for phrase in PHRASES:
        choices = ctx.env.library.phrases[phrase].choices.items()
        find = typed_choices.labelled if exact else typed_choices.typed_choice
        if (found := find(ctx, text, choices)) is not None:
            return found
    return ""


def typed(participant: Participant, choice: str, about: int) -> PhraseButton:
    """The button that the text stands for: of the opening line, or of "Is it you?"."""
    asked = participant.pending_input == AwaitingIdentity(about)
    return PhraseButton(PHRASES[asked], choice, about)


def must_ask(ctx: Context, participant: Participant, button: PhraseButton) -> bool:
    """Asks for identity before any content on a shared phone; whether that was needed."""
    if not is_phone_shared(ctx, participant) or button.phrase == "is_it_you":
        if isinstance(
            participant.pending_input, AwaitingIdentity | AwaitingSamePerson | OpeningLineRepeated
        ):
            participant.pending_input = None
        is_them(ctx, participant)
        return False
    participant.pending_input, participant.pending_since = (
        AwaitingIdentity(button.about),
        ctx.now,
    )
    ctx.uow.participants.save(participant)
    ctx.say("is_it_you", about=button.about)
    return True


async def open_held(ctx: Context, participant: Participant) -> None:
    """Sends what was deferred on a shared phone, now that identity is confirmed."""
    for body in await ctx.uow.outbox.take_deferred(participant):
        reply = decode(body)
        ctx.parts += reply.messages
        if reply.session_id is not None:
            ctx.prompt_ref = (reply.session_id, reply.turn)
