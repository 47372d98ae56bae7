"""What happens when somebody opens a link that is used once.

Makes no link itself; see `invitations` and the `checkin workers` command.
"""

from __future__ import annotations

from bot.conversation.checkin import answering
from bot.conversation.context import Context
from bot.conversation.onboarding import onboarding
from bot.dispatch import commands
from bot.domain.participant import Participant
from bot.domain.worker import Case, WorkerInvite
from bot.store.tables import CheckinState, ParticipantState
from bot.workers import accounts


async def opened(visit: Context) -> None:
    """Takes somebody who came by a link to where it leads; a dead one gets the same kind words."""
    link = visit.lookups.opened_link
    if isinstance(link, WorkerInvite):
        await _invited(visit, link)
    elif isinstance(link, Case):
        await _given(visit, link)
    else:
        _closed(visit)


async def _invited(visit: Context, invite: WorkerInvite) -> None:
    worker = visit.worker
    if worker is not None and worker.active and invite.worker_id == worker.id:
        accounts.welcome(visit, worker)
    # Asked once more: two who open it at one moment were both read before either is handled.
    elif invite.expires_at <= visit.now or await visit.uow.caseload.is_used(invite):
        _closed(visit)
    else:
        await accounts.accept_invite(visit, invite)


async def _given(visit: Context, case: Case) -> None:
    person, caseload = visit.participant, visit.uow.caseload
    if visit.worker is not None and visit.worker.id == case.worker_id and visit.worker.active:
        visit.language = visit.worker.language
        visit.say("w_own_link")
    elif person is not None and case.participant_id == person.id:
        commands.resume(visit)
    elif case.worker_name is None or (case.expires_at <= visit.now and not _held(visit, case)):
        _closed(visit)
    elif case.joined_at is not None or not await caseload.claim(case, visit.update.chat):
        await _second_use(visit, case)
        _closed(visit)
    elif person is None:
        _greet(visit, case)
    else:
        # Before anything of whoever talked here first is shown, and before they get the case.
        visit.say("other_person", about=person.id)


def _held(visit: Context, case: Case) -> bool:
    return visit.uow.caseload.is_claimed_by(case, visit.update.chat)


def _greet(visit: Context, case: Case) -> None:
    """Greets somebody new: in the language the worker named, or asking where that is unsure."""
    offered = visit.env.languages.codes
    guess = visit.env.languages.match(visit.update.language_code)
    named = case.language if case.language in offered else None
    onboarding.greet(visit, ask_language=named is not None and named != guess)


def carry_on(visit: Context, person: Participant, case: Case) -> None:
    """Begins the first check-in for a case, unless one waits or was done before it."""
    begun = any(p.case_id == case.id and p.state is CheckinState.DONE for p in person.checkins)
    if person.open_checkin is None and not begun and person.state is not ParticipantState.PAUSED:
        flow = answering.first_for(visit, person)
        answering.begin(visit, person, flow, case_id=case.id)
    else:
        commands.resume(visit)


async def _second_use(visit: Context, case: Case) -> None:
    """Tells the worker once that somebody else tried the link."""
    worker = next((w for w in await visit.uow.caseload.workers() if w.id == case.worker_id), None)
    if worker is None or not worker.active:
        return
    if not await visit.uow.caseload.mark_reused(case, visit.now):
        return
    tongue = visit.env.languages[worker.language]
    message = accounts.build_message(
        visit, tongue, "w_second_use", {"name": case.name}, about=case.id
    )
    accounts.notify(visit, worker, message, about=case)


def _closed(visit: Context) -> None:
    """The one answer to a link that is used, too old, somebody else's, or made up."""
    visit.say_without_buttons("link_closed")
    commands.resume(visit)
