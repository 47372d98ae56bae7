"""Invites, shows and removes workers, for a lead in Telegram; the operator has a command.

The work is done in `membership`. At least one lead always remains, and none is created here.
"""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.conversation import worker_messages
from bot.conversation.context import Context
from bot.domain.worker import Worker, WorkerInvite
from bot.domain.worker_inputs import AwaitingColleague
from bot.messages.callback_data import WorkerButton
from bot.messages.parts import Menu, OtherReply, Words
from bot.workers import worker_pending_input
from bot.workers.team import membership
from flows.engine import Value

NOBODY = "nobody"


def number_of(invite: WorkerInvite) -> int:
    """The id of an invite in a button; its hash reveals nothing of its token."""
    return int.from_bytes(invite.token_hash[:7], "big") or 1


# --- inviting ------------------------------------------------------------------------------------


async def ask_name(ctx: Context, worker: Worker, _button: WorkerButton) -> None:
    """Asks for the new worker's name."""
    await worker_pending_input.expect(ctx, worker, AwaitingColleague())
    worker_pending_input.ask_for(ctx, "w_invite")


async def named(ctx: Context, worker: Worker, text: str) -> None:
    """Handles the name, and creates a link to pass on."""
    name = membership.tidied(text)
    if not worker.lead:  # no longer a lead, since the question was asked
        await worker_pending_input.expect(ctx, worker)
        await worker_messages.refuse(ctx, "invite")
        return
    if name is None or "\n" in text.strip():
        worker_pending_input.ask_for(ctx, "w_invite_wrong")
        return
    await worker_pending_input.expect(ctx, worker)
    token = await membership.invite(ctx.uow, name, lead=False, now=ctx.now)
    invite = await ctx.uow.workers.invite(token)
    assert invite is not None  # noqa: S101 - it was made just now
    _say_invite(ctx, worker, "w_invite_link", invite, ctx.env.address.link(token))


async def invited(ctx: Context, worker: Worker, button: WorkerButton) -> None:
    """Shows an unused invite; the link itself is not stored."""
    invite = await _invite(ctx, button)
    if invite is None:
        ctx.toast_phrase("stale")
    else:
        _say_invite(ctx, worker, "w_crew_invited", invite, "")


def _say_invite(ctx: Context, worker: Worker, name: str, invite: WorkerInvite, link: str) -> None:
    ends = invite.expires_at.astimezone(ZoneInfo(worker.timezone)).date()
    values: dict[str, Value] = {"name": invite.name, "date": ends, "link": link}
    work = WorkerButton("withdraw", number_of(invite))
    worker_pending_input.ask_for(
        ctx, name, values, [worker_messages.worker_button(ctx, "w_invite_link", "withdraw", work)]
    )


async def withdraw(ctx: Context, _worker: Worker, button: WorkerButton) -> None:
    """Withdraws an unused invite."""
    invite = await _invite(ctx, button)
    if invite is None or not await ctx.uow.workers.withdraw_invite(invite):
        ctx.toast_phrase("stale")
    else:
        ctx.say("w_withdrawn", {"name": invite.name})


async def _invite(ctx: Context, button: WorkerButton) -> WorkerInvite | None:
    found = await ctx.uow.workers.open_invites(ctx.now)
    return next((each for each in found if number_of(each) == button.about), None)


# --- one worker, and removing --------------------------------------------------------------------


async def mate(ctx: Context, _worker: Worker, button: WorkerButton) -> None:
    """Shows one worker, and what can be done."""
    workers = await ctx.uow.workers.all()
    found = next((w for w in workers if w.id == button.about), None)
    if found is None:
        ctx.toast_phrase("stale")
        return
    known, joined, _ = (await ctx.uow.cases.totals_by_worker()).get(found.id, (0, 0, 0))
    values: dict[str, Value] = {"name": found.name, "total": known, "joined": joined}
    name = "w_crew_row" if found.active else "w_crew_row_removed"
    lines: list[Words] = []
    if found.lead and found.active:
        lines.append(ctx.phrase("w_worker_lead"))
    if found.unreachable and found.active:
        lines.append(ctx.phrase("w_worker_unreachable"))
    verbs = (["theirs"] if known else []) + (["fire"] if found.active else [])
    keys = [
        worker_messages.worker_button(ctx, "w_crew_row", verb, WorkerButton(verb, found.id))
        for verb in verbs
    ]
    ctx.say_with_buttons(name, keys, values, more=lines)


async def fire(ctx: Context, _worker: Worker, button: WorkerButton) -> None:
    """Asks where a worker's cases go, and then whether to remove them."""
    active = [w for w in await ctx.uow.workers.all() if w.active]
    found = next((w for w in active if w.id == button.about), None)
    if found is None:
        ctx.toast_phrase("stale")
        return
    others = [w for w in active if w is not found]
    to = next((w for w in others if str(w.id) == button.how), None)
    if _is_last_lead(found, others):
        ctx.say("w_remove_last", {"name": found.name})
        return
    known, *_ = (await ctx.uow.cases.totals_by_worker()).get(found.id, (0, 0, 0))
    values: dict[str, Value] = {"name": found.name}
    if known and to is None and button.how != NOBODY:
        keys = worker_messages.button_rows(
            (w.name, WorkerButton("fire", found.id, str(w.id))) for w in others
        )
        nobody = worker_messages.worker_button(
            ctx, "w_remove", NOBODY, WorkerButton("fire", found.id, NOBODY)
        )
        worker_pending_input.ask_for(ctx, "w_remove", values, [*keys, nobody])
        return
    how, name = (str(to.id), "w_remove_check") if to else (NOBODY, "w_remove_check_none")
    values |= {"worker": to.name} if to else {}
    yes = worker_messages.worker_button(
        ctx, "w_remove_check", "remove", WorkerButton("remove", found.id, how)
    )
    worker_pending_input.ask_for(ctx, name, values, [yes])


async def remove(ctx: Context, worker: Worker, button: WorkerButton) -> None:
    """Removes a worker: they are notified, and so is the worker who takes over."""
    active = [w for w in await ctx.uow.workers.all() if w.active]
    found = next((w for w in active if w.id == button.about), None)
    others = [w for w in active if w is not found]
    to = next((w for w in others if str(w.id) == button.how), None)
    if found is None or (to is None and button.how != NOBODY):
        ctx.toast_phrase("stale")
        return
    if _is_last_lead(found, others):
        ctx.say("w_remove_last", {"name": found.name})
        return
    plan, to_id = ctx.env.plan, to.id if to else None
    handed = await membership.remove(ctx.uow, plan, found.id, to_id, ctx.now)
    _tell_removed(ctx, found)
    if to is not None and handed:
        values: dict[str, Value] = {"total": handed}
        localizer = ctx.env.languages[to.language]
        worker_messages.notify(
            ctx, to, worker_messages.build_message(ctx, localizer, "w_people_to_you", values)
        )
    if found.id != worker.id:
        ctx.say("w_remove_done", {"name": found.name})


def _is_last_lead(found: Worker, others: Sequence[Worker]) -> bool:
    return found.lead and not any(other.lead for other in others)


def _tell_removed(ctx: Context, removed: Worker) -> None:
    """Notifies a removed worker, and shows their chat the public commands."""
    localizer = ctx.env.languages[removed.language]
    message = worker_messages.build_message(ctx, localizer, "w_removed", {})
    menu = Menu(ctx.env.library.phrases.menu, localizer)
    ctx.other_replies.append(OtherReply(removed.chat_id, (message,), menu=menu))
