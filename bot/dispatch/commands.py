"""Commands, and any other typed, spoken or sent content.

Taps are in `callbacks`; the order in which things are tried is in `routes`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.conversation import small_talk, stop
from bot.conversation.checkin import message_question
from bot.conversation.context import Context
from bot.conversation.my_data import change_answer, deletion, overview, story
from bot.conversation.next_step import Next
from bot.conversation.onboarding import onboarding
from bot.conversation.onboarding.first_screen import ASK
from bot.conversation.safety import clear_chat, contact_request, contact_times, settings_screen
from bot.domain.states import ParticipantState
from bot.messages.incoming import Command, TextMessage
from flows.engine.keywords import KEYWORDS


async def not_understood(ctx: Context) -> Next | None:
    what = ctx.update.content
    if ctx.participant is None and not onboarding.has_stopped(ctx):
        if ctx.onboarding is not None:
            return await onboarding.typed(ctx, ctx.onboarding, "")
        return Next.ONBOARD
    if ctx.participant is None or ctx.participant.state is ParticipantState.STOPPED:
        ctx.say("are_stopped")
    elif not (isinstance(what, TextMessage) and await small_talk.answer(ctx, what.text)):
        ctx.say(small_talk.not_understood(ctx, "unknown"))
    return None


async def mydata(ctx: Context) -> None:
    if ctx.participant is None:
        ctx.say("mydata_none" if ctx.lookups.claimed_case is None else "mydata_link")
    else:
        overview.show(ctx, ctx.participant)


async def change(ctx: Context) -> None:
    participant = ctx.participant
    if participant is None or any(past.hidden_answers for past in participant.checkins):
        await mydata(ctx)  # which says that there is nothing, or that it is not shown here
    else:
        change_answer.pick(ctx, participant)


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
        onboarding.greet(ctx, language=ASK)
    else:
        ctx.languages()


async def when(ctx: Context) -> Next | None:
    if ctx.participant is None or ctx.participant.state is ParticipantState.STOPPED:
        return await not_understood(ctx)
    if not ctx.participant.may_message:
        return settings_screen.show(ctx)  # the rest of it can still be set
    contact_times.asked(ctx)
    return None


async def pause(ctx: Context) -> Next | None:
    if ctx.participant is None or ctx.participant.state is ParticipantState.STOPPED:
        return await not_understood(ctx)
    if ctx.participant.may_message:
        ctx.say("pause")
    else:
        message_question.ask(ctx)
    return None


async def tell_story(ctx: Context) -> None:
    story.show(ctx, ctx.participant)


async def start(_ctx: Context) -> Next:
    """Resumes what is open, or greets."""
    return Next.START


COMMANDS: dict[str, Callable[[Context], Awaitable[Next | None]]] = {
    "start": start,
    "person": contact_request.request_contact,
    "stop": stop.stop_now,
    "mydata": mydata,
    "change": change,
    "story": tell_story,
    "delete": delete,
    "language": language,
    "times": when,
    "pause": pause,
    "hide": clear_chat.ask,
}


def named(ctx: Context) -> str | None:
    """The command that an update is, or that a text says in the words of the menu."""
    what = ctx.update.content
    if isinstance(what, Command):
        return what.name if what.name in COMMANDS else None
    typed = isinstance(what, TextMessage) and ctx.keyword not in KEYWORDS
    return ctx.keyword if typed and ctx.keyword in COMMANDS else None
