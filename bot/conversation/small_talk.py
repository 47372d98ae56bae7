"""Answers a greeting, thanks, a goodbye and "who is this?", and what was not understood.

On a shared phone it leaves out what this is about.
"""

from __future__ import annotations

from bot.conversation import typed_choices
from bot.conversation.context import Context
from bot.conversation.safety import contact_request, opening_line
from flows.engine.replies.reply_words import ReplyMeaning

_FAREWELLS = (ReplyMeaning.THANKS, ReplyMeaning.BYE)
_NOT_NOW = (ReplyMeaning.LATER, ReplyMeaning.NOT_TODAY, ReplyMeaning.NO)
_HELLOS = (ReplyMeaning.GREETING, ReplyMeaning.YES, ReplyMeaning.RIGHT)


def not_understood(ctx: Context, name: str, again: str = "unknown_again") -> str:
    """The phrase that says that a text was not understood; another one the second time."""
    before = ctx.asked is not None and ctx.asked.apologised
    ctx.apologised = True
    return again if before else name


async def answer(ctx: Context, text: str) -> bool:
    """Answers small talk where no question is open; whether it was that."""
    meaning = typed_choices.meaning_of(ctx, text)
    if meaning is ReplyMeaning.ASKS_FOR_PERSON:
        await contact_request.request_contact(ctx)
    elif meaning is ReplyMeaning.ASKS_WHEN:
        return await contact_request.tell_standing(ctx)
    elif meaning is ReplyMeaning.WHO_IS_THIS:
        _say_who(ctx)
    elif meaning in _NOT_NOW:
        _say_later(ctx)
    elif meaning in _FAREWELLS:
        _say_until(ctx, "take_care", "take_care_until")
    elif meaning in _HELLOS:
        _say_until(ctx, "nothing_waits", "next_hello")
    else:
        return False
    return True


def _say_later(ctx: Context) -> None:
    """Says that it can wait; not that nothing comes, where something does."""
    if "hello_date" in ctx.facts():
        _say_until(ctx, "take_care", "take_care_until")
    else:
        ctx.say("later_none")


def _say_until(ctx: Context, bare: str, dated: str) -> None:
    """Says when the next message comes, where that is known and only they see it."""
    date = None if _is_seen(ctx) else ctx.facts().get("hello_date")
    if date is None:
        ctx.say(bare)
    else:
        ctx.say(dated, {"hello_date": date})


def _say_who(ctx: Context, *, opened: bool = True) -> None:
    """Says who this is; where others see it, or before a tap, only that it is a computer."""
    if _is_seen(ctx) or not opened:
        ctx.say("who_bare")
    else:
        ctx.say("who_we_are", {"org_name": ctx.facts()["org_name"]})


async def before_question(ctx: Context, text: str, *, opened: bool = True) -> bool:
    """Answers small talk before a question that is asked again; whether it was that."""
    meaning = typed_choices.meaning_of(ctx, text)
    if meaning is ReplyMeaning.WHO_IS_THIS:
        _say_who(ctx, opened=opened)
    elif meaning is ReplyMeaning.ASKS_FOR_PERSON:
        await contact_request.request_contact(ctx)
    elif meaning is ReplyMeaning.ASKS_WHEN:
        return await contact_request.tell_standing(ctx)
    else:
        return says_farewell(ctx, text) or meaning is ReplyMeaning.GREETING
    return True


def says_farewell(ctx: Context, text: str) -> bool:
    """Answers thanks or a goodbye; whether it was one. Who leaves is not asked to go on."""
    if typed_choices.meaning_of(ctx, text) not in _FAREWELLS:
        return False
    ctx.say("take_care")
    return True


def _is_seen(ctx: Context) -> bool:
    return ctx.participant is not None and opening_line.is_phone_shared(ctx, ctx.participant)
