"""One answer changed or taken back, of any check-in, ended or waiting; the old one is really gone.

Tells no worker. Who had read it before stays told; who may read it is changed in `sharing`.
"""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.conversation.checkin import answering
from bot.conversation.context import Visit
from bot.domain.participant import Live, Past, Person
from bot.i18n.bidi import signed
from bot.i18n.localizer import shortened
from bot.messages.builder import LONGEST_MESSAGE, ON
from bot.messages.callback_data import Aside, base36
from bot.messages.incoming import Spoken, Typed
from bot.messages.reply import Key, Message
from bot.store.repositories.people.participant_repository import CHANGING
from bot.store.tables import Life
from flows import engine
from flows.engine import Answer, Flow, Kind, Meaning, Recap, Step
from flows.engine.walk import quoted

LONGEST_QUESTION = 60
_DONE = "="


def pick(visit: Visit, person: Person | None) -> None:
    """Asks in which check-in, where there are several."""
    found = [p for p in person.past if _answered(visit, p)] if person else []
    if person is None or not found:
        visit.say("change_none")
    elif len(found) == 1:
        _which(visit, found[0])
    else:
        visit.offer("change_pick", [_named(visit, person, past) for past in found])


def _named(visit: Visit, person: Person, past: Past) -> Key:
    kind = "before" if past.about is None else "after"
    date = past.started_at.astimezone(ZoneInfo(person.zone)).date()
    label = visit.label("change_pick", kind, {"date": date})
    return Key(label, Aside("change_pick", "s", past.id).data())


def picked(visit: Visit, button: Aside) -> None:
    """Asks which answer."""
    past = _past(visit, button.about)
    if past is None or not _answered(visit, past):
        visit.glance("stale")
    else:
        _which(visit, past)


def _which(visit: Visit, past: Past) -> None:
    keys = [
        Key(
            shortened(visit.tongue.question(step.text), LONGEST_QUESTION),
            Aside("change_which", step.id, past.id).data(),
        )
        for step in _answered(visit, past)
    ]
    visit.offer("change_which", keys)


def chosen(visit: Visit, button: Aside) -> None:
    """Shows what stands, and what could stand in its place."""
    person, past = visit.person, _past(visit, button.about)
    step = (
        next((s for s in _answered(visit, past) if s.id == button.choice), None) if past else None
    )
    if person is None or past is None or step is None:
        visit.glance("stale")
        return
    picks = past.session.answers[step.id].choices
    person.waits = {"to": CHANGING, "session": past.id, "step": step.id, "picks": list(picks)}
    person.waits_since = visit.now
    visit.batch.changed(person)
    _show(visit, person, past, step)


def again(visit: Visit, person: Person) -> None:
    """Shows once more what is being changed, after something else was answered."""
    if (found := _waiting(visit, person)) is not None:
        _show(visit, person, *found)
    else:
        _back(visit, person)


def _show(visit: Visit, person: Person, past: Past, step: Step) -> None:
    library = visit.around.library
    said = library.labelled(past.version, past.session.answers).get(step.id)
    values = {"answers": Recap(((step.text, quoted(said)),) if said else ())}
    controls = tuple(
        Key(visit.label("change_one", choice), Aside("change_one", choice, past.id).data())
        for choice in ("take_back", "leave")
    )
    words = shortened(visit.tongue.phrase("change_one", values), LONGEST_MESSAGE)
    right_to_left = visit.tongue.right_to_left
    choices = _choices(visit, person, past, step)
    visit.messages.append(Message(words, None, choices, controls, right_to_left, protect=True))


def _choices(visit: Visit, person: Person, past: Past, step: Step) -> tuple[Key, ...]:
    """The question's own buttons, as they were in the version that was answered."""
    flow = visit.around.library.version(past.version)
    place = base36(flow.steps.index(step))
    session = replace(past.session, step=step.id, picks=tuple(person.waits["picks"]))
    prompt = engine.ask(flow, session, facts=visit.facts(past.case_id)).prompts[0]
    keys: list[Key] = []
    for button in prompt.choices:
        own = step.choice(button.id)
        if button.label is None or own is None or own.does:
            continue  # what asks somebody to do something is no change of what was said
        sign = ("-" if button.on else "+") if prompt.several else ""
        label = visit.tongue.say(button.label, prompt.values)
        label = signed(ON, label) if button.on and prompt.several else label
        keys.append(Key(label, Aside("change_one", f"{place}.{sign}{button.id}", past.id).data()))
    if prompt.several:
        done = visit.tongue.text(visit.around.library.phrases.controls["done"])
        keys.append(Key(done, Aside("change_one", f"{place}.{_DONE}", past.id).data()))
    return tuple(keys)


def tapped(visit: Visit, button: Aside) -> None:
    """Takes a tap: on one of the question's own buttons, or to take it back, or to leave it."""
    person = visit.person
    found = _waiting(visit, person) if person is not None else None
    if person is None or found is None or found[0].id != button.about:
        visit.glance("stale")
    elif "." in button.choice:
        _new_choice(visit, person, *found, button)
    elif button.choice == "take_back":
        past, step = found
        _gone(visit, person, past, step, None)
        visit.say("change_taken_back")
        _back(visit, person)
    else:
        _let_go(visit, person)
        visit.say("change_left")
        _back(visit, person)


