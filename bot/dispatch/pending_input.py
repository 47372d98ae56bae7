"""Pending input: receives the text that was asked for, or discards the request.

Each kind of input is handled in its own use case.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.conversation import wording_feedback
from bot.conversation.context import Context
from bot.conversation.identity import private_word, shared_phone
from bot.conversation.my_data import change_answer, complaints
from bot.conversation.next_step import Next
from bot.conversation.safety import danger, opening_line, safety_question
from bot.dispatch import commands
from bot.domain.participant import Participant
from bot.domain.states import ParticipantState
from bot.messages.callback_data import CallbackData, PhraseButton, QuestionButton
from bot.messages.incoming import ButtonPress, Command, TextMessage, VoiceMessage

_HELP = frozenset(
    ("helplines", "contact_offer", "danger_keep", *danger.BUTTONS, *safety_question.BUTTONS)
)
"""The phrases of help, danger and safety: their buttons leave pending input pending."""
_UNCHANGED = ("stale", "done_already", "delete_over")
"""Toasts that say that a button changed nothing."""


async def receive(ctx: Context) -> Next | None:
    """Receives what was asked for: a note, a private word, a complaint, a changed answer."""
    participant, what = ctx.participant, ctx.update.content
    assert participant is not None  # noqa: S101 - see `route_conditions.is_pending_input`
    assert isinstance(what, TextMessage | VoiceMessage)  # noqa: S101 - the same
    if isinstance(what, TextMessage) and wording_feedback.waits_for(ctx):
        return await wording_feedback.noted(ctx, participant, what.text)
    if isinstance(what, TextMessage) and private_word.awaits_private_word(ctx):
        return await shared_phone.typed(ctx, what)
    sounds = safety_question.sounds_like_danger(ctx)
    if complaints.awaits_complaint(participant):
        follows = await complaints.complaint_received(ctx, participant, what)
    else:
        follows = change_answer.receive(ctx, participant, what)
    if not sounds:
        return follows
    if safety_question.asked_at(ctx) is not None:
        await danger.answer_unsure(ctx)
    else:
        safety_question.ask(ctx)
    return None  # what follows waits for it


async def discard(ctx: Context, typed: PhraseButton | None = None) -> None:
    """Discards pending input once the participant does something else.

    A button that they `typed` is as one tapped.
    """
    participant, what = ctx.participant, ctx.update.content
    opened = ctx.lookups.opened_link is not None  # by the digits of a card
    by_menu = commands.named(ctx) is not None
    written = isinstance(what, TextMessage | VoiceMessage) and not (opened or by_menu or typed)
    stopped = participant is not None and participant.state is ParticipantState.STOPPED
    # After a stop that may have been an answer only the button, another stop or START decide.
    held = stopped and not (ctx.starts or opened)
    if participant is not None and not held and (written or isinstance(ctx.button, QuestionButton)):
        danger.discard_pending_text(ctx, participant)
    starts = ctx.starts or opened or (isinstance(what, Command) and what.name == "start")
    elsewhere = isinstance(what, ButtonPress | Command) or by_menu or starts or typed is not None
    if elsewhere and not _from_help(ctx, typed or ctx.button):
        # A correction that sounded dangerous is asked about next: see `resume`.
        if not starts or participant is None or not _asks_about_held(ctx, participant):
            change_answer.discard_unless_changing(ctx)
        complaints.discard_unless_complaint(ctx)
        wording_feedback.discard(ctx)
    if elsewhere and participant is not None:
        private_word.discard(ctx, participant)


async def discard_by_link(ctx: Context) -> None:
    """Discards it once a link was opened, unless an opening line stands: then nothing is shown."""
    if not opening_line.stands(ctx):
        await discard(ctx)


async def keeping_if_stale(
    ctx: Context,
    run: Callable[[Context], Awaitable[Next | None]],
    typed: PhraseButton | None = None,
) -> Next | None:
    """Discards pending input and runs a handler; keeps it where only "stale" was answered."""
    participant = ctx.participant
    awaited = participant.pending_input if participant is not None else None
    since = participant.pending_since if participant is not None else None
    await discard(ctx, typed)
    follows = await run(ctx)
    stale = ctx.toast_name in _UNCHANGED and not ctx.parts and follows is None
    if not stale or participant is None or participant is not ctx.participant:
        return follows
    if participant.pending_input != awaited:
        participant.pending_input, participant.pending_since = awaited, since
        ctx.uow.participants.save(participant)
    return follows


def _asks_about_held(ctx: Context, participant: Participant) -> bool:
    alone = not opening_line.is_phone_shared(ctx, participant)
    return alone and danger.pending_correction(participant) is not None


def _from_help(ctx: Context, button: CallbackData | None) -> bool:
    """Whether it asks for help or a person, or is a button there: pending input stays pending."""
    command = commands.named(ctx)
    if command is not None:
        return command == "person"
    return isinstance(button, PhraseButton) and button.phrase in _HELP
