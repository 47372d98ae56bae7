"""A check-in that waits: an answer taken, the next question asked, an end reached.

Consent, stopping and planning are elsewhere; this is the walk through the engine.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from bot.content.library import PAIRS, meant
from bot.conversation import stop
from bot.conversation.context import Visit
from bot.conversation.safety import clear_chat, contact_request, settings_screen
from bot.conversation.safety import help as helping
from bot.domain.participant import FollowUp, Live, Past, Person
from bot.i18n.localizer import Tongue
from bot.messages.callback_data import Question
from bot.messages.incoming import Pressed, Spoken, Typed
from bot.messages.reply import Message
from bot.schedule import follow_ups
from bot.store.crypto.system_keys import new_id
from bot.store.repositories.work.sharing_repository import MINE
from bot.store.tables import Due, Stage
from bot.workers import quiet_notices
from flows import engine
from flows.engine import Answer, Flow, Meaning, Note, Tap, Turn
from flows.engine.flow import DONE, RATHER_NOT_SAY, SKIP
from flows.engine.normalise import plain
from flows.engine.phrases import GO_ON

LONGEST_WORDS = 12_000
"""Characters in one message; three of Telegram's longest."""
LONGEST_ANSWER, MOST_NOTES = 60_000, 30
"""Characters and voice notes in one answer, in however many messages; nobody needs as many."""


def begin(
    visit: Visit,
    person: Person,
    flow: Flow,
    about: Past | None = None,
    case_id: int | None = None,
) -> None:
    """Begins a check-in and asks its first question. `case_id` is the worker's case it is for."""
    earlier: dict[str, dict[str, Answer]] = {}
    if about is not None:
        labelled = visit.around.library.labelled(about.version, about.session.answers)
        earlier = {about.flow: labelled}
    case_id = about.case_id if about else case_id
    turn = engine.begin(flow, facts=visit.facts(case_id), earlier=earlier)
    live = Live(
        new_id(),
        turn.session,
        visit.now,
        about=about.id if about else None,
        about_version=about.version if about else None,
        case_id=case_id,
    )
    person.live = live
    if person.may_message:
        visit.batch.plan(follow_ups.unfinished(visit.around.plan, person, live.id, visit.now))
    _apply(visit, person, live, turn)


def first_for(visit: Visit, person: Person) -> Flow:
    """The first check-in that this person would be asked today."""
    return visit.around.library.before_for(person.audience, visit.tongue.code)


def begin_after(visit: Visit, person: Person, before: Past) -> bool:
    """Begins the AFTER of a check-in, instead of any hello for it that is due by now."""
    flow = visit.around.library.after(before.flow, visit.tongue.code)
    if flow is None:
        return False
    for kind in ("after", "ask_after"):
        visit.batch.cancel(person, "begun", visit.now, kind=kind, due_by=visit.now, about=before.id)
    begin(visit, person, flow, about=before)
    return True


def asked_for(visit: Visit, person: Person) -> bool:
    """Begins what a worker has asked for that is due, whether a hello for it went or not."""
    return any(begin_asked(visit, person, found) for found in person.asks)


def begin_asked(visit: Visit, person: Person, found: FollowUp) -> bool:
    """Begins a check-in that a worker asked for; False when it has become pointless."""
    visit.batch.cancel(person, "begun", visit.now, kind=found.kind, case=found.case_id)
    if found.state is Due.DROPPED:
        visit.batch.opened(found)  # taken up by writing first, once
    if found.kind == "ask_before":
        done = any(p.case_id == found.case_id and p.stage is Stage.DONE for p in person.past)
        if done or person.case(found.case_id) is None:
            return False
        flow = first_for(visit, person)
        begin(visit, person, flow, case_id=found.case_id)
        return True
    before = next((p for p in person.past if p.id == found.session_id), None)
    return before is not None and begin_after(visit, person, before)


