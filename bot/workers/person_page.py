"""The page of one case: status, the service's record, the name, the link.

Requests are in `checkin_requests`; shared check-ins are read in `read_checkin`.
"""

from __future__ import annotations

from bot.conversation import worker_messages
from bot.conversation.context import Context
from bot.conversation.identity import move_phone
from bot.domain.states import ParticipantState
from bot.domain.worker import Case, Worker
from bot.domain.worker_inputs import AwaitingCaseName, AwaitingOutcomeText
from bot.messages.callback_data import WorkerButton
from bot.messages.parts import Words
from bot.schedule import follow_ups
from bot.workers import checkin_requests, invitations, people_list, worker_pending_input
from flows.engine import Value

OUTCOMES = ("reached", "partly", "not_reached", "left", "other")
LONGEST_WORDS = 500
ADD = "add."
"""The prefix, in a button, of an outcome to which text is added."""


async def page(ctx: Context, worker: Worker, case: Case) -> None:
    """Shows one case: its status, and the possible actions."""
    uow = ctx.uow
    (where,) = await uow.case_lists.statuses([case])
    if where.uncertain:
        await uow.case_lists.uncertain_seen(case)
    standing = people_list.status_text(ctx, where)
    values: dict[str, Value] = {"name": people_list.numbered(case), "standing": standing}
    lines: list[Words] = []
    if case.service:
        lines.append(ctx.phrase("w_one_service", {"service": case.service}))
    if case.began_on:
        lines.append(ctx.phrase("w_one_began", {"date": case.began_on}))
    if case.ended_on:
        lines.append(ctx.phrase("w_one_ended", {"date": case.ended_on}))
    if where.uncertain:
        lines.append(ctx.phrase("w_one_uncertain"))
    if (record := await uow.sharing.latest_outcome(case)) is not None:
        said: dict[str, Value] = {"outcome": ctx.label("w_record", record.outcome)}
        lines.append(ctx.phrase("w_one_recorded", said))
        if record.words:
            lines.append(ctx.phrase("quote", {"words": record.words}))
    joined = case.participant_id is not None
    shared = joined and bool(await uow.sharing.readable_by(case, worker))
    offered = ["shared", "beside"] if shared else []
    offered += ["before", "after", "began", "ended", "record"] if joined else ["link"]
    offered += ["phone"] if joined else []
    offered += ["hand", "rename"] + ([] if joined else ["drop"])
    keys = [
        worker_messages.worker_button(ctx, "w_one", choice, WorkerButton(choice, case.id))
        for choice in offered
    ]
    ctx.say_with_buttons("w_one", keys, values, more=lines)


async def leave(ctx: Context, worker: Worker, button: WorkerButton) -> None:
    """Leaves a question, back to the case it was about, if it is one of theirs."""
    case = ctx.lookups.cases.get(button.about)
    if case is not None and case.worker_id == worker.id:
        ctx.owner = worker_messages.audience_of(case)
        await page(ctx, worker, case)
    else:
        keys = [
            worker_messages.worker_button(ctx, "w_hello", verb, WorkerButton(verb))
            for verb in worker_messages.OWN
        ]
        ctx.say_with_buttons("w_left", keys)


async def record(ctx: Context, worker: Worker, case: Case, outcome: str) -> None:
    """Records the outcome that the service states, beside the participant's own view.

    Text beside it is asked for only by a button: nothing else that is typed becomes a record.
    """
    if outcome.startswith(ADD):
        outcome = outcome.removeprefix(ADD)
        if outcome not in OUTCOMES:
            ctx.toast_phrase("stale")
            return
        await worker_pending_input.expect(ctx, worker, AwaitingOutcomeText(case.id, outcome))
        worker_pending_input.ask_for(ctx, "w_recorded_words", case=case)
        return
    if outcome not in OUTCOMES:
        keys = [
            worker_messages.worker_button(ctx, "w_record", o, WorkerButton("record", case.id, o))
            for o in OUTCOMES
        ]
        worker_pending_input.ask_for(ctx, "w_record", {"name": case.name}, keys, case=case)
        return
    ctx.choose(ctx.label("w_record", outcome))
    await ctx.uow.sharing.add_outcome(case, worker, outcome, None, ctx.now)
    add = worker_messages.worker_button(
        ctx, "w_recorded", "add", WorkerButton("record", case.id, ADD + outcome)
    )
    ctx.say_with_buttons("w_recorded", [add])


async def recorded(ctx: Context, worker: Worker, case: Case, text: str) -> None:
    """Handles the text beside an outcome."""
    awaited = worker.pending_input
    assert isinstance(awaited, AwaitingOutcomeText)  # noqa: S101 - see `router`
    if len(text) > LONGEST_WORDS:
        worker_pending_input.ask_for(ctx, "w_recorded_long", case=case)
        return
    await worker_pending_input.expect(ctx, worker)
    await ctx.uow.sharing.add_outcome(case, worker, awaited.outcome, text, ctx.now)
    ctx.say("w_kept")


