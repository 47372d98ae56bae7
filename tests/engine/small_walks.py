"""A walk through a small flow, for the tests of each rule.

It checks nothing by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flows.engine import (
    Answer,
    Flow,
    Incoming,
    Prompt,
    Tap,
    Turn,
    Words,
    ask,
    begin,
    hear,
)
from tests.support.flow_explorer import (
    offered,
    through_json,
)

HEAD = "flow: quiz\nfor: adult\nsteps:\n"


@dataclass
class Walk:
    """A person walking a flow. Between two turns the session goes through JSON."""

    flow: Flow
    facts: Mapping[str, Any] = field(default_factory=dict)
    earlier: Mapping[str, Mapping[str, Answer]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._take(begin(self.flow, facts=self.facts, earlier=self.earlier))

    def _take(self, turn: Turn) -> Turn:
        self.turn = turn
        self.session = through_json(turn.session)
        assert self.session == turn.session
        return turn

    def hear(self, incoming: Incoming) -> Turn:
        return self._take(hear(self.flow, self.session, incoming, facts=self.facts))

    def tap(self, *choices: str) -> Turn:
        for choice in choices:
            assert choice in offered(self.prompt), (choice, self.session.step)
            self.hear(Tap(self.session.step, self.session.turn, choice))
        return self.turn

    def say(self, text: str, *, early: bool = False) -> Turn:
        return self.hear(Words(text, early=early))

    @property
    def prompt(self) -> Prompt:
        return ask(self.flow, self.session, facts=self.facts).prompts[0]

    def __getitem__(self, step: str) -> Answer:
        return self.session.answers[step]
