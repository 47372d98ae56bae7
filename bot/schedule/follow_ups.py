"""Rows for the table of follow-ups: what is sent later, about which check-in, and until when.

Pure: it returns rows.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.ids import new_id
from bot.domain.participant import Checkin, FollowUp, Participant
from bot.domain.states import FollowUpState, ParticipantState
from bot.domain.worker import Case
from bot.schedule.plan import CalendarSpan, Plan, SpanAt, add, at_local, next_safe

Row = dict[str, Any]

MIN_GAP = dt.timedelta(hours=3)
"""The minimum gap between two follow-ups to a participant, whatever falls due together."""


def due_dates(plan: Plan, zone: str, finished: dt.datetime, case: Case | None) -> list[dt.datetime]:
    """When the AFTER check-ins fall due that follow a BEFORE finished then, oldest first.

    They count from that moment, or from the day a worker says the service began or has ended.
    """
    if case is not None and case.ended_on is not None:
        end = at_local(case.ended_on, plan.day.start, zone)
        return [add(end, span, zone) for span in plan.ended]
    start = finished
    if case is not None and case.began_on is not None:
        start = at_local(case.began_on, plan.day.start, zone)
    return [add(start, span, zone) for span in plan.after]


def after_checkins(
    plan: Plan,
    participant: Participant,
    before: tuple[int, dt.datetime],
    case: Case | None,
    now: dt.datetime,
    tap: int | None = None,
) -> list[Row]:
    """The AFTER check-ins still to come of a BEFORE, given as its id and when it was finished.

    `tap` is the update by which they are rescheduled. Of a service that has ended, the newest that
    has fallen due already is due now: nothing else would ask it. None is asked that was begun since
    it fell due.
    """
    session_id, finished = before
    rows: list[Row] = []
    fallen = latest_due_before(plan, finished, participant.timezone, case, now)
    begun = fallen is not None and started_since(participant, session_id, fallen)
    for number, due in enumerate(due_dates(plan, participant.timezone, finished, case), 1):
        if begun and due <= now:
            continue
        scope = f"{session_id}:{number}" if tap is None else f"{session_id}:{number}:{tap}"
        case_id = case.id if case else None
        rows.append(_due(plan, participant, "after", scope, session_id, now, due, case_id))
        if due < now and case is not None and case.ended_on is not None:
            late = _due(plan, participant, "after", scope, session_id, now, now, case_id)
            rows = [late]
    return [row for row in rows if row["due_at"] >= now]


def on_request(
    plan: Plan,
    participant: Participant,
    what: str,
    case_id: int,
    session_id: int | None,
    due: dt.datetime,
    tap: int,
    now: dt.datetime,
) -> Row:
    """A check-in requested by a worker: `what` is the kind of follow-up."""
    return _due(plan, participant, what, f"{case_id}:{tap}", session_id, now, due, case_id)


def worker_changed(
    plan: Plan, participant: Participant, case_id: int, tap: int, now: dt.datetime
) -> Row:
    """The follow-up that introduces a new worker, and asks what that one may read."""
    return on_request(plan, participant, "handed_over", case_id, None, now, tap, now)


def numbers(plan: Plan, participant: Participant, case_id: int, tap: int, now: dt.datetime) -> Row:
    """The follow-up that asks whether the participant requested a transfer code from a worker."""
    return on_request(plan, participant, "numbers", case_id, None, now, tap, now)


def earliest_send_time(
    plan: Plan, participant: Participant, due: dt.datetime, now: dt.datetime
) -> dt.datetime | None:
    """When a follow-up due then can be sent at the earliest; None when none may be at present."""
    earliest = max(due, now)
    begins = now
    if participant.paused_until is not None and participant.state is ParticipantState.PAUSED:
        begins = max(now, participant.paused_until)
        earliest = max(earliest, begins)
    if participant.open_checkin is not None:
        # A day after it could first be sent, for what is left half-way then is still open.
        earliest = max(earliest, add(begins, CalendarSpan(days=1), participant.timezone))
    if participant.last_follow_up_at is not None:
        earliest = max(earliest, participant.last_follow_up_at + MIN_GAP)
    return next_safe(earliest, participant.timezone, participant.contact_times, plan)


def latest_due_before(
    plan: Plan, finished: dt.datetime, zone: str, case: Case | None, now: dt.datetime
) -> dt.datetime | None:
    """When the newest AFTER of a plan fell due that has done so; None before the first."""
    fallen = [due for due in due_dates(plan, zone, finished, case) if due <= now]
    return max(fallen, default=None)


def started_since(participant: Participant, about: int | None, due: dt.datetime) -> bool:
    """Whether a check-in about this one was begun on the day it fell due, or later.

    By the day, in the participant's time zone: older timestamps are rounded to the day.
    """
    zone = ZoneInfo(participant.timezone)
    day = due.astimezone(zone).date()
    return any(
        past.follows_id == about and past.started_at.astimezone(zone).date() >= day
        for past in participant.checkins
    )


def unfinished(
    plan: Plan, participant: Participant, session_id: int, now: dt.datetime, tap: int | None = None
) -> list[Row]:
    """One follow-up for a check-in left half-way; `tap` is the update that took it up again."""
    scope = str(session_id) if tap is None else f"{session_id}:{tap}"
    return [_row(plan, participant, "unfinished", scope, session_id, now, plan.unfinished)]


def pause(
    plan: Plan, participant: Participant, span: CalendarSpan, tap: int, now: dt.datetime
) -> Row:
    """The follow-up at a pause's end."""
    live = participant.open_checkin.id if participant.open_checkin else None
    return _due(
        plan, participant, "pause", str(tap), live, now, add(now, span, participant.timezone)
    )


