"""A participant's position in one flow, their answers, and the possible inputs.

What happens next is decided in `walk`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from flows.engine.flow import Text

SAFETY_ASKED, SAFETY_STANDS = "(safe?)", "(safe? "
"""In `Session.passed`: the bot has asked if they are safe; and since when that stands, as it was.

No step can have such an id. What stands is gone once it is answered, or gone on from.
"""


class AnswerState(StrEnum):
    """The state of a stored answer. A question never reached has no state: it has no row."""

    ANSWERED = "answered"
    SKIPPED = "skipped"
    RATHER_NOT_SAY = "rather_not_say"
    NOT_SURE = "not_sure"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to one step: choices without language beside the text as typed.

    `voice` is a reference the bot understands (never the sound itself), as a JSON object. `labels`
    are the choices' labels, for quoting an answer outside its own flow.
    """

    step: str
    state: AnswerState
    choices: tuple[str, ...] = ()
    words: str | None = None
    voice: tuple[Mapping[str, Any], ...] = ()
    labels: tuple[Text, ...] = field(default=(), compare=False)

    def tokens(self) -> set[str]:
        """What a condition can match of this answer."""
        return {self.state.value, *self.choices}


@dataclass(frozen=True, slots=True)
class Session:
    """A participant's position in one version of one flow.

    `turn` rises at each question asked, so an old button can be told from the current one. `trail`
    is the questions passed, newest last, for Back. `passed` are the gates and sayings already met.
    `picks` are the taps so far on a multiple-choice question. `begun` means that text was already
    given to the open question, since it was last asked.
    """

    flow: str
    version: str
    step: str
    turn: int = 0
    trail: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    picks: tuple[str, ...] = ()
    begun: bool = False
    answers: Mapping[str, Answer] = field(default_factory=dict)
    earlier: Mapping[str, Mapping[str, Answer]] = field(default_factory=dict)

    @property
    def safety_asked_at(self) -> dt.datetime | None:
        """When it was asked if they are safe, where that stands."""
        since = next((p for p in self.passed if p.startswith(SAFETY_STANDS)), None)
        found = since.removeprefix(SAFETY_STANDS).removesuffix(")") if since else ""
        return dt.datetime.fromisoformat(found) if found else None

    def with_safety_asked(self, at: dt.datetime) -> Session:
        """The same, with the question if they are safe standing since then."""
        passed = (*self.without_safety_question().passed, f"{SAFETY_STANDS}{at.isoformat()})")
        return replace(self, passed=tuple(dict.fromkeys((*passed, SAFETY_ASKED))))

    def without_safety_question(self) -> Session:
        """The same, where that question stands no more; it was asked all the same."""
        passed = tuple(p for p in self.passed if not p.startswith(SAFETY_STANDS))
        return self if passed == self.passed else replace(self, passed=passed)

    def to_json(self) -> dict[str, Any]:
        """The session as a JSON object; `from_json` gives the same session back."""
        # By hand: `asdict` copies every part deeply, which was most of a turn's time.
        return {
            "flow": self.flow,
            "version": self.version,
            "step": self.step,
            "turn": self.turn,
            "trail": list(self.trail),
            "passed": list(self.passed),
            "picks": list(self.picks),
            "begun": self.begun,
            "answers": {k: _data(a) for k, a in self.answers.items()},
            "earlier": {
                name: {k: _data(a) for k, a in answers.items()}
                for name, answers in self.earlier.items()
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Session:
        """A session from the result of `to_json`."""
        return cls(
            flow=data["flow"],
            version=data["version"],
            step=data["step"],
            turn=data["turn"],
            trail=tuple(data["trail"]),
            passed=tuple(data["passed"]),
            picks=tuple(data["picks"]),
            begun=data["begun"],
            answers={k: _answer(v) for k, v in data["answers"].items()},
            earlier={
                name: {k: _answer(v) for k, v in answers.items()}
                for name, answers in data["earlier"].items()
            },
        )


def _data(answer: Answer) -> dict[str, Any]:
    return {
        "step": answer.step,
        "state": answer.state.value,
        "choices": list(answer.choices),
        "words": answer.words,
        "voice": [dict(v) for v in answer.voice],
        "labels": [{"context": t.context, "source": t.source} for t in answer.labels],
    }


def _answer(data: Mapping[str, Any]) -> Answer:
    return Answer(
        step=data["step"],
        state=AnswerState(data["state"]),
        choices=tuple(data["choices"]),
        words=data["words"],
        voice=tuple(data["voice"]),
        labels=tuple(Text(**t) for t in data["labels"]),
    )


@dataclass(frozen=True, slots=True)
class Tap:
    """A button press: the step and turn it was drawn for, and its choice.

    For a multiple-choice question, `choice` begins with "+" or "-": the state it wants, so a double
    tap is one tap.
    """

    step: str
    turn: int
    choice: str


@dataclass(frozen=True, slots=True)
class Words:
    """A typed text.

    `early` means it was sent before the open question was asked, so it belongs to the answer before
    it: people type one thought as several messages.
    """

    text: str
    early: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice note, by a reference that the bot can download later."""

    reference: Mapping[str, Any]
    early: bool = False


Incoming = Tap | Words | Voice
"""Every input that an open session accepts."""
