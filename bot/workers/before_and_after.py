"""Before beside after for one person: their view first, the record beside, where the two part.

Shows only what was shared with this very worker, and writes each reading down as `shared` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from bot.content.story_threads import CHANGE, GOOD, HOPED, WRONG
from bot.conversation.context import Visit
from bot.conversation.my_data import story
from bot.domain.participant import Past, Whose
from bot.domain.worker import Case, Record, Worker
from bot.messages.callback_data import Work
from bot.messages.reply import Line, Message, Page
from bot.messages.splitting import pieces
from bot.workers import accounts
from flows.engine import Meaning, State, Value

REACHED, NOT_REACHED = ("reached",), ("not_reached", "left")


async def show(visit: Visit, worker: Worker, case: Case) -> None:
    """Shows it as messages, with a button for a page to print."""
    pasts = await _read(visit, worker, case)
    if not pasts:
        visit.say("w_shared_none", {"name": case.name})
        return
    tongue = visit.tongue
    lines = await _lines(visit, worker, case, pasts)
    for piece in pieces(story.text_of(lines)):
        visit.messages.append(Message(piece, right_to_left=tongue.right_to_left, protect=True))
    keys = [accounts.key(visit, "w_beside", "sheet", Work("sheet", case.id))]
    visit.offer("w_beside", keys, {"name": case.name})


async def sheet(visit: Visit, worker: Worker, case: Case) -> None:
    """The same as a page to print, to lie between the two while they talk. It has no name on it."""
    pasts = await _read(visit, worker, case)
    if not pasts:
        visit.say("w_shared_none", {"name": case.name})
        return
    tongue = visit.tongue
    lines = tuple(await _lines(visit, worker, case, pasts))
    page = Page(lines, tongue.code, tongue.right_to_left, paper=True)
    # Not protected: a page that cannot be saved cannot be printed.
    visit.offer("w_sheet", (), {"name": case.name}, attach=page)


async def _read(visit: Visit, worker: Worker, case: Case) -> list[Past]:
    """The check-ins this worker may read, oldest first, each written down as read."""
    person = visit.known.people.get(case.participant_id) if case.participant_id else None
    caseload = visit.batch.caseload
    found = []
    for readable in await caseload.readable(case, worker):
        past = (
            next((p for p in person.past if p.id == readable.session_id), None) if person else None
        )
        if person is None or past is None:
            continue
        if await caseload.read(case, worker, past.id, visit.now):
            visit.whose = Whose.of(person, past.id, worker.id)
            found.append(past)
    return found


async def _lines(visit: Visit, worker: Worker, case: Case, pasts: list[Past]) -> list[Line]:
    record = await visit.batch.caseload.recorded(case)
    afters = [past for past in pasts if past.about is not None]
    newest = afters[-1] if afters else None
    lines: list[Line] = []
    if newest is not None:
        lines += _part(visit, "w_beside_success", [newest], (HOPED,))
    lines += _recorded(visit, record, newest)
    for past in pasts:
        name = "w_beside_before" if past.about is None else "w_beside_after"
        date = past.started_at.astimezone(ZoneInfo(worker.zone)).date()
        lines += _part(visit, name, [past], (HOPED, WRONG, GOOD), {"date": date})
    return [*lines, *_part(visit, "w_beside_change", pasts, (CHANGE,))]


def _part(
    visit: Visit,
    name: str,
    pasts: Iterable[Past],
    threads: tuple[str, ...],
    values: dict[str, Value] | None = None,
) -> Iterator[Line]:
    """A head with what was said to some questions; nothing where nothing was."""
    said = [part for past in pasts for part in story.parts_of(visit, past, threads)]
    if said:
        yield Line("head", visit.tongue.phrase(name, values))
        yield from story.told(visit, said)


def _recorded(visit: Visit, record: Record | None, newest: Past | None) -> Iterator[Line]:
    tongue = visit.tongue
    yield Line("head", tongue.phrase("w_beside_record"))
    if record is None:
        yield Line("said", tongue.phrase("w_beside_none"))
        return
    outcome = visit.label("w_record", record.outcome)
    yield Line("said", outcome)
    if record.words:
        yield Line("said", tongue.phrase("quote", {"words": record.words}))
    if newest is not None and (parting := _parting(visit, record, newest)):
        yield Line("said", tongue.phrase("w_beside_parts"))
        yield from story.told(visit, parting)


def _parting(visit: Visit, record: Record, newest: Past) -> list[story.Part]:
    """What they said of success and safety that is not what the record would have one think.

    The first choice of such a question is the good one.
    """
    flow = visit.around.library.version(newest.version)
    told = dict(story.parts_of(visit, newest, (HOPED, GOOD)))
    found = []
    for step in flow.steps:
        said = told.get(step.text)
        good = step.meaning is Meaning.SUCCESS or step.id in visit.around.library.threads.of(
            GOOD, flow.name
        )
        if said is None or not good or not said.labels or said.state == State.NOT_SURE:
            continue
        well = step.choices[0].label in said.labels
        if (record.outcome in REACHED and not well) or (record.outcome in NOT_REACHED and well):
            found.append((step.text, said))
    return found
