"""Handlers of the table of routes, where one is more than a use case.

Their first lines are what `checkin routes` prints.
"""

from __future__ import annotations

from bot.conversation import reachability, small_talk, stop, typed_choices
from bot.conversation.checkin import answering, follow_up_taps, not_now, returning, said_when
from bot.conversation.context import Context
from bot.conversation.identity import join_case, shared_phone
from bot.conversation.my_data import deletion_undo
from bot.conversation.next_step import Next
from bot.conversation.onboarding import onboarding
from bot.conversation.safety import (
    contact_button,
    danger,
    opening_gate,
    opening_line,
    safety_question,
)
from bot.conversation.safety.help import said as help_message
from bot.dispatch import callbacks, commands, pending_input
from bot.domain.states import ParticipantState
from bot.messages.callback_data import OnboardingButton, PhraseButton
from bot.messages.incoming import (
    ButtonPress,
    Command,
    MalformedUpdate,
    TextMessage,
    UnsupportedMessage,
    VoiceMessage,
)
from bot.workers import worker_help

_PUTS_OFF = ("later", "not_today")
"""The buttons of an opening line that put it off."""


class MalformedUpdateError(Exception):
    """An update of an unknown form; the message says what is wrong with it."""


# --- effects before a handler --------------------------------------------------------------------


async def heard_from(ctx: Context) -> None:
    """Ends the silence of a participant, unless their deletion is pending."""
    participant = ctx.participant
    if participant is None or participant.delete_at is not None:
        return
    if participant.unanswered:
        participant.unanswered = 0
        ctx.uow.participants.save(participant)
    if participant.state is ParticipantState.QUIET:
        ctx.uow.participants.move(participant, "resume", ctx.now)


# --- handlers ------------------------------------------------------------------------------------


async def nothing(_ctx: Context) -> None:
    """Does nothing: it has been answered."""


async def private_only(ctx: Context) -> None:
    """Answers once in a group that the bot only talks in private chats."""
    if await ctx.uow.inbox.mark_group_told(ctx.update.chat, ctx.now):
        ctx.say("private_only")


async def blocked(ctx: Context) -> None:
    """Stops all participants of the chat; a worker's alerts go to others."""
    await reachability.mark_unreachable(ctx.uow, ctx.update.chat, ctx.now)
    await join_case.release_link(ctx)
    await shared_phone.stop_all(ctx, "block")


async def malformed(ctx: Context) -> None:
    """Stores the update as a dead letter for the operator, and sends a kind reply."""
    what = ctx.update.content
    assert isinstance(what, MalformedUpdate)  # noqa: S101 - see `route_conditions.is_malformed`
    raise MalformedUpdateError(what.error)


async def help_asked(ctx: Context) -> None:
    """Sends the helplines; a worker also gets what they can do here."""
    ctx.urgent = True
    if worker_help.alone(ctx) is None:
        heard = contact_button.is_heard(ctx)
        ctx.parts.append(help_message(ctx.localizer, ctx.env, ctx.now, heard=heard))
    await worker_help.asked(ctx)


async def danger_said(ctx: Context) -> None:
    """Answers danger; the text stays pending until the participant decides about it."""
    assert ctx.danger is not None  # noqa: S101 - see `route_conditions.is_dangerous`
    await danger.answer(ctx, ctx.danger)


async def danger_first(ctx: Context) -> None:
    """Answers danger, and then runs the command."""
    await danger_said(ctx)


async def while_deletion_pending(ctx: Context) -> Next | None:
    """Stops, clears, undoes, or runs a button of help and danger; nothing else is stored."""
    what = ctx.update.content
    by_command = isinstance(what, Command) and what.name == "stop"
    if ctx.keyword == "stop" or by_command or deletion_undo.stops(ctx):
        await stop.stop_now(ctx)
    elif commands.named(ctx) == "hide":
        return await commands.COMMANDS["hide"](ctx)
    elif (button := deletion_undo.still_works(ctx)) is not None:
        return await callbacks.phrase_pressed(ctx, button)
    else:
        deletion_undo.meanwhile(ctx)
    return None


