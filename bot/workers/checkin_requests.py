"""Check-ins requested by a worker, and the dates of a service; reschedules follow-ups.

It only schedules, and reports truthfully what will happen when.
"""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

from bot.conversation import worker_messages
from bot.conversation.context import Context
from bot.domain.participant import Checkin, Participant
from bot.domain.states import CheckinState, ParticipantState
from bot.domain.worker import Case, Worker
from bot.domain.worker_inputs import AwaitingCheckinDate, AwaitingServiceDate
from bot.messages.callback_data import WorkerButton
from bot.schedule import follow_ups
from bot.schedule.plan import add, at_local
from bot.workers import worker_pending_input
from flows.engine import Value

ASKS = {"before": "ask_before", "after": "ask_after"}
_DATE = re.compile(r"(\d{1,2})\D(\d{1,2})(?:\D(\d{4}))?|(\d{4})-(\d{1,2})-(\d{1,2})")
_FAR = 366
"""Days; a date further away is a typing error."""


async def ask(ctx: Context, _worker: Worker, case: Case, what: str) -> None:
    """Asks when BEFORE or AFTER is to be asked, if it can be."""
    if reason := _cannot(ctx, person_of(ctx, case), case, what):
        ctx.say(reason, {"name": case.name})
        return
    choices = [*ctx.env.plan.on_request, "date"]
    keys = [
        worker_messages.worker_button(
            ctx, "w_when", choice, WorkerButton("when", case.id, f"{what}.{choice}")
        )
        for choice in choices
        if choice in ctx.env.library.phrases["w_when"].choices
    ]
    worker_pending_input.ask_for(ctx, "w_when", {"name": case.name}, keys, case=case)


def person_of(ctx: Context, case: Case) -> Participant | None:
    return ctx.lookups.participants.get(case.participant_id) if case.participant_id else None


def _cannot(ctx: Context, participant: Participant | None, case: Case, what: str) -> str | None:
    """Why a check-in cannot be requested at all, as the name of a phrase; None if it can."""
    if participant is None:
        return "w_cannot_joined"
    if participant.state is ParticipantState.STOPPED:
        return "w_cannot_stopped"
    if _is_quiet(ctx, participant):
        return "w_cannot_quiet"
    if what == "after" and before_of(participant, case) is None:
        return "w_cannot_after"
    if what == "before" and before_of(participant, case) is not None:
        return "w_cannot_before"
    live = participant.open_checkin
    if (
        what == "before"
        and live is not None
        and live.case_id == case.id
        and live.follows_id is None
    ):
        return "w_cannot_begun"
    if not participant.may_message:
        return "w_cannot_no"
    return None


def _is_quiet(ctx: Context, participant: Participant) -> bool:
    """Whether they get no unsolicited messages, also where the job has yet to record that."""
    silent = participant.unanswered >= ctx.env.plan.unanswered
    return participant.state is ParticipantState.QUIET or silent


def before_of(participant: Participant, case: Case) -> Checkin | None:
    """The newest BEFORE of this case that was finished."""
    done = [
        p
        for p in participant.checkins
        if p.case_id == case.id and p.state is CheckinState.DONE and p.follows_id is None
    ]
    return done[-1] if done else None


async def when(ctx: Context, worker: Worker, case: Case, how: str) -> None:
    """Requests a check-in now or later, or asks for the date."""
    what, _, choice = how.partition(".")
    if what not in ASKS:
        ctx.toast_phrase("stale")
    elif choice == "date":
        await worker_pending_input.expect(ctx, worker, AwaitingCheckinDate(case.id, what))
        worker_pending_input.ask_for(ctx, "w_date", case=case)
    elif (span := ctx.env.plan.on_request.get(choice)) is None:
        ctx.toast_phrase("stale")
    else:
        _ask_at(ctx, case, what, add(ctx.now, span, worker.timezone))


def _ask_at(ctx: Context, case: Case, what: str, due: dt.datetime) -> None:
    """Schedules it, and reports truthfully what will happen when."""
    participant = person_of(ctx, case)
    reason = _cannot(ctx, participant, case, what)
    if participant is None or reason is not None:
        ctx.say(reason or "w_cannot_joined", {"name": case.name})
        return
    plan, before = ctx.env.plan, before_of(participant, case)
    about = before.id if before is not None and what == "after" else None
    ctx.uow.follow_ups.cancel(participant, "asked anew", ctx.now, kind=ASKS[what], case=case.id)
    row = follow_ups.on_request(
        plan, participant, ASKS[what], case.id, about, due, ctx.update.update_id, ctx.now
    )
    ctx.uow.follow_ups.add([row])
    expected = follow_ups.earliest_send_time(plan, participant, due, ctx.now)
    values: dict[str, Value] = {"name": case.name}
    if expected is None:
        ctx.say("w_asked_when_they_write", values)
        return
    # The participant's own zone and hours, for it is their day that counts.
    values["when"] = ctx.localizer.format_datetime(expected, participant.timezone)
    if participant.state is ParticipantState.PAUSED:
        ctx.say("w_asked_paused", values)
    elif participant.open_checkin is not None:
        ctx.say("w_asked_live", values)
    elif expected <= ctx.now:
        ctx.say("w_asked_now", values)
    else:
        chosen = participant.contact_times.parts or participant.contact_times.days
        ctx.say("w_asked" if chosen else "w_asked_any", values)


