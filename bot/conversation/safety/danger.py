"""When a text may mean danger: a human sentence, the truth, and the helplines.

The detection is in `flows.engine.danger`. Nothing follows from it except what the participant says
yes to: no block, no mark, no change to their help.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from bot.content.environment import Environment
from bot.conversation import stop
from bot.conversation.checkin import answer_limits, answering
from bot.conversation.context import Context
from bot.conversation.my_data import change_answer, complaints
from bot.conversation.next_step import Next
from bot.conversation.safety import (
    clear_chat,
    contact_button,
    contact_request,
    helpline_text,
    opening_line,
)
from bot.conversation.safety.helpline_text import ADULT, UNKNOWN, YOUNG
from bot.domain.ids import new_id
from bot.domain.participant import Checkin, Participant
from bot.domain.participant_inputs import AwaitingCorrection, PendingSmallTalk, PendingText
from bot.domain.states import ParticipantState
from bot.i18n.localizer import Localizer
from bot.messages.callback_data import PhraseButton
from bot.messages.incoming import (
    Command,
    IncomingUpdate,
    TextMessage,
    UnsupportedMessage,
    UpdateContent,
    VoiceMessage,
)
from bot.messages.reply import Message, Reply
from flows import engine
from flows.engine import StopMeaning
from flows.engine.danger.detector import DangerKind

SAYS = {
    DangerKind.SELF_HARM: ("danger_self_harm", ("talk", "text")),
    DangerKind.ABUSE_NOW: ("danger_abuse", ("abuse", "men_abuse")),
    DangerKind.CHILD_AT_RISK: ("danger_child", ("child", "talk")),
    DangerKind.HARM_TO_OTHERS: ("danger_others", ("talk", "text")),
    DangerKind.OVERDOSE_NOW: ("danger_overdose", ()),
    DangerKind.MAYBE: ("stop_maybe", ()),
    DangerKind.UNSURE: ("danger_unsure", ("talk", "abuse")),
}
"""The answer for each kind, and the helplines in it after the emergency number."""

NOT_THEIRS = frozenset({"start", "new", "people"})
"""Commands followed by a link's token, or by a worker's text about others."""


def words_of(what: UpdateContent) -> str:
    """All text of the sender's own in an update, wherever it is."""
    if isinstance(what, TextMessage):
        return what.text
    if isinstance(what, VoiceMessage):
        return str(what.reference.get("caption") or "")
    if isinstance(what, Command):
        # A slash typed by mistake ("/i want to die") is followed by text all the same.
        return "" if what.name in NOT_THEIRS else f"{what.name} {what.arguments}"
    return what.words if isinstance(what, UnsupportedMessage) else ""


def kind_of(what: UpdateContent, env: Environment) -> DangerKind | None:
    """The danger in an update, if there is any."""
    words = words_of(what)
    found = env.danger.find(words) if words else None
    if found is None or (isinstance(what, Command) and found.kind is DangerKind.MAYBE):
        return None  # the command itself is unambiguous
    return found.kind


def message(
    kind: DangerKind,
    localizer: Localizer,
    env: Environment,
    audience: str,
    now: dt.datetime,
    *,
    shared: bool,
    heard: bool = True,
) -> Message:
    """The immediate answer. Without helplines on a shared phone, except the one to call.

    Where no worker would hear it (`heard`), it does not offer to ask for a person.
    """
    name, kinds = SAYS[kind]
    if shared and kinds:
        name = "danger_shared"
    elif audience == YOUNG and kinds:
        name, kinds = "danger_young", ("child", "text")
    elif audience == UNKNOWN and kinds and "child" not in kinds:
        # A participant of unknown age is treated with the care a child is due.
        kinds = (*kinds, "child")
    found = helpline_text.chosen(env, kinds, audience, now)
    said = helpline_text.with_lines(name, localizer, env, found, now, about=_number(kind))
    return contact_button.offered(said, heard=heard)


def _number(kind: DangerKind) -> int:
    return list(DangerKind).index(kind)


def from_memory(
    update: IncomingUpdate,
    kind: DangerKind,
    env: Environment,
    language: str | None,
    audience: str = UNKNOWN,
    *,
    shared: bool = False,
    heard: bool = True,
) -> Reply:
    """The answer without a database.

    Language, audience and privacy come from this process's memory.
    """
    languages = env.languages
    localizer = languages.for_safety(
        language or languages.match(update.language_code) or languages.codes[0]
    )
    said = message(kind, localizer, env, audience, update.sent_at, shared=shared, heard=heard)
    return Reply(new_id(), update.chat, (said,), urgent=True)


