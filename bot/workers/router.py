"""The workers' side of the desk: who may do what, looked at in one place, before anything is done.

Every refusal is the same: the same words, and one line in the table of refusals.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.conversation.context import Visit
from bot.conversation.safety import contact_request
from bot.domain.worker import Case, Worker
from bot.messages.callback_data import Work, read
from bot.messages.incoming import Commanded, Gone, Pressed, Spoken, Typed, Unreadable, What
from bot.workers import (
    accounts,
    before_and_after,
    checkin_requests,
    invitations,
    people_list,
    person_page,
    read_checkin,
    worker_help,
    worker_pending_input,
    write_announcement,
)
from bot.workers.team import lead_overview, manage_team

OnCase = Callable[[Visit, Worker, Case, Work], Awaitable[None]]
OnNothing = Callable[[Visit, Worker, Work], Awaitable[None]]
OnWords = Callable[[Visit, Worker, str], Awaitable[None]]
OnCaseWords = Callable[[Visit, Worker, Case, str], Awaitable[None]]


class Whose(StrEnum):
    """On whom it may be done: nobody in particular, one's own person, or anyone as a lead."""

    NOBODY = "nobody"
    OWN = "own"
    LEAD = "lead"
    LEAD_ANYONE = "lead, anyone"


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a button does, and who may do it."""

    whose: Whose
    on_case: OnCase | None = None
    alone: OnNothing | None = None


def _own(do: OnCase) -> Deed:
    return Deed(Whose.OWN, on_case=do)


def _free(do: OnNothing) -> Deed:
    return Deed(Whose.NOBODY, alone=do)


DEEDS: dict[str, Deed] = {
    "new": _free(lambda v, w, b: invitations.begin(v, w, "")),
    worker_pending_input.LEAVE: _free(person_page.leave),
    "service": _free(invitations.service_tapped),
    "lang": _free(invitations.language_tapped),
    "people": _free(people_list.page),
    "page": _free(people_list.page),
    "find": _free(people_list.ask_name),
    "eye": _free(people_list.needing),
    "old": _free(people_list.drop_old),
    "morning": _free(accounts.morning),
    "seen": _free(contact_request.seen),
    "one": _own(lambda v, w, c, b: person_page.page(v, w, c)),
    "before": _own(lambda v, w, c, b: checkin_requests.ask(v, w, c, "before")),
    "after": _own(lambda v, w, c, b: checkin_requests.ask(v, w, c, "after")),
    "when": _own(lambda v, w, c, b: checkin_requests.when(v, w, c, b.how)),
    "began": _own(lambda v, w, c, b: checkin_requests.moved(v, w, c, "began", b.how)),
    "ended": _own(lambda v, w, c, b: checkin_requests.moved(v, w, c, "ended", b.how)),
    "record": _own(lambda v, w, c, b: person_page.record(v, w, c, b.how)),
    "phone": _own(lambda v, w, c, b: person_page.phone(v, w, c)),
    "rename": _own(lambda v, w, c, b: person_page.ask_new_name(v, w, c)),
    "link": _own(lambda v, w, c, b: person_page.link(v, w, c)),
    "drop": _own(lambda v, w, c, b: person_page.drop(v, w, c)),
    "hand": _own(lambda v, w, c, b: person_page.hand(v, w, c, b.how, "hand")),
    "shared": _own(lambda v, w, c, b: read_checkin.listed(v, w, c)),
    "read": _own(lambda v, w, c, b: read_checkin.read(v, w, c, b.how)),
    "beside": _own(lambda v, w, c, b: before_and_after.show(v, w, c)),
    "sheet": _own(lambda v, w, c, b: before_and_after.sheet(v, w, c)),
    "did": Deed(Whose.LEAD, alone=write_announcement.ask),
    "tell": Deed(Whose.LEAD, alone=write_announcement.tell),
    "crew": Deed(Whose.LEAD, alone=lead_overview.workers),
    "theirs": Deed(Whose.LEAD, alone=lead_overview.theirs),
    "mate": Deed(Whose.LEAD, alone=manage_team.mate),
    "invite": Deed(Whose.LEAD, alone=manage_team.ask_name),
    "invited": Deed(Whose.LEAD, alone=manage_team.invited),
    "withdraw": Deed(Whose.LEAD, alone=manage_team.withdraw),
    "fire": Deed(Whose.LEAD, alone=manage_team.fire),
    "remove": Deed(Whose.LEAD, alone=manage_team.remove),
    "move": Deed(
        Whose.LEAD_ANYONE, on_case=lambda v, w, c, b: person_page.hand(v, w, c, b.how, "move")
    ),
}

_WORDS: dict[str, OnWords] = {
    "names": invitations.named,
    "service": invitations.service_named,
    "language": invitations.language_typed,
    "find": people_list.find,
    "did": write_announcement.written,
    "invite": manage_team.named,
}
_CASE_WORDS: dict[str, OnCaseWords] = {
    "rename": person_page.rename,
    "recorded": person_page.recorded,
    "ask_on": checkin_requests.ask_on,
    "dated": checkin_requests.dated,
}
COMMANDS = accounts.OWN
GOES_ON = ("service", "lang", "tell")
"""What answers a question that waits for words too: any other button ends it."""


def wanted(what: What, worker: Worker | None) -> int | None:
    """The case that something on the workers' side is about, to be read before it is handled."""
    if isinstance(what, Pressed):
        button = read(what.data)
        return button.about if isinstance(button, Work) else None
    if worker is not None and isinstance(what, Typed):
        case_id = worker.waits.get("case")
        return case_id if isinstance(case_id, int) else None
    return None


