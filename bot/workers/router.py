"""Routes updates of workers: checks the permission in one place, before anything is done.

Every refusal is the same: the same text, and one line in the table of refusals.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.conversation import worker_messages
from bot.conversation.context import Context
from bot.conversation.safety import contact_request
from bot.domain.worker import Case, Worker
from bot.domain.worker_inputs import (
    WORKER_INPUT,
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
    accounts,
    before_and_after,
    checkin_requests,
    invitations,
    people_list,
    person_page,
    read_checkin,
    worker_help,
    worker_pending_input,
    write_announcement,
)
from bot.workers.team import lead_overview, manage_team

CaseHandler = Callable[[Context, Worker, Case, WorkerButton], Awaitable[None]]
WorkerHandler = Callable[[Context, Worker, WorkerButton], Awaitable[None]]
OnWords = Callable[[Context, Worker, str], Awaitable[None]]
OnCaseWords = Callable[[Context, Worker, Case, str], Awaitable[None]]


class Permission(StrEnum):
    """Who may do it: any worker, the case's own worker, or any lead."""

    NOBODY = "nobody"
    OWN = "own"
    LEAD = "lead"
    LEAD_ANYONE = "lead, anyone"


@dataclass(frozen=True, slots=True)
class WorkerAction:
    """The action of a button, and who may do it."""

    permission: Permission
    on_case: CaseHandler | None = None
    without_case: WorkerHandler | None = None


def _own(do: CaseHandler) -> WorkerAction:
    return WorkerAction(Permission.OWN, on_case=do)


def _free(do: WorkerHandler) -> WorkerAction:
    return WorkerAction(Permission.NOBODY, without_case=do)


ACTIONS: dict[str, WorkerAction] = {
    "new": _free(lambda v, w, b: invitations.start(v, w, "")),
    worker_pending_input.LEAVE: _free(person_page.leave),
    "service": _free(invitations.service_tapped),
    "lang": _free(invitations.language_tapped),
    "people": _free(people_list.page),
    "page": _free(people_list.page),
    "find": _free(people_list.ask_name),
    "eye": _free(people_list.needs_attention),
    "old": _free(people_list.drop_old),
    "morning": _free(accounts.daily_digest),
    "seen": _free(contact_request.acknowledge),
    "one": _own(lambda v, w, c, b: person_page.page(v, w, c)),
    "before": _own(lambda v, w, c, b: checkin_requests.ask(v, w, c, "before")),
    "after": _own(lambda v, w, c, b: checkin_requests.ask(v, w, c, "after")),
    "when": _own(lambda v, w, c, b: checkin_requests.when(v, w, c, b.how)),
    "began": _own(lambda v, w, c, b: checkin_requests.service_date_tapped(v, w, c, "began", b.how)),
    "ended": _own(lambda v, w, c, b: checkin_requests.service_date_tapped(v, w, c, "ended", b.how)),
    "record": _own(lambda v, w, c, b: person_page.record(v, w, c, b.how)),
    "phone": _own(lambda v, w, c, b: person_page.phone(v, w, c)),
    "rename": _own(lambda v, w, c, b: person_page.ask_new_name(v, w, c)),
    "link": _own(lambda v, w, c, b: person_page.link(v, w, c)),
    "drop": _own(lambda v, w, c, b: person_page.drop(v, w, c)),
    "hand": _own(lambda v, w, c, b: person_page.hand(v, w, c, b.how, "hand")),
    "shared": _own(lambda v, w, c, b: read_checkin.listed(v, w, c)),
    "read": _own(lambda v, w, c, b: read_checkin.read(v, w, c, b.how)),
    "beside": _own(lambda v, w, c, b: before_and_after.show(v, w, c)),
    "sheet": _own(lambda v, w, c, b: before_and_after.printable(v, w, c)),
    "did": WorkerAction(Permission.LEAD, without_case=write_announcement.ask),
    "tell": WorkerAction(Permission.LEAD, without_case=write_announcement.tell),
    "crew": WorkerAction(Permission.LEAD, without_case=lead_overview.workers),
    "theirs": WorkerAction(Permission.LEAD, without_case=lead_overview.theirs),
    "mate": WorkerAction(Permission.LEAD, without_case=manage_team.mate),
    "invite": WorkerAction(Permission.LEAD, without_case=manage_team.ask_name),
    "invited": WorkerAction(Permission.LEAD, without_case=manage_team.invited),
    "withdraw": WorkerAction(Permission.LEAD, without_case=manage_team.withdraw),
    "fire": WorkerAction(Permission.LEAD, without_case=manage_team.fire),
    "remove": WorkerAction(Permission.LEAD, without_case=manage_team.remove),
    "move": WorkerAction(
        Permission.LEAD_ANYONE, on_case=lambda v, w, c, b: person_page.hand(v, w, c, b.how, "move")
    ),
}

_WORDS: dict[type[WorkerInput], OnWords] = {
    AwaitingNames: invitations.names_typed,
    AwaitingService: invitations.service_named,
    AwaitingLanguage: invitations.language_typed,
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
GOES_ON = ("service", "lang", "tell")
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
    if isinstance(what, ButtonPress):
        return isinstance(ctx.button, WorkerButton)
    if worker is None or not worker.active:
        return False
    if isinstance(what, Command):
        only_worker = ctx.participant is None and what.name not in ("stop", "hide")
        return what.name in COMMANDS or (only_worker and not what.arguments)
    if worker.pending_input and isinstance(what, TextMessage | VoiceMessage | UnsupportedMessage):
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
    if isinstance(what, ButtonPress):
        await _tapped(ctx, worker)
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
        ctx.say("w_unknown")


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


async def _tapped(ctx: Context, worker: Worker | None) -> None:
    button = ctx.button
    assert isinstance(button, WorkerButton)  # noqa: S101 - see is_mine
    deed = ACTIONS.get(button.verb)
    case = ctx.lookups.cases.get(button.about)
    if worker is None or not worker.active or deed is None:
        await worker_messages.refuse(ctx, button.verb if deed else "forged")
        return
    ctx.language = worker.language
    if worker.pending_input and button.verb not in GOES_ON:
        await worker_pending_input.expect(ctx, worker)
    mine = case is not None and case.worker_id == worker.id
    allowed = {
        Permission.NOBODY: True,
        Permission.OWN: mine,
        Permission.LEAD: worker.lead,
        Permission.LEAD_ANYONE: worker.lead and case is not None,
    }[deed.permission]
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
        ctx.say("w_unknown")
