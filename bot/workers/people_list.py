"""/people: a worker's cases with their status, searched by name, a page at a time.

The page of one case is `person_page`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.conversation import worker_messages
from bot.conversation.context import Context
from bot.domain.states import ParticipantState
from bot.domain.worker import Case, CaseStatus, Worker
from bot.domain.worker_inputs import AwaitingSearch
from bot.messages.callback_data import WorkerButton
from bot.messages.parts import ButtonPart
from bot.workers import worker_pending_input
from flows.engine import LazyText
from flows.engine.normalise import normalise

ON_A_PAGE = 8
MOST_FOUND = 20
MOST_NEEDING = 30
TRIED_FOR = dt.timedelta(days=7)
"""How long a second use of a link counts as needing attention."""
PREVIOUS, NEXT = "‹", "›"


def wanted_page(button: WorkerButton) -> int:
    """The page a button asks for; the first where it is forged."""
    # ASCII, because "²" is a digit too, and no number.
    plain_number = button.how.isascii() and button.how.isdigit() and len(button.how) < 6
    return int(button.how) if plain_number else 0


async def some(ctx: Context, worker_id: int, place: int) -> tuple[list[Case], int, int]:
    """A page of a worker's cases, its number, and how many cases there are in all.

    It is the last page where the list has become shorter since its button was shown.
    """
    uow = ctx.uow
    ids = await uow.case_lists.in_order(worker_id, ctx.now - TRIED_FOR)
    place = max(0, min(place, (len(ids) - 1) // ON_A_PAGE))
    return await uow.case_lists.of_ids(ids[place * ON_A_PAGE :][:ON_A_PAGE]), place, len(ids)


async def page(ctx: Context, worker: Worker, button: WorkerButton) -> None:
    """Shows a page of the list; its own buttons turn the page in place."""
    cases, place, total = await some(ctx, worker.id, wanted_page(button))
    if not total:
        ctx.say_with_buttons(
            "w_people_none",
            [worker_messages.worker_button(ctx, "w_people_none", "new", WorkerButton("new"))],
        )
        return
    pages = -(-total // ON_A_PAGE)
    turning = [
        # An odd number in all, so that this one is alone and the two arrows beside each other.
        ButtonPart(f"{place + 1} / {pages}", WorkerButton("page", 0, str(place)).encode()),
        ButtonPart(PREVIOUS, WorkerButton("page", 0, str((place - 1) % pages)).encode()),
        ButtonPart(NEXT, WorkerButton("page", 0, str((place + 1) % pages)).encode()),
    ]
    below = [
        worker_messages.worker_button(ctx, "w_people", "find", WorkerButton("find")),
        worker_messages.worker_button(ctx, "w_people", "eye", WorkerButton("eye")),
    ]
    new = worker_messages.worker_button(ctx, "w_people", "new", WorkerButton("new"))
    controls = [*turning, *below] if pages > 1 else [*below, new]
    ctx.say_with_buttons("w_people", await listed(ctx, cases), {"total": total}, controls)
    ctx.edit_keyboard_only = button.verb == "page"


async def listed(ctx: Context, cases: Sequence[Case]) -> list[ButtonPart]:
    """A button for each of these cases, with its status."""
    found = await ctx.uow.case_lists.statuses(cases)
    return worker_messages.button_rows(
        (row(ctx, where), WorkerButton("one", where.case.id)) for where in found
    )


def row(ctx: Context, where: CaseStatus, *, mine: bool = True) -> LazyText:
    """One line of a list; another worker's list does not show what they have not read."""
    told = attention_reason(ctx, where) if mine else status_text(ctx, where)
    return ctx.phrase("w_row", {"name": numbered(where.case), "standing": told})


def numbered(case: Case) -> str:
    """A name, after the number on its card."""
    return case.name if case.number is None else f"{case.number}  {case.name}"


