"""Somebody asks for a person: their worker hears at once, and others until somebody has seen it.

Carries no word of what was said, and is no emergency service; the person is told both.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from bot.conversation.context import Context
from bot.conversation.safety import opening_line
from bot.domain.worker import Alert, Case, Worker
from bot.messages.callback_data import WorkerButton
from bot.workers import accounts, reachability
from flows.engine import Value


async def request_contact(visit: Context) -> None:
    """Asks the person's worker to get in touch, and says truthfully who was asked and when."""
    caseload = visit.uow.caseload
    cases = _cases(visit)
    workers = {w.id: w for w in await caseload.workers() if w.active}
    case = next((c for c in reversed(cases) if c.worker_id in workers), None)
    leads = [w for w in workers.values() if w.lead]
    case = case or (cases[-1] if cases and leads else None)
    if case is None:
        visit.say("contact_nobody")
        return
    last = await caseload.last_alert([case.id])
    can_hear = {worker.id for worker in reachability.reachable(workers.values())}
    if last is not None and last.seen_at is None and not can_hear & {w for w, *_ in last.notified}:
        # Whoever was asked cannot hear: it is said who can, and they hear of it now.
        await _ask_anew(visit, last, case, list(workers.values()))
        return
    if last is not None and last.seen_at is None and opening_line.stands(visit):
        visit.say("contact_asked_bare")
        return
    if last is not None and last.seen_at is None:
        _say_how_it_stands(visit, last)
        return
    again = visit.now + visit.env.plan.alert
    alert_id = await caseload.request(case, visit.now, again)
    leads = reachability.reachable(leads)
    mine = reachability.reachable([workers[case.worker_id]] if case.worker_id in workers else [])
    told = mine or leads
    await notify(visit, alert_id, case, told, "asked")
    if not told:
        reachability.nobody(alert_id)
    say_who(visit, told, again, others=any(lead not in told for lead in leads))


def say_who(visit: Context, told: list[Worker], again: dt.datetime, *, others: bool) -> None:
    """Says truthfully who was asked: nobody who could not hear."""
    if not told:
        visit.say("contact_unreachable")
    elif opening_line.stands(visit):
        visit.say("contact_asked_bare")  # it is not known yet who holds the phone: no name
    else:
        values: dict[str, Value] = {"worker_name": _names(visit, [w.name for w in told])}
        values["again"] = _time(visit, again)
        visit.say("contact_asked" if others else "contact_asked_only", values)


async def _ask_anew(visit: Context, alert: Alert, case: Case, workers: list[Worker]) -> None:
    """Asks those who can hear, about an alert that nobody could hear of."""
    told = [w for w in reachability.reachable(workers) if w.lead or w.id == case.worker_id]
    await notify(visit, alert.id, case, told, "again")
    if not told:
        reachability.nobody(alert.id)
    say_who(visit, told, visit.now + visit.env.plan.alert, others=False)


async def ask_first(visit: Context) -> None:
    """The same, said before the next question."""
    asked = len(visit.messages)
    await request_contact(visit)
    visit.messages = visit.messages[asked:] + visit.messages[:asked]


def _cases(visit: Context) -> list[Case]:
    """Their cases, oldest first: joined, or by the link they hold and have not yet said yes to."""
    if visit.participant is not None:
        live = visit.participant.open_checkin
        current = visit.case(live.case_id) if live else None
        return [*visit.participant.cases, *([current] if current else [])]
    return [visit.lookups.claimed_case] if visit.lookups.claimed_case else []


async def notify(
    visit: Context, alert_id: int, case: Case, workers: list[Worker], step: str
) -> None:
    """Tells workers to look, without a word of content."""
    for worker in workers:
        tongue = visit.env.languages[worker.language]
        name = "w_alert" if step == "asked" else "w_alert_again"
        message = accounts.build_message(visit, tongue, name, {"name": case.name}, about=alert_id)
        accounts.notify(visit, worker, message, urgent=True, about=case)
    await visit.uow.caseload.mark_notified(alert_id, workers, step, visit.now)


def _say_how_it_stands(visit: Context, alert: Alert) -> None:
    """Says that they have asked already: whom, when, and that nobody has seen it yet."""
    names = dict.fromkeys(name for _, name, _ in alert.notified)
    values: dict[str, Value] = {"worker_name": _names(visit, list(names))}
    values["time"] = _time(visit, alert.asked_at)
    visit.say("contact_waits", values)


async def acknowledge(visit: Context, worker: Worker, button: WorkerButton) -> None:
    """Takes it that a worker has seen an alert: nobody else is told any more."""
    caseload = visit.uow.caseload
    alert = await caseload.alert_for(button.about)
    if alert is None or worker.id not in {told for told, _, _ in alert.notified}:
        await accounts.refuse(visit, button.verb)
        return
    visit.chosen = visit.label("w_alert", "seen")
    if alert.seen_at is not None:
        visit.say("w_seen_already", {"worker": alert.seen_by or worker.name})
        return
    await caseload.acknowledge(alert, worker, visit.now)
    for case in await caseload.cases(ids=[alert.case_id]):
        mine = case.worker_id == worker.id
        keys = (
            [accounts.worker_button(visit, "w_seen", "one", WorkerButton("one", case.id))]
            if mine
            else []
        )
        visit.say_with_buttons("w_seen", keys, {"name": case.name})


def _names(visit: Context, names: list[str]) -> str:
    return visit.localizer.format_list(names)


def _time(visit: Context, moment: dt.datetime) -> str:
    zone = visit.participant.timezone if visit.participant else visit.env.zone
    return visit.localizer.format_time(moment.astimezone(ZoneInfo(zone)).time())
