"""One turn of a conversation: `begin`, `ask`, `hear`, `keep`, `go_on` and `stop`, each a Turn.

Pure: the same flow, session and input give the same Turn, in no particular language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flows.engine import flow as f
from flows.engine.answers import answer_of, with_choices, with_more
from flows.engine.flow import Flow, Meaning, Step
from flows.engine.machine import BACK_UP, STOP_EVENT, Position
from flows.engine.moves import arrive, fire, no_longer_belongs, onward
from flows.engine.prompting import Facts, position_of, prompt_of, stands
from flows.engine.session import Answer, AnswerState, Incoming, Session, Tap, Voice, Words
from flows.engine.turn import Note, Prompt, Turn

TOLD_AGE = "told_age"
"""The fact that holds the choice of the step that asks for the age, where a worker has told it."""


def begin(
    flow: Flow,
    *,
    facts: Facts,
    earlier: Mapping[str, Mapping[str, Answer]] | None = None,
) -> Turn:
    """Starts a flow at its first needed step; an age that is a fact counts as answered."""
    first, answers = flow.steps[0], _told(flow, facts)
    session = Session(flow.name, flow.version, first.id, answers=answers, earlier=earlier or {})
    place = position_of(session, facts)
    if first.id not in place.answers and place.meets_all(first.when):
        return arrive(flow, session, place, facts, [])
    return onward(flow, session, place, facts, leaving=False)


def _told(flow: Flow, facts: Facts) -> dict[str, Answer]:
    age, told = next((s for s in flow.steps if s.meaning is Meaning.AGE), None), facts.get(TOLD_AGE)
    if age is None or not isinstance(told, str):
        return {}
    return {age.id: answer_of(age, choices=(told,))}


def ask(flow: Flow, session: Session, *, facts: Facts) -> Turn:
    """Repeats the open question, without moving."""
    step = flow.by_id[session.step]
    return Turn(session, (prompt_of(flow, session, step, facts),))


def say_again(flow: Flow, turn: Turn, *, facts: Facts) -> tuple[Prompt, ...]:
    """A turn's prompts, rendered again with facts that became true because of it."""
    return tuple(prompt_of(flow, turn.session, flow.by_id[p.step], facts) for p in turn.prompts)


def stop(flow: Flow, session: Session) -> Turn:
    """Ends the session where it is. Works from every step, by construction of the machine."""
    place = position_of(session, {})
    fire(flow, STOP_EVENT, place)
    return Turn(replace(session, step=place.state), ended=True, stopped=True)


def hear(flow: Flow, session: Session, incoming: Incoming, *, facts: Facts) -> Turn:
    """Applies one input to the open question."""
    step = flow.by_id[session.step]
    if isinstance(incoming, Tap):
        return _tapped(flow, session, step, incoming, facts)
    if incoming.early and (turn := _belongs_before(flow, session, incoming)):
        return turn
    if not step.can_decline:
        # A gate, or a question whose answer must be plain: only a tap will do, and text is not
        # stored, because before the last yes nothing is.
        return replace(ask(flow, session, facts=facts), note=Note.UNKNOWN)
    if not step.takes_any_words:
        return _read(flow, session, step, incoming, facts)
    # Coming back to a question and answering again replaces; writing more adds.
    said = session.answers.get(step.id) if session.begun else None
    answer = with_more(said, step, incoming, session.picks)
    if step.takes_words:
        note = Note.VOICE if isinstance(incoming, Voice) else None
        place = position_of(session, facts)
        turn = onward(flow, session, place, facts, answer=answer, note=note)
        return replace(turn, actions=_asked_for(session, step, answer))
    # A question with buttons: the text is stored, and the buttons stay.
    note = Note.VOICE if isinstance(incoming, Voice) else Note.KEPT_WORDS
    return replace(_kept(flow, session, step, answer, facts), note=note)


def keep(flow: Flow, session: Session, incoming: Words | Voice, *, facts: Facts) -> Turn:
    """Stores text or a voice note as the answer to the open question, which stays open.

    `go_on` leaves it. A question that takes no words stores nothing.
    """
    step = flow.by_id[session.step]
    if incoming.early and (turn := _belongs_before(flow, session, incoming)):
        return turn
    if not step.can_decline or not step.takes_any_words:
        return replace(ask(flow, session, facts=facts), note=Note.UNKNOWN)
    said = session.answers.get(step.id) if session.begun else None
    answer = with_more(said, step, incoming, session.picks)
    turn = _kept(flow, session, step, answer, facts)
    return replace(turn, note=None, actions=_asked_for(session, step, answer))