async def checkin_date_typed(ctx: Context, worker: Worker, case: Case, text: str) -> None:
    """Handles a typed date for a check-in."""
    awaited = worker.pending_input
    assert isinstance(awaited, AwaitingCheckinDate)  # noqa: S101 - see `router`
    today = _today(ctx, worker)
    date = _date(text, today, first=today)
    if date is None or date < today or (date - today).days > _FAR:
        worker_pending_input.ask_for(ctx, "w_date_wrong", case=case)
        return
    await worker_pending_input.expect(ctx, worker)
    start = at_local(date, ctx.env.plan.day.start, worker.timezone)
    _ask_at(ctx, case, awaited.what, max(start, ctx.now))


async def service_date_tapped(
    ctx: Context, worker: Worker, case: Case, which: str, how: str
) -> None:
    """Asks when the service began or ended, or handles the day that was tapped."""
    today = _today(ctx, worker)
    if how == "today":
        await _dated(ctx, case, which, today)
    elif how == "yesterday":
        await _dated(ctx, case, which, today - dt.timedelta(days=1))
    elif how == "date":
        await worker_pending_input.expect(ctx, worker, AwaitingServiceDate(case.id, which))
        worker_pending_input.ask_for(ctx, "w_date", case=case)
    else:
        keys = [
            worker_messages.worker_button(
                ctx, f"w_{which}", choice, WorkerButton(which, case.id, choice)
            )
            for choice in ("today", "yesterday", "date")
        ]
        worker_pending_input.ask_for(ctx, f"w_{which}", {"name": case.name}, keys, case=case)


async def service_date_typed(ctx: Context, worker: Worker, case: Case, text: str) -> None:
    """Handles a typed date for the service's beginning or end."""
    awaited = worker.pending_input
    assert isinstance(awaited, AwaitingServiceDate)  # noqa: S101 - see `router`
    today = _today(ctx, worker)
    date = _date(text, today, first=today - dt.timedelta(days=_FAR // 2))
    if date is None or abs((date - today).days) > _FAR:
        worker_pending_input.ask_for(ctx, "w_date_wrong", case=case)
        return
    await worker_pending_input.expect(ctx, worker)
    await _dated(ctx, case, awaited.what, date)


async def _dated(ctx: Context, case: Case, which: str, date: dt.date) -> None:
    """Stores the date, and reschedules what counts from it, all in one transaction."""
    begun, ended = case.began_on, case.ended_on
    begun, ended = (date, ended) if which == "began" else (begun, date)
    if begun is not None and ended is not None and ended < begun:
        ctx.say("w_date_order")
        return
    case.began_on, case.ended_on = begun, ended
    await ctx.uow.cases.save(case, "began_on", "ended_on")
    participant = person_of(ctx, case)
    before = before_of(participant, case) if participant else None
    next_at = _reschedule(ctx, participant, case, before) if participant and before else None
    values: dict[str, Value] = {"name": case.name, "date": date}
    if next_at is not None and participant is not None:
        values["next"] = next_at.astimezone(ZoneInfo(participant.timezone)).date()
        ctx.say(f"w_{which}_next", values)
    else:
        ctx.say(f"w_{which}_done", values)


def _reschedule(
    ctx: Context, participant: Participant, case: Case, before: Checkin
) -> dt.datetime | None:
    """Reschedules the AFTER check-ins; returns when the next one can be expected, if any can be."""
    if (
        before.ended_at is None
        or not participant.may_message
        or participant.state is ParticipantState.STOPPED
    ):
        return None
    plan, now = ctx.env.plan, ctx.now
    ctx.uow.follow_ups.cancel(participant, "dates moved", now, kind="after", about=before.id)
    finished = (before.id, before.ended_at)
    rows = follow_ups.after_checkins(plan, participant, finished, case, now, ctx.update.update_id)
    ctx.uow.follow_ups.add(rows)
    if not rows or _is_quiet(ctx, participant):
        return None
    return follow_ups.earliest_send_time(plan, participant, min(row["due_at"] for row in rows), now)


def _today(ctx: Context, worker: Worker) -> dt.date:
    return ctx.now.astimezone(ZoneInfo(worker.timezone)).date()


def is_day(text: str) -> bool:
    """Whether a text is written like a day, possible or not."""
    return _DATE.fullmatch(_in_plain_digits(text)) is not None


def _date(text: str, today: dt.date, first: dt.date) -> dt.date | None:
    """Parses a typed day: 24/12, 24.12.2026 or 2026-12-24.

    Without a year it is the first such day from `first` on.
    """
    match = _DATE.fullmatch(_in_plain_digits(text))
    if match is None:
        return None
    day, month, year, iso_year, iso_month, iso_day = match.groups()
    try:
        if iso_year:
            return dt.date(int(iso_year), int(iso_month), int(iso_day))
        found = dt.date(int(year) if year else today.year, int(month), int(day))
        if not year:
            years = (today.year - 1, today.year, today.year + 1)
            found = next(d for y in years if (d := found.replace(year=y)) >= first)
    except ValueError:
        return None
    return found


def _in_plain_digits(text: str) -> str:
    # Digits of other scripts are digits too; "²" counts as one for Python as well, and is not
    # accepted.
    return "".join(str(int(c)) if c.isdecimal() else c for c in text.strip())