async def ask_new_name(ctx: Context, worker: Worker, case: Case) -> None:
    """Asks for another name."""
    await worker_pending_input.expect(ctx, worker, AwaitingCaseName(case.id))
    worker_pending_input.ask_for(ctx, "w_rename", {"name": case.name}, case=case)


async def rename(ctx: Context, worker: Worker, case: Case, text: str) -> None:
    """Handles a new name."""
    name = " ".join(text.split())
    if not name or len(name) > invitations.LONGEST_NAME:
        worker_pending_input.ask_for(
            ctx, "w_names_wrong", {"most": invitations.MOST_NAMES}, case=case
        )
        return
    await worker_pending_input.expect(ctx, worker)
    case.name = name
    await ctx.uow.cases.save(case, "name")
    ctx.say("w_renamed", {"name": name})


async def link(ctx: Context, _worker: Worker, case: Case) -> None:
    """Creates a new link in place of an unused one."""
    if case.participant_id is not None:
        ctx.toast_phrase("stale")
    else:
        await invitations.reissue_link(ctx, case)


async def phone(ctx: Context, worker: Worker, case: Case) -> None:
    """Creates a transfer code for a participant with a new phone; it is recorded."""
    if case.participant_id is None:
        ctx.toast_phrase("stale")
        return
    digits, until = move_phone.new_digits(), ctx.now + move_phone.WORKS_FOR
    participant, ask_id = checkin_requests.person_of(ctx, case), None
    if participant is not None:
        ctx.uow.follow_ups.cancel(participant, "asked again", ctx.now, kind="numbers")
        if participant.state is not ParticipantState.STOPPED:
            tap = ctx.update.update_id
            row = follow_ups.numbers(ctx.env.plan, participant, case.id, tap, ctx.now)
            ctx.uow.follow_ups.add([row])
            ask_id = row["id"]
    await ctx.uow.identity.issue_transfer_code(
        case.participant_id,
        digits,
        ctx.now,
        until,
        worker.id,
        works_from=ctx.now + move_phone.WAITS_FOR,
        ask_id=ask_id,
    )
    values: dict[str, Value] = {"name": case.name, "numbers": move_phone.grouped(digits)}
    ctx.say("w_phone", values)


async def drop(ctx: Context, _worker: Worker, case: Case) -> None:
    """Removes a case that was never joined from the list."""
    if case.participant_id is not None:
        ctx.toast_phrase("stale")
        return
    await ctx.uow.cases.drop(case)
    ctx.say("w_dropped", {"name": case.name})


async def hand(ctx: Context, worker: Worker, case: Case, how: str, verb: str) -> None:
    """Hands a case over to another worker: asks whom, then does it.

    The new worker reads nothing that was shared with the old one; the participant is asked about
    it.
    """
    others = [w for w in await ctx.uow.workers.all() if w.active]
    to = next((w for w in others if str(w.id) == how and w.id != case.worker_id), None)
    if not how:
        keys = worker_messages.button_rows(
            (w.name, WorkerButton(verb, case.id, str(w.id)))
            for w in others
            if w.id != case.worker_id
        )
        leaves = case if verb == "hand" else None
        worker_pending_input.ask_for(
            ctx, "w_hand" if keys else "w_hand_nobody", {"name": case.name}, keys, case=leaves
        )
    elif to is None:
        ctx.toast_phrase("stale")
    else:
        await _hand_over(ctx, worker, case, to)


async def _hand_over(ctx: Context, worker: Worker, case: Case, to: Worker) -> None:
    before, case.worker_id = case.worker_id, to.id
    await ctx.uow.cases.save(case, "worker_id")
    participant = checkin_requests.person_of(ctx, case)
    if (
        participant is not None
        and participant.state is not ParticipantState.STOPPED
        and participant.may_message
    ):
        # After two handovers, they get one message, about the worker who stays.
        ctx.uow.follow_ups.cancel(
            participant, "handed on", ctx.now, kind="handed_over", case=case.id
        )
        tap = ctx.update.update_id
        ctx.uow.follow_ups.add(
            [follow_ups.worker_changed(ctx.env.plan, participant, case.id, tap, ctx.now)]
        )
    localizer = ctx.env.languages[to.language]
    values: dict[str, Value] = {"name": case.name, "worker": worker.name}
    said = worker_messages.build_message(ctx, localizer, "w_handed_to_you", values, about=case.id)
    worker_messages.notify(ctx, to, said, about=case)
    if before != worker.id:
        await _tell_before(ctx, before, case, to)
    ctx.say("w_handed", {"name": case.name, "worker": to.name})


async def _tell_before(ctx: Context, worker_id: int, case: Case, to: Worker) -> None:
    """Notifies the worker whose case a lead has moved."""
    workers = await ctx.uow.workers.all()
    worker = next((w for w in workers if w.id == worker_id and w.active), None)
    if worker is not None:
        localizer = ctx.env.languages[worker.language]
        values: dict[str, Value] = {"name": case.name, "worker": to.name}
        worker_messages.notify(
            ctx,
            worker,
            worker_messages.build_message(ctx, localizer, "w_moved_away", values),
            about=case,
        )
