"""Conditions of the table of routes on an update and its sender, one per function.

They change nothing; their first lines are what `checkin routes` prints.
"""

from __future__ import annotations

from bot.conversation import typed_choices, wording_feedback
from bot.conversation.checkin import returning, said_when, typed_labels
from bot.conversation.context import Context
from bot.conversation.identity import private_word, shared_phone
from bot.conversation.my_data import change_answer, complaints, deletion
from bot.conversation.onboarding import onboarding
from bot.conversation.safety import opening_gate, safety_question
from bot.conversation.safety.help import LINES, is_help
from bot.dispatch import callbacks, commands, worker_loading
from bot.domain.states import ParticipantState
from bot.messages.callback_data import (
    STOP,
    OnboardingButton,
    PhraseButton,
    QuestionButton,
    WorkerButton,
)
from bot.messages.incoming import (
    BotBlocked,
    ButtonPress,
    Command,
    GroupMessage,
    MalformedUpdate,
    RepeatedContent,
    TextMessage,
    UnsupportedMessage,
    VoiceMessage,
)
from bot.workers import router
from flows.engine.danger.detector import DangerKind

# --- what the update is --------------------------------------------------------------------------


def repeats_content(ctx: Context) -> bool:
    """An edit that changes no word, or one more picture of an album."""
    return isinstance(ctx.update.content, RepeatedContent)


def from_group(ctx: Context) -> bool:
    """Any message in a group."""
    return isinstance(ctx.update.content, GroupMessage)


def is_blocked(ctx: Context) -> bool:
    """The bot was blocked in this chat."""
    return isinstance(ctx.update.content, BotBlocked)


def is_malformed(ctx: Context) -> bool:
    """An update that could not be parsed."""
    return isinstance(ctx.update.content, MalformedUpdate)


def asks_for_help(ctx: Context) -> bool:
    """HELP sent a while ago, by keyword, command or button; recent HELP is answered from memory."""
    types_lines = isinstance(ctx.button, WorkerButton) and ctx.button.verb == LINES
    return types_lines or is_help(ctx.update.content, ctx.keyword)


def asks_to_stop(ctx: Context) -> bool:
    """STOP as a keyword, also in an edit, or as a command."""
    what = ctx.update.content
    return ctx.keyword == "stop" or (isinstance(what, Command) and what.name == "stop")


def is_unsupported(ctx: Context) -> bool:
    """A picture, a sticker, an edit: nothing that can be an answer."""
    return isinstance(ctx.update.content, UnsupportedMessage)


def always(_ctx: Context) -> bool:
    """Anything else."""
    return True


# --- workers -------------------------------------------------------------------------------------


def worker_is_writing(ctx: Context) -> bool:
    """Text of a worker with pending input; danger in it is about others."""
    worker, what = ctx.worker, ctx.update.content
    return (
        worker is not None
        and bool(worker.pending_input)
        and isinstance(what, TextMessage | VoiceMessage | UnsupportedMessage)
        and _is_for_workers(ctx)
    )


def is_worker_button(ctx: Context) -> bool:
    """A worker's button, tapped or typed; a press by anyone else is refused and recorded."""
    return isinstance(ctx.button, WorkerButton) and _is_for_workers(ctx)


def is_worker_command(ctx: Context) -> bool:
    """/new and /people of a worker, and a plain command of a worker who is no participant."""
    return isinstance(ctx.update.content, Command) and _is_for_workers(ctx)


def is_workers_words(ctx: Context) -> bool:
    """Text of a worker who is no participant, without danger, and not STOP."""
    return isinstance(
        ctx.update.content, TextMessage | VoiceMessage | UnsupportedMessage
    ) and _is_for_workers(ctx)


def _is_for_workers(ctx: Context) -> bool:
    if ctx.keyword == "stop" or worker_loading.opens_by_code(ctx):
        return False
    # A worker's text about a participant is not about themselves.
    working = ctx.worker is not None and bool(ctx.worker.pending_input)
    if ctx.danger is DangerKind.MAYBE and ctx.lookups.typed_exactly:
        working = True  # "Leave it" is what our own button says
    return (working or ctx.danger is None) and router.accepts(ctx)


# --- before everything else of a participant -----------------------------------------------------


def opens_link(ctx: Context) -> bool:
    """START with a token, or the digits of a card, unless a deletion is pending."""
    opens = worker_loading.opens_by_code(ctx) or worker_loading.token(ctx.update) is not None
    return opens and not deletion.waits(ctx)


def is_dangerous(ctx: Context) -> bool:
    """Text that may mean danger, unless it is a button's label of the open question."""
    what = ctx.update.content
    if ctx.danger is None:
        return False
    if not isinstance(what, TextMessage):
        return True
    if ctx.danger is DangerKind.MAYBE and typed_choices.is_newest_label(ctx, what.text):
        return False
    return not typed_labels.is_label(ctx, what.text)


def dangerous_command(ctx: Context) -> bool:
    """A known command followed by text that may mean danger."""
    what = ctx.update.content
    return isinstance(what, Command) and what.name in commands.COMMANDS and is_dangerous(ctx)


def deletion_pending(ctx: Context) -> bool:
    """A deletion of this participant is pending."""
    return deletion.waits(ctx)


def opening_line_stands(ctx: Context) -> bool:
    """An opening line is unanswered on a shared phone, and this may not pass it."""
    return ctx.keyword != "stop" and opening_gate.holds(ctx)


# --- pending input -------------------------------------------------------------------------------