def status_text(ctx: Context, where: CaseStatus) -> LazyText:
    """The status of a case in a few words, never an answer."""
    if where.participant_state is None:
        late = where.case.expires_at <= ctx.now
        return ctx.phrase("w_is_expired" if late else "w_is_invited")
    if where.participant_state is ParticipantState.STOPPED:
        return ctx.phrase("w_is_stopped")
    if where.participant_state is ParticipantState.QUIET:
        return ctx.phrase("w_is_quiet")
    if where.participant_state is ParticipantState.PAUSED and where.paused_until is not None:
        return ctx.phrase("w_is_paused", {"date": _day(ctx, where.paused_until)})
    if where.next_after is not None:
        return ctx.phrase("w_is_due", {"date": _day(ctx, where.next_after)})
    if where.after_done:
        return ctx.phrase("w_is_after_done")
    return ctx.phrase("w_is_before_done" if where.before_done else "w_is_joined")


def _day(ctx: Context, moment: dt.datetime) -> dt.date:
    zone = ctx.worker.timezone if ctx.worker else ctx.env.zone
    return moment.astimezone(ZoneInfo(zone)).date()


async def ask_name(ctx: Context, worker: Worker, _button: WorkerButton) -> None:
    """Asks whom to look for."""
    await worker_pending_input.expect(ctx, worker, AwaitingSearch())
    worker_pending_input.ask_for(ctx, "w_find")


async def find(ctx: Context, worker: Worker, text: str) -> None:
    """Finds cases by any part of the name, however it is written."""
    await worker_pending_input.expect(ctx, worker)
    wanted = _as_searched(text)
    names = await ctx.uow.case_lists.named(worker.id)
    ids = [case_id for case_id, name in names if wanted and wanted in _as_searched(name)]
    if not ids:
        ctx.say_with_buttons(
            "w_find_none",
            [worker_messages.worker_button(ctx, "w_people", "find", WorkerButton("find"))],
        )
        return
    cases = {c.id: c for c in await ctx.uow.cases.find(ids=ids[:MOST_FOUND])}
    some = [cases[case_id] for case_id in ids[:MOST_FOUND]]
    ctx.say_with_buttons("w_found", await listed(ctx, some), {"total": len(ids)})


def _as_searched(name: str) -> str:
    return normalise(name).replace("'", "")  # "obrien" finds O'Brien


async def needs_attention(ctx: Context, worker: Worker, _button: WorkerButton) -> None:
    """The cases that need a worker's attention, in one list."""
    uow = ctx.uow
    since = ctx.now - TRIED_FOR
    cases, total = await uow.case_lists.needing_attention(worker.id, since, MOST_NEEDING)
    old = await uow.case_lists.old_links(worker.id, ctx.now)
    words = ctx.label("w_eye", "old", {"total": old})
    controls = worker_messages.button_rows([(words, WorkerButton("old"))]) if old else []
    name = "w_eye" if total else "w_eye_none"
    ctx.say_with_buttons(name, await listed(ctx, cases), {"total": total}, controls)


async def drop_old(ctx: Context, worker: Worker, _button: WorkerButton) -> None:
    """Removes all links from the list that expired before they were opened."""
    total = await ctx.uow.case_lists.drop_old_links(worker.id, ctx.now)
    ctx.say("w_eye_cleared", {"total": total})


def attention_reason(ctx: Context, where: CaseStatus) -> LazyText:
    """Why a case needs attention, the gravest reason first."""
    if where.open_alert:
        return ctx.phrase("w_why_alert")
    if where.participant_state is ParticipantState.QUIET:
        return ctx.phrase("w_is_quiet")
    if where.uncertain:
        return ctx.phrase("w_why_uncertain")
    tried = where.case.second_use_at
    if tried is not None and tried >= ctx.now - TRIED_FOR:
        return ctx.phrase("w_why_second")
    if where.unread:
        return ctx.phrase("w_why_unread")
    return status_text(ctx, where)
