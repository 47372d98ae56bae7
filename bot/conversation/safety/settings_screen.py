"""Safety first: who sees the phone, when to write, what is cleared, and the first line of a hello.

Asked again at the start of each check-in. Clears nothing and writes to nobody itself.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bot.conversation.checkin import answering
from bot.conversation.context import Context
from bot.conversation.onboarding import onboarding
from bot.conversation.safety import clear_chat, contact_times, opening_line
from bot.dispatch import commands
from bot.domain.participant import OpenCheckin, Participant
from bot.messages.builder import phrase_message
from bot.messages.callback_data import STOP, PhraseButton, QuestionButton
from bot.messages.incoming import ButtonPress, TextMessage, VoiceMessage
from bot.messages.reply import InlineButton
from bot.store.tables import ParticipantState
from flows.engine.normalise import normalise

ALONE = "alone"
FRESH = dt.timedelta(hours=1)
"""Who said so within this time before a check-in is not asked again."""
NOT_NOW = "not_now"


def see_others(person: Participant, choice: str, now: dt.datetime) -> bool:
    """Takes who sees the phone, where only a clear "just me" is that; whether it has changed."""
    before = person.shared_phone
    person.shared_phone, person.phone_checked_at = choice != ALONE, now
    return person.shared_phone != before


# --- the screen ----------------------------------------------------------------------------------


def show(visit: Context) -> None:
    """Says how it stands now, with a button for each thing."""
    person = visit.participant
    if person is None or person.state is ParticipantState.STOPPED:
        _no_person(visit)
        return
    tongue, phrases = visit.localizer, visit.env.library.phrases
    message = phrase_message("safety_first", tongue, phrases)
    other = "clear_on" if person.clears_after_checkin else "clear_off"
    choices = tuple(k for k in message.choices if not k.data.startswith(f"p:safety_first:{other}:"))
    text = "\n".join((message.text, "", *_now(visit, person)))
    visit.messages.append(replace(message, text=text, choices=choices))


def _no_person(visit: Context) -> None:
    if onboarding.has_stopped(visit) or visit.participant is not None:
        visit.say("are_stopped")
    elif visit.onboarding is not None:
        onboarding.again(visit, visit.onboarding)
    else:
        onboarding.greet(visit)


def _now(visit: Context, person: Participant) -> list[str]:
    """A line for each setting, as it is now."""
    seen = "seen_shared" if person.shared_phone else "seen_alone"
    cleared = "cleared_after" if person.clears_after_checkin else "cleared_when_asked"
    lines = [visit.label("safety_now", seen), visit.label("safety_now", cleared)]
    if person.contact_times.never:
        lines.append(visit.label("safety_now", "never"))
    else:
        name, values = contact_times.said(visit, person)
        lines.append(visit.label("safety_now", name, values))
    if person.shared_phone:
        words = opening_line.message(person, visit.env, 0).text
        lines.append(visit.label("safety_now", "line", {"words": words}))
    return lines


def chosen(visit: Context, button: PhraseButton) -> None:
    """Does what was tapped on the screen, or under the word about a shared phone."""
    person, choice = visit.participant, button.choice
    if choice == "clear":
        clear_chat.ask(visit)
    elif person is None or person.state is ParticipantState.STOPPED:
        visit.toast_phrase("stale")
    elif choice == "phone":
        visit.say("safety")
    elif choice == "times":
        visit.say("times")
    elif choice == "line":
        visit.say("first_line")
    elif choice in ("clear_on", "clear_off"):
        person.clears_after_checkin = choice == "clear_on"
        visit.uow.update_participant(person)
        show(visit)
    else:
        commands.resume(visit)


def line(visit: Context, button: PhraseButton) -> None:
    """Takes the first line they chose."""
    person = visit.participant
    known = button.choice in opening_line.lines(visit.env)
    if person is None or person.state is ParticipantState.STOPPED or not known:
        visit.toast_phrase("stale")
        return
    person.opening_line = button.choice
    visit.uow.update_participant(person)
    show(visit)


# --- who sees the phone --------------------------------------------------------------------------


def due(person: Participant, live: OpenCheckin) -> bool:
    """Whether it is still to be asked before the first question of a check-in."""
    asked = (
        person.phone_checked_at is not None and person.phone_checked_at >= live.started_at - FRESH
    )
    return not asked and not live.session.trail and not live.session.answers


def ask(visit: Context, live: OpenCheckin) -> None:
    """Asks it in place of the first question, which waits."""
    tongue, phrases = visit.localizer, visit.env.library.phrases
    message = phrase_message("safety", tongue, phrases, about=live.id)
    session = live.session
    controls = tuple(
        InlineButton(
            tongue.text(phrases.controls[name]),
            QuestionButton(live.id, session.step, session.turn, name).encode(),
        )
        for name in (NOT_NOW, STOP)
    )
    visit.messages.append(replace(message, controls=controls))
    visit.prompt_ref = (live.id, session.turn)


def heard(
    visit: Context,
    person: Participant,
    live: OpenCheckin,
    what: TextMessage | VoiceMessage | ButtonPress,
) -> bool:
    """Takes words as the answer, or asks once more; False for a tap that is for the check-in."""
    if isinstance(what, ButtonPress):
        button = visit.button
        if isinstance(button, QuestionButton) and button.choice in (NOT_NOW, STOP):
            return False
        visit.toast_phrase("stale")
        return True
    choice = named(visit, what.text) if isinstance(what, TextMessage) else None
    if choice in (NOT_NOW, STOP):
        return False
    if choice is None:
        visit.say_without_buttons("unknown_tap")
        ask(visit, live)
    else:
        phone(visit, PhraseButton("safety", choice, live.id))
    return True


def named(visit: Context, text: str) -> str | None:
    """The button under the question whose words were typed."""
    phrases = visit.env.library.phrases
    labels = {**phrases["safety"].choices, **{c: phrases.controls[c] for c in (NOT_NOW, STOP)}}
    for choice, label in labels.items():
        if normalise(visit.localizer.text(label)) == normalise(text):
            return choice
    return None


def phone(visit: Context, button: PhraseButton) -> None:
    """Takes whether others see the phone; before a check-in its first question comes next."""
    person = visit.participant
    known = button.choice in visit.env.library.phrases["safety"].choices
    if person is None or person.state is ParticipantState.STOPPED or not known:
        visit.toast_phrase("stale")
        return
    waits = person.open_checkin is not None and due(person, person.open_checkin)
    if button.about and not (
        waits and person.open_checkin and person.open_checkin.id == button.about
    ):
        visit.toast_phrase("done_already")  # asked before a check-in, and answered since
        return
    if see_others(person, button.choice, visit.now):
        retime(visit, person)
    visit.uow.update_participant(person)
    if person.shared_phone:
        visit.say("safety_shared")
    elif waits and person.open_checkin is not None:
        answering.ask(visit, person, person.open_checkin)
    else:
        visit.say("safety_alone")


def retime(visit: Context, person: Participant) -> None:
    """Lets what stands in the chat already leave by itself from now on, or stay."""
    chat, shared, chats = person.chat_id, person.shared_phone, visit.uow.chats
    visit.uow.after_write(lambda: chats.shared(chat, visit.now, shared=shared))
