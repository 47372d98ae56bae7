"""Every place a person can come to in a flow, found by trying everything from everywhere.

Asserts nothing itself; what must hold in each place is in `test_flow_laws`.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from flows.engine import (
    Answer,
    AnswerState,
    Condition,
    Flow,
    Incoming,
    Meaning,
    Prompt,
    Session,
    Step,
    StepKind,
    Tap,
    Turn,
    Voice,
    Words,
    ask,
    begin,
    hear,
    load_folder,
    load_phrases,
)

FOLDER = Path(__file__).parent.parent.parent / "flows"
FLOWS = load_folder(FOLDER)
NAMES = sorted(FLOWS)
PHRASES = load_phrases(FOLDER / "phrases.yaml")

LONG_WORDS = "Somewhere quiet to be. " * 17 + "It matters"
"""Words as long as one quote may be, which is 400 characters; longer ones are cut elsewhere."""
SOUND: Mapping[str, object] = {"file": "a", "seconds": 3}

_TURNED = "all known" + "all tapped"
"""Of a flow with earlier answers, the one world in which Back is followed as far as it leads."""
_MOST_PICKS = 1
_MOST_ROUNDS = 2
"""How often one question may stand in a person's way back before a round counts as known."""


@dataclass(frozen=True)
class World:
    """What is so before the first question: what the bot knows and what was said last time."""

    name: str
    facts: Mapping[str, Any]
    earlier: Mapping[str, Mapping[str, Answer]]
    back: bool = True
    """Whether the search goes on from where Back leads; it is pressed in every place anyway."""


@dataclass(frozen=True)
class Place:
    """A flow where a question waits, and the turn that led here."""

    flow: Flow
    world: World
    session: Session
    turn: Turn

    @property
    def step(self) -> Step:
        return self.flow.by_id[self.session.step]

    @property
    def prompt(self) -> Prompt:
        """The question that waits."""
        return ask(self.flow, self.session, facts=self.world.facts).prompts[0]

    def hear(self, incoming: Incoming) -> Turn:
        return hear(self.flow, self.session, incoming, facts=self.world.facts)

    def tap(self, choice: str) -> Turn:
        """Presses a button under the question that waits."""
        return self.hear(Tap(self.session.step, self.session.turn, choice))

    @property
    def offered(self) -> tuple[str, ...]:
        """What every button under the question asks for."""
        return offered(self.prompt)

    def moves(self) -> Iterator[Incoming]:
        """Everything a person can do here: each button, words, a voice note, and both early."""
        for choice in self.offered:
            yield Tap(self.session.step, self.session.turn, choice)
        for early in (False, True):
            yield Words(LONG_WORDS, early=early)
            yield Voice(SOUND, early=early)


def offered(prompt: Prompt) -> tuple[str, ...]:
    """What the buttons of a prompt ask for, as the bot draws them."""
    signs = {True: "-", False: "+"} if prompt.several else {True: "", False: ""}
    choices = (signs[b.on] + b.id for b in prompt.choices)
    return (*choices, *(b.id for b in prompt.controls))


def worlds(flow: Flow, words: str = LONG_WORDS) -> list[World]:
    """Facts known and unknown, with every kind of earlier answers, in these words."""
    always = {"org_name": "A place for you", "keep_months": 12}
    known = {
        **always,
        "hello_date": dt.date(2026, 12, 7),
        "worker_name": "Alex",
        "language": "en",
    }
    unknown = {**always, "offered": ("en", "pt", "ar")}
    told = [
        (f"a link for an {age}", {**known, "told_age": age})
        for age in ("adult", "teen")
        if any(step.meaning is Meaning.AGE for step in flow.steps)
    ]
    return [
        World(f"{name}, {said}", facts, earlier, back=not flow.earlier or name + said == _TURNED)
        for name, facts in (("all known", known), ("little known", unknown), *told)
        for said, earlier in _earlier(flow, words)
        if facts is not unknown or said in {"nothing said before", "all in words"}
    ]


def _earlier(flow: Flow, words: str) -> Iterator[tuple[str, dict[str, dict[str, Answer]]]]:
    yield "nothing said before", {}
    for name in flow.earlier:
        steps = [s for s in FLOWS[name].steps if s.keeps_answer]
        kinds = {
            "all skipped": [Answer(s.id, AnswerState.SKIPPED) for s in steps],
            "all in words": [
                Answer(s.id, AnswerState.ANSWERED, words=words, voice=(SOUND,)) for s in steps
            ],
            "all tapped": [_tapped(s, words) for s in steps],
            "first only": [_tapped(s, words) for s in steps[:1]],
            "all but the first": [_tapped(s, words) for s in steps[1:]],
        }
        for said, answers in kinds.items():
            yield said, {name: {a.step: a for a in answers}}


def _tapped(step: Step, typed: str) -> Answer:
    picked = step.choices if step.kind is StepKind.CHOICES else step.choices[:1]
    labels = tuple(c.label for c in picked)
    words = None if picked else typed
    return Answer(step.id, AnswerState.ANSWERED, tuple(c.id for c in picked), words, labels=labels)