async def opening_line_again(ctx: Context) -> Next | None:
    """Shows and stores nothing; resends the opening line, or handles its buttons' labels."""
    return await opening_gate.answer(ctx)


async def stop_asked(ctx: Context) -> None:
    """Ends all contact in one step, then asks what becomes of the answers."""
    await stop.stop_now(ctx)


async def pending_input_received(ctx: Context) -> Next | None:
    """Handles the text as the pending input."""
    return await pending_input.receive(ctx)


async def coming_back(ctx: Context) -> Next | None:
    """Looks for the participant with that private word or code, and greets them."""
    what = ctx.update.content
    assert isinstance(what, TextMessage)  # noqa: S101 - see `route_conditions.comes_back`
    return await shared_phone.typed(ctx, what)


async def follow_up_typed(ctx: Context) -> Next | None:
    """Runs the button under the opening line, or asks which; stores nothing."""
    found, what = ctx.answered_follow_up, ctx.update.content
    assert found is not None  # noqa: S101 - see `route_conditions.answers_follow_up`
    assert isinstance(what, TextMessage)  # noqa: S101 - the same
    choice = opening_line.named(ctx)
    said = said_when.read(ctx, what.text) if not choice else None
    if said is not None and ctx.participant is not None:
        if said_when.due(ctx, ctx.participant, said) is None:
            again = [PhraseButton(opening_line.PHRASES[0], c, found.id) for c in _PUTS_OFF]
            said_when.say_too_far(ctx, ctx.participant, again)
            return None
        choice = _PUTS_OFF[0]  # the time they typed is read where it is put off
    if choice:
        return await follow_up_taps.pressed(
            ctx, PhraseButton(opening_line.PHRASES[0], choice, found.id)
        )
    if small_talk.says_farewell(ctx, what.text):
        return None
    await small_talk.before_question(ctx, what.text, opened=False)
    returning.ask_under(ctx, found)
    return None


async def typed_button(ctx: Context) -> Next | None:
    """Runs the button's action as if it were pressed; asks again where a yes is unclear."""
    what = ctx.update.content
    assert isinstance(what, TextMessage)  # noqa: S101 - see `route_conditions.types_button`
    button = typed_choices.typed_button(ctx, what.text)
    if button is None:
        asked = typed_choices.asked_once_more(ctx, what.text)
        assert asked is not None  # noqa: S101 - the same
        name, about = asked
        ctx.say(name, about=about)
        return None
    return await pending_input.keeping_if_stale(
        ctx, lambda ctx: callbacks.PHRASE_BUTTONS[button.phrase].run(ctx, button), typed=button
    )


async def may_be_danger(ctx: Context) -> None:
    """Keeps the text as an answer, and asks gently if they are safe before the next question."""
    what = ctx.update.content
    assert isinstance(what, TextMessage | VoiceMessage)  # noqa: S101 - see `route_conditions`
    await safety_question.asked_by_words(ctx, what)


async def safety_answered(ctx: Context) -> Next | None:
    """Does what the button does."""
    choice = safety_question.answered(ctx)
    assert choice is not None  # noqa: S101 - see `route_conditions`
    return await safety_question.chosen(ctx, PhraseButton(safety_question.BUTTONS[0], choice))


async def time_typed(ctx: Context) -> Next | None:
    """Takes a day or an hour as said; asks again where it is too far ahead."""
    participant, what = ctx.participant, ctx.update.content
    assert participant is not None  # noqa: S101 - see `route_conditions.types_time`
    assert participant.open_checkin is not None  # noqa: S101 - the same
    assert isinstance(what, TextMessage)  # noqa: S101 - the same
    said = said_when.read(ctx, what.text)
    assert said is not None  # noqa: S101 - the same
    await not_now.typed(ctx, participant, participant.open_checkin, said)
    return None


