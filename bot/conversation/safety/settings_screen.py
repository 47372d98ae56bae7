"""Safety first: who sees the phone, when to write, what is cleared, and the first line of a hello.

Asked again at the start of each check-in. Clears nothing and writes to nobody itself.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bot.conversation.checkin import answering
from bot.conversation.context import Visit
from bot.conversation.onboarding import onboarding
from bot.conversation.safety import clear_chat, contact_times, opening_line
from bot.dispatch import commands
from bot.domain.participant import Live, Person
from bot.messages.builder import phrase_message
from bot.messages.callback_data import STOP, Aside, Question
from bot.messages.incoming import Pressed, Spoken, Typed
from bot.messages.reply import Key
from bot.store.tables import Life
from flows.engine.normalise import plain

ALONE = "alone"
FRESH = dt.timedelta(hours=1)
"""Who said so within this time before a check-in is not asked again."""
NOT_NOW = "not_now"


def see_others(person: Person, choice: str, now: dt.datetime) -> bool:
    """Takes who sees the phone, where only a clear "just me" is that; whether it has changed."""
    before = person.shared_phone
    person.shared_phone, person.phone_at = choice != ALONE, now
    return person.shared_phone != before


# --- the screen ----------------------------------------------------------------------------------


def show(visit: Visit) -> None:
    """Says how it stands now, with a button for each thing."""
    person = visit.person
    if person is None or person.state is Life.STOPPED:
        _no_person(visit)
        return
    tongue, phrases = visit.tongue, visit.around.library.phrases
    message = phrase_message("safety_first", tongue, phrases)
    other = "clear_on" if person.clear_after else "clear_off"
    choices = tuple(k for k in message.choices if not k.data.startswith(f"p:safety_first:{other}:"))
    text = "\n".join((message.text, "", *_now(visit, person)))
    visit.messages.append(replace(message, text=text, choices=choices))


def _no_person(visit: Visit) -> None:
    if onboarding.has_stopped(visit) or visit.person is not None:
        visit.say("are_stopped")
    elif visit.way is not None:
        onboarding.again(visit, visit.way)
    else:
        onboarding.greet(visit)


def _now(visit: Visit, person: Person) -> list[str]:
    """A line for each setting, as it is now."""
    seen = "seen_shared" if person.shared_phone else "seen_alone"
    cleared = "cleared_after" if person.clear_after else "cleared_when_asked"
    lines = [visit.label("safety_now", seen), visit.label("safety_now", cleared)]
    if person.safe.never:
        lines.append(visit.label("safety_now", "never"))
    else:
        name, values = contact_times.said(visit, person)
        lines.append(visit.label("safety_now", name, values))
    if person.shared_phone:
        words = opening_line.message(person, visit.around, 0).text
        lines.append(visit.label("safety_now", "line", {"words": words}))
    return lines


def chosen(visit: Visit, button: Aside) -> None:
    """Does what was tapped on the screen, or under the word about a shared phone."""
    person, choice = visit.person, button.choice
    if choice == "clear":
        clear_chat.ask(visit)
    elif person is None or person.state is Life.STOPPED:
        visit.glance("stale")
    elif choice == "phone":
        visit.say("safety")
    elif choice == "times":
        visit.say("times")
    elif choice == "line":
        visit.say("first_line")
    elif choice in ("clear_on", "clear_off"):
        person.clear_after = choice == "clear_on"
        visit.batch.changed(person)
        show(visit)
    else:
        commands.start(visit)


def line(visit: Visit, button: Aside) -> None:
    """Takes the first line they chose."""
    person = visit.person
    known = button.choice in opening_line.lines(visit.around)
    if person is None or person.state is Life.STOPPED or not known:
        visit.glance("stale")
        return
    person.line = button.choice
    visit.batch.changed(person)
    show(visit)


# --- who sees the phone --------------------------------------------------------------------------


def due(person: Person, live: Live) -> bool:
    """Whether it is still to be asked before the first question of a check-in."""
    asked = person.phone_at is not None and person.phone_at >= live.started_at - FRESH
    return not asked and not live.session.trail and not live.session.answers


def ask(visit: Visit, live: Live) -> None:
    """Asks it in place of the first question, which waits."""
    tongue, phrases = visit.tongue, visit.around.library.phrases
    message = phrase_message("safety", tongue, phrases, about=live.id)
    session = live.session
    controls = tuple(
        Key(
            tongue.text(phrases.controls[name]),
            Question(live.id, session.step, session.turn, name).data(),
        )
        for name in (NOT_NOW, STOP)
    )
    visit.messages.append(replace(message, controls=controls))
    visit.asked = (live.id, session.turn)


def heard(visit: Visit, person: Person, live: Live, what: Typed | Spoken | Pressed) -> bool:
    """Takes words as the answer, or asks once more; False for a tap that is for the check-in."""
    if isinstance(what, Pressed):
        button = visit.button
        if isinstance(button, Question) and button.choice in (NOT_NOW, STOP):
            return False
        visit.glance("stale")
        return True
    choice = named(visit, what.text) if isinstance(what, Typed) else None
    if choice in (NOT_NOW, STOP):
        return False
    if choice is None:
        visit.say_bare("unknown_tap")
        ask(visit, live)
    else:
        phone(visit, Aside("safety", choice, live.id))
    return True


def named(visit: Visit, text: str) -> str | None:
    """The button under the question whose words were typed."""
    phrases = visit.around.library.phrases
    labels = {**phrases["safety"].choices, **{c: phrases.controls[c] for c in (NOT_NOW, STOP)}}
    for choice, label in labels.items():
        if plain(visit.tongue.text(label)) == plain(text):
            return choice
    return None


def phone(visit: Visit, button: Aside) -> None:
    """Takes whether others see the phone; before a check-in its first question comes next."""
    person = visit.person
    known = button.choice in visit.around.library.phrases["safety"].choices
    if person is None or person.state is Life.STOPPED or not known:
        visit.glance("stale")
        return
    waits = person.live is not None and due(person, person.live)
    if button.about and not (waits and person.live and person.live.id == button.about):
        visit.glance("done_already")  # asked before a check-in, and answered since
        return
    if see_others(person, button.choice, visit.now):
        retime(visit, person)
    visit.batch.changed(person)
    if person.shared_phone:
        visit.say("safety_shared")
    elif waits and person.live is not None:
        answering.ask(visit, person, person.live)
    else:
        visit.say("safety_alone")


def retime(visit: Visit, person: Person) -> None:
    """Lets what stands in the chat already leave by itself from now on, or stay."""
    chat, shared, chats = person.chat, person.shared_phone, visit.batch.chats
    visit.batch.then(lambda: chats.shared(chat, visit.now, shared=shared))
