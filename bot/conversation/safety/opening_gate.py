"""Blocks updates while an opening line is unanswered on a shared phone.

Until the holder of the phone has said Yes twice (the opening line, then "Is it you?"), only STOP,
HELP, danger and clearing work as always. Everything else shows nothing and stores nothing: the
opening line is sent again, once for text, and a "no" ends it until another day.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from bot.content.environment import Environment
from bot.conversation import typed_choices
from bot.conversation.checkin import follow_up_taps, returning
from bot.conversation.context import Context
from bot.conversation.identity import shared_phone
from bot.conversation.next_step import Next
from bot.conversation.safety import danger, opening_line, safety_question
from bot.domain.participant import Participant
from bot.domain.participant_inputs import AwaitingSamePerson, OpeningLineRepeated
from bot.i18n.localizer import Languages
from bot.messages.callback_data import STOP, PhraseButton, WorkerButton
from bot.messages.incoming import (
    ButtonPress,
    Command,
    TextMessage,
    UnsupportedMessage,
    UpdateContent,
    VoiceMessage,
)
from bot.store.unit_of_work import UnitOfWork
from flows.engine import Text
from flows.engine.normalise import normalise
from flows.engine.replies.reply_words import ReplyMeaning
from flows.engine.replies.short_replies import ASKING

_AS_ALWAYS = ("hide", "person", "stop")
_HELP = {
    "helplines": ("back", "safety"),
    **dict.fromkeys(danger.BUTTONS, ("carry_on",)),
    **dict.fromkeys(safety_question.BUTTONS, ("safe", "carry_on")),
}
"""Buttons that work all the same, except for these choices of each: they would show more."""
_OTHERS = ("whose", "moved_away", "stopped_one")
"""Buttons about another participant of this chat, which show nothing of anyone."""
_MORE_NOES = frozenset(
    {
        *("no thanks", "no thank you", "nope", "nah", "not me", "its not me", "it's not me"),
        *("it is not me", "not him", "not her", "wrong person", "wrong number"),
        *("non merci", "pas moi", "no soy yo", "não sou eu", "nie ja", "to nie ja", "nu sunt eu"),
        *("це не я", "لست انا", "من نیستم", "میں نہیں", "আমি না", "不是我"),
    }
)
"""Beside the buttons that mean no, in every language. A no that is missed here still opens
nothing."""


async def fill_in(uow: UnitOfWork, contexts: Sequence[Context]) -> None:
    """Looks up the opening line that each of these updates may be an answer to."""
    seen = [v for v in contexts if v.participant and opening_line.is_phone_shared(v, v.participant)]
    held = await uow.outbox.deferred_for([v.participant for v in seen if v.participant])
    for ctx in seen:
        ctx.deferred_reply_id = (
            held.get(ctx.participant.id, [None])[-1] if ctx.participant else None
        )
    gated = [ctx for ctx in seen if opening_line.stands(ctx)]
    gated += [
        v
        for v in contexts
        if v.participant is None and v.onboarding is None and v.lookups.inactive_participants
    ]
    own = [
        v for v in contexts if v.participant and not opening_line.is_phone_shared(v, v.participant)
    ]
    typed = [v for v in own if _is_under_a_hello(v)]
    asked = {v.participant.id for v in (*gated, *typed) if v.participant}
    asked |= {
        each.id
        for v in gated
        for each in v.lookups.inactive_participants
        if each.next_follow_up_at is not None
    }
    hellos = await uow.follow_ups.open_of(asked)
    for ctx in typed:
        ctx.answered_follow_up = hellos.get(ctx.participant.id) if ctx.participant else None
    for ctx in gated:
        found = [hellos.get(absent.id) for absent in ctx.lookups.inactive_participants]
        found += [hellos.get(ctx.participant.id) if ctx.participant else None]
        open_now = sorted((f for f in found if f is not None), key=lambda f: f.due_at)
        ctx.line = open_now[-1] if open_now else None


def _is_under_a_hello(ctx: Context) -> bool:
    """Whether a text on a private phone comes after a follow-up, and nothing was asked since."""
    participant, what = ctx.participant, ctx.update.content
    if (
        participant is None
        or participant.last_follow_up_at is None
        or not isinstance(what, TextMessage)
        or ctx.starts
    ):
        return False
    since, asked = participant.last_follow_up_at, ctx.asked
    if participant.open_checkin is not None:
        at = returning.question_asked_at(ctx, participant.open_checkin)
        return at is None or since >= at
    return asked is None or since >= asked.at or returning.asks_to_carry_on(asked)


def labels(env: Environment) -> frozenset[str]:
    """The labels of the buttons under an opening line, in every language offered."""
    said = [
        text for name in opening_line.PHRASES for text in env.library.phrases[name].choices.values()
    ]
    return _plain_words(env.languages, tuple(said))


@lru_cache(maxsize=8)
def _plain_words(languages: Languages, texts: tuple[Text, ...]) -> frozenset[str]:
    each = (languages[code] for code in languages.codes)
    return frozenset(normalise(localizer.text(text)) for localizer in each for text in texts)


def says_no(env: Environment, text: str) -> bool:
    """Whether a text is a plain no in any language offered."""
    phrases = env.library.phrases
    noes = [
        *(phrases[name].choices[choice] for name, choice in _NO_BUTTONS),
        *(c.label for flow in env.library.current.values() for s in flow.steps for c in s.choices
          if normalise(c.label.source) == "no"),
    ]  # fmt: skip
    said = normalise(text)
    return said in _plain_words(env.languages, tuple(dict.fromkeys(noes))) or said in _OTHER_NOES


_NO_BUTTONS = (("other_person", "new"), ("whose", "not_me"), ("moved_away", "not_me"))
_OTHER_NOES = frozenset(map(normalise, _MORE_NOES))


# --- actions -------------------------------------------------------------------------------------


def holds(ctx: Context) -> bool:
    """Whether an open opening line blocks this update."""
    participant, what = ctx.participant, ctx.update.content
    if participant is None:
        return _holds_from_nobody(ctx, what)
    return opening_line.stands(ctx) and not _passes(ctx, participant, what)


def _holds_from_nobody(ctx: Context, what: UpdateContent) -> bool:
    """The same without an active participant, for a follow-up to a previous one."""
    if ctx.line is None or not isinstance(what, TextMessage | VoiceMessage | UnsupportedMessage):
        return False
    if not isinstance(what, TextMessage):
        return True
    return not (ctx.starts or shared_phone.awaits_identity(ctx, what.text))


async def answer(ctx: Context) -> Next | None:
    """Answers an update that the opening line blocks."""
    participant, what = ctx.participant, ctx.update.content
    if participant is None:
        choice = _named(ctx) if isinstance(what, TextMessage) else ""
        if choice and ctx.line is not None:
            return await _press(ctx, PhraseButton(opening_line.PHRASES[0], choice, ctx.line.id))
        return None
    button = _typed_button(ctx, participant, what)
    if button is not None:
        return await _press(ctx, button)
    if isinstance(what, TextMessage) and _says_no(ctx, what.text):
        await _end_for_today(ctx, participant)
    elif isinstance(what, Command) or ctx.starts:
        _say_again(ctx, participant)
    else:
        if isinstance(what, ButtonPress):
            ctx.toast_phrase("stale")
        if not _said_again(ctx, participant):
            _say_again(ctx, participant)
    return None


def _passes(ctx: Context, participant: Participant, what: UpdateContent) -> bool:
    """Whether it works as always: it shows nothing, or answers what was asked here."""
    if isinstance(what, Command):
        return what.name in _AS_ALWAYS
    if ctx.keyword in _AS_ALWAYS:  # the words of the menu for it
        return True
    if isinstance(what, TextMessage) and typed_choices.answers_stop(ctx, what.text):
        return True
    button = ctx.button
    if button is None or isinstance(button, WorkerButton):
        return False
    if button.choice == STOP:
        return True
    if not isinstance(button, PhraseButton):
        return False
    if button.phrase == "other_person":
        return (
            isinstance(participant.pending_input, AwaitingSamePerson)
            and button.about == participant.id
        )
    mine = (*opening_line.PHRASES, *_OTHERS)
    return button.phrase in mine or button.choice not in _HELP.get(button.phrase, (button.choice,))


def _about(ctx: Context) -> int:
    return ctx.deferred_reply_id or (ctx.line.id if ctx.line else 0)


def _typed_button(
    ctx: Context, participant: Participant, what: UpdateContent
) -> PhraseButton | None:
    """The button of the opening line, or of "Is it you?", that a text stands for."""
    about = _about(ctx)
    choice = _named(ctx) if isinstance(what, TextMessage) and about else ""
    return opening_line.typed(participant, choice, about) if choice else None


def _named(ctx: Context) -> str:
    """The button that a text stands for, except a "Yes?": it asks who this is."""
    if ctx.starts:
        return ""
    choice = opening_line.named(ctx)
    asks = choice == "open" and not ASKING.isdisjoint(getattr(ctx.update.content, "text", ""))
    return "" if asks else choice


async def _press(ctx: Context, button: PhraseButton) -> Next | None:
    # The deferred reply is newer than any follow-up.
    ctx.answered_follow_up = ctx.line if ctx.deferred_reply_id is None else None
    return await follow_up_taps.pressed(ctx, button)


def _says_no(ctx: Context, text: str) -> bool:
    return says_no(ctx.env, text) or typed_choices.meaning_of(ctx, text) is ReplyMeaning.NO


async def _end_for_today(ctx: Context, participant: Participant) -> None:
    """Handles a no: the same follow-up comes another day, and nothing more is sent until then."""
    about = _about(ctx)
    if about and participant.pending_input != OpeningLineRepeated(about, ended=True):
        await _press(ctx, PhraseButton(opening_line.PHRASES[0], "not_today", about))
    # That follow-up is closed now; a deferred reply is not.
    participant.pending_input = OpeningLineRepeated(ctx.deferred_reply_id or 0, ended=True)
    participant.pending_since = ctx.now
    ctx.uow.participants.save(participant)


def _said_again(ctx: Context, participant: Participant) -> bool:
    """Whether a text was answered already since this line came, or a no was given."""
    awaited = participant.pending_input
    if not isinstance(awaited, OpeningLineRepeated | AwaitingSamePerson):
        return False
    return awaited.follow_up_id == _about(ctx)


def _say_again(ctx: Context, participant: Participant) -> None:
    """Sends the opening line again; where none is open, asks whether it is the same person."""
    about = _about(ctx)
    if not about:
        opening_line.ask_who(ctx, participant)
        return
    participant.pending_input, participant.pending_since = (
        OpeningLineRepeated(about),
        ctx.now,
    )
    ctx.uow.participants.save(participant)
    ctx.parts.append(opening_line.opening(participant, ctx.env, about))
