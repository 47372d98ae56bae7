"""The first line of everything that we begin: neutral, and on a shared phone of their choosing.

What it leads to is said only after a tap; on a shared phone only after "Is it you?" too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.conversation.context import Context, Environment
from bot.domain.participant import Participant
from bot.messages.builder import phrase_message
from bot.messages.callback_data import PhraseButton
from bot.messages.reply import Message
from bot.messages.reply_codec import decode
from bot.store.tables import ParticipantState
from flows.engine import Text
from flows.engine.normalise import normalise

PHRASES = ("hello", "is_it_you")
YOU = "you"
"""What they wait for who have tapped Yes under a first line and not yet said that it is them."""
LINE, WHO = "line", "who"
"""The same for whom it was sent again, and for whom it was asked if they are the same still."""


def lines(around: Environment) -> Mapping[str, Text]:
    """The first lines there are to choose from."""
    return around.library.phrases["first_line"].choices


def message(person: Participant, around: Environment, about: int) -> Message:
    """The first line with its four buttons, about a follow-up or a reply that is held back."""
    tongue = around.languages[person.language]
    said = phrase_message("hello", tongue, around.library.phrases, about=about)
    chosen = lines(around).get(person.opening_line or "")
    if not person.shared_phone or chosen is None:
        return said
    return replace(said, text=tongue.text(chosen))


def is_seen(visit: Context, person: Participant) -> bool:
    """Whether others see this phone: they said so, or somebody else uses the chat too."""
    return person.shared_phone or bool(visit.lookups.inactive_participants)


def stands(visit: Context) -> bool:
    """Whether a first line stands at a phone that others see, and nobody has said it is them."""
    person = visit.participant
    if person is None or person.state is ParticipantState.STOPPED or not is_seen(visit, person):
        return False
    if visit.deferred_reply_id is not None:
        return True
    hellos = [
        person.last_follow_up_at,
        *(absent.next_follow_up_at for absent in visit.lookups.inactive_participants),
    ]
    newest = max((at for at in hellos if at is not None), default=None)
    moved = person.open_checkin.moved_at if person.open_checkin else None
    known = (person.joined_at, person.known_at, person.phone_checked_at, moved)
    return newest is not None and newest > max(at for at in known if at is not None)


def is_them(visit: Context, person: Participant) -> None:
    """Remembers that whoever holds the phone has just said, or shown, that it is them."""
    person.known_at = visit.now
    visit.uow.update_participant(person)


def ask_who(visit: Context, person: Participant) -> None:
    """Asks whether it is the same person still; only the answer to this passes a first line."""
    person.pending_input, person.pending_since = {"to": WHO, "about": 0}, visit.now
    visit.uow.update_participant(person)
    visit.say("other_person", about=person.id)


def named(visit: Context) -> str:
    """The button under a first line whose words were typed, or the empty string."""
    text = normalise(getattr(visit.update.content, "text", ""))
    for phrase in PHRASES:
        for choice, label in visit.env.library.phrases[phrase].choices.items():
            if normalise(visit.localizer.text(label)) == text:
                return choice
    return ""


def typed(person: Participant, choice: str, about: int) -> PhraseButton:
    """The button that their words are: of the first line, or of "Is it you?" once it is asked."""
    asked = person.pending_input.get("to") == YOU and person.pending_input.get("about") == about
    return PhraseButton(PHRASES[asked], choice, about)


def must_ask(visit: Context, person: Participant, button: PhraseButton) -> bool:
    """Asks whether it is them before any content on a shared phone; whether that was to do."""
    if not is_seen(visit, person) or button.phrase == "is_it_you":
        if person.pending_input.get("to") in (YOU, LINE, WHO):
            person.pending_input = {}
        is_them(visit, person)
        return False
    person.pending_input, person.pending_since = {"to": YOU, "about": button.about}, visit.now
    visit.uow.update_participant(person)
    visit.say("is_it_you", about=button.about)
    return True


async def open_held(visit: Context, person: Participant) -> None:
    """Says what came too late for a shared phone, now that they say it is them."""
    for body in await visit.uow.take_deferred(person):
        reply = decode(body)
        visit.messages += reply.messages
        if reply.session_id is not None:
            visit.prompt_ref = (reply.session_id, reply.turn)
