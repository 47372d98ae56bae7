"""Somebody asks for a person: their worker hears at once, and others until somebody has seen it.

Carries no word of what was said, and is no emergency service; the person is told both.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from bot.conversation.context import Visit
from bot.conversation.safety import opening_line
from bot.domain.worker import Alert, Case, Worker
from bot.messages.callback_data import Work
from bot.workers import accounts, reachability
from flows.engine import Value


async def ask(visit: Visit) -> None:
    """Asks the person's worker to get in touch, and says truthfully who was asked and when."""
    caseload = visit.batch.caseload
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
    if last is not None and last.seen_at is None and not can_hear & {w for w, *_ in last.told}:
        # Whoever was asked cannot hear: it is said who can, and they hear of it now.
        await _ask_anew(visit, last, case, list(workers.values()))
        return
    if last is not None and last.seen_at is None and opening_line.stands(visit):
        visit.say("contact_asked_bare")
        return
    if last is not None and last.seen_at is None:
        _say_how_it_stands(visit, last)
        return
    again = visit.now + visit.around.plan.alert
    alert_id = await caseload.alert(case, visit.now, again)
    leads = reachability.reachable(leads)
    mine = reachability.reachable([workers[case.worker_id]] if case.worker_id in workers else [])
    told = mine or leads
    await tell(visit, alert_id, case, told, "asked")
    if not told:
        reachability.nobody(alert_id)
    say_who(visit, told, again, others=any(lead not in told for lead in leads))


def say_who(visit: Visit, told: list[Worker], again: dt.datetime, *, others: bool) -> None:
    """Says truthfully who was asked: nobody who could not hear."""
    if not told:
        visit.say("contact_unreachable")
    elif opening_line.stands(visit):
        visit.say("contact_asked_bare")  # it is not known yet who holds the phone: no name
    else:
        values: dict[str, Value] = {"worker_name": _names(visit, [w.name for w in told])}
        values["again"] = _time(visit, again)
        visit.say("contact_asked" if others else "contact_asked_only", values)


async def _ask_anew(visit: Visit, alert: Alert, case: Case, workers: list[Worker]) -> None:
    """Asks those who can hear, about an alert that nobody could hear of."""
    told = [w for w in reachability.reachable(workers) if w.lead or w.id == case.worker_id]
    await tell(visit, alert.id, case, told, "again")
    if not told:
        reachability.nobody(alert.id)
    say_who(visit, told, visit.now + visit.around.plan.alert, others=False)


async def ask_first(visit: Visit) -> None:
    """The same, said before the next question."""
    asked = len(visit.messages)
    await ask(visit)
    visit.messages = visit.messages[asked:] + visit.messages[:asked]


def _cases(visit: Visit) -> list[Case]:
    """Their cases, oldest first: joined, or by the link they hold and have not yet said yes to."""
    if visit.person is not None:
        live = visit.person.live
        current = visit.case(live.case_id) if live else None
        return [*visit.person.cases, *([current] if current else [])]
    return [visit.known.held] if visit.known.held else []


async def tell(visit: Visit, alert_id: int, case: Case, workers: list[Worker], step: str) -> None:
    """Tells workers to look, without a word of content."""
    for worker in workers:
        tongue = visit.around.tongues[worker.language]
        name = "w_alert" if step == "asked" else "w_alert_again"
        message = accounts.message(visit, tongue, name, {"name": case.name}, about=alert_id)
        accounts.tell(visit, worker, message, urgent=True, about=case)
    await visit.batch.caseload.told(alert_id, workers, step, visit.now)


def _say_how_it_stands(visit: Visit, alert: Alert) -> None:
    """Says that they have asked already: whom, when, and that nobody has seen it yet."""
    names = dict.fromkeys(name for _, name, _ in alert.told)
    values: dict[str, Value] = {"worker_name": _names(visit, list(names))}
    values["time"] = _time(visit, alert.asked_at)
    visit.say("contact_waits", values)


async def seen(visit: Visit, worker: Worker, button: Work) -> None:
    """Takes it that a worker has seen an alert: nobody else is told any more."""
    caseload = visit.batch.caseload
    alert = await caseload.alert_for(button.about)
    if alert is None or worker.id not in {told for told, _, _ in alert.told}:
        await accounts.refuse(visit, button.verb)
        return
    visit.chosen = visit.label("w_alert", "seen")
    if alert.seen_at is not None:
        visit.say("w_seen_already", {"worker": alert.seen_by or worker.name})
        return
    await caseload.seen(alert, worker, visit.now)
    for case in await caseload.cases(ids=[alert.case_id]):
        mine = case.worker_id == worker.id
        keys = [accounts.key(visit, "w_seen", "one", Work("one", case.id))] if mine else []
        visit.offer("w_seen", keys, {"name": case.name})


def _names(visit: Visit, names: list[str]) -> str:
    return visit.tongue.listed(names)


def _time(visit: Visit, moment: dt.datetime) -> str:
    zone = visit.person.zone if visit.person else visit.around.zone
    return visit.tongue.time(moment.astimezone(ZoneInfo(zone)).time())
