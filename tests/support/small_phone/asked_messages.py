"""Every message in which a question is asked, as it is sent, with what people are likely to say.

Asserts nothing itself. Tries everything, but goes on only once from what shows the same.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from bot.conversation.checkin import asking
from bot.conversation.quoted_answers import hidden
from bot.i18n.bidi import clean
from bot.i18n.localizer import LONGEST_QUOTE, Localizer
from bot.messages.parts import lazy, quotes
from bot.messages.renderer import render
from bot.messages.reply import Message
from flows.engine import (
    Flow,
    Incoming,
    Lines,
    Note,
    Prompt,
    Quoted,
    Recap,
    Tap,
    Turn,
    Voice,
    Words,
    begin,
)
from tests.support.flow_explorer import FLOWS, PHRASES, SOUND, Place, World, worlds

SAID = "Somewhere safe, and quiet at night, where my son can come and stay"
"""What a participant says, rather more than most do at once."""
LONGEST = (f"{SAID}. " * LONGEST_QUOTE)[: LONGEST_QUOTE - 1] + "."
"""As much of it as one quote has."""
ORG = "Aspen House Day Centre"
_TOLD = {
    "org_contact": "01865 000000, hello@aspenhouse.example",
    "org_data_contact": "Jo Marsh, data@aspenhouse.example",
    "org_authority": "the Information Commissioner, 0303 000 0000",
}
ALWAYS: Mapping[str, Any] = {"org_name": ORG, "keep_months": 12}
KNOWN: Mapping[str, Any] = {
    **ALWAYS,
    "worker_name": "Alexandra",
    "hello_date": dt.date(2026, 9, 27),
    "org_details": Lines(
        tuple(lazy(PHRASES[n].text, {"org_name": ORG, "told": t}) for n, t in _TOLD.items())
    ),
}
LANGUAGES = tuple(choice.id for choice in FLOWS["welcome"].by_id["lang"].choices)
_MARK = "¶"
_AGAIN = 2
"""How often one question may stand in a person's way back before a round counts as known."""
_MOST_PICKS = 1


@dataclass(frozen=True)
class Asked:
    """A turn that asks: what is said and asked, after which note, on whose phone."""

    flow: Flow
    prompts: tuple[Prompt, ...]
    note: str | None
    shared: bool

    @property
    def step(self) -> str:
        return f"{self.flow.name}/{self.prompts[-1].step}"

    @property
    def above(self) -> str:
        """What stands above the question beside its own words."""
        if any(quotes(prompt.values) for prompt in self.prompts):
            return "their words"
        return "the answer from before" if self.prompts[-1].stands is not None else self.note or ""

    def message(self, localizer: Localizer) -> Message:
        """The message as it is sent."""
        note = lazy(PHRASES[self.note].text) if self.note is not None else None
        part = asking.one_message(
            self.prompts, 1, localizer, PHRASES, note=note, shared=self.shared
        )
        return render((part,))[0]

    def alone(self, localizer: Localizer) -> Message:
        """The question with its buttons, without what is said or quoted before it."""
        last = self.prompts[-1]
        values = {
            name: _MARK if isinstance(value, Quoted | Recap) else value
            for name, value in last.values.items()
        }
        own = replace(self, prompts=(replace(last, stands=None, values=values),), note=None)
        message = own.message(localizer)
        return replace(message, text=clean(message.text).rpartition(_MARK)[2].strip())


@cache
def asked(flow: Flow, said: str) -> tuple[Asked, ...]:
    """Every message of a flow that asks something, where answers in words are these."""
    found: dict[object, Asked] = {}
    for world in worlds(flow, said):
        for shared in (False, True):
            facts = {**world.facts, **(KNOWN if "language" in world.facts else ALWAYS)}
            facts |= {"others_see": "yes"} if shared else {}
            facts |= {"offered": LANGUAGES} if "offered" in facts else {}
            for turn in _turns(flow, replace(world, facts=facts), said):
                each = _asked(flow, turn, shared=shared)
                found.setdefault((_looks(turn), each.note, each.shared), each)
    return tuple(found.values())


def _asked(flow: Flow, turn: Turn, *, shared: bool) -> Asked:
    shared = shared or "others_see" in turn.actions
    said_aside = flow.name == "welcome"  # as a message of its own
    prompts = turn.prompts[-1:] if said_aside else turn.prompts
    prompts = tuple(hidden(p, PHRASES) for p in prompts) if shared else prompts
    note = asking.NOTES[turn.note] if turn.note is not None and not said_aside else None
    return Asked(flow, prompts, "others_see" if "others_see" in turn.actions else note, shared)


def _turns(flow: Flow, world: World, said: str) -> Iterator[Turn]:
    been: set[object] = set()
    look = deque([begin(flow, facts=world.facts, earlier=world.earlier)])
    while look:
        turn = look.popleft()
        if turn.ended or not turn.prompts or turn.note is Note.STALE:
            continue
        yield turn
        trail = turn.session.trail
        here = (_looks(turn), turn.session.picks, trail[-1:])
        rounds = max(map(trail.count, trail), default=0)
        if here in been or rounds >= _AGAIN or len(turn.session.picks) > _MOST_PICKS:
            continue
        been.add(here)
        place = Place(flow, world, turn.session, turn)
        taps = [Tap(turn.session.step, turn.session.turn, each) for each in place.offered]
        moves: list[Incoming] = [*taps, Words(said), Voice(SOUND)]
        look += [place.hear(move) for move in moves]


def _looks(turn: Turn) -> object:
    """What is shown, whichever choices are ticked."""
    return turn.note, tuple(
        (p.step, p.text, tuple(b.id for b in p.choices), p.controls, p.stands is not None)
        for p in turn.prompts
    )
