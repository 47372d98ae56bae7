"""Before consent: who I am, language, age, and the yes in its parts.

Nothing is kept until the last yes. The way there is carried by the buttons themselves, so a
person who leaves, says no, or is under 13 leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.content.library import PAIRS
from bot.conversation.checkin import answering
from bot.conversation.context import Visit
from bot.conversation.identity import join_case, private_word
from bot.conversation.safety import settings_screen
from bot.domain import lifecycle
from bot.domain.participant import Past, Person
from bot.i18n.localizer import Tongue
from bot.messages.builder import prompt_message, prompt_text
from bot.messages.callback_data import Aside, Welcome, base36, number
from bot.messages.reply import Key
from bot.schedule import follow_ups
from bot.store.tables import Life, Stage
from flows import engine
from flows.engine import Answer, Flow, Meaning, Session, Step, Tap, Turn
from flows.engine.normalise import plain

FLOW = "welcome"
ASK = "-"
"""Stands for the guessed language where none was offered, so that it is asked."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
YOUNG, ADULT = "young", "adult"


@dataclass(frozen=True, slots=True)
class _Way:
    """How far someone has come: the buttons' path, and the engine's turn at its end."""

    flow: Flow
    guess: str
    path: str
    turn: Turn


def greet(visit: Visit, *, ask_language: bool = False) -> None:
    """Says the first words: who I am."""
    flow = visit.around.library.today[FLOW]
    guess = None if ask_language else visit.around.tongues.guess(visit.arrival.hint)
    way = _Way(flow, guess or ASK, "", engine.begin(flow, facts=_facts(visit, guess or ASK)))
    if guess is not None and visit.tongue.draft:
        visit.say("draft")
    _say(visit, way)


def typed(visit: Visit, way: Welcome, text: str) -> None:
    """Takes a label that was typed instead of tapped; anything else asks the same once more."""
    walked = _walked(visit, way)
    if walked is None:
        visit.say_bare("unknown_new")
        greet(visit)
        return
    visit.language = _language(visit, walked.turn.session, way.guess)
    prompt = walked.turn.prompts[-1]
    controls = visit.around.library.phrases.controls
    labels = [(b.id, b.label or controls[b.id]) for b in (*prompt.choices, *prompt.controls)]
    for choice, label in labels:
        if plain(visit.tongue.say(label, prompt.values)) == plain(text):
            tapped(visit, replace(way, choice=choice))
            return
    visit.say_bare("unknown_new")
    _say(visit, walked)


def again(visit: Visit, way: Welcome) -> None:
    """Says once more where they are on the way, for someone who was answered something else."""
    walked = _walked(visit, way)
    if walked is None:
        greet(visit)
        return
    visit.language = _language(visit, walked.turn.session, way.guess)
    _say(visit, walked)


def tapped(visit: Visit, button: Welcome) -> None:
    """Goes one step on the way to consent, and at its end makes the participant."""
    stopped = visit.way if has_stopped(visit) else None
    visit.way = None
    if visit.person is not None and visit.person.state is not Life.STOPPED:
        visit.glance("done_already")
        return
    if button.since != _since(visit) or _is_before(visit, stopped):
        visit.glance("are_stopped" if stopped or visit.person else "stale")
        visit.way = stopped
        return
    way = _walked(visit, button)
    if way is None:
        # The words have changed since, or the button is forged: begin again, nothing was kept.
        greet(visit)
        return
    visit.language = _language(visit, way.turn.session, way.guess)
    step = way.flow.by_id[way.turn.session.step]
    tap = Tap(step.id, way.turn.session.turn, button.choice)
    turn = engine.hear(way.flow, way.turn.session, tap, facts=_facts(visit, way.guess))
    if turn.stopped:
        visit.say_bare("stopped_bare")
        stop(visit)
    elif turn.later:
        visit.say("welcome_later")
        join_case.let_go(visit)  # nothing is kept, it says; the link still works for them
    elif turn.note is not None:
        visit.glance("stale")
    else:
        _go_on(visit, way, step, button.choice, turn)


def _go_on(visit: Visit, way: _Way, step: Step, choice_id: str, turn: Turn) -> None:
    """Says what comes next on the way; at its end somebody has agreed, or has not."""
    choice = step.choice(choice_id)
    visit.chosen = visit.tongue.text(choice.label) if choice else None
    if choice_id == "back":
        onward = replace(way, path=way.path[:-1], turn=turn)
    else:
        digit = _DIGITS[[c.id for c in step.choices].index(choice_id)]
        onward = replace(way, path=way.path + digit, turn=turn)
    visit.language = _language(visit, turn.session, way.guess)
    if step.meaning is Meaning.LANGUAGE:
        # What was filled in, such as a name for us, was in the language before.
        said = engine.say_again(way.flow, turn, facts=_facts(visit, way.guess))
        onward = replace(onward, turn=replace(turn, prompts=said))
        if visit.tongue.draft:
            visit.say("draft")
    _say(visit, onward)
    if turn.ended and not _agreed(visit, onward):
        join_case.let_go(visit)