async def answer_unsure(ctx: Context) -> None:
    """Answers that they are not safe, or that it sounds so again; holds no text as pending."""
    participant = ctx.participant
    ctx.urgent = True
    _say(ctx, DangerKind.UNSURE, shared=is_phone_seen(ctx))
    if participant is not None and participant.state is not ParticipantState.STOPPED:
        await _tell_workers(ctx, participant)


async def answer(ctx: Context, kind: DangerKind) -> None:
    """Answers, and holds the text as pending until the participant decides about it."""
    participant = ctx.participant
    ctx.urgent = True
    if not ctx.update.answered_from_memory():
        _say(ctx, kind, shared=participant is not None and participant.shared_phone)
    if participant is None:
        return
    if opening_line.stands(ctx):
        pass  # it may be anyone who holds the phone: nothing of it is stored as an answer
    elif change_answer.awaits_correction(participant):
        _hold_change(ctx, participant)
    elif complaints.awaits_complaint(participant) and isinstance(
        ctx.update.content, TextMessage | VoiceMessage
    ):
        if ctx.stop is not StopMeaning.MAYBE:
            # They asked for a person to read it: nothing of it is lost.
            await complaints.complaint_received(ctx, participant, ctx.update.content)
    elif participant.open_checkin is not None and participant.delete_at is None:
        _hold(ctx, participant, participant.open_checkin)
    if participant.state is ParticipantState.STOPPED:
        return
    if kind is not DangerKind.MAYBE:
        await _tell_workers(ctx, participant)


async def _tell_workers(ctx: Context, participant: Participant) -> None:
    """Asks a worker to contact them, where the settings say so; what they wrote is not told."""
    if ctx.env.tells_workers and participant.cases:
        await contact_request.request_contact(ctx)


def is_phone_seen(ctx: Context) -> bool:
    """Whether others see this phone, as far as is known; also before a newcomer has said so."""
    if ctx.participant is None:
        return bool(ctx.lookups.inactive_participants)
    return opening_line.is_phone_shared(ctx, ctx.participant)


def audience_of(participant: Participant | None) -> str:
    """The audience of the helplines, as in the helpline files."""
    if participant is None:
        return UNKNOWN
    return YOUNG if participant.audience == YOUNG else ADULT


def _say(ctx: Context, kind: DangerKind, *, shared: bool) -> None:
    audience = audience_of(ctx.participant)
    heard = contact_button.is_heard(ctx)
    localizer = ctx.safety_localizer
    ctx.parts.append(
        message(kind, localizer, ctx.env, audience, ctx.now, shared=shared, heard=heard)
    )


def _hold(ctx: Context, participant: Participant, live: Checkin) -> None:
    what = ctx.update.content
    step = ctx.env.library.get_version(live.session.version).by_id.get(live.session.step)
    if step is None or not step.can_decline:
        return  # a gate stores no text, so none can be offered to be kept
    held = PendingText(live.id, live.session.step)
    if isinstance(what, VoiceMessage):
        held = replace(held, voice=dict(what.reference))
    elif isinstance(what, TextMessage):
        # People type one thought as several messages: earlier pending text is not lost.
        before = pending_text(participant, live)
        texts = (before.text if before is not None else None, what.text)
        held = replace(held, text="\n".join(filter(None, texts))[: answer_limits.LONGEST_WORDS])
    else:
        return  # an edit changes no answer, and a forwarded text is not theirs
    participant.pending_input, participant.pending_since = held, ctx.now
    ctx.uow.participants.save(participant)


def _hold_change(ctx: Context, participant: Participant) -> None:
    """Holds a corrected answer as pending, until the participant chooses to store it."""
    what, awaited = ctx.update.content, participant.pending_input
    assert isinstance(awaited, AwaitingCorrection)  # noqa: S101 - see `awaits_correction`
    if isinstance(what, VoiceMessage):
        participant.pending_input = replace(awaited, voice=dict(what.reference))
    elif isinstance(what, TextMessage):
        participant.pending_input = replace(awaited, text=what.text[: answer_limits.LONGEST_WORDS])
    else:
        return
    participant.pending_since = ctx.now
    ctx.uow.participants.save(participant)