def is_kept(flow: Flow, session: Session) -> bool:
    """Whether the open question has the answer that `keep` stored, and only `go_on` leaves it.

    `hear` leaves a question that takes words at once, so its `begun` is by `keep` alone. An answer
    that was taken back or hidden since is none.
    """
    takes_words = flow.by_id[session.step].takes_words
    return session.begun and takes_words and session.step in session.answers


def go_on(flow: Flow, session: Session, *, facts: Facts) -> Turn:
    """Leaves the open question with the answer that was stored by `keep`, and what is ticked."""
    step, answer = flow.by_id[session.step], session.answers[session.step]
    if step.kind.traits.several:
        answer = with_choices(answer, step, session.picks)
    turn = onward(flow, session, position_of(session, facts), facts, answer=answer)
    return replace(turn, actions=_asked_for(session, step, answer))


def _kept(flow: Flow, session: Session, step: Step, answer: Answer, facts: Facts) -> Turn:
    """Stores an answer and stays at its question."""
    place = position_of(session, facts)
    place.answers[step.id] = answer
    dropped = no_longer_belongs(flow, place)
    kept = replace(session, answers=place.answers, trail=place.trail, begun=True)
    turn = ask(flow, kept, facts=facts)
    return replace(turn, answers=(answer,), dropped_answers=dropped)


def _read(flow: Flow, session: Session, step: Step, incoming: Words | Voice, facts: Facts) -> Turn:
    """Applies typed text of a certain form; any other input is not stored, and is asked again."""
    found = step.read(incoming.text) if isinstance(incoming, Words) else None
    if found is None:
        return replace(ask(flow, session, facts=facts), note=Note.UNKNOWN)
    answer = answer_of(step, words=found)
    return onward(flow, session, position_of(session, facts), facts, answer=answer)


def _tapped(flow: Flow, session: Session, step: Step, tap: Tap, facts: Facts) -> Turn:
    stale = Turn(session, note=Note.STALE)
    if (tap.step, tap.turn) != (step.id, session.turn):
        return stale
    if tap.choice == f.STOP:
        return stop(flow, session)
    place = position_of(session, facts)
    if tap.choice == f.BACK:
        return _back(flow, session, place, facts)
    if tap.choice == f.NOT_NOW:
        return Turn(session, postponed=True)
    if step.can_decline and (turn := _passed_by(flow, session, step, tap.choice, place, facts)):
        return turn
    if step.kind.traits.several:
        return _several(flow, session, step, tap.choice, place, facts)
    if tap.choice == f.DONE and session.begun:
        # The text is the whole answer; none of the buttons fitted.
        answer = session.answers.get(step.id)
        return onward(flow, session, place, facts, answer=answer)
    choice = step.choice(tap.choice)
    if choice is None or not place.meets_all(choice.when):
        return stale
    said = session.answers.get(step.id) if session.begun else None
    gate = step.gate or choice.gate
    answer = None if gate else with_choices(said, step, (choice.id,))
    turn = onward(flow, session, place, facts, answer=answer, chosen=choice.id)
    return replace(turn, actions=(choice.does,) if choice.does else ())


def _passed_by(
    flow: Flow, session: Session, step: Step, control: str, place: Position, facts: Facts
) -> Turn | None:
    """Keeps the answer from before, takes it back, or declines; None for any other control."""
    if control == f.KEEP_IT and stands(session, step):
        return onward(flow, session, place, facts, answer=session.answers[step.id])
    if control == f.TAKE_BACK and step.decline == f.SKIP and stands(session, step):
        return _taken_back(flow, session, place, facts)
    # "Skip" is under questions that were asked before there was "Keep it".
    keeps = control == f.SKIP and step.id in session.answers
    if keeps or control in (step.decline, _refusal(step)):
        return _declined(flow, session, step, control, place, facts)
    return None


