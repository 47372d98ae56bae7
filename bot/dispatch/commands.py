"""Commands, and any other typed, spoken or sent content.

Taps are in `callbacks`; the order in which things are tried is in `routes`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.conversation import stop
from bot.conversation.checkin import answering
from bot.conversation.context import Context
from bot.conversation.my_data import deletion, overview, story
from bot.conversation.onboarding import onboarding
from bot.conversation.safety import clear_chat, contact_times
from bot.domain.states import ParticipantState
from bot.workers import accounts


async def stop_now(ctx: Context) -> None:
    if ctx.participant is None and ctx.worker is not None and ctx.worker.active:
        await accounts.stop_digest(ctx, ctx.worker)
        return
    await onboarding.stop(ctx)
    if ctx.participant is None:
        ctx.say_safely("stopped_bare")
        stop.others(ctx)
    else:
        stop.stop(ctx, ctx.participant)


async def resume(ctx: Context) -> None:
    """Resumes what is open; a participant who stopped is asked for consent again."""
    participant = ctx.participant
    if participant is None or participant.state is ParticipantState.STOPPED:
        if participant is not None:
            ctx.say("other_person", about=participant.id)
        onboarding.greet(ctx)
        return
    if ctx.pressed is None and (ctx.lookups.inactive_participants or participant.shared_phone):
        ctx.say("other_person", about=participant.id)  # it may be anyone who holds this phone
        return
    if participant.state is ParticipantState.PAUSED:
        participant.paused_until = None
        ctx.uow.follow_ups.cancel(participant, "came back", ctx.now, kind="pause")
        ctx.uow.participants.move(participant, "resume", ctx.now)
    if participant.open_checkin is not None:
        answering.ask(ctx, participant, participant.open_checkin)
    elif not participant.checkins:
        await answering.begin(ctx, participant, answering.first_for(ctx, participant))
    elif await answering.asked_for(ctx, participant):
        pass
    elif (before := answering.after_due(ctx, participant)) is not None:
        await answering.begin_after(ctx, participant, before)
    elif "hello_date" in (facts := ctx.facts()):
        ctx.say("next_hello", {"hello_date": facts["hello_date"]})
    else:
        ctx.say("nothing_waits")


async def not_understood(ctx: Context) -> None:
    if ctx.participant is None and not onboarding.has_stopped(ctx):
        if ctx.onboarding is not None:
            await onboarding.typed(ctx, ctx.onboarding, "")
            return
        ctx.say_without_buttons("unknown_new")
        onboarding.greet(ctx)
    elif ctx.participant is None or ctx.participant.state is ParticipantState.STOPPED:
        ctx.say("are_stopped")
    else:
        ctx.say("unknown")


async def mydata(ctx: Context) -> None:
    if ctx.participant is None:
        ctx.say("mydata_none" if ctx.lookups.claimed_case is None else "mydata_link")
    else:
        overview.show(ctx, ctx.participant)


async def delete(ctx: Context) -> None:
    if ctx.participant is not None:
        ctx.say("delete_ask")
    elif ctx.lookups.claimed_case is not None:
        await deletion.delete_link(ctx)
    else:
        ctx.say("mydata_none")


async def language(ctx: Context) -> None:
    if len(ctx.env.languages.codes) == 1:
        ctx.say("language_only")
    elif ctx.participant is None or ctx.participant.state is ParticipantState.STOPPED:
        onboarding.greet(ctx, ask_language=True)
    else:
        ctx.languages()


async def when(ctx: Context) -> None:
    if ctx.participant is None or ctx.participant.state is ParticipantState.STOPPED:
        await not_understood(ctx)
    else:
        contact_times.asked(ctx)


async def pause(ctx: Context) -> None:
    if ctx.participant is None or ctx.participant.state is ParticipantState.STOPPED:
        await not_understood(ctx)
    else:
        ctx.say("pause")


async def tell_story(ctx: Context) -> None:
    story.show(ctx, ctx.participant)


COMMANDS: dict[str, Callable[[Context], Awaitable[None]]] = {
    "start": resume,
    "stop": stop_now,
    "mydata": mydata,
    "story": tell_story,
    "delete": delete,
    "language": language,
    "times": when,
    "pause": pause,
    "hide": clear_chat.ask,
}