def after_due(visit: Visit, person: Person) -> Past | None:
    """The check-in whose AFTER has fallen due and was not begun since, if there is one.

    From what was said and the plan alone, so that those who write first are asked too.
    """
    done = [p for p in person.past if p.stage is Stage.DONE and p.flow in PAIRS and p.ended_at]
    if not done:
        return None
    before = done[-1]
    assert before.ended_at is not None  # noqa: S101 - just looked at
    case = person.case(before.case_id) if before.case_id else None
    due = follow_ups.due_since(visit.around.plan, before.ended_at, person.zone, case, visit.now)
    begun = due is not None and follow_ups.begun_since(person, before.id, due)
    return None if due is None or begun else before


def ask(visit: Visit, person: Person, live: Live) -> None:
    """Asks what waits once more."""
    if settings_screen.due(person, live):
        settings_screen.ask(visit, live)
        return
    flow = _revive(visit, live)
    if _asks_whom(visit, live, flow):
        visit.batch.session(person, live, visit.now)
    visit.prompts(engine.ask(flow, live.session, facts=visit.facts()).prompts, live)


def resume(visit: Visit, person: Person, past: Past) -> None:
    """Takes up a check-in that was stopped, where it was: nothing answered is asked again."""
    live = Live(
        past.id,
        past.session,
        past.started_at,
        about=past.about,
        case_id=past.case_id,
        sharing=past.sharing,
        shared_with=past.shared_with,
        closed=past.closed,
    )
    for known in person.past:
        if known.id == past.about:
            labelled = visit.around.library.labelled(known.version, known.session.answers)
            live.session = replace(live.session, earlier={known.flow: labelled})
            live.about_version = known.version
    live.session = replace(live.session, turn=live.session.turn + 1)
    person.live = live
    visit.batch.session(person, live, visit.now)
    ask(visit, person, live)


def hear(visit: Visit, person: Person, live: Live, what: Typed | Spoken | Pressed) -> None:
    """Takes an answer (or a tap that may be one) to the question that waits."""
    if not (settings_screen.due(person, live) and settings_screen.heard(visit, person, live, what)):
        _hear(visit, person, live, what)


def _hear(visit: Visit, person: Person, live: Live, what: Typed | Spoken | Pressed) -> None:
    flow = _revive(visit, live)
    incoming = _incoming(visit, flow, live, what)
    if incoming is None:
        visit.glance("stale")
        return
    if _is_too_much(live, incoming):
        visit.say("too_long")
        return
    turn = engine.hear(flow, live.session, incoming, facts=visit.facts())
    if turn.note is Note.STALE:
        visit.glance("stale")
    elif turn.stopped:
        stop.stop(visit, person)
    elif turn.later:
        _not_now(visit, person, live)
    elif turn.does == "delete":
        visit.say("delete_ask", about=live.id)
    else:
        if isinstance(incoming, Tap):
            visit.chosen = _chosen(visit, flow, live, incoming)
        else:
            live.heard = visit.arrival.message_id or live.heard
        if turn.does == "help":
            visit.messages.append(
                replace(helping.said(visit.tongue, visit.around, visit.now), choices=())
            )
        elif turn.does == "contact":
            visit.then.append(lambda: contact_request.ask_first(visit))
        _apply(visit, person, live, turn)


def _apply(visit: Visit, person: Person, live: Live, turn: Turn) -> None:
    """Keeps what a turn brought, and says what it says."""
    live.session = turn.session
    flow = visit.around.library.version(turn.session.version)
    _share(visit, live, meant(flow, Meaning.SHARING, {**live.closed, **turn.session.answers}))
    _asks_whom(visit, live, flow)
    stage = Stage.DONE if turn.ended else Stage.WAITING
    visit.batch.session(person, live, visit.now, stage)
    visit.batch.answered(person, live, turn.kept, visit.now)
    visit.batch.dropped(live, turn.dropped)
    if turn.ended:
        turn = _ended(visit, person, live, turn)
    if turn.redraw:
        visit.redraw = True
    if settings_screen.due(person, live) and not turn.ended:
        settings_screen.ask(visit, live)  # before the first question of all
        return
    if turn.does == "clear":
        clear_chat.ask(visit)  # START brings what waits
        return
    note = _note(visit.tongue, turn.note) if turn.note else None
    before = len(visit.messages)
    visit.prompts(turn.prompts, live)
    if turn.ended:
        visit.asked = None
    if note is None:
        return
    if len(visit.messages) > before:
        # In one message with what follows: one buzz of the phone, not two.
        first: Message = visit.messages[before]
        visit.messages[before] = replace(first, text=f"{note}\n\n{first.text}")
    else:
        visit.messages.append(Message(note, right_to_left=visit.tongue.right_to_left))