async def long_after(ctx: Context) -> Next | None:
    """Goes on at a yes, puts it off at a no, or asks which; stores nothing."""
    participant, what = ctx.participant, ctx.update.content
    assert participant is not None  # noqa: S101 - see `route_conditions.is_long_after`
    assert participant.open_checkin is not None  # noqa: S101 - the same
    assert isinstance(what, TextMessage)  # noqa: S101 - the same
    return await returning.answer(ctx, participant, participant.open_checkin, what.text)


async def start_typed(_ctx: Context) -> Next:
    """Resumes what is open, or greets."""
    return Next.START


async def command(ctx: Context) -> Next | None:
    """Runs the command."""
    name = commands.named(ctx)
    assert name is not None  # noqa: S101 - see `route_conditions.is_known_command`
    return await commands.COMMANDS[name](ctx)


async def not_understood(ctx: Context) -> Next | None:
    """Answers that it was not understood, and what can be done."""
    return await commands.not_understood(ctx)


async def onboarding_button(ctx: Context) -> Next | None:
    """Takes one step of the onboarding."""
    button = ctx.button
    assert isinstance(button, OnboardingButton)  # noqa: S101 - see `route_conditions`
    return await pending_input.keeping_if_stale(ctx, lambda ctx: onboarding.tapped(ctx, button))


async def phrase_button(ctx: Context) -> Next | None:
    """Runs the button's action, if it is still valid."""
    button = ctx.button
    assert isinstance(button, PhraseButton)  # noqa: S101 - see `route_conditions`
    return await pending_input.keeping_if_stale(
        ctx, lambda ctx: callbacks.phrase_pressed(ctx, button)
    )


async def question_button(ctx: Context) -> Next | None:
    """Handles the press as an answer, if it belongs to the open question."""
    return await pending_input.keeping_if_stale(ctx, answer_received)


async def double_tap(ctx: Context) -> None:
    """Answers that it was received already."""
    ctx.toast_phrase("done_already")


async def stale_button(ctx: Context) -> None:
    """Answers that nothing has changed."""
    ctx.toast_phrase("stale")


async def unsupported(ctx: Context) -> Next | None:
    """Answers which content cannot be an answer."""
    what = ctx.update.content
    assert isinstance(what, UnsupportedMessage)  # noqa: S101 - see `route_conditions`
    if ctx.participant is None or ctx.participant.state is ParticipantState.STOPPED:
        return await commands.not_understood(ctx)
    ctx.say(what.phrase)
    return None


async def onboarding_typed(ctx: Context) -> Next | None:
    """Handles a button's label during onboarding, or repeats the step; greets a newcomer."""
    what = ctx.update.content
    if ctx.onboarding is None:
        return await commands.not_understood(ctx)
    text = what.text if isinstance(what, TextMessage) else ""
    return await onboarding.typed(ctx, ctx.onboarding, text)


async def has_stopped(ctx: Context) -> None:
    """Answers that they have stopped, and how to start again.

    The buttons for what becomes of their answers stay, where that was just asked, and only they see
    the phone.
    """
    ctx.say("are_stopped")
    if ctx.participant is None or opening_line.is_phone_shared(ctx, ctx.participant):
        return
    for button in typed_choices.newest_buttons(ctx):
        if button.phrase == "stopped":
            ctx.add_button(button.phrase, button.choice, button.about)


async def answer_received(ctx: Context) -> Next | None:
    """Stores the answer to the open question, and asks the next."""
    participant, what = ctx.participant, ctx.update.content
    assert participant is not None  # noqa: S101 - see `route_conditions.has_open_checkin`
    assert participant.open_checkin is not None  # noqa: S101 - the same
    assert isinstance(what, TextMessage | VoiceMessage | ButtonPress)  # noqa: S101 - the same
    return await answering.receive(ctx, participant, participant.open_checkin, what)