def discard_pending_text(ctx: Context, participant: Participant) -> None:
    """Discards the pending text: they went on without choosing to keep it."""
    if isinstance(participant.pending_input, PendingText | PendingSmallTalk):
        participant.pending_input = None
        ctx.uow.participants.save(participant)


# --- the buttons under it ------------------------------------------------------------------------


async def chosen(ctx: Context, button: PhraseButton) -> Next | None:
    """Handles a tap under the answer."""
    if button.choice == "contact":
        await contact_request.request_contact(ctx)
    elif button.choice == "show":
        _show(ctx, button)
    elif button.choice == "called":
        ctx.say("danger_called")
    elif button.choice == "hard":
        _something_hard(ctx)
    elif button.choice == "stop":
        await stop.stop_now(ctx)
    elif button.choice == "clear":
        await clear_chat.ask(ctx)
    else:
        return Next.BACK
    return None


def _show(ctx: Context, button: PhraseButton) -> None:
    """Shows the helplines on a shared phone, once they have said that it is safe."""
    kinds = list(DangerKind)
    kind = kinds[button.about] if button.about < len(kinds) else DangerKind.SELF_HARM
    _say(ctx, kind, shared=False)


def _something_hard(ctx: Context) -> None:
    participant = ctx.participant
    _say(ctx, DangerKind.SELF_HARM, shared=participant is not None and participant.shared_phone)


def pending_text(participant: Participant, live: Checkin) -> PendingText | None:
    """The pending text, if it was written to the question that is still open."""
    held = participant.pending_input
    fits = isinstance(held, PendingText) and (held.checkin_id, held.step) == (
        live.id,
        live.session.step,
    )
    return held if isinstance(held, PendingText) and fits else None


def pending_correction(participant: Participant) -> AwaitingCorrection | None:
    """The correction that sounded dangerous and is not stored yet."""
    held = participant.pending_input
    pending = isinstance(held, AwaitingCorrection) and bool(held.text or held.voice)
    return held if isinstance(held, AwaitingCorrection) and pending else None


async def keep(ctx: Context, participant: Participant, button: PhraseButton) -> Next | None:
    """Stores the pending text as the answer, or discards it; then the question is repeated."""
    if change_answer.awaits_correction(participant):
        return _keep_change(ctx, participant, button)
    live = participant.open_checkin
    mine = live is not None and live.id == button.about and button.choice in KEEP
    held = pending_text(participant, live) if live is not None else None
    if live is None or not mine or held is None:
        ctx.toast_phrase("stale")
        return None
    participant.pending_input = None
    ctx.uow.participants.save(participant)
    if button.choice == "keep":
        ctx.say_without_buttons("danger_kept")
        # As it was held: what they keep is an answer, whatever else it may mean.
        said = engine.Voice(held.voice) if held.voice else engine.Words(held.text or "")
        await answering.store(ctx, participant, live, said)
        return None
    ctx.say_without_buttons("danger_left")
    return Next.RESUME


def _keep_change(ctx: Context, participant: Participant, button: PhraseButton) -> Next | None:
    held = participant.pending_input
    assert isinstance(held, AwaitingCorrection)  # noqa: S101 - see `keep`
    has_content = bool(held.text or held.voice)
    if button.about != held.checkin_id or button.choice not in KEEP or not has_content:
        ctx.toast_phrase("stale")
        return None
    participant.pending_input = replace(held, text=None, voice=None)
    ctx.uow.participants.save(participant)
    if button.choice == "keep":
        return change_answer.receive(ctx, participant, _message_of(held))
    ctx.say_without_buttons("danger_left")
    return None if change_answer.again(ctx, participant) else Next.RESUME


def _message_of(held: PendingText | AwaitingCorrection) -> TextMessage | VoiceMessage:
    return VoiceMessage(held.voice) if held.voice else TextMessage(held.text or "")


KEEP = ("keep", "leave")
BUTTONS: Sequence[str] = (
    "danger_self_harm",
    "danger_abuse",
    "danger_overdose",
    "danger_child",
    "danger_others",
    "danger_young",
    "danger_shared",
    "danger_unsure",
    "stop_maybe",
    "stop_maybe_again",
)
