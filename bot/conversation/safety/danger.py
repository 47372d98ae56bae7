"""When what someone writes may mean danger: a human sentence, the truth, and who can be called.

Judges nothing itself (see `flows.engine.danger`), and nothing follows from it but what the person
says yes to: no block, no mark, no change to anyone's help.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.conversation.checkin import answering
from bot.conversation.context import Around, Visit
from bot.conversation.my_data import change_answer, complaints
from bot.conversation.onboarding import onboarding
from bot.conversation.safety import clear_chat, contact_request, helpline_text, opening_line
from bot.conversation.safety.helpline_text import ADULT, UNKNOWN, YOUNG
from bot.dispatch import commands
from bot.domain.participant import Live, Person
from bot.i18n.localizer import Tongue
from bot.messages.callback_data import Aside
from bot.messages.incoming import Arrival, Commanded, Spoken, Typed, Unreadable, What
from bot.messages.reply import Message, Reply
from bot.store.crypto.system_keys import new_id
from bot.store.tables import Life
from bot.workers import accounts
from flows.engine.danger.detector import Kind

SAYS = {
    Kind.SELF_HARM: ("danger_self_harm", ("talk", "text")),
    Kind.ABUSE_NOW: ("danger_abuse", ("abuse", "men_abuse")),
    Kind.CHILD_AT_RISK: ("danger_child", ("child", "talk")),
    Kind.HARM_TO_OTHERS: ("danger_others", ("talk", "text")),
    Kind.OVERDOSE_NOW: ("danger_overdose", ()),
    Kind.MAYBE: ("stop_maybe", ()),
}
"""What is said for each kind, and which numbers stand in it after the emergency number."""

PENDING = "danger"

NOT_THEIRS = frozenset({"start", "new", "people"})
"""Commands that are followed by a link's token, or by what a worker writes about somebody."""


def words_of(what: What) -> str:
    """Every word of the person's own in what has come, wherever it stands."""
    if isinstance(what, Typed):
        return what.text
    if isinstance(what, Spoken):
        return str(what.reference.get("caption") or "")
    if isinstance(what, Commanded):
        # Who types a slash by mistake ("/i want to die") has written words all the same.
        return "" if what.name in NOT_THEIRS else f"{what.name} {what.rest}"
    return what.words if isinstance(what, Unreadable) else ""


def kind_of(what: What, around: Around) -> Kind | None:
    """The danger in what has come, if there is any."""
    words = words_of(what)
    found = around.danger.find(words) if words else None
    if found is None or (isinstance(what, Commanded) and found.kind is Kind.MAYBE):
        return None  # a command says which is meant
    return found.kind


def message(
    kind: Kind, tongue: Tongue, around: Around, audience: str, now: dt.datetime, *, shared: bool
) -> Message:
    """What is said at once. Without numbers on a phone that others see, but for the one to call."""
    name, kinds = SAYS[kind]
    if shared and kinds:
        name = "danger_shared"
    elif audience == YOUNG and kinds:
        name, kinds = "danger_young", ("child", "text")
    elif audience == UNKNOWN and kinds and "child" not in kinds:
        # Whoever's age is not known is treated with the care a child is due.
        kinds = (*kinds, "child")
    found = helpline_text.chosen(around, kinds, audience, now)
    return helpline_text.with_lines(name, tongue, around, found, now, about=_number(kind))


def _number(kind: Kind) -> int:
    return list(Kind).index(kind)


def from_memory(
    arrival: Arrival,
    kind: Kind,
    around: Around,
    language: str | None,
    audience: str = UNKNOWN,
    *,
    shared: bool = False,
) -> Reply:
    """The answer without a database; whose it is is known as far as this process remembers."""
    tongues = around.tongues
    tongue = tongues.for_safety(language or tongues.guess(arrival.hint) or tongues.offered[0])
    said = message(kind, tongue, around, audience, arrival.at, shared=shared)
    return Reply(new_id(), arrival.chat, (said,), urgent=True)


def answer(visit: Visit, kind: Kind) -> None:
    """Answers, and holds what they wrote until they say what is to become of it."""
    person = visit.person
    visit.urgent = True
    if not visit.arrival.answered():
        _say(visit, kind, shared=person is not None and person.shared_phone)
    if person is None:
        return
    if opening_line.stands(visit):
        pass  # it may be anybody who holds the phone: nothing of it is kept as an answer
    elif change_answer.waits(person):
        _hold_change(visit, person)
    elif complaints.waits(person) and isinstance(visit.arrival.what, Typed | Spoken):
        # They asked for a person to read it: nothing of it is lost.
        complaints.made(visit, person, visit.arrival.what, back=False)
    elif person.live is not None and person.delete_at is None:
        _hold(visit, person, person.live)
    if person.state is Life.STOPPED:
        return
    if visit.around.tells_workers and kind is not Kind.MAYBE and person.cases:
        visit.then.append(lambda: contact_request.ask(visit))


def audience_of(person: Person | None) -> str:
    """Whom the numbers are for, as the files of numbers call it."""
    if person is None:
        return UNKNOWN
    return YOUNG if person.audience == YOUNG else ADULT


def _say(visit: Visit, kind: Kind, *, shared: bool) -> None:
    audience = audience_of(visit.person)
    visit.messages.append(
        message(kind, visit.safe_tongue, visit.around, audience, visit.now, shared=shared)
    )