def is_pending_input(ctx: Context) -> bool:
    """Pending input: a note, a private word, a complaint, a changed answer."""
    participant, what = ctx.participant, ctx.update.content
    if participant is None or not isinstance(what, TextMessage | VoiceMessage):
        return False
    if ctx.starts:
        return False
    if isinstance(what, TextMessage) and (
        typed_choices.is_aside(ctx, what.text) or typed_choices.answers_stop(ctx, what.text)
    ):
        return False
    return (
        wording_feedback.waits_for(ctx)
        or private_word.awaits_private_word(ctx)
        or complaints.awaits_complaint(participant)
        or change_answer.awaits_correction(participant)
    )


def comes_back(ctx: Context) -> bool:
    """A private word or a transfer code of a sender who is not known here."""
    what = ctx.update.content
    if ctx.participant is not None or not isinstance(what, TextMessage):
        return False
    return shared_phone.awaits_identity(ctx, what.text)


def answers_follow_up(ctx: Context) -> bool:
    """Text on a private phone after an opening line, where nothing was asked since."""
    participant = ctx.participant
    return (
        participant is not None
        and isinstance(ctx.update.content, TextMessage)
        and ctx.answered_follow_up is not None
        and participant.state is not ParticipantState.STOPPED
    )


def types_button(ctx: Context) -> bool:
    """A label, or a short reply, that stands for a button under the newest message."""
    what = ctx.update.content
    if not isinstance(what, TextMessage) or ctx.starts:
        return False
    if typed_choices.typed_button(ctx, what.text) is not None:
        return True
    return typed_choices.asked_once_more(ctx, what.text) is not None


def is_piece_before_safety_question(ctx: Context) -> bool:
    """Words or a voice note sent before the question if they are safe could be read."""
    what = ctx.update.content
    return isinstance(what, TextMessage | VoiceMessage) and safety_question.comes_before_it(ctx)


def answers_safety_question(ctx: Context) -> bool:
    """Words for a button under the question if they are safe, as long as it stands."""
    return not ctx.starts and safety_question.answered(ctx) is not None


def sounds_like_danger(ctx: Context) -> bool:
    """Text that sounds like danger in words of no list, until it was asked about and answered."""
    what = ctx.update.content
    if not isinstance(what, TextMessage) or ctx.starts or typed_labels.named(ctx, what.text):
        return False
    return safety_question.sounds_like_danger(ctx)


def types_time(ctx: Context) -> bool:
    """A day or an hour under "When shall I ask again?", but no label there."""
    what, participant = ctx.update.content, ctx.participant
    if not isinstance(what, TextMessage) or ctx.starts or participant is None:
        return False
    live = participant.open_checkin
    asked = said_when.asked_button(ctx, what.text) if live is not None else None
    return asked is not None and live is not None and asked.about == live.id


# --- commands and buttons ------------------------------------------------------------------------


def starts(ctx: Context) -> bool:
    """START as a keyword in any language, unless it is a button's label of the open question."""
    what = ctx.update.content
    return isinstance(what, TextMessage) and ctx.starts and not typed_labels.named(ctx, what.text)


def is_known_command(ctx: Context) -> bool:
    """A known command, or the words of the menu for one."""
    return commands.named(ctx) is not None


def is_command(ctx: Context) -> bool:
    """Any other command."""
    return isinstance(ctx.update.content, Command)


def is_question_stop(ctx: Context) -> bool:
    """Stop under a question or a step of onboarding, also an old one, of a participant."""
    button = ctx.button
    if isinstance(button, OnboardingButton):
        return button.choice == STOP and has_consented(ctx)
    stops = isinstance(button, QuestionButton) and button.choice == STOP
    return stops and ctx.participant is not None


def is_double_tap(ctx: Context) -> bool:
    """A button pressed twice by someone who has not consented, or has stopped."""
    active = ctx.participant is not None and ctx.participant.state is not ParticipantState.STOPPED
    return ctx.repeats_press and not active


def is_onboarding_button(ctx: Context) -> bool:
    """A button of the onboarding."""
    return isinstance(ctx.button, OnboardingButton)


def is_phrase_button(ctx: Context) -> bool:
    """A button under a phrase."""
    button = ctx.button
    return isinstance(button, PhraseButton) and button.phrase in callbacks.PHRASE_BUTTONS


def is_question_button(ctx: Context) -> bool:
    """A button of a question, while a check-in is open."""
    participant = ctx.participant
    return (
        isinstance(ctx.button, QuestionButton)
        and participant is not None
        and participant.open_checkin is not None
    )


def is_button(ctx: Context) -> bool:
    """Any other button: it is no longer valid."""
    return isinstance(ctx.update.content, ButtonPress)


# --- all other text ------------------------------------------------------------------------------


def has_not_consented(ctx: Context) -> bool:
    """Text of a sender who has not consented yet, or is asked again."""
    if has_consented(ctx) or onboarding.has_stopped(ctx):
        return False
    return ctx.participant is None or ctx.onboarding is not None


def has_stopped(ctx: Context) -> bool:
    """Text of a participant who has stopped."""
    return not has_consented(ctx)


def has_open_checkin(ctx: Context) -> bool:
    """Text of a participant with an open check-in."""
    return ctx.participant is not None and ctx.participant.open_checkin is not None


def is_long_after(ctx: Context) -> bool:
    """Text after a pause, or more than a day after the open question was asked."""
    participant = ctx.participant
    if participant is None or participant.open_checkin is None:
        return False
    if not isinstance(ctx.update.content, TextMessage):
        return False
    return returning.is_long_ago(ctx, participant, participant.open_checkin)


def has_consented(ctx: Context) -> bool:
    """Whether the sender is a participant who has not stopped."""
    participant = ctx.participant
    return participant is not None and participant.state is not ParticipantState.STOPPED
