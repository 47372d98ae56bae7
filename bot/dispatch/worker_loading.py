"""Loads and locks what an update may touch of the workers' side, before it is handled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from bot.conversation.context import Context
from bot.conversation.lookups import Lookups
from bot.domain.participant import Participant
from bot.domain.states import ParticipantState
from bot.domain.worker import Case, Worker, WorkerInvite
from bot.messages import card_digits
from bot.messages.callback_data import PhraseButton, parse
from bot.messages.incoming import ButtonPress, Command, IncomingUpdate, TextMessage
from bot.store.unit_of_work import UnitOfWork
from bot.workers import router
from bot.workers.typed_words import TypedWork


async def requested_cases(
    uow: UnitOfWork,
    updates: Sequence[IncomingUpdate],
    workers: Mapping[int, Worker],
    typed: Mapping[int, TypedWork],
) -> dict[int, Case]:
    """The cases that workers' buttons and texts are about, by id."""
    wanted = (router.requested_case_id(a.content, workers.get(a.chat)) for a in updates)
    ids = {case_id for case_id in wanted if case_id}
    ids |= {found.button.about for found in typed.values() if found.button.about}
    return {case.id: case for case in await uow.cases.find(ids=ids)}


async def load_lookups(
    uow: UnitOfWork,
    updates: Sequence[IncomingUpdate],
    people: Mapping[int, Participant],
    cases: Mapping[int, Case],
    workers: Mapping[int, Worker],
    now: dt.datetime,
    typed: Mapping[int, TypedWork],
) -> dict[int, Lookups]:
    """What each of these chats may touch of the workers' side."""
    tokens = {a.chat: link for a in updates if (link := token(a)) is not None}
    links: dict[int, Case | WorkerInvite | None] = {
        chat: await _target(uow, found) for chat, found in tokens.items()
    }
    new = [
        a.chat
        for a in updates
        if (participant := people.get(a.chat)) is None
        or participant.state is ParticipantState.STOPPED
        or _says_who(a)
    ]
    codes = {
        a.chat: code for a in updates if (code := card_digits.digits_in(a.content)) is not None
    }
    # A worker who is asked for a day types digits too ("24-11-2026"): that is no wrong attempt.
    asked_for = {c for c, worker in workers.items() if worker.pending_input} | typed.keys()
    codes = {c: code for c, code in codes.items() if c not in asked_for}
    links |= await _by_codes(uow, codes, now)
    held = await uow.cases.claimed_by_chats(new)
    texts = [a.chat for a in updates if a.chat not in people and isinstance(a.content, TextMessage)]
    asked = await uow.identity.expects_private_word(texts, now)
    by_id = {p.id: p for p in people.values()} if cases else {}
    return {
        a.chat: Lookups(
            cases,
            by_id,
            links.get(a.chat),
            held.get(a.chat),
            uow.participants.inactive.get(a.chat, []),
            a.chat in asked,
            a.chat in codes,
            *typed.get(a.chat, ()),
        )
        for a in updates
    }


async def _by_codes(uow: UnitOfWork, codes: Mapping[int, str], now: dt.datetime) -> dict[int, Case]:
    """The cases that these chats' digits open; wrong ones are counted, and soon not looked up."""
    found = {}
    for chat in sorted(await uow.code_attempts.allowed(codes, now)):
        case_id = await uow.card_codes.case_by_code(codes[chat], now)
        if case_id is None:
            await uow.code_attempts.record_failure(chat, now)
            continue
        await uow.code_attempts.reset(chat)
        (found[chat],) = await uow.cases.find(ids=[case_id])
    return found


def opens_by_code(ctx: Context) -> bool:
    """Whether these digits open a link, or, from a newcomer, were meant to."""
    if not ctx.lookups.case_of_code:
        return False
    if ctx.lookups.opened_link is not None:
        return True
    # From a participant a wrong one is just something they typed.
    stranger = ctx.participant is None and ctx.stopped_at is None
    return stranger and not ctx.lookups.awaits_private_word


def token(update: IncomingUpdate) -> str | None:
    """The argument of START in a link, if they came by one."""
    what = update.content
    return (
        what.arguments
        if isinstance(what, Command) and what.name == "start" and what.arguments
        else None
    )


def _says_who(update: IncomingUpdate) -> bool:
    """Whether this answers the question if they are the same person still."""
    button = parse(update.content.data) if isinstance(update.content, ButtonPress) else None
    return isinstance(button, PhraseButton) and button.phrase == "other_person"


def other_workers(cases: Mapping[int, Case], workers: Mapping[int, Worker]) -> set[int]:
    """The participants that these workers may do something about, to be loaded and locked."""
    leads = any(worker.lead for worker in workers.values())
    mine = {worker.id for worker in workers.values()}
    return {
        case.participant_id
        for case in cases.values()
        if case.participant_id is not None and (leads or case.worker_id in mine)
    }


async def _target(uow: UnitOfWork, token: str) -> Case | WorkerInvite | None:
    """What a link leads to; None when there is no such link."""
    return next(iter(await uow.cases.find(tokens=[token])), None) or await uow.workers.invite(token)
