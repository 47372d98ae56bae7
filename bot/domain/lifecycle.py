"""A participant's lifecycle: one table of transitions, and one function that makes them.

The unit of work records them. Before consent there is no participant, so the table begins
with consent.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from transitions import Machine, MachineError

from bot.domain.participant import Participant
from bot.domain.states import ParticipantState

NEW = "new"
_MOVES: list[tuple[str, list[ParticipantState], ParticipantState]] = [
    # event, from, to
    ("agree", [ParticipantState.STOPPED], ParticipantState.ACTIVE),
    ("undo_stop", [ParticipantState.STOPPED], ParticipantState.ACTIVE),
    (
        "stop",
        [ParticipantState.ACTIVE, ParticipantState.PAUSED, ParticipantState.QUIET],
        ParticipantState.STOPPED,
    ),
    (
        "block",
        [ParticipantState.ACTIVE, ParticipantState.PAUSED, ParticipantState.QUIET],
        ParticipantState.STOPPED,
    ),
    (
        "pause",
        [ParticipantState.ACTIVE, ParticipantState.QUIET, ParticipantState.PAUSED],
        ParticipantState.PAUSED,
    ),
    ("resume", [ParticipantState.PAUSED, ParticipantState.QUIET], ParticipantState.ACTIVE),
    ("fall_silent", [ParticipantState.ACTIVE], ParticipantState.QUIET),
]

# States by value: a StrEnum would register by name, and the column holds values.
MACHINE = Machine(
    model=None,
    states=[life.value for life in ParticipantState],
    initial=ParticipantState.ACTIVE.value,
    auto_transitions=False,
)
for _event, _sources, _target in _MOVES:
    MACHINE.add_transition(_event, [s.value for s in _sources], _target.value)


def is_possible(participant: Participant, event: str) -> bool:
    """Whether the table has this transition from the participant's state."""
    return bool(MACHINE.get_transitions(event, participant.state.value))


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of a participant's state, as it is written to their history."""

    participant: Participant
    event: str
    before: str
    after: str
    at: dt.datetime


def move(participant: Participant, event: str, now: dt.datetime) -> Transition | None:
    """Changes a participant's state; None, and nothing changed, without such a transition."""
    row = _Row(participant.state.value)
    try:
        MACHINE.events[event].trigger(row)
    except MachineError:
        return None
    before = participant.state.value
    participant.state, participant.moved_at = ParticipantState(row.state), now
    return Transition(participant, event, before, row.state, now)


def joined(participant: Participant, now: dt.datetime) -> Transition:
    """The first transition: the consent that made a participant."""
    return Transition(participant, "agree", NEW, participant.state.value, now)


class _Row:
    """The row the machine moves; never registered with it."""

    def __init__(self, state: str) -> None:
        self.state = state
