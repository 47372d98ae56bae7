"""What this process remembers of a chat, to answer help and danger without a database.

In memory only, and for a while: what is lost with it is a convenience. What was asked of a
participant is in their row too, for other processes.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.conversation.checkin import typed_labels
from bot.conversation.context import Context
from bot.conversation.last_asked import FRESH, LastAsked, WorkerChoice
from bot.conversation.safety import contact_button, danger, late_replies, safety_question
from bot.domain.states import ParticipantState
from bot.messages.callback_data import OnboardingButton, PhraseButton, WorkerButton, parse
from bot.messages.incoming import ButtonPress, IncomingUpdate, TextMessage
from bot.messages.parts import AnswersPart, MessagePart, OtherReply, Part
from bot.messages.reply import Message

T = TypeVar("T")
_PHRASE = "p:"
"""How the callback data of a `PhraseButton` begins."""
MOST_CHATS = 10_000
UNHEARD_FOR = dt.timedelta(days=1)
"""How long it is believed that no worker would hear a request: a lead may be made meanwhile."""
DOUBLE_TAP = dt.timedelta(minutes=1)
"""Within this time the same button pressed again, with nothing between, is one tap."""


class ChatMemory:
    """Language, audience, privacy and onboarding progress of the most recent chats."""

    def __init__(self) -> None:
        self._languages: OrderedDict[int, str] = OrderedDict()
        self._whose: OrderedDict[int, tuple[str, bool]] = OrderedDict()
        self._unheard: OrderedDict[int, dt.datetime] = OrderedDict()
        self._ways: OrderedDict[int, OnboardingButton] = OrderedDict()
        self._heard_at: OrderedDict[int, dt.datetime] = OrderedDict()
        self._pressed: OrderedDict[int, tuple[int | None, str, dt.datetime]] = OrderedDict()
        self._asked: OrderedDict[int, LastAsked] = OrderedDict()
        self._safety_asked: OrderedDict[int, dt.datetime] = OrderedDict()
        self._chosen: dict[bytes, str] = {}
        self._hash: Callable[[int], bytes] = lambda _chat: b""

    def recall(self, chosen: dict[bytes, str], chat_hash: Callable[[int], bytes]) -> None:
        """Loads the language that each participant chose, by the keyed hash of their chat.

        Help and danger are answered before the database is asked, also right after a start.
        """
        self._chosen, self._hash = chosen, chat_hash

    def language_of(self, chat: int) -> str | None:
        """The language last used in a chat, or chosen before this start."""
        return self._languages.get(chat) or self._chosen.get(self._hash(chat))

    def owner_of(self, chat: int) -> tuple[str, bool]:
        """The audience for helplines, and whether others see the phone."""
        return self._whose.get(chat, (danger.audience_of(None), False))

    def is_heard(self, chat: int, now: dt.datetime) -> bool:
        """Whether anybody would hear a request for contact, as far as is known here."""
        since = self._unheard.get(chat)
        return since is None or now - since > UNHEARD_FOR

    def onboarding_of(self, chat: int) -> OnboardingButton | None:
        """The onboarding progress of a chat without consent.

        Its stop is in the database instead.
        """
        return self._ways.get(chat)

    def repeats_press(self, update: IncomingUpdate, now: dt.datetime) -> bool:
        """Whether this is the button that was pressed last in this chat, just now: a double tap."""
        press, last = update.content, self._pressed.get(update.chat)
        if not isinstance(press, ButtonPress) or last is None:
            return False
        return last[:2] == (press.message_id, press.data) and now - last[2] < DOUBLE_TAP

    def record_press(self, update: IncomingUpdate, now: dt.datetime) -> None:
        """Records what was pressed, once it is committed: a tap that failed may be tried again."""
        if isinstance(press := update.content, ButtonPress):
            _keep(self._pressed, update.chat, (press.message_id, press.data, now))
        else:
            self._pressed.pop(update.chat, None)

    def asked_of(self, chat: int) -> LastAsked | None:
        """What was last asked in a chat."""
        return self._asked.get(chat)

    def safety_asked(self, chat: int, now: dt.datetime) -> bool:
        """Whether it was asked here, within a day, if they are safe."""
        at = self._safety_asked.get(chat)
        return at is not None and now - at <= FRESH

    def say_aside(self, chat: int, said: Message | None, now: dt.datetime) -> None:
        """Remembers the buttons of a message that was sent without the database, in between."""
        keys = (*said.choices, *said.controls) if said is not None else ()
        pressed = [parse(key.data) for key in keys]
        aside = tuple(button for button in pressed if isinstance(button, PhraseButton))
        asked = self._asked.get(chat)
        if asked is None and aside:
            asked = LastAsked(dt.datetime.min.replace(tzinfo=dt.UTC))  # nothing, as far as is known
        if asked is not None:
            _keep(self._asked, chat, replace(asked, work=(), aside=aside, aside_at=now))

    def hold_help_word(self, update: IncomingUpdate, now: dt.datetime) -> int | None:
        """Keeps a word that is answered with help; the check-in whose question it may answer.

        None where no question that takes words was asked within a day, or others see the phone.
        """
        asked, (_, shared) = self._asked.get(update.chat), self.owner_of(update.chat)
        if asked is None or asked.question_at is None or shared:
            return None
        if not isinstance(what := update.content, TextMessage) or now - asked.question_at > FRESH:
            return None
        self._asked[update.chat] = replace(asked, help_word=what.text)
        return asked.open_question[0] if asked.open_question is not None else None

    def is_here(self, chat: int, now: dt.datetime) -> bool:
        """Whether a chat has written or tapped within the last minutes."""
        at = self._heard_at.get(chat)
        return at is not None and not late_replies.is_late(at, now)

    def remember(self, ctx: Context) -> None:
        """Remembers the result of a handled update."""
        chat, participant = ctx.update.chat, ctx.participant
        _keep(self._heard_at, chat, ctx.update.sent_at)
        if ctx.asks is not None:
            _keep(self._asked, chat, ctx.asks)
            if ctx.asks.at == ctx.now and safety_question.is_asked(ctx.asks):
                _keep(self._safety_asked, chat, ctx.now)
        for other in ctx.other_replies:
            self.remember_other(other, ctx.now)
        shared = participant is not None and participant.shared_phone
        _keep(self._languages, chat, ctx.localizer.code)
        if (place := self._hash(chat)) in self._chosen:
            self._chosen[place] = (
                ctx.participant.language if ctx.participant else ctx.localizer.code
            )
        _keep(
            self._whose,
            chat,
            (danger.audience_of(participant), shared or bool(ctx.lookups.inactive_participants)),
        )
        if contact_button.is_heard(ctx):
            self._unheard.pop(chat, None)
        else:
            _keep(self._unheard, chat, ctx.now)
        if ctx.onboarding is not None and not ctx.onboarding.is_stop:
            _keep(self._ways, chat, ctx.onboarding)
        else:
            self._ways.pop(chat, None)

    def remember_other(self, other: OtherReply, now: dt.datetime) -> None:
        """Remembers a message that comes to a worker unasked: it is the newest there now."""
        if other.edit is not None:
            return
        before = self._asked.get(other.chat)
        work = _work(other.parts)
        if not work and (before is None or not before.work):
            return
        # It may not be delivered yet, or interrupt a question: only its labels press it, no "ok".
        found = replace(before or LastAsked(now), at=now, buttons=(), apologised=False)
        found = replace(found, work=work, work_at=now, interrupts=True)
        _keep(self._asked, other.chat, found)


def asked_by(ctx: Context) -> LastAsked | None:
    """What the last message of a reply asks; None where nothing was said."""
    said = [part for part in ctx.parts if isinstance(part, MessagePart | AnswersPart | Message)]
    if not said:
        return None
    last = said[-1]
    controls = () if isinstance(last, AnswersPart) else last.controls
    is_question = ctx.prompt_ref is not None
    work: tuple[WorkerChoice, ...] = ()
    question_at = ctx.asked.question_at if ctx.asked is not None else None
    # Of a question only what may stand under it too: "That was my answer".
    keys = [key.data for key in (*last.choices, *controls) if key.data.startswith(_PHRASE)]
    buttons = tuple(b for b in map(parse, keys) if isinstance(b, PhraseButton))
    if is_question:
        question_at = ctx.now
    else:
        work = _work(said)
    if work and ctx.edit_keyboard_only and not _turns_page(ctx.asked, work):
        return ctx.asked  # an older message has changed, and the newest is as it was
    found = LastAsked(
        ctx.now,
        buttons,
        ctx.apologised,
        question_at,
        _open_question(ctx),
        offers_contact=ctx.offers_contact,
        work=work,
        work_at=ctx.now if work else None,
    )
    if work:
        return found
    if ctx.apologised and ctx.asked is not None and not is_question:
        shown = ctx.asked  # "Tap the button you mean": those above are still meant
        return replace(found, work=shown.work, work_at=shown.work_at, interrupts=shown.interrupts)
    return found


def _open_question(ctx: Context) -> tuple[int, int] | None:
    """The open question, where any words answer it and no other text is expected."""
    participant = ctx.participant
    live = participant.open_checkin if participant is not None else None
    if participant is None or live is None or participant.pending_input is not None:
        return None
    if participant.state is ParticipantState.PAUSED:
        return None  # they have asked for something else
    return (live.id, live.session.turn) if typed_labels.takes_any_words(ctx, live) else None


def _work(parts: Sequence[Part]) -> tuple[WorkerChoice, ...]:
    """The buttons for workers under the last message of a reply that has some."""
    for part in reversed(parts):
        if not isinstance(part, MessagePart):
            continue
        pressed = [(parse(b.data), b.label) for b in (*part.choices, *part.controls)]
        found = [(button, label) for button, label in pressed if isinstance(button, WorkerButton)]
        if found:
            return tuple(WorkerChoice(button, label, part.localizer) for button, label in found)
    return ()


def _turns_page(before: LastAsked | None, work: tuple[WorkerChoice, ...]) -> bool:
    """Whether the newest message is a list, and this another page of it."""
    pages = [{c.button.verb for c in w} for w in (before.work if before else (), work)]
    return all("page" in verbs for verbs in pages)


def _keep(memory: OrderedDict[int, T], chat: int, value: T) -> None:
    memory[chat] = value
    memory.move_to_end(chat)
    while len(memory) > MOST_CHATS:
        memory.popitem(last=False)
