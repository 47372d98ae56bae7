"""A time typed where it was asked when to ask again: "friday", "at 6", "in two weeks".

It is taken as said, in the participant's time zone; in the small hours the next time they allow.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from bot.conversation import typed_choices
from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.i18n import calendar_names
from bot.messages.callback_data import PhraseButton
from bot.messages.parts import ButtonPart
from bot.schedule.said_times import furthest, moment_of, names_hour
from flows.engine import Value
from flows.engine.replies.when import When
from flows.engine.replies.when_words import Phrases

ASKED = "not_now"
CHOICES = ("tonight", "tomorrow", "next_week")


def read(ctx: Context, text: str) -> When | None:
    """The time that a whole message says."""
    when = ctx.env.library.choice_meanings.when

    def names(code: str, short: bool) -> Phrases:
        return calendar_names.names_of(code, short=short)

    return when.read(text, ctx.localizer.code, names)


def asked_button(ctx: Context, text: str) -> PhraseButton | None:
    """A button under "When shall I ask again?", where a text says a time that is none of them."""
    asked = next((b for b in typed_choices.newest_buttons(ctx) if b.phrase == ASKED), None)
    if asked is None or read(ctx, text) is None:
        return None
    choices = ctx.env.library.phrases[ASKED].choices.items()
    return None if typed_choices.labelled(ctx, text, choices) is not None else asked


def due(ctx: Context, participant: Participant, said: When) -> dt.datetime | None:
    """The moment that is meant; None where it is too far ahead to plan."""
    plan, words = ctx.env.plan, ctx.env.library.choice_meanings.when.words
    found = moment_of(said, ctx.now, participant.timezone, plan, words.times)
    return found if found <= furthest(ctx.now, participant.timezone) else None


def say_too_far(ctx: Context, participant: Participant, buttons: Iterable[PhraseButton]) -> None:
    """Says up to when it can be planned, and asks again."""
    last = furthest(ctx.now, participant.timezone).astimezone(ZoneInfo(participant.timezone))
    keys = [ButtonPart(ctx.label(b.phrase, b.choice), b.encode()) for b in buttons]
    ctx.say_with_buttons("later_too_far", keys, {"hello_date": last.date()})


def said_back(ctx: Context, participant: Participant, said: When | None, at: dt.datetime) -> Value:
    """The day to say back; with its time where an hour was said, and where it is today."""
    day = at.astimezone(ZoneInfo(participant.timezone)).date()
    today = ctx.now.astimezone(ZoneInfo(participant.timezone)).date()
    if day == today or (said is not None and names_hour(said)):
        return ctx.localizer.format_day_and_time(at, participant.timezone)
    return day
