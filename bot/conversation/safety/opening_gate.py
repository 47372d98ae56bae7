"""What may pass while a first line of ours stands unanswered on a phone that others see.

Until whoever holds the phone has said Yes twice (the first line, then "Is it you?"), only STOP,
HELP, danger and clearing do what they always do. Everything else shows nothing and stores nothing:
the first line is sent again, once for words, and a "no" ends it until another day.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from bot.conversation.context import Context, Environment
from bot.conversation.identity import shared_phone
from bot.conversation.safety import danger, opening_line
from bot.dispatch import callbacks
from bot.domain.participant import Participant
from bot.i18n.localizer import Languages
from bot.messages.callback_data import STOP, OnboardingButton, PhraseButton, WorkerButton
from bot.messages.incoming import (
    ButtonPress,
    Command,
    TextMessage,
    UnsupportedMessage,
    UpdateContent,
    VoiceMessage,
)
from bot.store.unit_of_work import UnitOfWork
from flows.engine import Text
from flows.engine.normalise import normalise

_AS_ALWAYS = ("hide", "stop")
_HELP = {"helplines": ("back", "safety"), **dict.fromkeys(danger.BUTTONS, ("carry_on",))}
"""Buttons that work all the same, but for these choices of each: they would show more."""
_ASKING = frozenset("?¿？؟՞;‽⁇⁈⁉❓❔")  # the one like a semicolon asks in Greek
"""What turns a yes into a question, in every script."""
_OTHERS = ("whose", "moved_away", "stopped_one")
"""Buttons that are about somebody else of this chat, and show nothing of anybody."""
_MORE_NOES = frozenset(
    {
        *("no thanks", "no thank you", "nope", "nah", "not me", "its not me", "it's not me"),
        *("it is not me", "not him", "not her", "wrong person", "wrong number"),
        *("non merci", "pas moi", "no soy yo", "não sou eu", "nie ja", "to nie ja", "nu sunt eu"),
        *("це не я", "لست انا", "من نیستم", "میں نہیں", "আমি না", "不是我"),
    }
)
"""Beside the buttons that say no, in every language. What is missed here still opens nothing."""


async def fill_in(batch: UnitOfWork, visits: Sequence[Context], labels: frozenset[str]) -> None:
    """Looks up the first line that each of these arrivals may be an answer to."""
    seen = [v for v in visits if v.participant and opening_line.is_seen(v, v.participant)]
    held = await batch.deferred_for([v.participant for v in seen if v.participant])
    for visit in seen:
        visit.deferred_reply_id = (
            held.get(visit.participant.id, [None])[-1] if visit.participant else None
        )
    gated = [visit for visit in seen if opening_line.stands(visit)]
    gated += [
        v
        for v in visits
        if v.participant is None and v.onboarding is None and v.lookups.inactive_participants
    ]
    own = [v for v in visits if v.participant and not opening_line.is_seen(v, v.participant)]
    typed = [v for v in own if _answers_a_hello(v, labels)]
    asked = {v.participant.id for v in (*gated, *typed) if v.participant}
    asked |= {
        each.id
        for v in gated
        for each in v.lookups.inactive_participants
        if each.next_follow_up_at is not None
    }
    hellos = await batch.open_follow_ups(asked)
    for visit in typed:
        visit.answered_follow_up = hellos.get(visit.participant.id) if visit.participant else None
    for visit in gated:
        found = [hellos.get(absent.id) for absent in visit.lookups.inactive_participants]
        found += [hellos.get(visit.participant.id) if visit.participant else None]
        open_now = sorted((f for f in found if f is not None), key=lambda f: f.due_at)
        visit.line = open_now[-1] if open_now else None


def _answers_a_hello(visit: Context, labels: frozenset[str]) -> bool:
    """Whether words on a phone of their own are a button's under a hello that came last."""
    person, what = visit.participant, visit.update.content
    if person is None or person.last_follow_up_at is None or not isinstance(what, TextMessage):
        return False
    moved = person.open_checkin.moved_at if person.open_checkin else None
    last = moved is None or person.last_follow_up_at >= moved
    return last and normalise(what.text) in labels and bool(opening_line.named(visit))


def labels(around: Environment) -> frozenset[str]:
    """The words of the buttons under a first line, in every language offered."""
    said = [
        text
        for name in opening_line.PHRASES
        for text in around.library.phrases[name].choices.values()
    ]
    return _plain_words(around.languages, tuple(said))


@lru_cache(maxsize=8)
def _plain_words(tongues: Languages, texts: tuple[Text, ...]) -> frozenset[str]:
    each = (tongues[code] for code in tongues.codes)
    return frozenset(normalise(tongue.text(text)) for tongue in each for text in texts)


