"""One answer changed or taken back, of any check-in, ended or waiting; the old one is really gone.

Tells no worker. Who had read it before stays told; who may read it is changed in `sharing`.
"""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.conversation.checkin import answering
from bot.conversation.context import Context
from bot.domain.participant import Checkin, OpenCheckin, Participant
from bot.i18n.bidi import signed
from bot.i18n.localizer import truncate
from bot.messages.builder import LONGEST_MESSAGE, ON
from bot.messages.callback_data import PhraseButton, to_base36
from bot.messages.incoming import TextMessage, VoiceMessage
from bot.messages.reply import InlineButton, Message
from bot.store.repositories.people.participant_repository import CHANGING
from bot.store.tables import ParticipantState
from flows import engine
from flows.engine import Answer, Flow, Meaning, Recap, Step, StepKind
from flows.engine.walk import quoted

LONGEST_QUESTION = 60
_DONE = "="


def pick(visit: Context, person: Participant | None) -> None:
    """Asks in which check-in, where there are several."""
    found = [p for p in person.checkins if _answered(visit, p)] if person else []
    if person is None or not found:
        visit.say("change_none")
    elif len(found) == 1:
        _which(visit, found[0])
    else:
        visit.say_with_buttons("change_pick", [_named(visit, person, past) for past in found])


def _named(visit: Context, person: Participant, past: Checkin) -> InlineButton:
    kind = "before" if past.follows_id is None else "after"
    date = past.started_at.astimezone(ZoneInfo(person.timezone)).date()
    label = visit.label("change_pick", kind, {"date": date})
    return InlineButton(label, PhraseButton("change_pick", "s", past.id).encode())


def picked(visit: Context, button: PhraseButton) -> None:
    """Asks which answer."""
    past = _past(visit, button.about)
    if past is None or not _answered(visit, past):
        visit.toast_phrase("stale")
    else:
        _which(visit, past)


def _which(visit: Context, past: Checkin) -> None:
    keys = [
        InlineButton(
            truncate(visit.localizer.question(step.text), LONGEST_QUESTION),
            PhraseButton("change_which", step.id, past.id).encode(),
        )
        for step in _answered(visit, past)
    ]
    visit.say_with_buttons("change_which", keys)


def chosen(visit: Context, button: PhraseButton) -> None:
    """Shows what stands, and what could stand in its place."""
    person, past = visit.participant, _past(visit, button.about)
    step = (
        next((s for s in _answered(visit, past) if s.id == button.choice), None) if past else None
    )
    if person is None or past is None or step is None:
        visit.toast_phrase("stale")
        return
    picks = past.session.answers[step.id].choices
    person.pending_input = {
        "to": CHANGING,
        "session": past.id,
        "step": step.id,
        "picks": list(picks),
    }
    person.pending_since = visit.now
    visit.uow.update_participant(person)
    _show(visit, person, past, step)


def again(visit: Context, person: Participant) -> None:
    """Shows once more what is being changed, after something else was answered."""
    if (found := _waiting(visit, person)) is not None:
        _show(visit, person, *found)
    else:
        _back(visit, person)


def _show(visit: Context, person: Participant, past: Checkin, step: Step) -> None:
    library = visit.env.library
    said = library.with_labels(past.version, past.session.answers).get(step.id)
    values = {"answers": Recap(((step.text, quoted(said)),) if said else ())}
    controls = tuple(
        InlineButton(
            visit.label("change_one", choice), PhraseButton("change_one", choice, past.id).encode()
        )
        for choice in ("take_back", "leave")
    )
    words = truncate(visit.localizer.phrase("change_one", values), LONGEST_MESSAGE)
    right_to_left = visit.localizer.right_to_left
    choices = _choices(visit, person, past, step)
    visit.messages.append(
        Message(words, None, choices, controls, right_to_left, protect_content=True)
    )


def _choices(
    visit: Context, person: Participant, past: Checkin, step: Step
) -> tuple[InlineButton, ...]:
    """The question's own buttons, as they were in the version that was answered."""
    flow = visit.env.library.get_version(past.version)
    place = to_base36(flow.steps.index(step))
    session = replace(past.session, step=step.id, picks=tuple(person.pending_input["picks"]))
    prompt = engine.ask(flow, session, facts=visit.facts(past.case_id)).prompts[0]
    keys: list[InlineButton] = []
    for button in prompt.choices:
        own = step.choice(button.id)
        if button.label is None or own is None or own.does:
            continue  # what asks somebody to do something is no change of what was said
        sign = ("-" if button.on else "+") if prompt.several else ""
        label = visit.localizer.say(button.label, prompt.values)
        label = signed(ON, label) if button.on and prompt.several else label
        keys.append(
            InlineButton(
                label, PhraseButton("change_one", f"{place}.{sign}{button.id}", past.id).encode()
            )
        )
    if prompt.several:
        done = visit.localizer.text(visit.env.library.phrases.controls["done"])
        keys.append(
            InlineButton(done, PhraseButton("change_one", f"{place}.{_DONE}", past.id).encode())
        )
    return tuple(keys)


def tapped(visit: Context, button: PhraseButton) -> None:
    """Takes a tap: on one of the question's own buttons, or to take it back, or to leave it."""
    person = visit.participant
    found = _waiting(visit, person) if person is not None else None
    if person is None or found is None or found[0].id != button.about:
        visit.toast_phrase("stale")
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


