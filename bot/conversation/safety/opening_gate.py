"""What may pass while a first line of ours stands unanswered on a phone that others see.

Until whoever holds the phone has said Yes twice (the first line, then "Is it you?"), only STOP,
HELP, danger and clearing do what they always do. Everything else shows nothing and stores nothing:
the first line is sent again, once for words, and a "no" ends it until another day.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from bot.conversation.context import Around, Visit
from bot.conversation.identity import shared_phone
from bot.conversation.safety import danger, opening_line
from bot.dispatch import callbacks
from bot.domain.participant import Person
from bot.i18n.localizer import Tongues
from bot.messages.callback_data import STOP, Aside, Welcome, Work
from bot.messages.incoming import Commanded, Pressed, Spoken, Typed, Unreadable, What
from bot.store.unit_of_work import Batch
from flows.engine import Text
from flows.engine.normalise import plain

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


async def fill_in(batch: Batch, visits: Sequence[Visit], labels: frozenset[str]) -> None:
    """Looks up the first line that each of these arrivals may be an answer to."""
    seen = [v for v in visits if v.person and opening_line.is_seen(v, v.person)]
    held = await batch.held_for([v.person for v in seen if v.person])
    for visit in seen:
        visit.held = held.get(visit.person.id, [None])[-1] if visit.person else None
    gated = [visit for visit in seen if opening_line.stands(visit)]
    gated += [v for v in visits if v.person is None and v.way is None and v.known.absent]
    own = [v for v in visits if v.person and not opening_line.is_seen(v, v.person)]
    typed = [v for v in own if _answers_a_hello(v, labels)]
    asked = {v.person.id for v in (*gated, *typed) if v.person}
    asked |= {each.id for v in gated for each in v.known.absent if each.hello_at is not None}
    hellos = await batch.open_hellos(asked)
    for visit in typed:
        visit.hello = hellos.get(visit.person.id) if visit.person else None
    for visit in gated:
        found = [hellos.get(absent.id) for absent in visit.known.absent]
        found += [hellos.get(visit.person.id) if visit.person else None]
        open_now = sorted((f for f in found if f is not None), key=lambda f: f.due_at)
        visit.line = open_now[-1] if open_now else None


def _answers_a_hello(visit: Visit, labels: frozenset[str]) -> bool:
    """Whether words on a phone of their own are a button's under a hello that came last."""
    person, what = visit.person, visit.arrival.what
    if person is None or person.last_hello_at is None or not isinstance(what, Typed):
        return False
    moved = person.live.moved_at if person.live else None
    last = moved is None or person.last_hello_at >= moved
    return last and plain(what.text) in labels and bool(opening_line.named(visit))


def labels(around: Around) -> frozenset[str]:
    """The words of the buttons under a first line, in every language offered."""
    said = [
        text
        for name in opening_line.PHRASES
        for text in around.library.phrases[name].choices.values()
    ]
    return _plain_words(around.tongues, tuple(said))


@lru_cache(maxsize=8)
def _plain_words(tongues: Tongues, texts: tuple[Text, ...]) -> frozenset[str]:
    each = (tongues[code] for code in tongues.offered)
    return frozenset(plain(tongue.text(text)) for tongue in each for text in texts)


def says_no(around: Around, text: str) -> bool:
    """Whether words are a plain no in any language offered."""
    phrases = around.library.phrases
    noes = [
        *(phrases[name].choices[choice] for name, choice in _NO_BUTTONS),
        *(c.label for flow in around.library.today.values() for s in flow.steps for c in s.choices
          if plain(c.label.source) == "no"),
    ]  # fmt: skip
    said = plain(text)
    return said in _plain_words(around.tongues, tuple(dict.fromkeys(noes))) or said in _OTHER_NOES


_NO_BUTTONS = (("other_person", "new"), ("whose", "not_me"), ("moved_away", "not_me"))
_OTHER_NOES = frozenset(map(plain, _MORE_NOES))


# --- what is done --------------------------------------------------------------------------------