def is_mine(visit: Visit) -> bool:
    """Whether this is for the workers' side: their buttons, commands, and the words we wait for.

    A worker may be a participant too; all else then belongs to the participant.
    """
    what, worker = visit.arrival.what, visit.worker
    if isinstance(what, Pressed):
        return isinstance(visit.button, Work)
    if worker is None or not worker.active:
        return False
    if isinstance(what, Commanded):
        only_worker = visit.person is None and what.name not in ("stop", "hide")
        return what.name in COMMANDS or (only_worker and not what.rest)
    if worker.waits and isinstance(what, Typed | Spoken | Unreadable):
        return True
    alone = visit.person is None and visit.way is None and not visit.known.asked
    return alone and isinstance(what, Typed | Spoken | Unreadable)


def left(visit: Visit) -> None:
    """Forgets what a worker's next words mean once they do something else than answer."""
    worker = visit.worker
    if worker is not None and worker.waits and not isinstance(visit.arrival.what, Gone):
        visit.then.append(lambda: worker_pending_input.keep(visit, worker))


async def take(visit: Visit) -> None:
    """Does what a worker asks, if it is theirs to ask."""
    what, worker = visit.arrival.what, visit.worker
    if isinstance(what, Pressed):
        await _tapped(visit, worker)
        return
    assert worker is not None  # noqa: S101 - see is_mine
    visit.language = worker.language
    if isinstance(what, Commanded):
        if worker.waits:
            await worker_pending_input.keep(visit, worker)
        await _commanded(visit, worker, what)
    elif isinstance(what, Typed) and visit.around.library.listened(what.text) == "start":
        await worker_pending_input.keep(visit, worker)
        accounts.welcome(visit, worker)
    elif isinstance(what, Typed):
        await _words(visit, worker, what.text)
    else:
        visit.say("w_unknown")


async def _commanded(visit: Visit, worker: Worker, what: Commanded) -> None:
    if what.name == "new":
        await invitations.begin(visit, worker, what.rest)
    elif what.name == "people":
        await people_list.page(visit, worker, Work("people"))
    elif what.name == "language" and len(visit.around.tongues.offered) == 1:
        visit.say("language_only")
    elif what.name == "language":
        visit.languages()
    elif what.name == "start":
        accounts.welcome(visit, worker)
    else:  # a participant's, from a menu of before, or one that there is not
        await worker_help.offer(visit, worker)


async def _tapped(visit: Visit, worker: Worker | None) -> None:
    button = visit.button
    assert isinstance(button, Work)  # noqa: S101 - see is_mine
    deed = DEEDS.get(button.verb)
    case = visit.known.cases.get(button.about)
    if worker is None or not worker.active or deed is None:
        await accounts.refuse(visit, button.verb if deed else "forged")
        return
    visit.language = worker.language
    if worker.waits and button.verb not in GOES_ON:
        await worker_pending_input.keep(visit, worker)
    mine = case is not None and case.worker_id == worker.id
    allowed = {
        Whose.NOBODY: True,
        Whose.OWN: mine,
        Whose.LEAD: worker.lead,
        Whose.LEAD_ANYONE: worker.lead and case is not None,
    }[deed.whose]
    if not allowed:
        await accounts.refuse(visit, button.verb)
    elif deed.on_case is not None:
        assert case is not None  # noqa: S101 - only a case can be one's own
        visit.whose = accounts.whose(case)
        await deed.on_case(visit, worker, case, button)
    elif deed.alone is not None:
        await deed.alone(visit, worker, button)


async def _words(visit: Visit, worker: Worker, text: str) -> None:
    to = str(worker.waits.get("to", ""))
    case = visit.known.cases.get(int(worker.waits.get("case", 0)))
    if to in _WORDS:
        await _WORDS[to](visit, worker, text)
    elif to in _CASE_WORDS and case is not None and case.worker_id == worker.id:
        visit.whose = accounts.whose(case)
        await _CASE_WORDS[to](visit, worker, case, text)
    else:
        if to in _CASE_WORDS:
            await accounts.refuse(visit, to)
        await worker_pending_input.keep(visit, worker)
        visit.say("w_unknown")
