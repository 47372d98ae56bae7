"""Makes a worker's case that of the person who came by its link, or lets go of the link.

Asks nothing; what comes next is in `links` and `conversation.welcome`.
"""

from __future__ import annotations

from bot.conversation.context import Visit
from bot.domain.participant import Person
from bot.domain.worker import Case
from bot.workers import quiet_notices

_JOINED = ("participant_id", "joined_at", "holder")


def join(visit: Visit, person: Person, case: Case) -> None:
    """Makes a case that of this person; their own check-in from before it becomes part of it."""
    case.participant_id, case.joined_at, case.holder = person.id, visit.now, None
    own = not person.cases
    person.cases.append(case)
    visit.batch.then(lambda: visit.batch.caseload.change_case(case, *_JOINED))
    quiet_notices.joined(visit, case)
    if own:
        if person.live is not None:
            person.live.case_id = case.id
            visit.batch.session(person, person.live, visit.now)
        for past in person.past:
            past.case_id = case.id
        visit.batch.then(lambda: visit.batch.caseload.adopt(person, case))


def let_go(visit: Visit) -> None:
    """Takes somebody who says no off the link they opened, so that nothing of them stays."""
    if visit.known.held is not None:
        chat = visit.arrival.chat
        visit.then.append(lambda: visit.batch.caseload.let_go(chat))