def stop(visit: Visit) -> None:
    """Remembers a stop of someone of whom nothing else is kept."""
    join_case.let_go(visit)
    message = visit.arrival.message_id or (visit.pressed and visit.pressed.message_id) or 0
    visit.way, visit.stops = Welcome.stop(message), True


def has_stopped(visit: Visit) -> bool:
    """Whether they stopped before they agreed to anything (or to anything again)."""
    return visit.way is not None and visit.way.is_stop


def _is_before(visit: Visit, stopped: Welcome | None) -> bool:
    """Whether the button they tapped stands above the place where they stopped."""
    under = visit.pressed.message_id if visit.pressed else None
    return stopped is not None and (under or 0) <= number(stopped.path)


def _since(visit: Visit) -> str:
    """When they stopped, as their buttons carry it; for someone new, how many were here before.

    So the buttons under which somebody else has said yes are no buttons of theirs.
    """
    if visit.person is None:
        return base36(len(visit.known.absent))
    return base36(int(visit.person.moved_at.timestamp()))


def _walked(visit: Visit, button: Welcome) -> _Way | None:
    """The way a button says was gone, gone again by the engine; None if it cannot be."""
    flow = visit.around.library.today[FLOW]
    offered = visit.around.tongues.offered
    if not flow.version.startswith(button.version[:8]) or len(button.version) < 8:
        return None
    if button.guess != ASK and button.guess not in offered:
        return None
    turn = _gone(flow, button.path, tuple(_facts(visit, button.guess).items()))
    return None if turn is None else _Way(flow, button.guess, button.path, turn)


@lru_cache(maxsize=1024)  # everybody comes by one of a few ways, and what is found never changes
def _gone(flow: Flow, path: str, known: tuple[tuple[str, engine.Value], ...]) -> Turn | None:
    facts = dict(known)
    turn = engine.begin(flow, facts=facts)
    for digit in path:
        step = flow.by_id.get(turn.session.step)
        place = _DIGITS.find(digit)
        if turn.ended or step is None or not 0 <= place < len(step.choices):
            return None
        tap = Tap(step.id, turn.session.turn, step.choices[place].id)
        turn = engine.hear(flow, turn.session, tap, facts=facts)
        if turn.note is not None:
            return None
    return None if turn.ended else turn


def _say(visit: Visit, way: _Way) -> None:
    since = _since(visit)
    if not way.turn.ended:
        visit.way = Welcome(way.flow.version, way.guess, since, way.path, "")
    first = not way.path and visit.person is None
    for prompt in way.turn.prompts:
        visit.messages.append(
            prompt_message(
                prompt,
                visit.tongue,
                visit.around.library.phrases,
                lambda choice: Welcome(way.flow.version, way.guess, since, way.path, choice).data(),
            )
        )
    if first:
        back = Key(visit.label("came_back", "ask"), Aside("came_back", "ask").data())
        last = visit.messages[-1]
        visit.messages[-1] = replace(last, choices=(*last.choices, back))


def _agreed(visit: Visit, way: _Way) -> bool:
    """Makes (or brings back) the participant, if the way ended in a yes; whether it did."""
    answers, flow = way.turn.session.answers, way.flow
    steps = {step.meaning: step for step in flow.steps if step.meaning}
    keep = answers.get(steps[Meaning.KEEP].id)
    if keep is None or "agree" not in keep.choices:
        return False
    may_message = "agree" in _choices(answers.get(steps[Meaning.MESSAGE].id))
    audience = ADULT if "adult" in _choices(answers.get(steps[Meaning.AGE].id)) else YOUNG
    person, first = visit.person, visit.person is None
    if person is None:
        person = visit.batch.join(
            visit.arrival.chat,
            visit.now,
            language=visit.tongue.code,
            audience=audience,
            zone=visit.around.zone,
            may_message=may_message,
            keep_months=visit.around.keep_months,
            shared_phone=bool(visit.known.absent),
        )
        lifecycle.joined(visit.batch, person, visit.now)
        visit.person = person
    else:
        person.language, person.audience = visit.tongue.code, audience
        person.may_message, person.unanswered = may_message, 0
        person.known_at = visit.now
        # What was promised for what was said before is never made longer.
        person.keep_months = min(person.keep_months, visit.around.keep_months)
        lifecycle.move(visit.batch, person, "agree", visit.now)
    _take_phone(visit, person, answers, steps.get(Meaning.PHONE))
    for meaning, given in ((Meaning.KEEP, True), (Meaning.MESSAGE, may_message)):
        consent = {
            "kind": meaning.value,
            "given": given,
            "version": flow.version,
            "step": steps[meaning].id,
            "language": visit.tongue.code,
            "wording": _wording(visit, way, steps[meaning]),
        }
        visit.batch.consented(person, consent, visit.now)
    if visit.known.held is not None:
        join_case.join(visit, person, visit.known.held)
    if first and visit.known.absent:
        private_word.ask(visit, person)  # what comes next comes after it
    else:
        _carry_on(visit, person)
    return True


