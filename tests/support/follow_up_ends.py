"""What became of follow-ups, and where their only participant stands.

It checks nothing by itself.
"""

from __future__ import annotations

from bot.domain.states import FollowUpState, ParticipantState
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.support.running_bot import Running


async def outcomes(running: Running, kind: str) -> list[tuple[FollowUpState, str | None]]:
    """What became of the follow-ups of a kind, in the order they fell due."""
    rows = [r for r in await running.rows(FollowUpRow) if r.kind == kind]
    return [(r.state, r.outcome) for r in sorted(rows, key=lambda r: r.due_at)]


async def state(running: Running) -> ParticipantState:
    """Where the only person stands."""
    (row,) = await running.rows(ParticipantRow)
    found: ParticipantState = row.state
    return found