def _share(visit: Visit, live: Live, sharing: str | None) -> None:
    """Keeps who may read it: the worker of that moment, not whoever comes after them."""
    if sharing == live.sharing:
        return
    live.sharing = sharing
    named = live.shared_with or _worker_of(visit, live)
    live.shared_with = named if sharing == MINE else None


def _asks_whom(visit: Visit, live: Live, flow: Flow) -> bool:
    """Remembers which worker the question names; whether it was another before.

    By the time it is answered they may have handed the person over, and a yes was for them.
    """
    step = flow.by_id.get(live.session.step)
    if step is None or step.meaning is not Meaning.SHARING or live.sharing == MINE:
        return False
    before, live.shared_with = live.shared_with, _worker_of(visit, live)
    return live.shared_with != before


def _worker_of(visit: Visit, live: Live) -> int | None:
    case = visit.case(live.case_id)
    return case.worker_id if case else None


def _ended(visit: Visit, person: Person, live: Live, turn: Turn) -> Turn:
    """Plans what comes after a finished check-in, and says the last words with its real date."""
    person.live = None
    clear_chat.after_check_in(visit, person)
    if live.sharing == MINE:
        quiet_notices.shared(visit, person, live.case_id, live.shared_with)
    visit.batch.cancel(person, "finished", visit.now, kind="unfinished")
    visit.batch.cancel(person, "finished", visit.now, kind="not_now")
    if live.session.flow in PAIRS and person.may_message:
        case = person.case(live.case_id) if live.case_id else None
        rows = follow_ups.after(visit.around.plan, person, (live.id, visit.now), case, visit.now)
        visit.batch.plan(rows)
        person.next_hello = min((r["due_at"] for r in rows), default=None)
    flow = visit.around.library.version(live.session.version)
    # The last words were chosen before the plan was made; say them again with what is now true.
    last = engine.say_again(flow, turn, facts=visit.facts())
    return replace(turn, prompts=last)


def _is_too_much(live: Live, incoming: engine.Incoming) -> bool:
    """Whether an answer would grow beyond what anybody needs: one account must not fill the disk.

    What was written early goes to the question before; a button's label, also typed, always fits.
    """
    if isinstance(incoming, Tap):
        return False
    trail = live.session.trail
    step = trail[-1] if incoming.early and trail else live.session.step
    said = live.session.answers.get(step)
    if isinstance(incoming, engine.Voice):
        return said is not None and len(said.voice) >= MOST_NOTES
    before = len(said.words or "") if said is not None else 0
    return len(incoming.text) > LONGEST_WORDS or before + len(incoming.text) > LONGEST_ANSWER


def _not_now(visit: Visit, person: Person, live: Live) -> None:
    if person.may_message:
        visit.say("not_now", about=live.id)
    else:
        visit.say("not_now_alone")


def _incoming(
    visit: Visit, flow: Flow, live: Live, what: Typed | Spoken | Pressed
) -> engine.Incoming | None:
    if isinstance(what, Pressed):
        button = visit.button
        if not isinstance(button, Question) or button.session != live.id:
            return None
        return Tap(button.step, button.turn, button.choice)
    early = _early(visit, live)
    if isinstance(what, Spoken):
        return engine.Voice(what.reference, early=early)
    if not early and (choice := _named(visit, flow, live, what.text)) is not None:
        return Tap(live.session.step, live.session.turn, choice)
    return engine.Words(what.text, early=early)


