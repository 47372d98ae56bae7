"""What of the workers' side an arrival may touch: read and locked before it is handled.

Handles nothing; see `hear`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from bot.conversation.context import Known, Visit
from bot.domain.participant import Person
from bot.domain.worker import Case, Invite, Worker
from bot.messages import card_digits
from bot.messages.callback_data import Aside, read
from bot.messages.incoming import Arrival, Commanded, Pressed, Typed
from bot.store.tables import Life
from bot.store.unit_of_work import Batch
from bot.workers import router


async def cases_wanted(
    batch: Batch, arrivals: Sequence[Arrival], workers: Mapping[int, Worker]
) -> dict[int, Case]:
    """The cases that workers' buttons and words are about, by id."""
    wanted = (router.wanted(a.what, workers.get(a.chat)) for a in arrivals)
    ids = {case_id for case_id in wanted if case_id}
    return {case.id: case for case in await batch.caseload.cases(ids=ids)}


async def known(
    batch: Batch,
    arrivals: Sequence[Arrival],
    people: Mapping[int, Person],
    cases: Mapping[int, Case],
    workers: Mapping[int, Worker],
    now: dt.datetime,
) -> dict[int, Known]:
    """What of the workers' side each of these chats may touch."""
    tokens = {a.chat: found for a in arrivals if (found := token(a)) is not None}
    links: dict[int, Case | Invite | None] = {
        chat: await batch.caseload.link(found) for chat, found in tokens.items()
    }
    new = [
        a.chat
        for a in arrivals
        if (person := people.get(a.chat)) is None or person.state is Life.STOPPED or _says_who(a)
    ]
    codes = {a.chat: code for a in arrivals if (code := card_digits.digits_in(a.what)) is not None}
    # A worker who is asked for a day writes digits too ("24-11-2026"): that is no wrong try.
    codes = {c: code for c, code in codes.items() if c not in workers or not workers[c].waits}
    links |= await _by_codes(batch, codes, now)
    held = await batch.caseload.held(new)
    typed = [a.chat for a in arrivals if a.chat not in people and isinstance(a.what, Typed)]
    asked = await batch.stories.asked(typed, now)
    by_id = {p.id: p for p in people.values()} if cases else {}
    return {
        a.chat: Known(
            cases,
            by_id,
            links.get(a.chat),
            held.get(a.chat),
            batch.absent.get(a.chat, []),
            a.chat in asked,
            a.chat in codes,
        )
        for a in arrivals
    }


async def _by_codes(batch: Batch, codes: Mapping[int, str], now: dt.datetime) -> dict[int, Case]:
    """The links that these chats' digits open; wrong ones are counted, and soon not looked up."""
    caseload, found = batch.caseload, {}
    for chat in sorted(await caseload.may_type_codes(codes, now)):
        case_id = await caseload.case_by_code(codes[chat], now)
        if case_id is None:
            await caseload.wrong_code(chat, now)
            continue
        await caseload.right_code(chat)
        (found[chat],) = await caseload.cases(ids=[case_id])
    return found


def opens_by_code(visit: Visit) -> bool:
    """Whether these digits open a link, or, of a stranger, were meant to."""
    if not visit.known.coded:
        return False
    if visit.known.link is not None:
        return True
    # For somebody who is here already a wrong one is just something they typed.
    stranger = visit.person is None or visit.person.state is Life.STOPPED
    return stranger and not visit.known.asked


def token(arrival: Arrival) -> str | None:
    """What stood behind START in a link, if they came by one."""
    what = arrival.what
    return what.rest if isinstance(what, Commanded) and what.name == "start" and what.rest else None


def _says_who(arrival: Arrival) -> bool:
    """Whether this is the answer to whether they are the same person still."""
    button = read(arrival.what.data) if isinstance(arrival.what, Pressed) else None
    return isinstance(button, Aside) and button.phrase == "other_person"


def others(cases: Mapping[int, Case], workers: Mapping[int, Worker]) -> set[int]:
    """The participants whom these workers may do something about, to be loaded and locked."""
    leads = any(worker.lead for worker in workers.values())
    mine = {worker.id for worker in workers.values()}
    return {
        case.participant_id
        for case in cases.values()
        if case.participant_id is not None and (leads or case.worker_id in mine)
    }