def _taken_back(flow: Flow, session: Session, place: Position, facts: Facts) -> Turn:
    """Deletes the answer of the open question, and asks it as if for the first time."""
    del place.answers[session.step]
    dropped = (session.step, *no_longer_belongs(flow, place))
    again = replace(
        session,
        answers=place.answers,
        trail=tuple(t for t in place.trail if t != session.step),
        turn=session.turn + 1,
        picks=(),
        begun=False,
    )
    turn = ask(flow, again, facts=facts)
    return replace(turn, note=Note.TAKEN_BACK, dropped_answers=dropped)


def _refusal(step: Step) -> str | None:
    """A text that means "rather not say" is taken as that, also beside a Skip."""
    return f.RATHER_NOT_SAY if step.choice(f.RATHER_NOT_SAY) is None else None


def _declined(
    flow: Flow, session: Session, step: Step, control: str, place: Position, facts: Facts
) -> Turn:
    """Skip leaves an earlier answer as it is; Rather not say deletes it."""
    said = session.answers.get(step.id)
    if control == f.SKIP and said is not None and said.state is not AnswerState.SKIPPED:
        return onward(flow, session, place, facts, answer=said)
    state = AnswerState.SKIPPED if control == f.SKIP else AnswerState.RATHER_NOT_SAY
    note = Note.SKIPPED if control == f.SKIP else Note.DECLINED
    return onward(flow, session, place, facts, answer=Answer(step.id, state), note=note)


def _several(
    flow: Flow, session: Session, step: Step, choice: str, place: Position, facts: Facts
) -> Turn:
    if choice == f.DONE:
        if not session.picks and session.begun:
            return go_on(flow, session, facts=facts)
        if not session.picks:
            return replace(ask(flow, session, facts=facts), note=Note.PICK_FIRST)
        # The text beside the ticks stays: only "Take it back" deletes it.
        answer = with_choices(session.answers.get(step.id), step, session.picks)
        turn = onward(flow, session, place, facts, answer=answer)
        return replace(turn, actions=_asked_for(session, step, answer))
    sign, wanted = choice[:1], choice[1:]
    found = step.choice(wanted)
    if found is None or sign not in "+-" or not place.meets_all(found.when):
        return Turn(session, note=Note.STALE)
    picked = {*session.picks, wanted} if sign == "+" else {*session.picks} - {wanted}
    picks = tuple(c.id for c in step.choices if c.id in picked)
    turn = ask(flow, replace(session, picks=picks), facts=facts)
    return replace(turn, edit_keyboard_only=True)


def _asked_for(session: Session, step: Step, answer: Answer) -> tuple[str, ...]:
    """What newly picked choices ask of the bot, where several can be chosen."""
    said = session.answers.get(step.id)
    before = said.choices if said is not None else ()
    new = [c for c in step.choices if c.id in answer.choices and c.id not in before]
    return tuple(c.does for c in new if c.does)


def _back(flow: Flow, session: Session, place: Position, facts: Facts) -> Turn:
    if not session.trail or not fire(flow, BACK_UP, place):
        return Turn(session, note=Note.STALE)
    again = replace(session, trail=session.trail[:-1], step=place.state)
    step = flow.by_id[place.state]
    answer = session.answers.get(step.id)
    picks = answer.choices if answer is not None and step.kind.traits.several else ()
    again = replace(again, turn=session.turn + 1, picks=picks, begun=False)
    return Turn(again, (prompt_of(flow, again, step, facts),))


def _belongs_before(flow: Flow, session: Session, incoming: Words | Voice) -> Turn | None:
    """Adds text sent before the open question was asked to the answer before it."""
    if not session.trail:
        return None
    step = flow.by_id[session.trail[-1]]
    said = session.answers.get(step.id) if step.takes_any_words else None
    if said is None or not (said.words or said.voice) or said.state is not AnswerState.ANSWERED:
        return None
    answer = with_more(said, step, incoming, ())
    kept = replace(session, answers={**session.answers, step.id: answer})
    return Turn(kept, note=Note.ADDED, answers=(answer,))


def orphans(flow: Flow, session: Session, *, facts: Facts) -> tuple[str, ...]:
    """The answers that would not have been asked for, by the others as they are now."""
    return no_longer_belongs(flow, position_of(session, facts))
