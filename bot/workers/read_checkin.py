"""Check-ins that a participant shared with their worker: listed, and read; each read is recorded.

Only what was shared with this very worker.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.conversation import quoted_answers, worker_messages
from bot.conversation.context import Context
from bot.domain.participant import ContentOwner
from bot.domain.worker import Case, Worker
from bot.messages.callback_data import WorkerButton, from_base36, to_base36
from bot.messages.parts import AnswersPart
from flows.engine.prompting import recap


async def listed(ctx: Context, worker: Worker, case: Case) -> None:
    """Lists the check-ins that may be read."""
    found = await ctx.uow.sharing.readable_by(case, worker)
    if not found:
        ctx.say("w_shared_none", {"name": case.name})
        return
    keys = []
    for readable in found:
        kind = "after" if readable.flow.startswith("after") else "before"
        date = readable.at.astimezone(ZoneInfo(worker.timezone)).date()
        words = ctx.label("w_shared", kind, {"date": date})
        keys += worker_messages.button_rows(
            [(words, WorkerButton("read", case.id, to_base36(readable.session_id)))]
        )
    ctx.say_with_buttons("w_shared", keys, {"name": case.name})


async def read(ctx: Context, worker: Worker, case: Case, how: str) -> None:
    """Shows one check-in, and records the read in the same transaction."""
    try:
        session_id = from_base36(how)
    except ValueError:
        session_id = 0
    participant = ctx.lookups.participants.get(case.participant_id) if case.participant_id else None
    past = (
        next((p for p in participant.checkins if p.id == session_id), None) if participant else None
    )
    if past is None or not await ctx.uow.sharing.record_read(case, worker, session_id, ctx.now):
        ctx.say("w_shared_none", {"name": case.name})
        return
    assert participant is not None  # noqa: S101 - the check-in was found with them
    ctx.owner = ContentOwner.of(participant, past.id, worker.id)
    library = ctx.env.library
    flow = library.get_version(past.version)
    closed = past.hidden_answers if participant.may_be_read_whole(past) else {}
    answers = library.with_labels(past.version, {**closed, **past.session.answers})
    # One message each. A quote is cut; a worker with whom the text is shared reads all of it.
    ctx.parts += [AnswersPart((item,), ctx.localizer) for item in recap(flow, answers).items]
    ctx.parts += quoted_answers.voices(flow, {**closed, **past.session.answers}, ctx.localizer)
    ctx.say("w_read", {"name": case.name})