def _new_choice(
    visit: Context, person: Participant, past: Checkin, step: Step, button: PhraseButton
) -> None:
    place, _, choice = button.choice.partition(".")
    flow = visit.env.library.get_version(past.version)
    offered = {read.rpartition(".")[2] for read in _offered(visit, person, past, step)}
    if place != to_base36(flow.steps.index(step)) or choice not in offered:
        visit.toast_phrase("stale")
    elif choice == _DONE:
        _done(visit, person, past, step)
    elif choice[:1] in ("+", "-"):
        picks = {*person.pending_input["picks"], choice[1:]} - (
            {choice[1:]} if choice[0] == "-" else set()
        )
        person.pending_input = {
            **person.pending_input,
            "picks": [c.id for c in step.choices if c.id in picks],
        }
        visit.uow.update_participant(person)
        visit.redraw = True
        _show(visit, person, past, step)
    else:
        own = step.choice(choice)
        visit.chosen = visit.localizer.say(own.label, visit.facts(past.case_id)) if own else None
        _replace(visit, person, past, step, engine.answer_of(step, choices=(choice,)))


def _offered(visit: Context, person: Participant, past: Checkin, step: Step) -> list[str]:
    """What the buttons choose; of those with several, both ways: a double tap is one tap."""
    data = [key.data.split(":")[2] for key in _choices(visit, person, past, step)]
    return data + [d.translate(str.maketrans("+-", "-+")) for d in data]


def _done(visit: Context, person: Participant, past: Checkin, step: Step) -> None:
    picks = tuple(person.pending_input["picks"])
    if picks:
        _replace(visit, person, past, step, engine.answer_of(step, choices=picks))
    else:
        visit.say("pick_first")


def heard(visit: Context, person: Participant, what: TextMessage | VoiceMessage) -> None:
    """Takes words or a voice note in the place of what stood."""
    found = _waiting(visit, person)
    if found is None:
        _let_go(visit, person)
        visit.say("change_none")
    elif isinstance(what, TextMessage) and len(what.text) > answering.LONGEST_WORDS:
        visit.say("too_long")
    else:
        past, step = found
        words = what.text if isinstance(what, TextMessage) else None
        voice = (what.reference,) if isinstance(what, VoiceMessage) else ()
        _replace(visit, person, past, step, engine.answer_of(step, words=words, voice=voice))


def _replace(
    visit: Context, person: Participant, past: Checkin, step: Step, answer: Answer
) -> None:
    _gone(visit, person, past, step, answer)
    live = person.open_checkin if _is_live(person, past) else None
    visit.uow.save_answers(
        person, live or OpenCheckin(past.id, past.session, past.started_at), [answer], visit.now
    )
    visit.say("change_done")
    _back(visit, person)


def _gone(
    visit: Context, person: Participant, past: Checkin, step: Step, answer: Answer | None
) -> None:
    """Takes the old answer away, with those that were only asked for because of it."""
    _let_go(visit, person)
    flow = visit.env.library.get_version(past.version)
    facts = visit.facts(past.case_id)
    session = past.session
    answers = {k: a for k, a in session.answers.items() if k != step.id}
    after = replace(session, answers={**answers, step.id: answer} if answer else answers)
    before = engine.orphans(flow, session, facts=facts)
    orphans = set(engine.orphans(flow, after, facts=facts)) - set(before)
    visit.uow.withdraw_answers(person, past.id, {step.id, *orphans})
    past.session = _without(after, orphans)
    live = person.open_checkin
    if live is not None and _is_live(person, past):
        live.session = past.session
        if live.session.step == step.id:
            # Their words to the very question that waits: it is asked as if for the first time.
            several = answer is not None and step.kind is StepKind.CHOICES
            picks = answer.choices if answer is not None and several else ()
            live.session = replace(past.session, begun=False, picks=picks)
        visit.uow.save_checkin(person, live, visit.now)


def _without(session: engine.Session, steps: set[str]) -> engine.Session:
    answers = {k: a for k, a in session.answers.items() if k not in steps}
    return replace(
        session, answers=answers, trail=tuple(t for t in session.trail if t not in steps)
    )


def let_go(visit: Context) -> None:
    """Forgets what was being changed once they do something else."""
    button, person = visit.button, visit.participant
    if person is None or person.pending_input.get("to") != CHANGING:
        return
    if not (isinstance(button, PhraseButton) and button.phrase.startswith("change_")):
        _let_go(visit, person)


def _let_go(visit: Context, person: Participant) -> None:
    person.pending_input, person.pending_since = {}, None
    visit.uow.update_participant(person)


def awaits_correction(person: Participant | None) -> bool:
    """Whether their next words are the new answer."""
    return person is not None and person.pending_input.get("to") == CHANGING


def _waiting(visit: Context, person: Participant) -> tuple[Checkin, Step] | None:
    """The check-in and question that are being changed, if they still can be."""
    if not awaits_correction(person):
        return None
    past = _past(visit, person.pending_input.get("session"))
    step = _step(visit, past, person.pending_input.get("step"))
    return (past, step) if past is not None and step is not None else None


def _past(visit: Context, session_id: object) -> Checkin | None:
    found = visit.participant.checkins if visit.participant is not None else []
    return next((p for p in found if p.id == session_id), None)


def _step(visit: Context, past: Checkin | None, step_id: object) -> Step | None:
    found = _answered(visit, past) if past is not None else []
    return next((step for step in found if step.id == step_id), None)


def _answered(visit: Context, past: Checkin) -> list[Step]:
    """The questions with an answer, in order. Who may read it has a place of its own."""
    flow: Flow = visit.env.library.get_version(past.version)
    given = past.session.answers
    return [s for s in flow.steps if s.id in given and s.meaning is not Meaning.SHARING]


def _is_live(person: Participant, past: Checkin) -> bool:
    return person.open_checkin is not None and person.open_checkin.id == past.id


def _back(visit: Context, person: Participant) -> None:
    if person.open_checkin is not None and person.state is not ParticipantState.STOPPED:
        answering.ask(visit, person, person.open_checkin)
