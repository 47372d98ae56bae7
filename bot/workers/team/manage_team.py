"""A lead invites, looks at and removes workers, as the operator can from the command line.

What it does is in `membership`. No lead is left without any, and nobody is made a lead here.
"""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.conversation.context import Context
from bot.domain.worker import Worker, WorkerInvite
from bot.messages.callback_data import WorkerButton
from bot.messages.reply import Message, Reply
from bot.store.crypto.system_keys import new_id
from bot.workers import accounts, worker_pending_input
from bot.workers.team import membership
from flows.engine import Value

NOBODY = "nobody"


def number_of(invite: WorkerInvite) -> int:
    """What an invite is known by in a button; its hash says nothing of its token."""
    return int.from_bytes(invite.token_hash[:7], "big") or 1


# --- inviting ------------------------------------------------------------------------------------


async def ask_name(visit: Context, worker: Worker, _button: WorkerButton) -> None:
    """Asks for the new worker's name."""
    await worker_pending_input.expect(visit, worker, to="invite")
    worker_pending_input.ask_for(visit, "w_invite")


async def named(visit: Context, worker: Worker, text: str) -> None:
    """Takes the name, and gives a link to pass on."""
    name = membership.tidied(text)
    if not worker.lead:  # no longer, since they were asked
        await worker_pending_input.expect(visit, worker)
        await accounts.refuse(visit, "invite")
        return
    if name is None or "\n" in text.strip():
        worker_pending_input.ask_for(visit, "w_invite_wrong")
        return
    await worker_pending_input.expect(visit, worker)
    token = await membership.invite(visit.uow, name, lead=False, now=visit.now)
    invite = await visit.uow.caseload.invite(token)
    assert invite is not None  # noqa: S101 - it was made just now
    _say_invite(visit, worker, "w_invite_link", invite, visit.env.address.link(token))


async def invited(visit: Context, worker: Worker, button: WorkerButton) -> None:
    """Shows an invite that nobody has used; the link itself is not kept."""
    invite = await _invite(visit, button)
    if invite is None:
        visit.toast_phrase("stale")
    else:
        _say_invite(visit, worker, "w_crew_invited", invite, "")


def _say_invite(visit: Context, worker: Worker, name: str, invite: WorkerInvite, link: str) -> None:
    ends = invite.expires_at.astimezone(ZoneInfo(worker.timezone)).date()
    values: dict[str, Value] = {"name": invite.name, "date": ends, "link": link}
    work = WorkerButton("withdraw", number_of(invite))
    worker_pending_input.ask_for(
        visit, name, values, [accounts.worker_button(visit, "w_invite_link", "withdraw", work)]
    )


async def withdraw(visit: Context, _worker: Worker, button: WorkerButton) -> None:
    """Takes an invite back that nobody has used."""
    invite = await _invite(visit, button)
    if invite is None or not await visit.uow.caseload.withdraw(invite):
        visit.toast_phrase("stale")
    else:
        visit.say("w_withdrawn", {"name": invite.name})


async def _invite(visit: Context, button: WorkerButton) -> WorkerInvite | None:
    found = await visit.uow.caseload.open_invites(visit.now)
    return next((each for each in found if number_of(each) == button.about), None)


# --- one worker, and removing --------------------------------------------------------------------


async def mate(visit: Context, _worker: Worker, button: WorkerButton) -> None:
    """Shows one worker, and what can be done."""
    workers = await visit.uow.caseload.workers()
    found = next((w for w in workers if w.id == button.about), None)
    if found is None:
        visit.toast_phrase("stale")
        return
    known, joined, _ = (await visit.uow.caseload.totals_by_worker()).get(found.id, (0, 0, 0))
    values: dict[str, Value] = {"name": found.name, "total": known, "joined": joined}
    name = "w_crew_row" if found.active else "w_crew_row_removed"
    lines = [visit.localizer.phrase(name, values)]
    if found.lead and found.active:
        lines.append(visit.localizer.phrase("w_worker_lead"))
    if found.unreachable and found.active:
        lines.append(visit.localizer.phrase("w_worker_unreachable"))
    verbs = (["theirs"] if known else []) + (["fire"] if found.active else [])
    keys = [
        accounts.worker_button(visit, "w_crew_row", verb, WorkerButton(verb, found.id))
        for verb in verbs
    ]
    right_to_left = visit.localizer.right_to_left
    visit.messages.append(
        Message("\n".join(lines), choices=tuple(keys), right_to_left=right_to_left)
    )


async def fire(visit: Context, _worker: Worker, button: WorkerButton) -> None:
    """Asks where somebody's people go, and then whether to remove them."""
    active = [w for w in await visit.uow.caseload.workers() if w.active]
    found = next((w for w in active if w.id == button.about), None)
    if found is None:
        visit.toast_phrase("stale")
        return
    others = [w for w in active if w is not found]
    to = next((w for w in others if str(w.id) == button.how), None)
    if _is_last_lead(found, others):
        visit.say("w_remove_last", {"name": found.name})
        return
    known, *_ = (await visit.uow.caseload.totals_by_worker()).get(found.id, (0, 0, 0))
    values: dict[str, Value] = {"name": found.name}
    if known and to is None and button.how != NOBODY:
        keys = accounts.button_rows(
            (w.name, WorkerButton("fire", found.id, str(w.id))) for w in others
        )
        nobody = accounts.worker_button(
            visit, "w_remove", NOBODY, WorkerButton("fire", found.id, NOBODY)
        )
        worker_pending_input.ask_for(visit, "w_remove", values, [*keys, nobody])
        return
    how, name = (str(to.id), "w_remove_check") if to else (NOBODY, "w_remove_check_none")
    values |= {"worker": to.name} if to else {}
    yes = accounts.worker_button(
        visit, "w_remove_check", "remove", WorkerButton("remove", found.id, how)
    )
    worker_pending_input.ask_for(visit, name, values, [yes])


async def remove(visit: Context, worker: Worker, button: WorkerButton) -> None:
    """Removes a worker: they are told, and so is whoever has their people now."""
    active = [w for w in await visit.uow.caseload.workers() if w.active]
    found = next((w for w in active if w.id == button.about), None)
    others = [w for w in active if w is not found]
    to = next((w for w in others if str(w.id) == button.how), None)
    if found is None or (to is None and button.how != NOBODY):
        visit.toast_phrase("stale")
        return
    if _is_last_lead(found, others):
        visit.say("w_remove_last", {"name": found.name})
        return
    plan, to_id = visit.env.plan, to.id if to else None
    handed = await membership.remove(visit.uow, plan, found.id, to_id, visit.now)
    _tell_removed(visit, found)
    if to is not None and handed:
        values: dict[str, Value] = {"total": handed}
        tongue = visit.env.languages[to.language]
        accounts.notify(visit, to, accounts.build_message(visit, tongue, "w_people_to_you", values))
    if found.id != worker.id:
        visit.say("w_remove_done", {"name": found.name})


def _is_last_lead(found: Worker, others: Sequence[Worker]) -> bool:
    return found.lead and not any(other.lead for other in others)


def _tell_removed(visit: Context, removed: Worker) -> None:
    """Tells them, and shows their chat everybody's commands."""
    tongue, phrases = visit.env.languages[removed.language], visit.env.library.phrases
    message = accounts.build_message(visit, tongue, "w_removed", {})
    menu = tuple((name, tongue.text(words)) for name, words in phrases.menu.items())
    visit.other_replies.append(
        Reply(new_id(), removed.chat_id, (message,), standalone=True, commands=menu)
    )