def due_after(later: SpanAt, zone: str, now: dt.datetime) -> dt.datetime:
    """When "tonight" or "tomorrow" is; "tonight", tapped when the evening is over, is the next."""
    due = add(now, later.span, zone, later.at)
    return due if due > now else add(now, CalendarSpan(days=1), zone, later.at)


def postponed(
    plan: Plan,
    participant: Participant,
    found: FollowUp,
    due: dt.datetime,
    tap: int,
    now: dt.datetime,
) -> Row:
    """A postponed follow-up, because its "Later" was tapped, or a time was typed."""
    scope = f"again:{tap}"
    return _due(plan, participant, found.kind, scope, found.session_id, now, due, found.case_id)


def not_now(
    plan: Plan,
    participant: Participant,
    live: Checkin,
    due: dt.datetime,
    tap: int,
    now: dt.datetime,
) -> Row:
    """A follow-up for the time chosen after "Not now".

    Its scope is the tap, so a second choice is separate.
    """
    return _due(plan, participant, "not_now", f"{live.id}:{tap}", live.id, now, due)


def _row(
    plan: Plan,
    participant: Participant,
    kind: str,
    scope: str,
    session_id: int | None,
    start: dt.datetime,
    span: CalendarSpan,
) -> Row:
    due = add(start, span, participant.timezone)
    return _due(plan, participant, kind, scope, session_id, start, due)


def _due(
    plan: Plan,
    participant: Participant,
    kind: str,
    scope: str,
    session_id: int | None,
    now: dt.datetime,
    due: dt.datetime,
    case_id: int | None = None,
) -> Row:
    # With "only if I write first" there is no safe time. It is scheduled all the same, in case they
    # change their mind; the job decides the rest.
    due = next_safe(due, participant.timezone, participant.contact_times, plan) or due
    return {
        "id": new_id(),
        "participant_id": participant.id,
        "kind": kind,
        "scope": scope,
        "session_id": session_id,
        "case_id": case_id,
        "turn": None,
        "state": FollowUpState.WAITING,
        "due_at": due,
        "useless_after": add(due, plan.expires_after[kind], participant.timezone),
        "lease_until": None,
        "attempts": 0,
        "outcome": None,
        "made_at": now,
        "ended_at": None,
    }