def says_no(around: Environment, text: str) -> bool:
    """Whether words are a plain no in any language offered."""
    phrases = around.library.phrases
    noes = [
        *(phrases[name].choices[choice] for name, choice in _NO_BUTTONS),
        *(c.label for flow in around.library.current.values() for s in flow.steps for c in s.choices
          if normalise(c.label.source) == "no"),
    ]  # fmt: skip
    said = normalise(text)
    return said in _plain_words(around.languages, tuple(dict.fromkeys(noes))) or said in _OTHER_NOES


_NO_BUTTONS = (("other_person", "new"), ("whose", "not_me"), ("moved_away", "not_me"))
_OTHER_NOES = frozenset(map(normalise, _MORE_NOES))


# --- what is done --------------------------------------------------------------------------------


def stops(visit: Context, what: UpdateContent) -> bool:
    """Whether this may not do what it does, because a first line stands; then it is answered."""
    person = visit.participant
    if person is None:
        return _stops_nobody(visit, what)
    if not opening_line.stands(visit) or _passes(visit, person, what):
        return False
    button = _typed_button(visit, person, what)
    if button is not None:
        _press(visit, button)
    elif isinstance(what, TextMessage) and says_no(visit.env, what.text):
        _end_for_today(visit, person)
    elif isinstance(what, Command) or _starts(visit, what):
        _say_again(visit, person)
    else:
        if isinstance(what, ButtonPress):
            visit.toast_phrase("stale")
        if not _said_again(visit, person):
            _say_again(visit, person)
    return True


def _stops_nobody(visit: Context, what: UpdateContent) -> bool:
    """The same where nobody is here, and a hello came for somebody who was here before."""
    if visit.line is None or not isinstance(what, TextMessage | VoiceMessage | UnsupportedMessage):
        return False
    if isinstance(what, TextMessage):
        if _starts(visit, what) or shared_phone.awaits_identity(visit, what.text):
            return False
        if choice := _named(visit):
            _press(visit, PhraseButton(opening_line.PHRASES[0], choice, visit.line.id))
    return True


def _passes(visit: Context, person: Participant, what: UpdateContent) -> bool:
    """Whether it does what it always does: it shows nothing, or answers what was asked here."""
    if isinstance(what, Command):
        return what.name in _AS_ALWAYS
    button = visit.button
    if button is None or isinstance(button, OnboardingButton | WorkerButton):
        return False
    if button.choice == STOP:
        return True
    if not isinstance(button, PhraseButton):
        return False
    if button.phrase == "other_person":
        return person.pending_input.get("to") == opening_line.WHO and button.about == person.id
    mine = (*opening_line.PHRASES, *_OTHERS)
    return button.phrase in mine or button.choice not in _HELP.get(button.phrase, (button.choice,))


def _about(visit: Context) -> int:
    return visit.deferred_reply_id or (visit.line.id if visit.line else 0)


def _typed_button(visit: Context, person: Participant, what: UpdateContent) -> PhraseButton | None:
    """The button of the first line, or of "Is it you?", whose exact words were typed."""
    about = _about(visit)
    choice = _named(visit) if isinstance(what, TextMessage) and about else ""
    return opening_line.typed(person, choice, about) if choice else None


def _named(visit: Context) -> str:
    """The button whose words were typed, but for a "Yes?": so asks whoever wonders who this is."""
    choice = opening_line.named(visit)
    asks = choice == "open" and any(c in _ASKING for c in getattr(visit.update.content, "text", ""))
    return "" if asks else choice


def _press(visit: Context, button: PhraseButton) -> None:
    # What they are owed is newer than any hello.
    visit.answered_follow_up = visit.line if visit.deferred_reply_id is None else None
    callbacks.follow_up_answered(visit, button)


def _end_for_today(visit: Context, person: Participant) -> None:
    """Takes a no: the same hello comes another day, and nothing more is said until then."""
    about = _about(visit)
    if about and not (
        person.pending_input.get("ended") and person.pending_input.get("about") == about
    ):
        _press(visit, PhraseButton(opening_line.PHRASES[0], "not_today", about))
    # That hello is closed now; a reply that is held back is not.
    person.pending_input = {
        "to": opening_line.LINE,
        "about": visit.deferred_reply_id or 0,
        "ended": True,
    }
    person.pending_since = visit.now
    visit.uow.update_participant(person)


def _starts(visit: Context, what: UpdateContent) -> bool:
    return isinstance(what, TextMessage) and visit.env.library.keywords(what.text) == "start"


def _said_again(visit: Context, person: Participant) -> bool:
    """Whether words were answered already since this line came, or a no was said."""
    same = person.pending_input.get("about") == _about(visit)
    return same and person.pending_input.get("to") in (opening_line.LINE, opening_line.WHO)


def _say_again(visit: Context, person: Participant) -> None:
    """Sends the first line again; where none is open, asks whether it is the same person."""
    about = _about(visit)
    if not about:
        opening_line.ask_who(visit, person)
        return
    person.pending_input, person.pending_since = (
        {"to": opening_line.LINE, "about": about},
        visit.now,
    )
    visit.uow.update_participant(person)
    visit.messages.append(opening_line.message(person, visit.env, about))
