"""When what someone writes may mean danger: a human sentence, the truth, and who can be called.

Judges nothing itself (see `flows.engine.danger`), and nothing follows from it but what the person
says yes to: no block, no mark, no change to anyone's help.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.conversation.checkin import answering
from bot.conversation.context import Context, Environment
from bot.conversation.my_data import change_answer, complaints
from bot.conversation.onboarding import onboarding
from bot.conversation.safety import clear_chat, contact_request, helpline_text, opening_line
from bot.conversation.safety.helpline_text import ADULT, UNKNOWN, YOUNG
from bot.dispatch import commands
from bot.domain.participant import OpenCheckin, Participant
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
from bot.store.crypto.system_keys import new_id
from bot.store.tables import ParticipantState
from bot.workers import accounts
from flows.engine.danger.detector import DangerKind

SAYS = {
    DangerKind.SELF_HARM: ("danger_self_harm", ("talk", "text")),
    DangerKind.ABUSE_NOW: ("danger_abuse", ("abuse", "men_abuse")),
    DangerKind.CHILD_AT_RISK: ("danger_child", ("child", "talk")),
    DangerKind.HARM_TO_OTHERS: ("danger_others", ("talk", "text")),
    DangerKind.OVERDOSE_NOW: ("danger_overdose", ()),
    DangerKind.MAYBE: ("stop_maybe", ()),
}
"""What is said for each kind, and which numbers stand in it after the emergency number."""

PENDING = "danger"

NOT_THEIRS = frozenset({"start", "new", "people"})
"""Commands that are followed by a link's token, or by what a worker writes about somebody."""


def words_of(what: UpdateContent) -> str:
    """Every word of the person's own in what has come, wherever it stands."""
    if isinstance(what, TextMessage):
        return what.text
    if isinstance(what, VoiceMessage):
        return str(what.reference.get("caption") or "")
    if isinstance(what, Command):
        # Who types a slash by mistake ("/i want to die") has written words all the same.
        return "" if what.name in NOT_THEIRS else f"{what.name} {what.arguments}"
    return what.words if isinstance(what, UnsupportedMessage) else ""


def kind_of(what: UpdateContent, around: Environment) -> DangerKind | None:
    """The danger in what has come, if there is any."""
    words = words_of(what)
    found = around.danger.find(words) if words else None
    if found is None or (isinstance(what, Command) and found.kind is DangerKind.MAYBE):
        return None  # a command says which is meant
    return found.kind


def message(
    kind: DangerKind,
    tongue: Localizer,
    around: Environment,
    audience: str,
    now: dt.datetime,
    *,
    shared: bool,
) -> Message:
    """What is said at once. Without numbers on a phone that others see, but for the one to call."""
    name, kinds = SAYS[kind]
    if shared and kinds:
        name = "danger_shared"
    elif audience == YOUNG and kinds:
        name, kinds = "danger_young", ("child", "text")
    elif audience == UNKNOWN and kinds and "child" not in kinds:
        # Whoever's age is not known is treated with the care a child is due.
        kinds = (*kinds, "child")
    found = helpline_text.chosen(around, kinds, audience, now)
    return helpline_text.with_lines(name, tongue, around, found, now, about=_number(kind))


def _number(kind: DangerKind) -> int:
    return list(DangerKind).index(kind)


def from_memory(
    arrival: IncomingUpdate,
    kind: DangerKind,
    around: Environment,
    language: str | None,
    audience: str = UNKNOWN,
    *,
    shared: bool = False,
) -> Reply:
    """The answer without a database; whose it is is known as far as this process remembers."""
    tongues = around.languages
    tongue = tongues.for_safety(
        language or tongues.match(arrival.language_code) or tongues.codes[0]
    )
    said = message(kind, tongue, around, audience, arrival.sent_at, shared=shared)
    return Reply(new_id(), arrival.chat, (said,), urgent=True)


def answer(visit: Context, kind: DangerKind) -> None:
    """Answers, and holds what they wrote until they say what is to become of it."""
    person = visit.participant
    visit.urgent = True
    if not visit.update.answered_from_memory():
        _say(visit, kind, shared=person is not None and person.shared_phone)
    if person is None:
        return
    if opening_line.stands(visit):
        pass  # it may be anybody who holds the phone: nothing of it is kept as an answer
    elif change_answer.awaits_correction(person):
        _hold_change(visit, person)
    elif complaints.awaits_complaint(person) and isinstance(
        visit.update.content, TextMessage | VoiceMessage
    ):
        # They asked for a person to read it: nothing of it is lost.
        complaints.complaint_received(visit, person, visit.update.content, back=False)
    elif person.open_checkin is not None and person.delete_at is None:
        _hold(visit, person, person.open_checkin)
    if person.state is ParticipantState.STOPPED:
        return
    if visit.env.tells_workers and kind is not DangerKind.MAYBE and person.cases:
        visit.after_handling.append(lambda: contact_request.request_contact(visit))


def audience_of(person: Participant | None) -> str:
    """Whom the numbers are for, as the files of numbers call it."""
    if person is None:
        return UNKNOWN
    return YOUNG if person.audience == YOUNG else ADULT


def _say(visit: Context, kind: DangerKind, *, shared: bool) -> None:
    audience = audience_of(visit.participant)
    visit.messages.append(
        message(kind, visit.safe_tongue, visit.env, audience, visit.now, shared=shared)
    )


