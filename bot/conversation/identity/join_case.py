"""Makes a worker's case that of the person who came by its link, or lets go of the link.

Asks nothing; what comes next is in `open_link` and `conversation.welcome`.
"""

from __future__ import annotations

from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.domain.worker import Case
from bot.workers import quiet_notices

_JOINED = ("participant_id", "joined_at", "holder")


def join(visit: Context, person: Participant, case: Case) -> None:
    """Makes a case that of this person; their own check-in from before it becomes part of it."""
    case.participant_id, case.joined_at, case.holder = person.id, visit.now, None
    own = not person.cases
    person.cases.append(case)
    visit.uow.after_write(lambda: visit.uow.caseload.change_case(case, *_JOINED))
    quiet_notices.joined(visit, case)
    if own:
        if person.open_checkin is not None:
            person.open_checkin.case_id = case.id
            visit.uow.save_checkin(person, person.open_checkin, visit.now)
        for past in person.checkins:
            past.case_id = case.id
        visit.uow.after_write(lambda: visit.uow.caseload.adopt_checkins(person, case))


def let_go(visit: Context) -> None:
    """Takes somebody who says no off the link they opened, so that nothing of them stays."""
    if visit.lookups.claimed_case is not None:
        chat = visit.update.chat
        visit.after_handling.append(lambda: visit.uow.caseload.release(chat))
