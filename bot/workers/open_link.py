"""What happens when somebody opens a link that is used once.

Makes no link itself; see `making` and the `checkin workers` command.
"""

from __future__ import annotations

from bot.conversation.checkin import answering
from bot.conversation.context import Visit
from bot.conversation.onboarding import onboarding
from bot.dispatch import commands
from bot.domain.participant import Person
from bot.domain.worker import Case, Invite
from bot.store.tables import Life, Stage
from bot.workers import accounts


async def opened(visit: Visit) -> None:
    """Takes somebody who came by a link to where it leads; a dead one gets the same kind words."""
    link = visit.known.link
    if isinstance(link, Invite):
        await _invited(visit, link)
    elif isinstance(link, Case):
        await _given(visit, link)
    else:
        _closed(visit)


async def _invited(visit: Visit, invite: Invite) -> None:
    worker = visit.worker
    if worker is not None and worker.active and invite.worker_id == worker.id:
        accounts.welcome(visit, worker)
    # Asked once more: two who open it at one moment were both read before either is handled.
    elif invite.expires_at <= visit.now or await visit.batch.caseload.is_used(invite):
        _closed(visit)
    else:
        await accounts.appointed(visit, invite)


async def _given(visit: Visit, case: Case) -> None:
    person, caseload = visit.person, visit.batch.caseload
    if visit.worker is not None and visit.worker.id == case.worker_id and visit.worker.active:
        visit.language = visit.worker.language
        visit.say("w_own_link")
    elif person is not None and case.participant_id == person.id:
        commands.start(visit)
    elif case.worker_name is None or (case.expires_at <= visit.now and not _held(visit, case)):
        _closed(visit)
    elif case.joined_at is not None or not await caseload.hold(case, visit.arrival.chat):
        await _second_use(visit, case)
        _closed(visit)
    elif person is None:
        _greet(visit, case)
    else:
        # Before anything of whoever talked here first is shown, and before they get the case.
        visit.say("other_person", about=person.id)


def _held(visit: Visit, case: Case) -> bool:
    return visit.batch.caseload.holds(case, visit.arrival.chat)


def _greet(visit: Visit, case: Case) -> None:
    """Greets somebody new: in the language the worker named, or asking where that is unsure."""
    offered = visit.around.tongues.offered
    guess = visit.around.tongues.guess(visit.arrival.hint)
    named = case.language if case.language in offered else None
    onboarding.greet(visit, ask_language=named is not None and named != guess)


def carry_on(visit: Visit, person: Person, case: Case) -> None:
    """Begins the first check-in for a case, unless one waits or was done before it."""
    begun = any(p.case_id == case.id and p.stage is Stage.DONE for p in person.past)
    if person.live is None and not begun and person.state is not Life.PAUSED:
        flow = answering.first_for(visit, person)
        answering.begin(visit, person, flow, case_id=case.id)
    else:
        commands.start(visit)


async def _second_use(visit: Visit, case: Case) -> None:
    """Tells the worker once that somebody else tried the link."""
    worker = next((w for w in await visit.batch.caseload.workers() if w.id == case.worker_id), None)
    if worker is None or not worker.active:
        return
    if not await visit.batch.caseload.noted_second_use(case, visit.now):
        return
    tongue = visit.around.tongues[worker.language]
    message = accounts.message(visit, tongue, "w_second_use", {"name": case.name}, about=case.id)
    accounts.tell(visit, worker, message, about=case)


def _closed(visit: Visit) -> None:
    """The one answer to a link that is used, too old, somebody else's, or made up."""
    visit.say_bare("link_closed")
    commands.start(visit)
