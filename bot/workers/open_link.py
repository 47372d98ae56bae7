"""Handles a link that can be used once, when it is opened.

Links are created in `invitations` and by the `checkin workers` command.
"""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import worker_messages
from bot.conversation.context import Context
from bot.conversation.next_step import Next
from bot.conversation.onboarding import onboarding
from bot.domain.worker import Case, WorkerInvite
from bot.workers import accounts


async def opened(ctx: Context) -> Next | None:
    """Handles a sender who came by a link; a dead one always gets the same kind text."""
    link = ctx.lookups.opened_link
    if isinstance(link, WorkerInvite):
        return await _invited(ctx, link)
    if isinstance(link, Case):
        return await _given(ctx, link)
    return _closed(ctx)


async def _invited(ctx: Context, invite: WorkerInvite) -> Next | None:
    worker = ctx.worker
    if worker is not None and worker.active and invite.worker_id == worker.id:
        worker_messages.welcome(ctx, worker)
    # Asked again: two chats that open it at one moment were both read before either is handled.
    elif invite.expires_at <= ctx.now or await ctx.uow.workers.is_invite_used(invite):
        return _closed(ctx)
    else:
        await accounts.accept_invite(ctx, invite)
    return None


async def _given(ctx: Context, case: Case) -> Next | None:
    participant, uow = ctx.participant, ctx.uow
    if ctx.worker is not None and ctx.worker.id == case.worker_id and ctx.worker.active:
        ctx.language = ctx.worker.language
        ctx.say("w_own_link")
    elif participant is not None and case.participant_id == participant.id:
        return Next.START
    elif case.worker_name is None or (case.expires_at <= ctx.now and not _held(ctx, case)):
        return _closed(ctx)
    elif case.joined_at is not None or not await uow.cases.claim(case, ctx.update.chat):
        await _second_use(ctx, case)
        return _closed(ctx)
    elif participant is None:
        ctx.lookups = replace(ctx.lookups, claimed_case=case)  # they are heard from now on
        _greet(ctx, case)
    else:
        # Before anything of the previous participant at this phone is shown, and before they get
        # the case.
        ctx.say("other_person", about=participant.id)
    return None


def _held(ctx: Context, case: Case) -> bool:
    return ctx.uow.cases.is_claimed_by(case, ctx.update.chat)


def _greet(ctx: Context, case: Case) -> None:
    """Greets a new participant, in the language the worker named if it is offered."""
    named = case.language if case.language in ctx.env.languages.codes else None
    onboarding.greet(ctx, language=named)


async def _second_use(ctx: Context, case: Case) -> None:
    """Notifies the worker once that another chat tried the link."""
    worker = next((w for w in await ctx.uow.workers.all() if w.id == case.worker_id), None)
    if worker is None or not worker.active:
        return
    if not await ctx.uow.cases.mark_reused(case, ctx.now):
        return
    localizer = ctx.env.languages[worker.language]
    message = worker_messages.build_message(
        ctx, localizer, "w_second_use", {"name": case.name}, about=case.id
    )
    worker_messages.notify(ctx, worker, message, about=case)


def _closed(ctx: Context) -> Next:
    """The one answer to a link that is used, expired, another chat's, or invented."""
    ctx.say_without_buttons("link_closed")
    return Next.START