def through_json(session: Session) -> Session:
    """The session as it comes back from the database."""
    return Session.from_json(orjson.loads(orjson.dumps(session.to_json())))


def look_everywhere(
    flow: Flow, see: Callable[[Place, Incoming, Turn, Place | None], None]
) -> tuple[Place, ...]:
    """Goes breadth first through every place of a flow, in every world, and tries every move there.

    `see` is told each move, what it gave, and the place it led to if a question waits there.
    Two places are the same when the same question waits, the same questions are answered, the
    same conditions hold and the same question was before: what exactly was typed or picked makes
    no new place once the question is behind.
    """
    found: dict[object, Place] = {}
    look: deque[Place] = deque()

    def come_to(world: World, turn: Turn) -> Place:
        key = (world.name, _sameness(flow, turn.session))
        if key not in found:
            # Through the database on the way, as in life.
            found[key] = Place(flow, world, through_json(turn.session), turn)
            look.append(found[key])
        return found[key]

    for world in worlds(flow):
        come_to(world, begin(flow, facts=world.facts, earlier=world.earlier))
        while look:
            place = look.popleft()
            for move in place.moves():
                turn = place.hear(move)
                back = isinstance(move, Tap) and move.choice == "back"
                goes_on = not turn.ended and _new(turn.session) and (world.back or not back)
                see(place, move, turn, come_to(world, turn) if goes_on else None)
    return tuple(found.values())


@cache
def reachable(flow: Flow) -> tuple[Place, ...]:
    """Every place of a flow where a question can wait."""
    return look_everywhere(flow, lambda *_: None)


def holds(conditions: tuple[Condition, ...], world: World, session: Session) -> bool:
    """Whether conditions hold, said here a second time and more simply than the engine says it."""
    return all(c.any_of & _found(c.ref, world, session) for c in conditions)


def _found(ref: str, world: World, session: Session) -> set[str]:
    name, _, tail = ref.partition(".")
    if name == "fact":
        fact = world.facts.get(tail)
        if fact is None:
            return {"unknown"}
        return {"known", *(fact if isinstance(fact, tuple) else [str(fact)])}
    answer = session.earlier.get(name, {}).get(tail) if tail else session.answers.get(ref)
    if answer is not None:
        return {answer.state.value, *answer.choices}
    return {"met"} if ref in session.passed else {"unreached"}


def is_gate(step: Step, choice_id: str) -> bool:
    """Whether a choice opens another part, and is no answer."""
    choice = step.choice(choice_id)
    return step.gate or (choice is not None and choice.gate)


def faults(flow: Flow, session: Session) -> list[str]:
    """What is wrong with a session that waits; nothing, if the engine made it."""
    step = flow.by_id.get(session.step)
    if step is None or not step.asks:
        return [f"waits at {session.step}"]
    found = [f"kept {s}" for s in session.answers if not flow.by_id[s].keeps_answer]
    found += [f"{s} under {a.step}" for s, a in session.answers.items() if s != a.step]
    found += [f"behind is {s}" for s in session.trail if not flow.by_id[s].asks]
    found += [f"passed {s}" for s in session.passed if flow.by_id[s].keeps_answer]
    found += [f"picked {p}" for p in session.picks if step.choice(p) is None]
    for answer in session.answers.values():
        said = bool(answer.choices or answer.words is not None or answer.voice)
        if said != (answer.state not in {AnswerState.SKIPPED, AnswerState.RATHER_NOT_SAY}):
            by_tap = answer.state is AnswerState.RATHER_NOT_SAY and answer.choices == (
                "rather_not_say",
            )
            found += [] if by_tap else [f"{answer.step} is {answer.state}, said: {said}"]
        known = {c.id for c in flow.by_id[answer.step].choices}
        found += [f"chose {c}" for c in answer.choices if c not in known]
    if len(set(session.passed)) != len(session.passed):
        found.append("passed twice")
    return found


def _new(session: Session) -> bool:
    rounds = max((session.trail.count(step) for step in session.trail), default=0)
    return rounds < _MOST_ROUNDS and len(session.picks) <= _MOST_PICKS


@cache
def _asked_about(flow: Flow) -> frozenset[Condition]:
    return frozenset(c for step in flow.steps for c in step.conditions if "." not in c.ref)


def _sameness(flow: Flow, session: Session) -> object:
    conditions = _asked_about(flow)
    answers = session.answers
    waiting, before = answers.get(session.step), answers.get("".join(session.trail[-1:]))
    return (
        session.step,
        session.trail[-1:],
        session.picks,
        session.begun,
        waiting.state if waiting else None,
        bool(before and (before.words or before.voice)),
        frozenset(answers),
        frozenset(s for s in session.passed if not flow.by_id[s].asks),
        frozenset(c for c in conditions if c.ref in answers and c.any_of & answers[c.ref].tokens()),
    )
