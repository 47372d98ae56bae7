"""What a worker may do: every action of a button, and who may do it, in one table.

Every refusal is the same: the same text, and one row in the table of refusals.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.conversation.context import Context
from bot.conversation.safety import contact_request
from bot.domain.worker import Case, Worker
from bot.messages.callback_data import WorkerButton
from bot.workers import (
    accounts,
    before_and_after,
    checkin_requests,
    invitations,
    people_list,
    person_page,
    read_checkin,
    worker_pending_input,
    write_announcement,
)
from bot.workers.team import lead_overview, manage_team

CaseHandler = Callable[[Context, Worker, Case, WorkerButton], Awaitable[None]]
WorkerHandler = Callable[[Context, Worker, WorkerButton], Awaitable[None]]


class Permission(StrEnum):
    """Who may do it: any worker, the case's own worker, or any lead."""

    NOBODY = "nobody"
    OWN = "own"
    LEAD = "lead"
    LEAD_ANYONE = "lead, anyone"


@dataclass(frozen=True, slots=True)
class WorkerAction:
    """The action of a button, and who may do it."""

    permission: Permission
    on_case: CaseHandler | None = None
    without_case: WorkerHandler | None = None


def _own(do: CaseHandler) -> WorkerAction:
    return WorkerAction(Permission.OWN, on_case=do)


def _free(do: WorkerHandler) -> WorkerAction:
    return WorkerAction(Permission.NOBODY, without_case=do)


ACTIONS: dict[str, WorkerAction] = {
    "new": _free(lambda v, w, b: invitations.start(v, w, "")),
    worker_pending_input.LEAVE: _free(person_page.leave),
    "service": _free(invitations.service_tapped),
    "lang": _free(invitations.language_tapped),
    "age": _free(invitations.age_tapped),
    "people": _free(people_list.page),
    "page": _free(people_list.page),
    "find": _free(people_list.ask_name),
    "eye": _free(people_list.needs_attention),
    "old": _free(people_list.drop_old),
    "morning": _free(accounts.daily_digest),
    "seen": _free(contact_request.acknowledge),
    "one": _own(lambda v, w, c, b: person_page.page(v, w, c)),
    "before": _own(lambda v, w, c, b: checkin_requests.ask(v, w, c, "before")),
    "after": _own(lambda v, w, c, b: checkin_requests.ask(v, w, c, "after")),
    "when": _own(lambda v, w, c, b: checkin_requests.when(v, w, c, b.how)),
    "began": _own(lambda v, w, c, b: checkin_requests.service_date_tapped(v, w, c, "began", b.how)),
    "ended": _own(lambda v, w, c, b: checkin_requests.service_date_tapped(v, w, c, "ended", b.how)),
    "record": _own(lambda v, w, c, b: person_page.record(v, w, c, b.how)),
    "phone": _own(lambda v, w, c, b: person_page.phone(v, w, c)),
    "rename": _own(lambda v, w, c, b: person_page.ask_new_name(v, w, c)),
    "link": _own(lambda v, w, c, b: person_page.link(v, w, c)),
    "drop": _own(lambda v, w, c, b: person_page.drop(v, w, c)),
    "hand": _own(lambda v, w, c, b: person_page.hand(v, w, c, b.how, "hand")),
    "shared": _own(lambda v, w, c, b: read_checkin.listed(v, w, c)),
    "read": _own(lambda v, w, c, b: read_checkin.read(v, w, c, b.how)),
    "beside": _own(lambda v, w, c, b: before_and_after.show(v, w, c)),
    "sheet": _own(lambda v, w, c, b: before_and_after.printable(v, w, c)),
    "did": WorkerAction(Permission.LEAD, without_case=write_announcement.ask),
    "tell": WorkerAction(Permission.LEAD, without_case=write_announcement.tell),
    "crew": WorkerAction(Permission.LEAD, without_case=lead_overview.workers),
    "theirs": WorkerAction(Permission.LEAD, without_case=lead_overview.theirs),
    "mate": WorkerAction(Permission.LEAD, without_case=manage_team.mate),
    "invite": WorkerAction(Permission.LEAD, without_case=manage_team.ask_name),
    "invited": WorkerAction(Permission.LEAD, without_case=manage_team.invited),
    "withdraw": WorkerAction(Permission.LEAD, without_case=manage_team.withdraw),
    "fire": WorkerAction(Permission.LEAD, without_case=manage_team.fire),
    "remove": WorkerAction(Permission.LEAD, without_case=manage_team.remove),
    "move": WorkerAction(
        Permission.LEAD_ANYONE, on_case=lambda v, w, c, b: person_page.hand(v, w, c, b.how, "move")
    ),
}


def is_allowed(action: WorkerAction, worker: Worker, case: Case | None) -> bool:
    """Whether a worker may do it, to this case if it is about one."""
    return {
        Permission.NOBODY: True,
        Permission.OWN: case is not None and case.worker_id == worker.id,
        Permission.LEAD: worker.lead,
        Permission.LEAD_ANYONE: worker.lead and case is not None,
    }[action.permission]
