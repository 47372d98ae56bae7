"""Rows for the table of follow-ups: what is said later, about which check-in, and until when.

Pure: gives rows, writes none.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from bot.followups.plan import Later, Plan, Span, add, next_safe
from bot.store.house import new_id
from bot.store.people import FollowUp, Person
from bot.store.tables import Due

Row = dict[str, Any]


def after(plan: Plan, person: Person, session_id: int, start: dt.datetime) -> list[Row]:
    """The AFTER check-ins of a plan, counted from the start of the service."""
    return [
        _row(plan, person, "after", f"{session_id}:{number}", session_id, start, span)
        for number, span in enumerate(plan.after, 1)
    ]


def after_again(
    plan: Plan, person: Person, session_id: int, start: dt.datetime, tap: int, now: dt.datetime
) -> list[Row]:
    """What is still to come of a plan, for someone who stopped and came back."""
    rows = after(plan, person, session_id, start)
    return [{**row, "scope": f"{row['scope']}:{tap}"} for row in rows if row["due_at"] > now]


def due_since(plan: Plan, start: dt.datetime, zone: str, now: dt.datetime) -> dt.datetime | None:
    """When the newest AFTER of a plan fell due that has done so; None before the first."""
    fallen = [due for span in plan.after if (due := add(start, span, zone)) <= now]
    return max(fallen, default=None)


def unfinished(plan: Plan, person: Person, session_id: int, now: dt.datetime) -> list[Row]:
    """One hello for a check-in left half-way."""
    return [_row(plan, person, "unfinished", str(session_id), session_id, now, plan.unfinished)]


def pause(plan: Plan, person: Person, span: Span, tap: int, now: dt.datetime) -> Row:
    """The hello at a pause's end."""
    live = person.live.id if person.live else None
    return _due(plan, person, "pause", str(tap), live, now, add(now, span, person.zone))


def again(
    plan: Plan, person: Person, found: FollowUp, later: Later, tap: int, now: dt.datetime
) -> Row:
    """A hello once more, because its "Later" was tapped."""
    due = add(now, later.span, person.zone, later.at)
    if due <= now:
        due = add(now, Span(days=1), person.zone, later.at)
    return _due(plan, person, found.kind, f"again:{tap}", found.session_id, now, due)


def not_now(plan: Plan, person: Person, later: Later, tap: int, now: dt.datetime) -> Row:
    """A hello for when "Not now" said. Its scope is the tap, so a second choice is its own."""
    live = person.live.id if person.live else None
    due = add(now, later.span, person.zone, later.at)
    if due <= now:  # "tonight", said when the evening is over
        due = add(now, Span(days=1), person.zone, later.at)
    return _due(plan, person, "not_now", f"{live}:{tap}", live, now, due)


def _row(
    plan: Plan,
    person: Person,
    kind: str,
    scope: str,
    session_id: int | None,
    start: dt.datetime,
    span: Span,
) -> Row:
    due = add(start, span, person.zone)
    return _due(plan, person, kind, scope, session_id, start, due)


def _due(
    plan: Plan,
    person: Person,
    kind: str,
    scope: str,
    session_id: int | None,
    now: dt.datetime,
    due: dt.datetime,
) -> Row:
    # With "only if I write first" there is no safe time. It is planned all the same, in case they
    # change their mind; the tick says the rest.
    due = next_safe(due, person.zone, person.safe, plan) or due
    return {
        "id": new_id(),
        "participant_id": person.id,
        "kind": kind,
        "scope": scope,
        "session_id": session_id,
        "turn": None,
        "state": Due.WAITING,
        "due_at": due,
        "useless_after": add(due, plan.useful[kind], person.zone),
        "lease_until": None,
        "attempts": 0,
        "outcome": None,
        "made_at": now,
        "ended_at": None,
    }