def _take_phone(
    visit: Visit, person: Person, answers: Mapping[str, Answer], step: Step | None
) -> None:
    """Takes who sees the phone, if they were asked on the way."""
    answer = answers.get(step.id) if step is not None else None
    if answer is None:
        return
    if settings_screen.see_others(person, next(iter(answer.choices), ""), visit.now):
        settings_screen.retime(visit, person)
    visit.batch.changed(person)
    if person.shared_phone:
        visit.say("safety_shared")


def _carry_on(visit: Visit, person: Person) -> None:
    """Begins the first check-in, or takes up what was stopped."""
    stopped = [p for p in person.past if p.stage is Stage.STOPPED]
    done = [p for p in person.past if p.stage is Stage.DONE]
    if stopped and (not done or stopped[-1].started_at > done[-1].started_at):
        answering.resume(visit, person, stopped[-1])
    elif not done:
        case_id = visit.known.held.id if visit.known.held else None
        flow = answering.first_for(visit, person)
        answering.begin(visit, person, flow, case_id=case_id)
    if done:
        _plan_again(visit, person, done)
    if person.live is None:
        held = visit.known.held
        # What they answered alone has become part of the case: it is not asked again.
        if held is not None and not any(p.case_id == held.id for p in done):
            flow = answering.first_for(visit, person)
            answering.begin(visit, person, flow, case_id=held.id)
        elif (before := answering.after_due(visit, person)) is not None:
            answering.begin_after(visit, person, before)
        elif "hello_date" in (facts := visit.facts()):
            visit.say("next_hello", {"hello_date": facts["hello_date"]})


def _plan_again(visit: Visit, person: Person, done: list[Past]) -> None:
    """Plans what is still to come: stopping had dropped it."""
    befores = [p for p in done if p.flow in PAIRS and p.ended_at]
    if not befores or not person.may_message:
        return
    last = befores[-1]
    assert last.ended_at is not None  # noqa: S101 - just looked at
    rows = follow_ups.after(
        visit.around.plan,
        person,
        (last.id, last.ended_at),
        person.case(last.case_id) if last.case_id else None,
        visit.now,
        visit.arrival.update_id,
    )
    visit.batch.plan(rows)
    person.next_hello = min((r["due_at"] for r in rows), default=None)


def _wording(visit: Visit, way: _Way, step: Step) -> str:
    """All that was said on the way to this consent, in the words and language it was said in."""
    known = tuple(_facts(visit, way.guess).items())
    said = _said_until(step.id, way.flow, way.path, known, visit.tongue)
    chosen = way.turn.session.answers.get(step.id)
    labels = [visit.tongue.text(c.label) for c in step.choices if c.id in _choices(chosen)]
    return "\n\n".join([*said, *(f"[{label}]" for label in labels)])


@lru_cache(maxsize=1024)  # as `_gone`
def _said_until(
    step_id: str,
    flow: Flow,
    path: str,
    known: tuple[tuple[str, engine.Value], ...],
    tongue: Tongue,
) -> list[str]:
    facts, said = dict(known), list[str]()
    turn = engine.begin(flow, facts=facts)
    for digit in path:
        said += [prompt_text(prompt, tongue) for prompt in turn.prompts]
        at = flow.by_id[turn.session.step]
        if at.id == step_id:
            break
        tap = Tap(at.id, turn.session.turn, at.choices[_DIGITS.index(digit)].id)
        turn = engine.hear(flow, turn.session, tap, facts=facts)
    return said


def _choices(answer: Answer | None) -> tuple[str, ...]:
    return answer.choices if answer else ()


def _language(visit: Visit, session: Session, guess: str) -> str:
    for answer in session.answers.values():
        if answer.step == "lang" and answer.choices:
            return answer.choices[0]
    return guess if guess != ASK else visit.tongue.code


def _facts(visit: Visit, guess: str) -> dict[str, engine.Value]:
    tongue: Tongue = visit.tongue
    library = visit.around.library
    facts: dict[str, engine.Value] = {
        "org_name": visit.around.org_name or tongue.text(library.phrases.org_name),
        "keep_months": visit.around.keep_months,
        "offered": visit.around.tongues.offered,  # type: ignore[dict-item]
    }
    if guess != ASK:
        facts["language"] = guess
    return facts
