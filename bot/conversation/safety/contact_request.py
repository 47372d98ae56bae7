"""Contact requests: the worker is notified at once, and others until one acknowledges.

Without any text of the participant; it is no emergency service, and they are told so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.conversation import reachability, worker_messages
from bot.conversation.context import Context
from bot.conversation.safety import contact_button, opening_line, seen_requests
from bot.domain.states import ParticipantState
from bot.domain.worker import Alert, Case, Worker
from bot.messages.callback_data import WorkerButton
from bot.messages.parts import MessagePart
from flows.engine import Value

STANDS_FOR = dt.timedelta(days=14)
"""How long after a request a participant who asks "when?" means that one."""


async def request_contact(ctx: Context) -> None:
    """Asks the worker to get in touch, and reports truthfully who was asked and when."""
    uow = ctx.uow
    cases = contact_button.cases_of(ctx)
    workers = {w.id: w for w in await uow.workers.all() if w.active}
    case = next((c for c in reversed(cases) if c.worker_id in workers), None)
    leads = [w for w in workers.values() if w.lead]
    case = case or (cases[-1] if cases and leads else None)
    if case is None:
        ctx.say("contact_nobody")
        return
    last = await uow.alerts.last([case.id])
    can_hear = {worker.id for worker in reachability.reachable(workers.values())}
    if last is not None and last.seen_at is None and not can_hear & {w for w, *_ in last.notified}:
        # The workers asked are unreachable: others are notified now, and the participant is told
        # so.
        await _ask_anew(ctx, last, case, list(workers.values()))
        return
    if last is not None and last.seen_at is None:
        _say_how_it_stands(ctx, last, bare=_may_be_anyone(ctx))
        return
    again = ctx.now + ctx.env.plan.alert
    alert_id = await uow.alerts.request(case, ctx.now, again)
    leads = reachability.reachable(leads)
    mine = reachability.reachable([workers[case.worker_id]] if case.worker_id in workers else [])
    told = mine or leads
    await notify(ctx, alert_id, case, told, "asked")
    if not told:
        reachability.nobody(alert_id)
    say_who(ctx, alert_id, told, again, others=any(lead not in told for lead in leads))


async def tell_standing(ctx: Context) -> bool:
    """Reports how their request stands, when they ask; whether there is one not long ago."""
    last = await _last(ctx)
    if last is None:
        return False
    _tell(ctx, last)
    return True


async def tell_after_undo(ctx: Context, stopped_at: dt.datetime) -> None:
    """Reports how a request stands whose message a stop ended that is taken back now."""
    last = await _last(ctx)
    if last is None or last.asked_at > stopped_at:
        return  # none, or one made after the stop: its message is edited
    if last.seen_at is None or last.seen_at >= stopped_at:
        _tell(ctx, last)


async def _last(ctx: Context) -> Alert | None:
    """Their newest request, unless that is long ago."""
    cases = contact_button.cases_of(ctx)
    last = await ctx.uow.alerts.last([case.id for case in cases]) if cases else None
    return None if last is None or ctx.now - last.asked_at > STANDS_FOR else last


def _tell(ctx: Context, last: Alert) -> None:
    """Reports who has seen a request and when, or that no worker has yet."""
    if last.seen_at is not None:
        named = ctx.participant is not None and not _is_seen(ctx)
        values: dict[str, Value] = {"time": _time_of(ctx, last.seen_at)}
        if named and last.seen_by is not None:
            ctx.say("contact_when", {**values, "worker_name": last.seen_by})
        else:
            ctx.say("contact_when_bare", values)
        if contact_button.is_heard(ctx):
            ctx.add_button("contact_offer", contact_button.CONTACT)
    else:
        _say_how_it_stands(ctx, last, bare=_may_be_anyone(ctx))


def _may_be_anyone(ctx: Context) -> bool:
    """Whether it is not known that it is them: under an opening line, or after a stop."""
    participant = ctx.participant
    stopped = participant is not None and participant.state is ParticipantState.STOPPED
    return opening_line.stands(ctx) or (stopped and _is_seen(ctx))


def say_who(
    ctx: Context, alert_id: int, told: list[Worker], again: dt.datetime, *, others: bool
) -> None:
    """Reports truthfully who was asked: no unreachable worker."""
    if not told:
        # A worker who can be reached again may see it yet.
        _say(ctx, "contact_unreachable", alert_id)
    elif _may_be_anyone(ctx):
        _say(ctx, "contact_asked_bare", alert_id)  # identity is not confirmed yet: no name
    else:
        values: dict[str, Value] = {"worker_name": _names(ctx, [w.name for w in told])}
        values["again"] = _time(ctx, again)
        _say(ctx, "contact_asked" if others else "contact_asked_only", alert_id, values)


def _say(ctx: Context, name: str, alert_id: int, values: Mapping[str, Value] | None = None) -> None:
    """Says how a request stands; once a worker has seen it, that message is edited."""
    ctx.say(name, values)
    said = ctx.parts[-1]
    assert isinstance(said, MessagePart)  # noqa: S101 - a phrase was said just now
    ctx.parts[-1] = replace(said, alert_id=alert_id)


async def _ask_anew(ctx: Context, alert: Alert, case: Case, workers: list[Worker]) -> None:
    """Notifies reachable workers of an alert that reached none."""
    told = [w for w in reachability.reachable(workers) if w.lead or w.id == case.worker_id]
    await notify(ctx, alert.id, case, told, "again")
    if not told:
        reachability.nobody(alert.id)
    say_who(ctx, alert.id, told, ctx.now + ctx.env.plan.alert, others=False)


async def say_after_consent(ctx: Context, case: Case) -> None:
    """Says how a request stands that was made before consent: of that no message was remembered.

    The message said now is edited like any other, once a worker has seen the request.
    """
    last = await ctx.uow.alerts.last([case.id])
    if last is None:
        return
    shared = _is_seen(ctx)
    if last.seen_at is None:
        _say_how_it_stands(ctx, last, bare=shared)
        return
    values: dict[str, Value] = {"time": _time_of(ctx, last.seen_at)}
    if not shared:
        values["worker_name"] = last.seen_by or ""
    ctx.say("contact_seen_bare" if shared else "contact_seen", values)


def _is_seen(ctx: Context) -> bool:
    return ctx.participant is not None and opening_line.is_phone_shared(ctx, ctx.participant)


async def notify(ctx: Context, alert_id: int, case: Case, workers: list[Worker], step: str) -> None:
    """Notifies workers of an alert, without any content."""
    for worker in workers:
        localizer = ctx.env.languages[worker.language]
        name = "w_alert" if step == "asked" else "w_alert_again"
        message = worker_messages.build_message(
            ctx, localizer, name, {"name": case.name}, about=alert_id
        )
        worker_messages.notify(ctx, worker, message, urgent=True, about=case)
    await ctx.uow.alerts.mark_notified(alert_id, workers, step, ctx.now)


def _say_how_it_stands(ctx: Context, alert: Alert, *, bare: bool) -> None:
    """Reports that they have asked already: whom, when, and that it is not acknowledged yet."""
    if bare:
        _say(ctx, "contact_asked_bare", alert.id)
        return
    names = dict.fromkeys(name for _, name, _ in alert.notified)
    values: dict[str, Value] = {"worker_name": _names(ctx, list(names))}
    values["time"] = _time(ctx, alert.asked_at)
    _say(ctx, "contact_waits", alert.id, values)


async def acknowledge(ctx: Context, worker: Worker, button: WorkerButton) -> None:
    """Acknowledges an alert: no other worker is notified any more."""
    uow = ctx.uow
    alert = await uow.alerts.find(button.about)
    if alert is None or worker.id not in {told for told, _, _ in alert.notified}:
        await worker_messages.refuse(ctx, button.verb)
        return
    ctx.choose(ctx.label("w_alert", "seen"))
    if alert.seen_at is not None:
        ctx.say("w_seen_already", {"worker": alert.seen_by or worker.name})
        return
    await uow.alerts.acknowledge(alert, worker, ctx.now)
    await seen_requests.tell(ctx, alert.id)
    for case in await uow.cases.find(ids=[alert.case_id]):
        mine = case.worker_id == worker.id
        keys = (
            [worker_messages.worker_button(ctx, "w_seen", "one", WorkerButton("one", case.id))]
            if mine
            else []
        )
        ctx.say_with_buttons("w_seen", keys, {"name": case.name})


def _names(ctx: Context, names: list[str]) -> str:
    return ctx.localizer.format_list(names)


def _time(ctx: Context, moment: dt.datetime) -> str:
    zone = ctx.participant.timezone if ctx.participant else ctx.env.zone
    return ctx.localizer.format_time(moment.astimezone(ZoneInfo(zone)).time())


def _time_of(ctx: Context, moment: dt.datetime) -> str:
    """A time; with its day where that is not today."""
    name = ctx.participant.timezone if ctx.participant else ctx.env.zone
    zone = ZoneInfo(name)
    if moment.astimezone(zone).date() == ctx.now.astimezone(zone).date():
        return _time(ctx, moment)
    return ctx.localizer.format_time_and_date(moment, name)
