"""Finds the button that a typed text stands for: by its label, or by what a short reply means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from bot.conversation.context import Context
from bot.conversation.last_asked import FRESH
from bot.conversation.safety.help import HELP_ANSWER
from bot.i18n import language_names
from bot.messages.callback_data import STOP, PhraseButton
from flows.engine import Text, Value
from flows.engine.normalise import normalise
from flows.engine.replies.choice_meanings import ChoiceMeanings
from flows.engine.replies.reply_words import AGREES, ReplyMeaning
from flows.engine.replies.short_replies import ASKING, ShortReply

_STOP_MAYBE, _STOP_MAYBE_AGAIN, _MOST_YESES = "stop_maybe", "stop_maybe_again", 3
_FOLLOW_UP, _LANGUAGE, _DELETE = "hello", "language", "delete_ask"
_WAS_ANSWER = ("stop_undo", "was_answer")

_MAY_AGREE = AGREES | {ReplyMeaning.NOT_SURE}

Option = tuple[str, Text]
"""A choice with its label."""

_ASKS_ALL_THE_SAME = frozenset(
    {
        ReplyMeaning.ASKS_FOR_PERSON,
        ReplyMeaning.ASKS_WHEN,
        ReplyMeaning.WHO_IS_THIS,
        ReplyMeaning.GREETING,
        ReplyMeaning.THANKS,
        ReplyMeaning.BYE,
    }
)


def short_reply(ctx: Context, text: str) -> ShortReply | None:
    """What a text means as a short reply; each text of an update is read once.

    A question such as "yes?" is no answer; "can someone call me?" means what it asks.
    """
    if text not in ctx.short_replies:
        found = ctx.env.library.replies.read(text, ctx.localizer.code)
        if found is not None and found.asks and found.meaning not in _ASKS_ALL_THE_SAME:
            found = None
        ctx.short_replies[text] = found
    return ctx.short_replies[text]


def meaning_of(ctx: Context, text: str) -> ReplyMeaning | None:
    """The meaning of a text as a short reply."""
    found = short_reply(ctx, text)
    return found.meaning if found is not None else None


def typed_choice(
    ctx: Context, text: str, options: Iterable[Option], values: Mapping[str, Value] | None = None
) -> str | None:
    """The choice whose label was typed, or whose meaning the text has, if it is one only."""
    known = tuple(options)
    return labelled(ctx, text, known, values) or meant(ctx, text, known)


def labelled(
    ctx: Context, text: str, options: Iterable[Option], values: Mapping[str, Value] | None = None
) -> str | None:
    """The choice whose exact label was typed; where it must be clear, without a doubting sign."""
    said = normalise(text)
    for choice, label in options:
        shown = ctx.localizer.say(label, values or {})
        if _folded(shown, ours="{" not in label.source) == said:
            return None if _in_doubt(ctx, label, text) else choice
    return None


def _in_doubt(ctx: Context, label: Text, text: str) -> bool:
    """Whether a label that must be clear was typed as "Yes?"."""
    library = ctx.env.library
    if label.context not in library.choice_meanings.clear:
        return False
    return not ASKING.isdisjoint(text) or not library.replies.signs_agree(text)


def meant(
    ctx: Context, text: str, options: Iterable[Option], others: Iterable[Option] = ()
) -> str | None:
    """The one choice that a short reply, or an age, stands for.

    `others` count only where the reply means none of `options`, clearly or not.
    """
    known, meanings = tuple(options), ctx.env.library.choice_meanings
    said = [c for c, label in known if meanings.is_typed(label, text, ctx.localizer.code)]
    if len(said) == 1:
        return said[0]
    if any(label.context in meanings.ages for _, label in known):
        return _aged(ctx, text, known)
    if (some := _partly(ctx, text, known)) is not None:
        return some
    if (meaning := meaning_of(ctx, text)) is None:
        return None
    found = [(choice, label) for choice, label in known if meaning in meanings.of(label)] or [
        (choice, label) for choice, label in others if meaning in meanings.of(label)
    ]
    if len(found) != 1:
        return None
    ((choice, label),) = found
    return choice if is_clear_enough(meanings, label, text, ctx.localizer.code) else None


def _partly(ctx: Context, text: str, options: Sequence[Option]) -> str | None:
    """The choice in the middle of a scale, where a text says "a bit" or "so so"."""
    library = ctx.env.library
    found = [c for c, label in options if ReplyMeaning.PARTLY in library.choice_meanings.of(label)]
    if len(found) != 1 or not ASKING.isdisjoint(text):
        return None
    return found[0] if library.replies.says_partly(text, ctx.localizer.code) else None


def is_clear_enough(meanings: ChoiceMeanings, label: Text, text: str, language: str) -> bool:
    """Whether a text with the meaning of a button may press it: some need a clear word."""
    return label.context not in meanings.clear or meanings.is_clear(text, language)


def _aged(ctx: Context, text: str, options: Iterable[Option]) -> str | None:
    meanings = ctx.env.library.choice_meanings
    age = ctx.env.library.replies.read_age(text, ctx.localizer.code)
    if age is None:
        return None
    for choice, label in options:
        group = meanings.ages.get(label.context)
        if group is not None and group.low <= age.low and age.high <= group.high:
            return choice
    return None


_our_own = lru_cache(maxsize=4096)(normalise)


def _folded(label: str, *, ours: bool) -> str:
    # labels with a name in them are not cached
    return _our_own(label) if ours else normalise(label)


def newest_buttons(ctx: Context) -> tuple[PhraseButton, ...]:
    """The buttons under the newest message, where it is recent and no question of a check-in."""
    asked, participant = ctx.asked, ctx.participant
    if asked is None:
        return ()
    at, buttons = asked.newest
    if ctx.now - at > FRESH:
        return ()
    if participant is None:
        return buttons
    live = participant.open_checkin
    since = (participant.last_follow_up_at, live.moved_at if live is not None else None)
    if any(moment is not None and moment > at for moment in since):
        return ()
    return buttons


def typed_button(ctx: Context, text: str) -> PhraseButton | None:
    """The button under the newest message that the text stands for."""
    buttons = newest_buttons(ctx)
    options = [
        (str(place), label)
        for place, button in enumerate(buttons)
        if button.phrase != _FOLLOW_UP and (label := _label(ctx, button)) is not None
    ]
    found = typed_choice(ctx, text, options)
    if found is not None:
        return buttons[int(found)]
    if (stops := _stops_maybe(buttons)) is not None:
        if _agrees_to_stop(ctx, text):
            return stops
        if (keeps := _keeps_as_answer(ctx, text)) is not None:
            return keeps
    codes = {b.choice: b for b in buttons if b.phrase == _LANGUAGE}
    named = typed_language(ctx, text) if codes else None
    return codes.get(named) if named is not None else None


def _label(ctx: Context, button: PhraseButton) -> Text | None:
    """The label of a button; None where its phrase has no such choice, or is gone by now."""
    said = ctx.env.library.phrases.said.get(button.phrase)
    choice = _WAS_ANSWER[1] if button.choice == HELP_ANSWER else button.choice
    return said.choices.get(choice) if said is not None else None


def _stops_maybe(buttons: Iterable[PhraseButton]) -> PhraseButton | None:
    """The button that stops, under the question whether to stop."""
    asks = (_STOP_MAYBE, _STOP_MAYBE_AGAIN)
    return next((b for b in buttons if b.phrase in asks and b.choice == STOP), None)


def _keeps_as_answer(ctx: Context, text: str) -> PhraseButton | None:
    """The button that keeps what was typed, where they say that it was their answer."""
    phrase, choice = _WAS_ANSWER
    participant = ctx.participant
    live = participant.open_checkin if participant is not None else None
    label = ctx.env.library.phrases[phrase].choices[choice]
    if live is None or typed_choice(ctx, text, [(choice, label)]) is None:
        return None
    return PhraseButton("danger_keep", "keep", live.id)


def _agrees_to_stop(ctx: Context, text: str) -> bool:
    """Whether a text says yes and then stop, as in "yes, stop" under "Do you want me to stop?"."""
    words, library = normalise(text).split(), ctx.env.library
    for end in range(1, min(len(words), _MOST_YESES + 1)):
        said = library.replies.read(" ".join(words[:end]), ctx.localizer.code)
        agrees = said is not None and said.meaning in AGREES
        if agrees and library.keywords(" ".join(words[end:])) == STOP:
            return True
    return False


def is_newest_label(ctx: Context, text: str) -> bool:
    """Whether a text is exactly the label of a button under the newest message."""
    options = [
        (b.choice, label) for b in newest_buttons(ctx) if (label := _label(ctx, b)) is not None
    ]
    return labelled(ctx, text, options) is not None


def asked_once_more(ctx: Context, text: str) -> tuple[str, int] | None:
    """The phrase that asks again, and what it is about, where a yes is not clear enough.

    Only the words on the button delete; "Do you want me to stop? Or is something hard?" asks two
    things, and once only: a second yes stops.
    """
    buttons = newest_buttons(ctx)
    asked = next((b for b in buttons if b.phrase in (_DELETE, _STOP_MAYBE)), None)
    found = ctx.env.library.replies.read(text, ctx.localizer.code) if asked is not None else None
    if asked is None or found is None:
        return None
    if asked.phrase == _DELETE:
        return (_DELETE, asked.about) if found.meaning in AGREES else None
    return (_STOP_MAYBE_AGAIN, 0) if found.meaning in _MAY_AGREE else None


def is_aside(ctx: Context, text: str) -> bool:
    """Whether a text is exactly the label of a button under help that came just now."""
    aside = ctx.asked is not None and bool(ctx.asked.aside)
    return aside and is_newest_label(ctx, text)


def answers_stop(ctx: Context, text: str) -> bool:
    """Whether a text says yes to "Do you want me to stop?", or may do so."""
    if _stops_maybe(newest_buttons(ctx)) is None:
        return False
    button = typed_button(ctx, text)
    return asked_once_more(ctx, text) is not None if button is None else button.choice == STOP


def agrees_to_stop(ctx: Context, text: str) -> bool:
    """Whether a text says yes to "Do you want me to stop?", where that can mean nothing else."""
    if not answers_stop(ctx, text):
        return False
    found = ctx.env.library.replies.read(text, ctx.localizer.code)
    return typed_button(ctx, text) is not None or (found is not None and found.meaning in AGREES)


def typed_language(ctx: Context, text: str) -> str | None:
    """The code of the language that a text names, in whatever tongue."""
    return language_names.named(text, ctx.env.library.choice_meanings.languages)
