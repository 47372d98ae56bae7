"""Before beside after for one participant: their view first, then the record, then differences.

Only what was shared with this very worker; each read is recorded as in `read_checkin`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from bot.content.story_threads import CHANGE, GOOD, HOPED, WRONG
from bot.conversation import worker_messages
from bot.conversation.context import Context
from bot.conversation.my_data import story
from bot.domain.participant import Checkin, ContentOwner
from bot.domain.worker import Case, ServiceOutcome, Worker
from bot.messages.callback_data import WorkerButton
from bot.messages.parts import PageLine, PagePart
from flows.engine import AnswerState, Meaning, Value

REACHED, NOT_REACHED = ("reached",), ("not_reached", "left")


async def show(ctx: Context, worker: Worker, case: Case) -> None:
    """Shows it as messages, with a button for a page to print."""
    pasts = await _read(ctx, worker, case)
    if not pasts:
        ctx.say("w_shared_none", {"name": case.name})
        return
    lines = tuple(await _lines(ctx, worker, case, pasts))
    ctx.parts.append(PagePart(lines, ctx.localizer, one_message=True))
    keys = [worker_messages.worker_button(ctx, "w_beside", "sheet", WorkerButton("sheet", case.id))]
    ctx.say_with_buttons("w_beside", keys, {"name": case.name})


async def printable(ctx: Context, worker: Worker, case: Case) -> None:
    """The same as a page to print, for the table between the two. It has no name on it."""
    pasts = await _read(ctx, worker, case)
    if not pasts:
        ctx.say("w_shared_none", {"name": case.name})
        return
    lines = tuple(await _lines(ctx, worker, case, pasts))
    page = PagePart(lines, ctx.localizer, paper=True)
    # Not protected: a page that cannot be saved cannot be printed.
    ctx.say_with_buttons("w_sheet", (), {"name": case.name}, attach=page)


async def _read(ctx: Context, worker: Worker, case: Case) -> list[Checkin]:
    """The check-ins this worker may read, oldest first, each recorded as read."""
    participant = ctx.lookups.participants.get(case.participant_id) if case.participant_id else None
    uow = ctx.uow
    found = []
    for readable in await uow.sharing.readable_by(case, worker):
        past = (
            next((p for p in participant.checkins if p.id == readable.session_id), None)
            if participant
            else None
        )
        if participant is None or past is None:
            continue
        if await uow.sharing.record_read(case, worker, past.id, ctx.now):
            ctx.owner = ContentOwner.of(participant, past.id, worker.id)
            found.append(past)
    return found


async def _lines(ctx: Context, worker: Worker, case: Case, pasts: list[Checkin]) -> list[PageLine]:
    record = await ctx.uow.sharing.latest_outcome(case)
    afters = [past for past in pasts if past.follows_id is not None]
    newest = afters[-1] if afters else None
    lines: list[PageLine] = []
    if newest is not None:
        lines += _part(ctx, "w_beside_success", [newest], (HOPED,))
    lines += _recorded(ctx, record, newest)
    for past in pasts:
        name = "w_beside_before" if past.follows_id is None else "w_beside_after"
        date = past.started_at.astimezone(ZoneInfo(worker.timezone)).date()
        lines += _part(ctx, name, [past], (HOPED, WRONG, GOOD), {"date": date})
    return [*lines, *_part(ctx, "w_beside_change", pasts, (CHANGE,))]


def _part(
    ctx: Context,
    name: str,
    pasts: Iterable[Checkin],
    threads: tuple[str, ...],
    values: dict[str, Value] | None = None,
) -> Iterator[PageLine]:
    """A heading with the answers to some questions; nothing where there are none."""
    said = [part for past in pasts for part in story.parts_of(ctx, past, threads)]
    if said:
        yield PageLine("head", ctx.phrase(name, values))
        yield from story.told(said)


def _recorded(
    ctx: Context, record: ServiceOutcome | None, newest: Checkin | None
) -> Iterator[PageLine]:
    yield PageLine("head", ctx.phrase("w_beside_record"))
    if record is None:
        yield PageLine("said", ctx.phrase("w_beside_none"))
        return
    yield PageLine("said", ctx.label("w_record", record.outcome))
    if record.words:
        yield PageLine("said", ctx.phrase("quote", {"words": record.words}))
    if newest is not None and (parting := _disagreements(ctx, record, newest)):
        yield PageLine("said", ctx.phrase("w_beside_parts"))
        yield from story.told(parting)


def _disagreements(ctx: Context, record: ServiceOutcome, newest: Checkin) -> list[story.Part]:
    """The answers on success and safety that contradict the record.

    The first choice of such a question is the good one.
    """
    flow = ctx.env.library.get_version(newest.version)
    told = dict(story.parts_of(ctx, newest, (HOPED, GOOD)))
    found = []
    for step in flow.steps:
        said = told.get(step.heading)
        good = step.meaning is Meaning.SUCCESS or step.id in ctx.env.library.threads.of(
            GOOD, flow.name
        )
        if said is None or not good or not said.labels or said.state == AnswerState.NOT_SURE:
            continue
        well = step.choices[0].label in said.labels
        if (record.outcome in REACHED and not well) or (record.outcome in NOT_REACHED and well):
            found.append((step.heading, said))
    return found
