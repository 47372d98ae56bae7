"""Executes the `Next` that a handler returned; only the dispatcher calls it.

The one module that knows both onboarding and check-ins.
"""

from __future__ import annotations

from bot.conversation import announcements, worker_messages
from bot.conversation.checkin import answering, message_question, planning, returning, starting
from bot.conversation.context import Context
from bot.conversation.my_data import change_answer
from bot.conversation.next_step import Next
from bot.conversation.onboarding import onboarding
from bot.conversation.safety import danger, opening_line
from bot.domain.participant import Checkin, Participant
from bot.domain.participant_inputs import AwaitingCorrection
from bot.domain.states import CheckinState, ParticipantState
from bot.messages.callback_data import PhraseButton
from flows import engine
from flows.engine import LazyText


async def follow(ctx: Context, step: Next | None) -> None:
    """Adds the messages of the next step."""
    participant = ctx.participant
    if step is Next.RESUME:
        await _resume(ctx)
    elif step is Next.START:
        await _start(ctx)
    elif step in (Next.ONBOARD, Next.ONBOARD_OTHER):
        _greet(ctx, undoes=step is Next.ONBOARD_OTHER)
    elif step is Next.ONBOARD_AGAIN:
        onboarding.repeat(ctx)
    elif step is Next.BACK:
        await _back(ctx)
    elif step is Next.AFTER_CONSENT and participant is not None:
        await _after_consent(ctx, participant)
    elif step is Next.AFTER_WORD and participant is not None:
        await _after_word(ctx, participant)
    elif step is Next.FOR_CASE and participant is not None:
        await _for_case(ctx, participant)
    if ctx.announces_news and ctx.participant is not None:
        await announcements.before_it(ctx, ctx.participant)


def _greet(ctx: Context, *, undoes: bool) -> None:
    onboarding.greet(ctx)
    if undoes:
        ctx.add_button("me_after_all", "back", ctx.lookups.inactive_participants[-1].id)


async def _resume(ctx: Context) -> None:
    participant = ctx.participant
    if participant is None or participant.state is ParticipantState.STOPPED:
        return
    if participant.open_checkin is not None:
        await _ask(ctx, participant, participant.open_checkin)


async def _ask(
    ctx: Context, participant: Participant, live: Checkin, note: LazyText | None = None
) -> None:
    """Asks the open question; before one that is answered is left, what else was held for it."""
    flow = ctx.env.library.get_version(live.session.version)
    if engine.is_kept(flow, live.session) and danger.pending_text(participant, live) is not None:
        ctx.say("danger_keep", about=live.id)
        return
    await answering.ask(ctx, participant, live, note)


def _end_pause(ctx: Context, participant: Participant) -> None:
    if participant.state is ParticipantState.PAUSED:
        participant.paused_until = None
        ctx.uow.follow_ups.cancel(participant, "came back", ctx.now, kind="pause")
        ctx.uow.participants.move(participant, "resume", ctx.now)


async def _start(ctx: Context) -> None:
    """Resumes what is open; a participant who stopped is asked for consent again."""
    participant = ctx.participant
    if participant is None or participant.state is ParticipantState.STOPPED:
        if participant is not None:
            ctx.say("other_person", about=participant.id)  # the greeting comes after the answer
        else:
            onboarding.greet(ctx)
        return
    seen = opening_line.is_phone_shared(ctx, participant)
    if ctx.pressed is None and seen and not ctx.is_identified:
        ctx.say("other_person", about=participant.id)  # it may be anyone who holds this phone
        return
    live = participant.open_checkin
    long_ago = live is not None and returning.is_long_ago(ctx, participant, live)
    _end_pause(ctx, participant)
    if (held := danger.pending_correction(participant)) is not None:
        ctx.say("danger_keep", about=held.checkin_id)
        return
    if live is not None:
        # Under "Hello again. Shall we carry on?" it has been said.
        greeted = isinstance(ctx.button, PhraseButton) and ctx.button.choice == "carry_on"
        note = ctx.phrase("where_we_were") if long_ago and not greeted else None
        await _ask(ctx, participant, live, note)
    elif not participant.checkins:
        await starting.begin(ctx, participant, starting.first_for(ctx, participant))
    elif await starting.asked_for(ctx, participant):
        pass
    elif (before := starting.after_due(ctx, participant)) is not None:
        await starting.begin_after(ctx, participant, before)
    elif "hello_date" in (facts := ctx.facts()):
        ctx.say("next_hello", {"hello_date": facts["hello_date"]})
    else:
        ctx.say("nothing_waits")