def _hold(visit: Context, person: Participant, live: OpenCheckin) -> None:
    what = visit.update.content
    step = visit.env.library.get_version(live.session.version).by_id.get(live.session.step)
    if step is None or not step.can_decline:
        return  # a gate keeps no words, so none can be offered to be kept
    held: dict[str, object] = {"to": PENDING, "session": live.id, "step": live.session.step}
    if isinstance(what, VoiceMessage):
        held["voice"] = dict(what.reference)
    elif isinstance(what, TextMessage):
        # People type one thought as several messages: what is held already is not lost.
        before = str(person.pending_input.get("words") or "") if _fits(person, live) else ""
        held["words"] = "\n".join(filter(None, (before, what.text)))[: answering.LONGEST_WORDS]
    else:
        return  # an edit changes no answer, and what is forwarded is not theirs
    person.pending_input, person.pending_since = held, visit.now
    visit.uow.update_participant(person)


def _hold_change(visit: Context, person: Participant) -> None:
    """Holds what was written in the place of an answer, until they say that it is to stand."""
    what = visit.update.content
    if isinstance(what, VoiceMessage):
        person.pending_input = {**person.pending_input, "voice": dict(what.reference)}
    elif isinstance(what, TextMessage):
        person.pending_input = {
            **person.pending_input,
            "words": what.text[: answering.LONGEST_WORDS],
        }
    else:
        return
    person.pending_since = visit.now
    visit.uow.update_participant(person)


def let_go(visit: Context, person: Participant) -> None:
    """Forgets what was held: they have gone on without saying that it is to be kept."""
    if person.pending_input.get("to") == PENDING:
        person.pending_input = {}
        visit.uow.update_participant(person)


# --- the buttons under it ------------------------------------------------------------------------


def chosen(visit: Context, button: PhraseButton) -> None:
    """Does what was tapped under the answer."""
    if button.choice == "contact":
        visit.after_handling.append(lambda: contact_request.request_contact(visit))
    elif button.choice == "show":
        _show(visit, button)
    elif button.choice == "called":
        visit.say("danger_called")
    elif button.choice == "hard":
        _something_hard(visit)
    elif button.choice == "stop":
        commands.stop_now(visit)
    elif button.choice == "clear":
        clear_chat.ask(visit)
    else:
        _carry_on(visit)


def _show(visit: Context, button: PhraseButton) -> None:
    """Shows the numbers on a shared phone, now that they say it is safe."""
    kinds = list(DangerKind)
    kind = kinds[button.about] if button.about < len(kinds) else DangerKind.SELF_HARM
    _say(visit, kind, shared=False)


def _something_hard(visit: Context) -> None:
    person = visit.participant
    _say(visit, DangerKind.SELF_HARM, shared=person is not None and person.shared_phone)


def _carry_on(visit: Context) -> None:
    """Brings back the question that waited; first asks what is to become of what they wrote."""
    person, worker = visit.participant, visit.worker
    if onboarding.has_stopped(visit) or (
        person is not None and person.state is ParticipantState.STOPPED
    ):
        visit.say("are_stopped")  # only START brings anyone back
    elif person is None and visit.onboarding is not None:
        onboarding.again(visit, visit.onboarding)
    elif person is None and worker is not None and worker.active:
        accounts.welcome(visit, worker)
    elif person is None:
        onboarding.greet(visit)
    elif change_answer.awaits_correction(person):
        held = {"words", "voice"} & person.pending_input.keys()
        if held:
            visit.say("danger_keep", about=int(person.pending_input["session"]))
        else:
            change_answer.again(visit, person)
    elif person.open_checkin is not None and _fits(person, person.open_checkin):
        visit.say("danger_keep", about=person.open_checkin.id)
    elif person.open_checkin is not None:
        answering.ask(visit, person, person.open_checkin)
    else:
        commands.resume(visit)


def _fits(person: Participant, live: OpenCheckin) -> bool:
    """Whether what is held was written to the question that still waits."""
    held = person.pending_input
    return (held.get("to"), held.get("session"), held.get("step")) == (
        PENDING,
        live.id,
        live.session.step,
    )


def keep(visit: Context, button: PhraseButton) -> None:
    """Keeps what they wrote as their answer, or leaves it out; then the question comes back."""
    person = visit.participant
    if person is not None and change_answer.awaits_correction(person):
        _keep_change(visit, person, button)
        return
    live = person.open_checkin if person is not None else None
    mine = live is not None and live.id == button.about and button.choice in KEEP
    if person is None or live is None or not mine or not _fits(person, live):
        visit.toast_phrase("stale")
        return
    held, person.pending_input = person.pending_input, {}
    visit.uow.update_participant(person)
    if button.choice == "keep":
        voice = held.get("voice")
        what: TextMessage | VoiceMessage = (
            VoiceMessage(voice) if voice else TextMessage(str(held["words"]))
        )
        visit.say_without_buttons("danger_kept")
        answering.hear(visit, person, live, what)
    else:
        visit.say_without_buttons("danger_left")
        answering.ask(visit, person, live)


def _keep_change(visit: Context, person: Participant, button: PhraseButton) -> None:
    held = person.pending_input
    words, voice = held.get("words"), held.get("voice")
    if button.about != held.get("session") or button.choice not in KEEP or not (words or voice):
        visit.toast_phrase("stale")
        return
    person.pending_input = {k: v for k, v in held.items() if k not in ("words", "voice")}
    visit.uow.update_participant(person)
    if button.choice == "keep":
        change_answer.heard(
            visit, person, VoiceMessage(voice) if voice else TextMessage(str(words))
        )
    else:
        visit.say_without_buttons("danger_left")
        change_answer.again(visit, person)


KEEP = ("keep", "leave")
BUTTONS: Sequence[str] = (
    "danger_self_harm",
    "danger_abuse",
    "danger_overdose",
    "danger_child",
    "danger_others",
    "danger_young",
    "danger_shared",
    "stop_maybe",
)