def _early(visit: Visit, live: Live) -> bool:
    """Whether the person sent this before they could have seen the question that waits.

    Told by message ids, which rise within a chat: theirs is below the prompt's. Where the prompt
    is not known to be delivered, by what it came with and when it was sent. People type one
    thought as several messages, and Telegram's apps cut a long text into several.
    """
    arrival = visit.arrival
    if arrival.message_id is None or live.heard is None:
        return False
    if live.said_turn >= live.session.turn and live.said_message is not None:
        return arrival.message_id < live.said_message
    # Telegram's dates are whole seconds; nobody reads and answers within one.
    return arrival.behind or (live.moved_at is not None and arrival.at < live.moved_at)


def named(visit: Visit, text: str) -> bool:
    """Whether a typed text is the label of a button under the question that waits."""
    person = visit.person
    if person is None or person.live is None:
        return False
    if settings_screen.due(person, person.live):
        return settings_screen.named(visit, text) is not None
    return _named(visit, _revive(visit, person.live), person.live, text) is not None


def _named(visit: Visit, flow: Flow, live: Live, text: str) -> str | None:
    """The choice or control whose label was typed instead of tapped."""
    prompt = engine.ask(flow, live.session, facts=visit.facts()).prompts[0]
    said, tongue = plain(text), visit.tongue
    for button in prompt.choices:
        if button.label is None:
            continue
        label = tongue.say(button.label, prompt.values)
        if _folded(label, ours="{" not in button.label.source) == said:
            return f"+{button.id}" if prompt.several else button.id
    for button in prompt.controls:
        label = tongue.text(visit.around.library.phrases.controls[button.id])
        if _folded(label, ours=True) == said:
            return button.id
    ways = {button.id for button in prompt.controls} & {SKIP, RATHER_NOT_SAY}
    return _passed_by(live, visit.around.library.listened(text), ways)


def _passed_by(live: Live, meant: str | None, ways: set[str]) -> str | None:
    """The control that words such as "I'd rather not" or "next" stand for, where there is one.

    To rather not say takes back what was said; to go on keeps it, as Skip and Done do.
    """
    if not ways or meant not in (RATHER_NOT_SAY, GO_ON):
        return None
    if meant == RATHER_NOT_SAY:
        return RATHER_NOT_SAY
    if live.session.picks:
        return DONE
    return SKIP if live.session.step in live.session.answers else ways.pop()


_our_own = lru_cache(maxsize=4096)(plain)


def _folded(label: str, *, ours: bool) -> str:
    return _our_own(label) if ours else plain(label)  # what holds a name is not kept in mind


def _chosen(visit: Visit, flow: Flow, live: Live, tap: Tap) -> str:
    """What stays written under a question once it is answered by tapping."""
    step, tongue = flow.by_id[live.session.step], visit.tongue
    controls = visit.around.library.phrases.controls
    if tap.choice == "done":
        found = [c for c in step.choices if c.id in live.session.picks]
        labels = [tongue.say(c.label, visit.facts()) for c in found]
        return ", ".join(labels)
    choice = step.choice(tap.choice)
    if choice is not None:
        return tongue.say(choice.label, visit.facts())
    return tongue.text(controls[tap.choice]) if tap.choice in controls else ""


_NOTES = {
    Note.SKIPPED: "skipped",
    Note.DECLINED: "declined",
    Note.KEPT_WORDS: "kept_words",
    Note.ADDED: "added",
    Note.VOICE: "voice",
    Note.UNKNOWN: "unknown_tap",
    Note.PICK_FIRST: "pick_first",
}


def _note(tongue: Tongue, note: Note) -> str:
    return tongue.phrase(_NOTES[note])


def _revive(visit: Visit, live: Live) -> Flow:
    """The flow of the version they began, and their answers with its words, earlier ones too."""
    library = visit.around.library
    flow = library.version(live.session.version)
    answers, earlier = live.session.answers, live.session.earlier
    if live.about_version is not None:
        earlier = {f: library.labelled(live.about_version, said) for f, said in earlier.items()}
    live.session = replace(
        live.session, answers=library.labelled(flow.version, answers), earlier=earlier
    )
    return flow