async def _back(ctx: Context) -> None:
    """Repeats the open question; first asks what is to become of the pending text."""
    participant, worker = ctx.participant, ctx.worker
    if onboarding.has_stopped(ctx) or (
        participant is not None and participant.state is ParticipantState.STOPPED
    ):
        ctx.say("are_stopped")  # only START resumes
    elif participant is None and ctx.onboarding is not None:
        onboarding.repeat(ctx)
    elif participant is None and worker is not None and worker.active:
        worker_messages.welcome(ctx, worker)
    elif participant is None:
        onboarding.greet(ctx)
    elif isinstance(participant.pending_input, AwaitingCorrection):
        if (held := danger.pending_correction(participant)) is not None:
            ctx.say("danger_keep", about=held.checkin_id)
        elif not change_answer.again(ctx, participant):
            await _resume(ctx)
    elif participant.open_checkin is not None and danger.pending_text(
        participant, participant.open_checkin
    ):
        ctx.say("danger_keep", about=participant.open_checkin.id)
    elif participant.open_checkin is not None:
        await answering.ask(ctx, participant, participant.open_checkin)
    else:
        await _start(ctx)


async def _after_word(ctx: Context, participant: Participant) -> None:
    if participant.open_checkin is not None:
        await answering.ask(ctx, participant, participant.open_checkin)
    elif await ctx.uow.identity.is_new(participant.id):
        case, flow = participant.case(None), starting.first_for(ctx, participant)
        await starting.begin(ctx, participant, flow, case_id=case.id if case else None)


async def _for_case(ctx: Context, participant: Participant) -> None:
    case = ctx.lookups.claimed_case
    assert case is not None  # noqa: S101 - it was joined by it just now
    done = any(p.case_id == case.id and p.state is CheckinState.DONE for p in participant.checkins)
    if (
        participant.open_checkin is None
        and not done
        and participant.state is not ParticipantState.PAUSED
    ):
        flow = starting.first_for(ctx, participant)
        await starting.begin(ctx, participant, flow, case_id=case.id)
    else:
        await _start(ctx)


async def _after_consent(ctx: Context, participant: Participant) -> None:
    """Begins the first check-in, or resumes what was stopped."""
    stopped = [p for p in participant.checkins if p.state is CheckinState.STOPPED]
    done = [p for p in participant.checkins if p.state is CheckinState.DONE]
    if stopped and (not done or stopped[-1].started_at > done[-1].started_at):
        await starting.resume(ctx, participant, stopped[-1])
    elif not done:
        case_id = ctx.lookups.claimed_case.id if ctx.lookups.claimed_case else None
        flow = starting.first_for(ctx, participant)
        await starting.begin(ctx, participant, flow, case_id=case_id)
    if done:
        planning.plan_again(ctx, participant)
    if participant.open_checkin is None:
        held = ctx.lookups.claimed_case
        # What they answered alone has become part of the case: it is not asked again.
        if held is not None and not any(p.case_id == held.id for p in done):
            flow = starting.first_for(ctx, participant)
            await starting.begin(ctx, participant, flow, case_id=held.id)
        elif (before := starting.after_due(ctx, participant)) is not None:
            await starting.begin_after(ctx, participant, before)
        elif "hello_date" in (facts := ctx.facts()):
            ctx.say("next_hello", {"hello_date": facts["hello_date"]})
        elif not participant.may_message:
            message_question.ask(ctx)
