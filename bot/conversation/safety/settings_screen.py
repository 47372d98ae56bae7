"""Safety first: phone privacy, contact times, clearing, and the opening line.

Asked again at the start of each check-in.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bot.content.library import FlowLibrary
from bot.conversation import small_talk, typed_choices
from bot.conversation.context import Context
from bot.conversation.next_step import Next
from bot.conversation.safety import clear_chat, contact_times, opening_line
from bot.domain.participant import Checkin, Participant
from bot.domain.states import ParticipantState
from bot.messages.callback_data import STOP, PhraseButton, QuestionButton
from bot.messages.incoming import ButtonPress, TextMessage, VoiceMessage
from bot.messages.parts import ButtonPart, Words, lazy, phrase_part

ALONE = "alone"
FRESH = dt.timedelta(hours=1)
"""An answer this recent is not asked again before a check-in."""
NOT_NOW = "not_now"
OTHERS_SEE = "others_see"
"""What a button of a check-in does that says so."""


def see_others(participant: Participant, choice: str, now: dt.datetime) -> bool:
    """Stores who sees the phone, where only a clear "just me" means private; whether it changed."""
    before = participant.shared_phone
    participant.shared_phone, participant.phone_checked_at = choice != ALONE, now
    if participant.shared_phone or before:
        # Asked each time, with a button against it; alone again it is as it was for others.
        participant.clears_after_checkin = participant.shared_phone
    return participant.shared_phone != before


# --- the screen ----------------------------------------------------------------------------------


def show(ctx: Context) -> Next | None:
    """Shows the current settings, with a button for each."""
    participant = ctx.participant
    if participant is None or participant.state is ParticipantState.STOPPED:
        return _no_person(ctx)
    shown = phrase_part("safety_first", ctx.localizer, ctx.env.library.phrases)
    other = "clear_on" if participant.clears_after_checkin else "clear_off"
    choices = tuple(k for k in shown.choices if not k.data.startswith(f"p:safety_first:{other}:"))
    lines = (*shown.lines, "", *_now(ctx, participant))
    ctx.parts.append(replace(shown, lines=lines, choices=choices))
    return None


def _no_person(ctx: Context) -> Next | None:
    stopped = ctx.onboarding is not None and ctx.onboarding.is_stop
    if stopped or ctx.participant is not None:
        ctx.say("are_stopped")
        return None
    return Next.ONBOARD_AGAIN


def _now(ctx: Context, participant: Participant) -> list[Words]:
    """A line for each setting, as it is now."""
    seen = "seen_shared" if participant.shared_phone else "seen_alone"
    cleared = "cleared_after" if participant.clears_after_checkin else "cleared_when_asked"
    lines: list[Words] = [ctx.label("safety_now", seen), ctx.label("safety_now", cleared)]
    if participant.contact_times.never or not participant.may_message:
        lines.append(ctx.label("safety_now", "never"))
    else:
        name, values = contact_times.said(ctx, participant)
        lines.append(ctx.label("safety_now", name, values))
    if participant.shared_phone:
        words = opening_line.words(participant, ctx.env)
        lines.append(ctx.label("safety_now", "line", {"words": words}))
    return lines


async def chosen(ctx: Context, button: PhraseButton) -> Next | None:
    """Handles a tap on the screen, or under the notice about a shared phone."""
    participant, choice = ctx.participant, button.choice
    if choice == "clear":
        await clear_chat.ask(ctx)
    elif participant is None or participant.state is ParticipantState.STOPPED:
        ctx.toast_phrase("stale")
    elif choice == "phone":
        ctx.say("safety")
    elif choice == "times":
        contact_times.asked(ctx)
    elif choice == "line":
        ctx.say("first_line")
    elif choice in ("clear_on", "clear_off"):
        participant.clears_after_checkin = choice == "clear_on"
        ctx.uow.participants.save(participant)
        return show(ctx)
    else:
        return Next.START
    return None


async def line(ctx: Context, participant: Participant, button: PhraseButton) -> None:
    """Stores the opening line they chose."""
    if button.choice not in opening_line.lines(ctx.env):
        ctx.toast_phrase("stale")
        return
    participant.opening_line = button.choice
    ctx.uow.participants.save(participant)
    show(ctx)


# --- phone privacy -------------------------------------------------------------------------------


async def others_see(ctx: Context, participant: Participant) -> None:
    """Stores that others see the phone, as a button of a check-in says."""
    if see_others(participant, "shared", ctx.now):
        await retime(ctx, participant)
    ctx.uow.participants.save(participant)


def due(library: FlowLibrary, participant: Participant, live: Checkin) -> bool:
    """Whether it is still to be asked before the first question of a check-in.

    Where the first screen has a button for it, that is enough.
    """
    flow = library.get_version(live.session.version)
    step = flow.by_id.get(live.session.step)
    if step is not None and any(choice.does == OTHERS_SEE for choice in step.choices):
        return False
    asked = (
        participant.phone_checked_at is not None
        and participant.phone_checked_at >= live.started_at - FRESH
    )
    return not asked and not live.session.trail and not live.session.answers


def ask(ctx: Context, live: Checkin) -> None:
    """Asks it in place of the first question, which waits."""
    phrases, session = ctx.env.library.phrases, live.session
    asked = phrase_part("safety", ctx.localizer, phrases, about=live.id)
    controls = tuple(
        ButtonPart(
            lazy(phrases.controls[name]),
            QuestionButton(live.id, session.step, session.turn, name).encode(),
        )
        for name in (NOT_NOW, STOP)
    )
    ctx.parts.append(replace(asked, controls=controls))
    ctx.prompt_ref = (live.id, session.turn)


async def heard(
    ctx: Context,
    participant: Participant,
    live: Checkin,
    what: TextMessage | VoiceMessage | ButtonPress,
) -> tuple[bool, Next | None]:
    """Handles a text as the answer, or asks again; False for a tap on the check-in."""
    if isinstance(what, ButtonPress):
        button = ctx.button
        if isinstance(button, QuestionButton) and button.choice in (NOT_NOW, STOP):
            return False, None
        ctx.toast_phrase("stale")
        return True, None
    choice = named(ctx, what.text) if isinstance(what, TextMessage) else None
    if choice in (NOT_NOW, STOP):
        return False, None
    if choice is None:
        text = what.text if isinstance(what, TextMessage) else ""
        if not await small_talk.before_question(ctx, text):
            ctx.say_without_buttons(small_talk.not_understood(ctx, "unknown_tap"))
        ask(ctx, live)
        return True, None
    return True, await phone(ctx, participant, PhraseButton("safety", choice, live.id))


def named(ctx: Context, text: str) -> str | None:
    """The button under the question that a text stands for."""
    phrases = ctx.env.library.phrases
    controls = [(control, phrases.controls[control]) for control in (NOT_NOW, STOP)]
    choices = phrases["safety"].choices.items()
    return typed_choices.labelled(ctx, text, [*choices, *controls]) or typed_choices.meant(
        ctx, text, choices, controls
    )


async def phone(ctx: Context, participant: Participant, button: PhraseButton) -> Next | None:
    """Stores whether others see the phone; before a check-in its first question comes next."""
    if button.choice not in ctx.env.library.phrases["safety"].choices:
        ctx.toast_phrase("stale")
        return None
    live = participant.open_checkin
    waits = live is not None and due(ctx.env.library, participant, live)
    if button.about and not (
        waits and participant.open_checkin and participant.open_checkin.id == button.about
    ):
        ctx.toast_phrase("done_already")  # asked before a check-in, and answered since
        return None
    if see_others(participant, button.choice, ctx.now):
        await retime(ctx, participant)
    ctx.uow.participants.save(participant)
    if participant.shared_phone:
        ctx.say("safety_shared")
    elif waits:
        return Next.RESUME
    else:
        ctx.say("safety_alone")
    return None


async def retime(ctx: Context, participant: Participant) -> None:
    """Schedules the messages already visible for deletion, or cancels that."""
    chat, shared = participant.chat_id, participant.shared_phone
    await ctx.uow.chat_messages.shared(chat, ctx.now, shared=shared)