def _new_choice(visit: Visit, person: Person, past: Past, step: Step, button: Aside) -> None:
    place, _, choice = button.choice.partition(".")
    flow = visit.around.library.version(past.version)
    offered = {read.rpartition(".")[2] for read in _offered(visit, person, past, step)}
    if place != base36(flow.steps.index(step)) or choice not in offered:
        visit.glance("stale")
    elif choice == _DONE:
        _done(visit, person, past, step)
    elif choice[:1] in ("+", "-"):
        picks = {*person.waits["picks"], choice[1:]} - ({choice[1:]} if choice[0] == "-" else set())
        person.waits = {**person.waits, "picks": [c.id for c in step.choices if c.id in picks]}
        visit.batch.changed(person)
        visit.redraw = True
        _show(visit, person, past, step)
    else:
        own = step.choice(choice)
        visit.chosen = visit.tongue.say(own.label, visit.facts(past.case_id)) if own else None
        _replace(visit, person, past, step, engine.answer_of(step, choices=(choice,)))


def _offered(visit: Visit, person: Person, past: Past, step: Step) -> list[str]:
    """What the buttons choose; of those with several, both ways: a double tap is one tap."""
    data = [key.data.split(":")[2] for key in _choices(visit, person, past, step)]
    return data + [d.translate(str.maketrans("+-", "-+")) for d in data]


def _done(visit: Visit, person: Person, past: Past, step: Step) -> None:
    picks = tuple(person.waits["picks"])
    if picks:
        _replace(visit, person, past, step, engine.answer_of(step, choices=picks))
    else:
        visit.say("pick_first")


def heard(visit: Visit, person: Person, what: Typed | Spoken) -> None:
    """Takes words or a voice note in the place of what stood."""
    found = _waiting(visit, person)
    if found is None:
        _let_go(visit, person)
        visit.say("change_none")
    elif isinstance(what, Typed) and len(what.text) > answering.LONGEST_WORDS:
        visit.say("too_long")
    else:
        past, step = found
        words = what.text if isinstance(what, Typed) else None
        voice = (what.reference,) if isinstance(what, Spoken) else ()
        _replace(visit, person, past, step, engine.answer_of(step, words=words, voice=voice))


def _replace(visit: Visit, person: Person, past: Past, step: Step, answer: Answer) -> None:
    _gone(visit, person, past, step, answer)
    live = person.live if _is_live(person, past) else None
    visit.batch.answered(
        person, live or Live(past.id, past.session, past.started_at), [answer], visit.now
    )
    visit.say("change_done")
    _back(visit, person)


def _gone(visit: Visit, person: Person, past: Past, step: Step, answer: Answer | None) -> None:
    """Takes the old answer away, with those that were only asked for because of it."""
    _let_go(visit, person)
    flow = visit.around.library.version(past.version)
    facts = visit.facts(past.case_id)
    session = past.session
    answers = {k: a for k, a in session.answers.items() if k != step.id}
    after = replace(session, answers={**answers, step.id: answer} if answer else answers)
    before = engine.orphans(flow, session, facts=facts)
    orphans = set(engine.orphans(flow, after, facts=facts)) - set(before)
    visit.batch.take_back(person, past.id, {step.id, *orphans})
    past.session = _without(after, orphans)
    live = person.live
    if live is not None and _is_live(person, past):
        live.session = past.session
        if live.session.step == step.id:
            # Their words to the very question that waits: it is asked as if for the first time.
            several = answer is not None and step.kind is Kind.CHOICES
            picks = answer.choices if answer is not None and several else ()
            live.session = replace(past.session, begun=False, picks=picks)
        visit.batch.session(person, live, visit.now)


def _without(session: engine.Session, steps: set[str]) -> engine.Session:
    answers = {k: a for k, a in session.answers.items() if k not in steps}
    return replace(
        session, answers=answers, trail=tuple(t for t in session.trail if t not in steps)
    )


def let_go(visit: Visit) -> None:
    """Forgets what was being changed once they do something else."""
    button, person = visit.button, visit.person
    if person is None or person.waits.get("to") != CHANGING:
        return
    if not (isinstance(button, Aside) and button.phrase.startswith("change_")):
        _let_go(visit, person)


def _let_go(visit: Visit, person: Person) -> None:
    person.waits, person.waits_since = {}, None
    visit.batch.changed(person)


def waits(person: Person | None) -> bool:
    """Whether their next words are the new answer."""
    return person is not None and person.waits.get("to") == CHANGING


def _waiting(visit: Visit, person: Person) -> tuple[Past, Step] | None:
    """The check-in and question that are being changed, if they still can be."""
    if not waits(person):
        return None
    past = _past(visit, person.waits.get("session"))
    step = _step(visit, past, person.waits.get("step"))
    return (past, step) if past is not None and step is not None else None


def _past(visit: Visit, session_id: object) -> Past | None:
    found = visit.person.past if visit.person is not None else []
    return next((p for p in found if p.id == session_id), None)


def _step(visit: Visit, past: Past | None, step_id: object) -> Step | None:
    found = _answered(visit, past) if past is not None else []
    return next((step for step in found if step.id == step_id), None)


def _answered(visit: Visit, past: Past) -> list[Step]:
    """The questions with an answer, in order. Who may read it has a place of its own."""
    flow: Flow = visit.around.library.version(past.version)
    given = past.session.answers
    return [s for s in flow.steps if s.id in given and s.meaning is not Meaning.SHARING]


def _is_live(person: Person, past: Past) -> bool:
    return person.live is not None and person.live.id == past.id


def _back(visit: Visit, person: Person) -> None:
    if person.live is not None and person.state is not Life.STOPPED:
        answering.ask(visit, person, person.live)
