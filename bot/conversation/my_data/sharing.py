"""Who may read a check-in: shown, and changed by the participant at any time.

And who has read it.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.content.library import FlowLibrary
from bot.conversation import quiet_notices
from bot.conversation.context import Context
from bot.conversation.my_data import reading_ended
from bot.domain.participant import Checkin, Participant
from bot.domain.sharing_choice import Sharing
from bot.domain.states import CheckinState
from bot.domain.worker import Case
from bot.messages.callback_data import PhraseButton
from bot.messages.parts import LONGEST_LABEL, ButtonPart, Words
from flows.engine import Answer, AnswerState, LazyText, Meaning, Value

CHOICES = (Sharing.WORKER, Sharing.SERVICE, Sharing.ONLY_ME)
CLOSED = 0
"""Stands for all check-ins that are hidden at this phone."""


def list_all(ctx: Context, participant: Participant | None) -> None:
    """Lists the check-ins, each with who may read it now."""
    ended = [p for p in participant.checkins if _may_change(p)] if participant else []
    if participant is None or not ended:
        ctx.say("share_none")
        return
    if any(participant.hides(past) for past in ended):
        # Hidden ones are not listed: the holder of this phone may only make them less shared.
        only = ctx.label("share", Sharing.ONLY_ME)
        ctx.say_with_buttons(
            "share", [ButtonPart(only, PhraseButton("share", Sharing.ONLY_ME, CLOSED).encode())]
        )
    ended = [past for past in ended if not participant.hides(past)]
    if not ended:
        return
    keys = [
        ButtonPart(
            _named(ctx, participant, past),
            PhraseButton("share_pick", "s", past.id).encode(),
            longest=LONGEST_LABEL,
        )
        for past in ended
    ]
    ctx.say_with_buttons("share_pick", keys)


def _may_change(past: Checkin) -> bool:
    """Whether sharing was answered already, or there is no longer a question about it."""
    return past.state is not CheckinState.WAITING or past.sharing is not None


def _named(ctx: Context, participant: Participant, past: Checkin) -> LazyText:
    """A check-in as its participant knows it: which one, when, and who may read it."""
    kind = "before" if past.follows_id is None else "after"
    date = past.started_at.astimezone(ZoneInfo(participant.timezone)).date()
    values: dict[str, Value] = {"date": date, "who": _who(ctx, participant, past)}
    return ctx.label("share_pick", kind, values)


def _who(ctx: Context, participant: Participant, past: Checkin) -> str | LazyText:
    if past.sharing == Sharing.WORKER:
        case = participant.case(past.case_id) if past.case_id else None
        if case is not None and case.worker_name is not None and past.shared_with == case.worker_id:
            return case.worker_name
        return ctx.label("share", Sharing.ONLY_ME)
    return ctx.label("share", past.sharing if past.sharing in CHOICES else Sharing.ONLY_ME)


async def pick(ctx: Context, participant: Participant, button: PhraseButton) -> None:
    """Asks who may read one check-in from now on."""
    past = _past(participant, button)
    if past is None:
        ctx.toast_phrase("stale")
        return
    case = participant.case(past.case_id) if past.case_id else None
    keys = []
    if case is not None and case.worker_name is not None:
        keys.append(
            ButtonPart(case.worker_name, PhraseButton("share", _to(case), past.id).encode())
        )
    keys += [
        ButtonPart(ctx.label("share", choice), PhraseButton("share", choice, past.id).encode())
        for choice in CHOICES[1:]
    ]
    ctx.say_with_buttons("share", keys)


def _past(participant: Participant, button: PhraseButton) -> Checkin | None:
    mine = (p for p in participant.checkins if p.id == button.about and _may_change(p))
    return next((p for p in mine if not participant.hides(p)), None)


def _to(case: Case, choice: str = Sharing.WORKER) -> str:
    """A choice that names its worker: by the time it is tapped there may be another."""
    return f"{choice}.{case.worker_id}"


async def chosen(ctx: Context, participant: Participant, button: PhraseButton) -> None:
    """Changes who may read a check-in, from this moment on."""
    if (button.about, button.choice) == (CLOSED, Sharing.ONLY_ME):
        for closed in [p for p in participant.checkins if participant.hides(p) and _may_change(p)]:
            await _change(ctx, participant, closed, Sharing.ONLY_ME)
        ctx.choose(ctx.label("share", Sharing.ONLY_ME))
        ctx.say("changed")
        return
    past = _past(participant, button)
    case = participant.case(past.case_id) if past and past.case_id else None
    mine = case is not None and case.worker_name is not None and button.choice == _to(case)
    choice = Sharing.WORKER if mine else button.choice
    if past is None or not (mine or choice in CHOICES[1:]):
        ctx.toast_phrase("stale")
        return
    await _change(ctx, participant, past, choice)
    ctx.choose(case.worker_name if mine and case else ctx.label("share", choice))
    ctx.say("changed")
    if choice != Sharing.WORKER:
        await reading_ended.say(ctx, participant, {past.id})


async def _change(ctx: Context, participant: Participant, past: Checkin, choice: str) -> None:
    case = participant.case(past.case_id) if past.case_id else None
    worker_id = case.worker_id if case is not None and choice == Sharing.WORKER else None
    await ctx.uow.sharing.save(past.id, choice, worker_id)
    if choice == Sharing.WORKER and (past.sharing, past.shared_with) != (choice, worker_id):
        await quiet_notices.shared(ctx, participant, past.case_id, worker_id)
    # The stored answer is changed to match, should the check-in be resumed.
    step = _sharing_step(ctx.env.library, past)
    if step is not None:
        answer = Answer(step, AnswerState.ANSWERED, (choice,))
        ctx.uow.checkins.save_answers(participant, past, [answer], ctx.now)


def _sharing_step(library: FlowLibrary, past: Checkin) -> str | None:
    steps = library.get_version(past.version).steps
    return next((s.id for s in steps if s.meaning is Meaning.SHARING), None)


async def readers(ctx: Context, participant: Participant | None) -> None:
    """Shows who has read what, and when."""
    if participant is None:
        ctx.say("readers_none")
        return
    since = participant.hidden_before
    found = [f for f in await ctx.uow.sharing.readers_of(participant) if not since or f[2] > since]
    pasts = {past.id: past for past in participant.checkins}
    lines: list[Words] = []
    for name, session_id, at in found:
        past = pasts.get(session_id)
        kind = "before" if past is None or past.follows_id is None else "after"
        values: dict[str, Value] = {"worker_name": name}
        values["when"] = ctx.localizer.format_datetime(at, participant.timezone)
        lines.append(ctx.label("readers", kind, values))
    if not lines:
        # Of what is hidden here it is not shown whether it was read, so neither that it was not.
        ctx.say("readers_none" if since is None else "story_closed")
        return
    ctx.say_with_buttons("readers")
    ctx.say_lines(lines)


def ask_new_worker(ctx: Context, participant: Participant, case_id: int | None) -> None:
    """Introduces their new worker, and asks what that one may read."""
    case = participant.case(case_id) if case_id else None
    if case is None or case.worker_name is None:
        ctx.say("nothing_waits")
        return
    values: dict[str, Value] = {"worker_name": case.worker_name}
    if any(
        p.case_id == case.id and p.sharing == Sharing.WORKER and not participant.hides(p)
        for p in participant.checkins
    ):
        keys = [
            ButtonPart(
                ctx.label("new_worker", choice),
                PhraseButton("new_worker", _to(case, choice), case.id).encode(),
            )
            for choice in ("agree", "disagree")
        ]
        ctx.say_with_buttons("new_worker", keys, values)
    else:
        ctx.say("new_worker_only", values)


async def new_worker(ctx: Context, participant: Participant, button: PhraseButton) -> None:
    """Lets the new worker read what the previous one could, or not."""
    case = participant.case(button.about)
    choice = button.choice.partition(".")[0]
    # A yes is for the worker whose name they saw, and for no later one.
    if case is None or button.choice != _to(case, choice):
        ctx.toast_phrase("stale")
        return
    for past in participant.checkins:
        if (
            past.case_id == case.id
            and past.sharing == Sharing.WORKER
            and not participant.hides(past)
        ):
            await _change(
                ctx, participant, past, Sharing.WORKER if choice == "agree" else Sharing.ONLY_ME
            )
    ctx.choose(ctx.label("new_worker", "agree" if choice == "agree" else "disagree"))
    ctx.say("changed" if choice == "agree" else "new_worker_no")