def stops(visit: Visit, what: What) -> bool:
    """Whether this may not do what it does, because a first line stands; then it is answered."""
    person = visit.person
    if person is None:
        return _stops_nobody(visit, what)
    if not opening_line.stands(visit) or _passes(visit, person, what):
        return False
    button = _typed_button(visit, person, what)
    if button is not None:
        _press(visit, button)
    elif isinstance(what, Typed) and says_no(visit.around, what.text):
        _end_for_today(visit, person)
    elif isinstance(what, Commanded) or _starts(visit, what):
        _say_again(visit, person)
    else:
        if isinstance(what, Pressed):
            visit.glance("stale")
        if not _said_again(visit, person):
            _say_again(visit, person)
    return True


def _stops_nobody(visit: Visit, what: What) -> bool:
    """The same where nobody is here, and a hello came for somebody who was here before."""
    if visit.line is None or not isinstance(what, Typed | Spoken | Unreadable):
        return False
    if isinstance(what, Typed):
        if _starts(visit, what) or shared_phone.waits_for(visit, what.text):
            return False
        if choice := _named(visit):
            _press(visit, Aside(opening_line.PHRASES[0], choice, visit.line.id))
    return True


def _passes(visit: Visit, person: Person, what: What) -> bool:
    """Whether it does what it always does: it shows nothing, or answers what was asked here."""
    if isinstance(what, Commanded):
        return what.name in _AS_ALWAYS
    button = visit.button
    if button is None or isinstance(button, Welcome | Work):
        return False
    if button.choice == STOP:
        return True
    if not isinstance(button, Aside):
        return False
    if button.phrase == "other_person":
        return person.waits.get("to") == opening_line.WHO and button.about == person.id
    mine = (*opening_line.PHRASES, *_OTHERS)
    return button.phrase in mine or button.choice not in _HELP.get(button.phrase, (button.choice,))


def _about(visit: Visit) -> int:
    return visit.held or (visit.line.id if visit.line else 0)


def _typed_button(visit: Visit, person: Person, what: What) -> Aside | None:
    """The button of the first line, or of "Is it you?", whose exact words were typed."""
    about = _about(visit)
    choice = _named(visit) if isinstance(what, Typed) and about else ""
    return opening_line.typed(person, choice, about) if choice else None


def _named(visit: Visit) -> str:
    """The button whose words were typed, but for a "Yes?": so asks whoever wonders who this is."""
    choice = opening_line.named(visit)
    asks = choice == "open" and any(c in _ASKING for c in getattr(visit.arrival.what, "text", ""))
    return "" if asks else choice


def _press(visit: Visit, button: Aside) -> None:
    # What they are owed is newer than any hello.
    visit.hello = visit.line if visit.held is None else None
    callbacks.hello(visit, button)


def _end_for_today(visit: Visit, person: Person) -> None:
    """Takes a no: the same hello comes another day, and nothing more is said until then."""
    about = _about(visit)
    if about and not (person.waits.get("ended") and person.waits.get("about") == about):
        _press(visit, Aside(opening_line.PHRASES[0], "not_today", about))
    # That hello is closed now; a reply that is held back is not.
    person.waits = {"to": opening_line.LINE, "about": visit.held or 0, "ended": True}
    person.waits_since = visit.now
    visit.batch.changed(person)


def _starts(visit: Visit, what: What) -> bool:
    return isinstance(what, Typed) and visit.around.library.listened(what.text) == "start"


def _said_again(visit: Visit, person: Person) -> bool:
    """Whether words were answered already since this line came, or a no was said."""
    same = person.waits.get("about") == _about(visit)
    return same and person.waits.get("to") in (opening_line.LINE, opening_line.WHO)


def _say_again(visit: Visit, person: Person) -> None:
    """Sends the first line again; where none is open, asks whether it is the same person."""
    about = _about(visit)
    if not about:
        opening_line.ask_who(visit, person)
        return
    person.waits, person.waits_since = {"to": opening_line.LINE, "about": about}, visit.now
    visit.batch.changed(person)
    visit.messages.append(opening_line.message(person, visit.around, about))
