"""/people: a worker's people with where things stand, searched by name, a page at a time.

Never shows an answer; one person's page is in `one`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.conversation.context import Visit
from bot.domain.worker import Case, Where, Worker
from bot.messages.callback_data import Work
from bot.messages.reply import Key
from bot.store.tables import Life
from bot.workers import accounts, worker_pending_input
from flows.engine.normalise import plain

ON_A_PAGE = 8
MOST_FOUND = 20
MOST_NEEDING = 30
TRIED_FOR = dt.timedelta(days=7)
"""So long a second try of a link is among what needs a look."""
PREVIOUS, NEXT = "‹", "›"


def wanted_page(button: Work) -> int:
    """The page a button asks for; the first where it is forged."""
    # Ascii, for "²" is a digit too, and no number.
    plain_number = button.how.isascii() and button.how.isdigit() and len(button.how) < 6
    return int(button.how) if plain_number else 0


async def some(visit: Visit, worker_id: int, place: int) -> tuple[list[Case], int, int]:
    """A page of a worker's people, which page it is, and how many people there are in all.

    It is the last page where the list has become shorter since its button was shown.
    """
    caseload = visit.batch.caseload
    ids = await caseload.in_order(worker_id, visit.now - TRIED_FOR)
    place = max(0, min(place, (len(ids) - 1) // ON_A_PAGE))
    return await caseload.of_ids(ids[place * ON_A_PAGE :][:ON_A_PAGE]), place, len(ids)


async def page(visit: Visit, worker: Worker, button: Work) -> None:
    """Shows a page of the list; turned by its own buttons, the list stays where it is."""
    cases, place, total = await some(visit, worker.id, wanted_page(button))
    if not total:
        visit.offer("w_people_none", [accounts.key(visit, "w_people_none", "new", Work("new"))])
        return
    pages = -(-total // ON_A_PAGE)
    turning = [
        # An odd number in all, so that this one stands alone and the two arrows beside each other.
        Key(f"{place + 1} / {pages}", Work("page", 0, str(place)).data()),
        Key(PREVIOUS, Work("page", 0, str((place - 1) % pages)).data()),
        Key(NEXT, Work("page", 0, str((place + 1) % pages)).data()),
    ]
    below = [
        accounts.key(visit, "w_people", "find", Work("find")),
        accounts.key(visit, "w_people", "eye", Work("eye")),
    ]
    new = accounts.key(visit, "w_people", "new", Work("new"))
    controls = [*turning, *below] if pages > 1 else [*below, new]
    visit.offer("w_people", await listed(visit, cases), {"total": total}, controls)
    visit.redraw = button.verb == "page"


async def listed(visit: Visit, cases: Sequence[Case]) -> list[Key]:
    """A button for each of these people, with where things stand."""
    found = await visit.batch.caseload.where(cases)
    return accounts.rows((row(visit, where), Work("one", where.case.id)) for where in found)


def row(visit: Visit, where: Where, *, mine: bool = True) -> str:
    """One line of a list; of another worker's list it is not said what they have not read."""
    told = why(visit, where) if mine else standing(visit, where)
    values = {"name": numbered(where.case), "standing": told}
    return visit.tongue.phrase("w_row", values)


def numbered(case: Case) -> str:
    """A name, after the number that stands on their card."""
    return case.name if case.number is None else f"{case.number}  {case.name}"


def standing(visit: Visit, where: Where) -> str:
    """Where things stand with someone, in a few words, never an answer."""
    case, tongue = where.case, visit.tongue
    if where.life is None:
        late = case.expires_at <= visit.now
        return tongue.phrase("w_is_expired" if late else "w_is_invited")
    if where.life is Life.STOPPED:
        return tongue.phrase("w_is_stopped")
    if where.life is Life.QUIET:
        return tongue.phrase("w_is_quiet")
    if where.life is Life.PAUSED and where.paused_until is not None:
        return tongue.phrase("w_is_paused", {"date": _day(visit, where.paused_until)})
    if where.next_after is not None:
        return tongue.phrase("w_is_due", {"date": _day(visit, where.next_after)})
    if where.after_done:
        return tongue.phrase("w_is_after_done")
    return tongue.phrase("w_is_before_done" if where.before_done else "w_is_joined")


def _day(visit: Visit, moment: dt.datetime) -> dt.date:
    zone = visit.worker.zone if visit.worker else visit.around.zone
    return moment.astimezone(ZoneInfo(zone)).date()


async def ask_name(visit: Visit, worker: Worker, _button: Work) -> None:
    """Asks whom to look for."""
    await worker_pending_input.keep(visit, worker, to="find")
    worker_pending_input.ask(visit, "w_find")


async def find(visit: Visit, worker: Worker, text: str) -> None:
    """Finds people by any part of the name, however it is written."""
    await worker_pending_input.keep(visit, worker)
    wanted = _as_searched(text)
    names = await visit.batch.caseload.named(worker.id)
    ids = [case_id for case_id, name in names if wanted and wanted in _as_searched(name)]
    if not ids:
        visit.offer("w_find_none", [accounts.key(visit, "w_people", "find", Work("find"))])
        return
    cases = {c.id: c for c in await visit.batch.caseload.cases(ids=ids[:MOST_FOUND])}
    some = [cases[case_id] for case_id in ids[:MOST_FOUND]]
    visit.offer("w_found", await listed(visit, some), {"total": len(ids)})


def _as_searched(name: str) -> str:
    return plain(name).replace("'", "")  # "obrien" finds O'Brien


async def needing(visit: Visit, worker: Worker, _button: Work) -> None:
    """What needs a worker's eye, in one list."""
    caseload = visit.batch.caseload
    since = visit.now - TRIED_FOR
    cases, total = await caseload.needing_an_eye(worker.id, since, MOST_NEEDING)
    old = await caseload.old_links(worker.id, visit.now)
    words = visit.label("w_eye", "old", {"total": old})
    controls = accounts.rows([(words, Work("old"))]) if old else []
    name = "w_eye" if total else "w_eye_none"
    visit.offer(name, await listed(visit, cases), {"total": total}, controls)


async def drop_old(visit: Visit, worker: Worker, _button: Work) -> None:
    """Takes all links off the list that ended before anybody opened them."""
    total = await visit.batch.caseload.drop_old_links(worker.id, visit.now)
    visit.say("w_eye_cleared", {"total": total})


def why(visit: Visit, where: Where) -> str:
    """Why someone needs a look, the gravest reason first."""
    if where.open_alert:
        return visit.tongue.phrase("w_why_alert")
    if where.life is Life.QUIET:
        return visit.tongue.phrase("w_is_quiet")
    if where.uncertain:
        return visit.tongue.phrase("w_why_uncertain")
    tried = where.case.second_use_at
    if tried is not None and tried >= visit.now - TRIED_FOR:
        return visit.tongue.phrase("w_why_second")
    if where.unread:
        return visit.tongue.phrase("w_why_unread")
    return standing(visit, where)
