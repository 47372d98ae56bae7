"""Before beside after for one person: their view first, the record beside, where the two part.

Shows only what was shared with this very worker, and writes each reading down as `shared` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from bot.content.story_threads import CHANGE, GOOD, HOPED, WRONG
from bot.conversation.context import Context
from bot.conversation.my_data import story
from bot.domain.participant import Checkin, ContentOwner
from bot.domain.worker import Case, ServiceOutcome, Worker
from bot.messages.callback_data import WorkerButton
from bot.messages.reply import Document, DocumentLine, Message
from bot.messages.splitting import split_text
from bot.workers import accounts
from flows.engine import AnswerState, Meaning, Value

REACHED, NOT_REACHED = ("reached",), ("not_reached", "left")


async def show(visit: Context, worker: Worker, case: Case) -> None:
    """Shows it as messages, with a button for a page to print."""
    pasts = await _read(visit, worker, case)
    if not pasts:
        visit.say("w_shared_none", {"name": case.name})
        return
    tongue = visit.localizer
    lines = await _lines(visit, worker, case, pasts)
    for piece in split_text(story.text_of(lines)):
        visit.messages.append(
            Message(piece, right_to_left=tongue.right_to_left, protect_content=True)
        )
    keys = [accounts.worker_button(visit, "w_beside", "sheet", WorkerButton("sheet", case.id))]
    visit.say_with_buttons("w_beside", keys, {"name": case.name})


async def printable(visit: Context, worker: Worker, case: Case) -> None:
    """The same as a page to print, to lie between the two while they talk. It has no name on it."""
    pasts = await _read(visit, worker, case)
    if not pasts:
        visit.say("w_shared_none", {"name": case.name})
        return
    tongue = visit.localizer
    lines = tuple(await _lines(visit, worker, case, pasts))
    page = Document(lines, tongue.code, tongue.right_to_left, paper=True)
    # Not protected: a page that cannot be saved cannot be printed.
    visit.say_with_buttons("w_sheet", (), {"name": case.name}, attach=page)


async def _read(visit: Context, worker: Worker, case: Case) -> list[Checkin]:
    """The check-ins this worker may read, oldest first, each written down as read."""
    person = visit.lookups.participants.get(case.participant_id) if case.participant_id else None
    caseload = visit.uow.caseload
    found = []
    for readable in await caseload.readable_by(case, worker):
        past = (
            next((p for p in person.checkins if p.id == readable.session_id), None)
            if person
            else None
        )
        if person is None or past is None:
            continue
        if await caseload.record_read(case, worker, past.id, visit.now):
            visit.owner = ContentOwner.of(person, past.id, worker.id)
            found.append(past)
    return found


async def _lines(
    visit: Context, worker: Worker, case: Case, pasts: list[Checkin]
) -> list[DocumentLine]:
    record = await visit.uow.caseload.latest_outcome(case)
    afters = [past for past in pasts if past.follows_id is not None]
    newest = afters[-1] if afters else None
    lines: list[DocumentLine] = []
    if newest is not None:
        lines += _part(visit, "w_beside_success", [newest], (HOPED,))
    lines += _recorded(visit, record, newest)
    for past in pasts:
        name = "w_beside_before" if past.follows_id is None else "w_beside_after"
        date = past.started_at.astimezone(ZoneInfo(worker.timezone)).date()
        lines += _part(visit, name, [past], (HOPED, WRONG, GOOD), {"date": date})
    return [*lines, *_part(visit, "w_beside_change", pasts, (CHANGE,))]


def _part(
    visit: Context,
    name: str,
    pasts: Iterable[Checkin],
    threads: tuple[str, ...],
    values: dict[str, Value] | None = None,
) -> Iterator[DocumentLine]:
    """A head with what was said to some questions; nothing where nothing was."""
    said = [part for past in pasts for part in story.parts_of(visit, past, threads)]
    if said:
        yield DocumentLine("head", visit.localizer.phrase(name, values))
        yield from story.told(visit, said)


def _recorded(
    visit: Context, record: ServiceOutcome | None, newest: Checkin | None
) -> Iterator[DocumentLine]:
    tongue = visit.localizer
    yield DocumentLine("head", tongue.phrase("w_beside_record"))
    if record is None:
        yield DocumentLine("said", tongue.phrase("w_beside_none"))
        return
    outcome = visit.label("w_record", record.outcome)
    yield DocumentLine("said", outcome)
    if record.words:
        yield DocumentLine("said", tongue.phrase("quote", {"words": record.words}))
    if newest is not None and (parting := _disagreements(visit, record, newest)):
        yield DocumentLine("said", tongue.phrase("w_beside_parts"))
        yield from story.told(visit, parting)


def _disagreements(visit: Context, record: ServiceOutcome, newest: Checkin) -> list[story.Part]:
    """What they said of success and safety that is not what the record would have one think.

    The first choice of such a question is the good one.
    """
    flow = visit.env.library.get_version(newest.version)
    told = dict(story.parts_of(visit, newest, (HOPED, GOOD)))
    found = []
    for step in flow.steps:
        said = told.get(step.text)
        good = step.meaning is Meaning.SUCCESS or step.id in visit.env.library.threads.of(
            GOOD, flow.name
        )
        if said is None or not good or not said.labels or said.state == AnswerState.NOT_SURE:
            continue
        well = step.choices[0].label in said.labels
        if (record.outcome in REACHED and not well) or (record.outcome in NOT_REACHED and well):
            found.append((step.text, said))
    return found