def _hold(visit: Visit, person: Person, live: Live) -> None:
    what = visit.arrival.what
    step = visit.around.library.version(live.session.version).by_id.get(live.session.step)
    if step is None or not step.can_decline:
        return  # a gate keeps no words, so none can be offered to be kept
    held: dict[str, object] = {"to": PENDING, "session": live.id, "step": live.session.step}
    if isinstance(what, Spoken):
        held["voice"] = dict(what.reference)
    elif isinstance(what, Typed):
        # People type one thought as several messages: what is held already is not lost.
        before = str(person.waits.get("words") or "") if _fits(person, live) else ""
        held["words"] = "\n".join(filter(None, (before, what.text)))[: answering.LONGEST_WORDS]
    else:
        return  # an edit changes no answer, and what is forwarded is not theirs
    person.waits, person.waits_since = held, visit.now
    visit.batch.changed(person)


def _hold_change(visit: Visit, person: Person) -> None:
    """Holds what was written in the place of an answer, until they say that it is to stand."""
    what = visit.arrival.what
    if isinstance(what, Spoken):
        person.waits = {**person.waits, "voice": dict(what.reference)}
    elif isinstance(what, Typed):
        person.waits = {**person.waits, "words": what.text[: answering.LONGEST_WORDS]}
    else:
        return
    person.waits_since = visit.now
    visit.batch.changed(person)


def let_go(visit: Visit, person: Person) -> None:
    """Forgets what was held: they have gone on without saying that it is to be kept."""
    if person.waits.get("to") == PENDING:
        person.waits = {}
        visit.batch.changed(person)


# --- the buttons under it ------------------------------------------------------------------------


def chosen(visit: Visit, button: Aside) -> None:
    """Does what was tapped under the answer."""
    if button.choice == "contact":
        visit.then.append(lambda: contact_request.ask(visit))
    elif button.choice == "show":
        _show(visit, button)
    elif button.choice == "called":
        visit.say("danger_called")
    elif button.choice == "hard":
        _something_hard(visit)
    elif button.choice == "stop":
        commands.stop_now(visit)
    elif button.choice == "clear":
        clear_chat.ask(visit)
    else:
        _carry_on(visit)


def _show(visit: Visit, button: Aside) -> None:
    """Shows the numbers on a shared phone, now that they say it is safe."""
    kinds = list(Kind)
    kind = kinds[button.about] if button.about < len(kinds) else Kind.SELF_HARM
    _say(visit, kind, shared=False)


def _something_hard(visit: Visit) -> None:
    person = visit.person
    _say(visit, Kind.SELF_HARM, shared=person is not None and person.shared_phone)


def _carry_on(visit: Visit) -> None:
    """Brings back the question that waited; first asks what is to become of what they wrote."""
    person, worker = visit.person, visit.worker
    if onboarding.has_stopped(visit) or (person is not None and person.state is Life.STOPPED):
        visit.say("are_stopped")  # only START brings anyone back
    elif person is None and visit.way is not None:
        onboarding.again(visit, visit.way)
    elif person is None and worker is not None and worker.active:
        accounts.welcome(visit, worker)
    elif person is None:
        onboarding.greet(visit)
    elif change_answer.waits(person):
        held = {"words", "voice"} & person.waits.keys()
        if held:
            visit.say("danger_keep", about=int(person.waits["session"]))
        else:
            change_answer.again(visit, person)
    elif person.live is not None and _fits(person, person.live):
        visit.say("danger_keep", about=person.live.id)
    elif person.live is not None:
        answering.ask(visit, person, person.live)
    else:
        commands.start(visit)


def _fits(person: Person, live: Live) -> bool:
    """Whether what is held was written to the question that still waits."""
    held = person.waits
    return (held.get("to"), held.get("session"), held.get("step")) == (
        PENDING,
        live.id,
        live.session.step,
    )


def keep(visit: Visit, button: Aside) -> None:
    """Keeps what they wrote as their answer, or leaves it out; then the question comes back."""
    person = visit.person
    if person is not None and change_answer.waits(person):
        _keep_change(visit, person, button)
        return
    live = person.live if person is not None else None
    mine = live is not None and live.id == button.about and button.choice in KEEP
    if person is None or live is None or not mine or not _fits(person, live):
        visit.glance("stale")
        return
    held, person.waits = person.waits, {}
    visit.batch.changed(person)
    if button.choice == "keep":
        voice = held.get("voice")
        what: Typed | Spoken = Spoken(voice) if voice else Typed(str(held["words"]))
        visit.say_bare("danger_kept")
        answering.hear(visit, person, live, what)
    else:
        visit.say_bare("danger_left")
        answering.ask(visit, person, live)


def _keep_change(visit: Visit, person: Person, button: Aside) -> None:
    held = person.waits
    words, voice = held.get("words"), held.get("voice")
    if button.about != held.get("session") or button.choice not in KEEP or not (words or voice):
        visit.glance("stale")
        return
    person.waits = {k: v for k, v in held.items() if k not in ("words", "voice")}
    visit.batch.changed(person)
    if button.choice == "keep":
        change_answer.heard(visit, person, Spoken(voice) if voice else Typed(str(words)))
    else:
        visit.say_bare("danger_left")
        change_answer.again(visit, person)


KEEP = ("keep", "leave")
BUTTONS: Sequence[str] = (
    "danger_self_harm",
    "danger_abuse",
    "danger_overdose",
    "danger_child",
    "danger_others",
    "danger_young",
    "danger_shared",
    "stop_maybe",
)
