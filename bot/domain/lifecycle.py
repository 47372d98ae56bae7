"""A participant's lifecycle: one table of moves, one function that makes them, all recorded.

Before consent there is no participant, so the table begins with the yes.
"""

from __future__ import annotations

import datetime as dt

from transitions import Machine, MachineError

from bot.domain.participant import Person
from bot.store.tables import Life
from bot.store.unit_of_work import Batch

NEW = "new"
_MOVES: list[tuple[str, list[Life], Life]] = [
    # event, from, to
    ("agree", [Life.STOPPED], Life.ACTIVE),
    ("stop", [Life.ACTIVE, Life.PAUSED, Life.QUIET], Life.STOPPED),
    ("block", [Life.ACTIVE, Life.PAUSED, Life.QUIET], Life.STOPPED),
    ("pause", [Life.ACTIVE, Life.QUIET, Life.PAUSED], Life.PAUSED),
    ("resume", [Life.PAUSED, Life.QUIET], Life.ACTIVE),
    ("fall_silent", [Life.ACTIVE], Life.QUIET),
]

# States by value: a StrEnum would register by name, and the column holds values.
MACHINE = Machine(
    model=None,
    states=[life.value for life in Life],
    initial=Life.ACTIVE.value,
    auto_transitions=False,
)
for _event, _sources, _target in _MOVES:
    MACHINE.add_transition(_event, [s.value for s in _sources], _target.value)


def may(person: Person, event: str) -> bool:
    """Whether the table has this move from where the person stands."""
    return bool(MACHINE.get_transitions(event, person.state.value))


def move(batch: Batch, person: Person, event: str, now: dt.datetime) -> bool:
    """Moves a person and records it. False, and nothing done, when the table has no such move."""
    row = _Row(person.state.value)
    try:
        MACHINE.events[event].trigger(row)
    except MachineError:
        return False
    before = person.state.value
    person.state, person.moved_at = Life(row.state), now
    batch.moved(person, event, before, now)
    return True


def joined(batch: Batch, person: Person, now: dt.datetime) -> None:
    """Records the first move of all: the yes that made a participant."""
    batch.moved(person, "agree", NEW, now)


class _Row:
    """What the machine moves; never registered with it."""

    def __init__(self, state: str) -> None:
        self.state = state
