"""Routes updates of workers to their handlers; `permissions` says who may do what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.conversation import worker_messages
from bot.conversation.context import Context
from bot.domain.worker import Case, Worker
from bot.domain.worker_inputs import (
    WORKER_INPUT,
    AwaitingAge,
    AwaitingAnnouncement,
    AwaitingCaseName,
    AwaitingCheckinDate,
    AwaitingColleague,
    AwaitingLanguage,
    AwaitingNames,
    AwaitingOutcomeText,
    AwaitingSearch,
    AwaitingService,
    AwaitingServiceDate,
    WorkerInput,
)
from bot.messages.callback_data import WorkerButton, parse
from bot.messages.incoming import (
    BotBlocked,
    ButtonPress,
    Command,
    TextMessage,
    UnsupportedMessage,
    UpdateContent,
    VoiceMessage,
)
from bot.workers import (
    checkin_requests,
    invitations,
    people_list,
    person_page,
    small_replies,
    typed_words,
    worker_help,
    worker_pending_input,
    write_announcement,
)
from bot.workers.permissions import ACTIONS, is_allowed
from bot.workers.team import manage_team

OnWords = Callable[[Context, Worker, str], Awaitable[None]]
OnCaseWords = Callable[[Context, Worker, Case, str], Awaitable[None]]


_WORDS: dict[type[WorkerInput], OnWords] = {
    AwaitingNames: invitations.names_typed,
    AwaitingService: invitations.service_named,
    AwaitingLanguage: invitations.language_typed,
    AwaitingAge: invitations.age_typed,
    AwaitingSearch: people_list.find,
    AwaitingAnnouncement: write_announcement.written,
    AwaitingColleague: manage_team.named,
}
_CASE_WORDS: dict[type[WorkerInput], OnCaseWords] = {
    AwaitingCaseName: person_page.rename,
    AwaitingOutcomeText: person_page.recorded,
    AwaitingCheckinDate: checkin_requests.checkin_date_typed,
    AwaitingServiceDate: checkin_requests.service_date_typed,
}
COMMANDS = worker_messages.OWN
GOES_ON = ("service", "lang", "age", "tell")
"""Buttons that answer a question which accepts text too: any other button ends it."""


def requested_case_id(what: UpdateContent, worker: Worker | None) -> int | None:
    """The id of the case that a worker's update is about, to be loaded before it is handled."""
    if isinstance(what, ButtonPress):
        button = parse(what.data)
        return button.about if isinstance(button, WorkerButton) else None
    if worker is not None and isinstance(what, TextMessage):
        return getattr(worker.pending_input, "case_id", None)
    return None


def accepts(ctx: Context) -> bool:
    """Whether this is for the workers' side: their buttons, commands, and expected text.

    A worker may be a participant too; everything else then belongs to the participant.
    """
    what, worker = ctx.update.content, ctx.worker
    if isinstance(what, ButtonPress) or ctx.button is not None:
        return isinstance(ctx.button, WorkerButton)
    if worker is None or not worker.active:
        return False
    if isinstance(what, Command):
        only_worker = ctx.participant is None and what.name not in ("stop", "hide")
        return what.name in COMMANDS or (only_worker and not what.arguments)
    if worker.pending_input and isinstance(what, TextMessage | VoiceMessage | UnsupportedMessage):
        return True
    if isinstance(what, TextMessage) and small_replies.answers_work(ctx, worker, what.text):
        return True
    alone = (
        ctx.participant is None and ctx.onboarding is None and not ctx.lookups.awaits_private_word
    )
    return alone and isinstance(what, TextMessage | VoiceMessage | UnsupportedMessage)


async def discard_pending_input(ctx: Context) -> None:
    """Discards a worker's pending input once they do something else than answer."""
    worker = ctx.worker
    if (
        worker is not None
        and worker.pending_input
        and not isinstance(ctx.update.content, BotBlocked)
    ):
        await worker_pending_input.expect(ctx, worker)


async def handle(ctx: Context) -> None:
    """Handles a worker's update, if they have permission."""
    what, worker = ctx.update.content, ctx.worker
    if isinstance(ctx.button, WorkerButton):
        await _pressed(ctx, worker, ctx.button)
        if isinstance(what, TextMessage):
            await _typed(ctx, ctx.button, what.text)
        return
    assert worker is not None  # noqa: S101 - see is_mine
    ctx.language = worker.language
    if isinstance(what, Command):
        if worker.pending_input:
            await worker_pending_input.expect(ctx, worker)
        await _commanded(ctx, worker, what)
    elif ctx.starts:
        await worker_pending_input.expect(ctx, worker)
        worker_messages.welcome(ctx, worker)
    elif isinstance(what, TextMessage):
        await _words(ctx, worker, what.text)
    else:
        ctx.say(small_replies.not_understood(ctx))


async def _commanded(ctx: Context, worker: Worker, what: Command) -> None:
    if what.name == "new":
        await invitations.start(ctx, worker, what.arguments)
    elif what.name == "people":
        await people_list.page(ctx, worker, WorkerButton("people"))
    elif what.name == "language" and len(ctx.env.languages.codes) == 1:
        ctx.say("language_only")
    elif what.name == "language":
        ctx.languages()
    elif what.name == "start":
        worker_messages.welcome(ctx, worker)
    else:  # a participant's, from an old menu, or one that does not exist
        await worker_help.offer(ctx, worker)


async def _typed(ctx: Context, button: WorkerButton, text: str) -> None:
    """Goes on after a button that was typed: a day is taken, and what a toast says is said."""
    worker = ctx.worker
    if typed_words.asks_day(button) and checkin_requests.is_day(text):
        if worker is not None and worker.pending_input is not None:
            ctx.parts.clear()  # the question for the day that was typed with it
            await _words(ctx, worker, text)
    elif ctx.toast_name is not None and not ctx.parts:
        ctx.say(ctx.toast_name)


async def _pressed(ctx: Context, worker: Worker | None, button: WorkerButton) -> None:
    deed = ACTIONS.get(button.verb)
    case = ctx.lookups.cases.get(button.about)
    if worker is None or not worker.active or deed is None:
        await worker_messages.refuse(ctx, button.verb if deed else "forged")
        return
    ctx.language = worker.language
    if worker.pending_input and button.verb not in GOES_ON:
        await worker_pending_input.expect(ctx, worker)
    allowed = is_allowed(deed, worker, case)
    if not allowed:
        await worker_messages.refuse(ctx, button.verb)
    elif deed.on_case is not None:
        assert case is not None  # noqa: S101 - only a case can be one's own
        ctx.owner = worker_messages.audience_of(case)
        await deed.on_case(ctx, worker, case, button)
    elif deed.without_case is not None:
        await deed.without_case(ctx, worker, button)


async def _words(ctx: Context, worker: Worker, text: str) -> None:
    awaited = worker.pending_input
    kind = type(awaited) if awaited is not None else None
    case = ctx.lookups.cases.get(getattr(awaited, "case_id", 0))
    if kind in _WORDS:
        await _WORDS[kind](ctx, worker, text)
    elif kind in _CASE_WORDS and case is not None and case.worker_id == worker.id:
        ctx.owner = worker_messages.audience_of(case)
        await _CASE_WORDS[kind](ctx, worker, case, text)
    else:
        if kind in _CASE_WORDS:
            await worker_messages.refuse(ctx, WORKER_INPUT.tag(kind))
        await worker_pending_input.expect(ctx, worker)
        await small_replies.answer(ctx, worker, text)
