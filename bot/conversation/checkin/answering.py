"""Walks an open check-in: stores an answer, asks the next question, reaches the end.

Consent, stopping and scheduling are elsewhere.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from bot.content.library import AFTER_FLOW_OF, choice_for_meaning
from bot.conversation import stop
from bot.conversation.context import Context
from bot.conversation.next_step import Next
from bot.conversation.safety import clear_chat, contact_request, settings_screen
from bot.conversation.safety import help as helping
from bot.domain.ids import new_id
from bot.domain.participant import Checkin, FollowUp, Participant
from bot.domain.sharing_choice import Sharing
from bot.domain.states import CheckinState, FollowUpState
from bot.i18n.localizer import Localizer
from bot.messages.callback_data import QuestionButton
from bot.messages.incoming import ButtonPress, TextMessage, VoiceMessage
from bot.messages.reply import Message
from bot.schedule import follow_ups
from bot.workers import quiet_notices
from flows import engine
from flows.engine import Answer, Flow, Meaning, Note, Tap, Turn
from flows.engine.flow import DONE, RATHER_NOT_SAY, SKIP
from flows.engine.normalise import normalise
from flows.engine.phrases import GO_ON

LONGEST_WORDS = 12_000
"""Characters in one message; three of Telegram's longest."""
LONGEST_ANSWER, MOST_NOTES = 60_000, 30
"""Characters and voice notes in one answer, in however many messages; no answer needs as many."""


async def begin(
    ctx: Context,
    participant: Participant,
    flow: Flow,
    about: Checkin | None = None,
    case_id: int | None = None,
) -> None:
    """Begins a check-in and asks its first question. `case_id` is the worker's case it is for."""
    earlier: dict[str, dict[str, Answer]] = {}
    if about is not None:
        labelled = ctx.env.library.with_labels(about.version, about.session.answers)
        earlier = {about.flow: labelled}
    case_id = about.case_id if about else case_id
    turn = engine.begin(flow, facts=ctx.facts(case_id), earlier=earlier)
    live = Checkin(
        new_id(),
        turn.session,
        ctx.now,
        follows_id=about.id if about else None,
        follows_version=about.version if about else None,
        case_id=case_id,
    )
    participant.open_checkin = live
    if participant.may_message:
        ctx.uow.follow_ups.add(follow_ups.unfinished(ctx.env.plan, participant, live.id, ctx.now))
    await _apply(ctx, participant, live, turn)


def first_for(ctx: Context, participant: Participant) -> Flow:
    """The first check-in that this participant would be asked today."""
    return ctx.env.library.before_for(participant.audience, ctx.localizer.code)


async def begin_after(ctx: Context, participant: Participant, before: Checkin) -> bool:
    """Begins the AFTER of a check-in, in place of any follow-up for it that is due by now."""
    flow = ctx.env.library.after(before.flow, ctx.localizer.code)
    if flow is None:
        return False
    for kind in ("after", "ask_after"):
        ctx.uow.follow_ups.cancel(
            participant, "begun", ctx.now, kind=kind, due_by=ctx.now, about=before.id
        )
    await begin(ctx, participant, flow, about=before)
    return True


async def asked_for(ctx: Context, participant: Participant) -> bool:
    """Begins a due request of a worker, whether a follow-up for it was sent or not."""
    for found in participant.due_requests:
        if await begin_asked(ctx, participant, found):
            return True
    return False


async def begin_asked(ctx: Context, participant: Participant, found: FollowUp) -> bool:
    """Begins a check-in that a worker requested; False when it has become pointless."""
    ctx.uow.follow_ups.cancel(participant, "begun", ctx.now, kind=found.kind, case=found.case_id)
    if found.state is FollowUpState.DROPPED:
        ctx.uow.follow_ups.mark_opened(found)  # opened by writing first, once
    if found.kind == "ask_before":
        done = any(
            p.case_id == found.case_id and p.state is CheckinState.DONE
            for p in participant.checkins
        )
        if done or participant.case(found.case_id) is None:
            return False
        flow = first_for(ctx, participant)
        await begin(ctx, participant, flow, case_id=found.case_id)
        return True
    before = next((p for p in participant.checkins if p.id == found.session_id), None)
    return before is not None and await begin_after(ctx, participant, before)


def after_due(ctx: Context, participant: Participant) -> Checkin | None:
    """The check-in whose AFTER has fallen due and was not begun since, if there is one.

    From the answers and the plan alone, so that participants who write first are asked too.
    """
    done = [
        p
        for p in participant.checkins
        if p.state is CheckinState.DONE and p.flow in AFTER_FLOW_OF and p.ended_at
    ]
    if not done:
        return None
    before = done[-1]
    assert before.ended_at is not None  # noqa: S101 - just looked at
    case = participant.case(before.case_id) if before.case_id else None
    due = follow_ups.latest_due_before(
        ctx.env.plan, before.ended_at, participant.timezone, case, ctx.now
    )
    begun = due is not None and follow_ups.started_since(participant, before.id, due)
    return None if due is None or begun else before


def ask(ctx: Context, participant: Participant, live: Checkin) -> None:
    """Repeats the open question."""
    if settings_screen.due(participant, live):
        settings_screen.ask(ctx, live)
        return
    flow = _revive(ctx, live)
    if _asks_whom(ctx, live, flow):
        ctx.uow.checkins.save(participant, live, ctx.now)
    ctx.ask(engine.ask(flow, live.session, facts=ctx.facts()).prompts, live)


def resume(ctx: Context, participant: Participant, past: Checkin) -> None:
    """Resumes a check-in that was stopped, where it was: nothing answered is asked again."""
    live = past.reopened()
    for known in participant.checkins:
        if known.id == past.follows_id:
            labelled = ctx.env.library.with_labels(known.version, known.session.answers)
            live.session = replace(live.session, earlier={known.flow: labelled})
            live.follows_version = known.version
    live.session = replace(live.session, turn=live.session.turn + 1)
    participant.open_checkin = live
    ctx.uow.checkins.save(participant, live, ctx.now)
    ask(ctx, participant, live)


async def hear(
    ctx: Context,
    participant: Participant,
    live: Checkin,
    what: TextMessage | VoiceMessage | ButtonPress,
) -> Next | None:
    """Handles an answer (or a tap that may be one) to the open question."""
    if settings_screen.due(participant, live):
        taken, follows = await settings_screen.heard(ctx, participant, live, what)
        if taken:
            return follows
    await _hear(ctx, participant, live, what)
    return None


async def _hear(
    ctx: Context,
    participant: Participant,
    live: Checkin,
    what: TextMessage | VoiceMessage | ButtonPress,
) -> None:
    flow = _revive(ctx, live)
    incoming = _incoming(ctx, flow, live, what)
    if incoming is None:
        ctx.toast_phrase("stale")
        return
    if _is_too_much(live, incoming):
        ctx.say("too_long")
        return
    turn = engine.hear(flow, live.session, incoming, facts=ctx.facts())
    if turn.note is Note.STALE:
        ctx.toast_phrase("stale")
    elif turn.stopped:
        stop.stop(ctx, participant)
    elif turn.postponed:
        _not_now(ctx, participant, live)
    elif turn.action == "delete":
        ctx.say("delete_ask", about=live.id)
    else:
        if isinstance(incoming, Tap):
            ctx.chosen = _chosen(ctx, flow, live, incoming)
        else:
            live.last_answer_message_id = ctx.update.message_id or live.last_answer_message_id
        if turn.action == "help":
            ctx.messages.append(replace(helping.said(ctx.localizer, ctx.env, ctx.now), choices=()))
        elif turn.action == "contact":
            await contact_request.request_contact(ctx)
        await _apply(ctx, participant, live, turn)


async def _apply(ctx: Context, participant: Participant, live: Checkin, turn: Turn) -> None:
    """Stores the result of a turn, and adds its messages to the reply."""
    live.session = turn.session
    flow = ctx.env.library.get_version(turn.session.version)
    _share(
        ctx,
        live,
        choice_for_meaning(flow, Meaning.SHARING, {**live.hidden_answers, **turn.session.answers}),
    )
    _asks_whom(ctx, live, flow)
    stage = CheckinState.DONE if turn.ended else CheckinState.WAITING
    ctx.uow.checkins.save(participant, live, ctx.now, stage)
    ctx.uow.checkins.save_answers(participant, live, turn.answers, ctx.now)
    ctx.uow.checkins.drop_answers(live, turn.dropped_answers)
    if turn.ended:
        turn = await _ended(ctx, participant, live, turn)
    if turn.edit_keyboard_only:
        ctx.redraw = True
    if settings_screen.due(participant, live) and not turn.ended:
        settings_screen.ask(ctx, live)  # before the first question of all
        return
    if turn.action == "clear":
        await clear_chat.ask(ctx)  # START repeats the open question
        return
    note = _note(ctx.localizer, turn.note) if turn.note else None
    before = len(ctx.messages)
    ctx.ask(turn.prompts, live)
    if turn.ended:
        ctx.prompt_ref = None
    if note is None:
        return
    if len(ctx.messages) > before:
        # In one message with what follows: one buzz of the phone, not two.
        first: Message = ctx.messages[before]
        ctx.messages[before] = replace(first, text=f"{note}\n\n{first.text}")
    else:
        ctx.messages.append(Message(note, right_to_left=ctx.localizer.right_to_left))


def _share(ctx: Context, live: Checkin, sharing: str | None) -> None:
    """Stores who may read it: the worker of that moment, not a later one."""
    if sharing == live.sharing:
        return
    live.sharing = sharing
    named = live.shared_with or _worker_of(ctx, live)
    live.shared_with = named if sharing == Sharing.WORKER else None


def _asks_whom(ctx: Context, live: Checkin, flow: Flow) -> bool:
    """Remembers which worker the question names; whether it was another before.

    By the time it is answered the case may be handed over, and a yes was for the worker named.
    """
    step = flow.by_id.get(live.session.step)
    if step is None or step.meaning is not Meaning.SHARING or live.sharing == Sharing.WORKER:
        return False
    before, live.shared_with = live.shared_with, _worker_of(ctx, live)
    return live.shared_with != before


def _worker_of(ctx: Context, live: Checkin) -> int | None:
    case = ctx.case(live.case_id)
    return case.worker_id if case else None


async def _ended(ctx: Context, participant: Participant, live: Checkin, turn: Turn) -> Turn:
    """Schedules what follows a finished check-in, and adds the last message with its real date."""
    participant.open_checkin = None
    clear_chat.after_check_in(ctx, participant)
    if live.sharing == Sharing.WORKER:
        await quiet_notices.shared(ctx, participant, live.case_id, live.shared_with)
    ctx.uow.follow_ups.cancel(participant, "finished", ctx.now, kind="unfinished")
    ctx.uow.follow_ups.cancel(participant, "finished", ctx.now, kind="not_now")
    if live.session.flow in AFTER_FLOW_OF and participant.may_message:
        case = participant.case(live.case_id) if live.case_id else None
        rows = follow_ups.after_checkins(
            ctx.env.plan, participant, (live.id, ctx.now), case, ctx.now
        )
        ctx.uow.follow_ups.add(rows)
        participant.next_follow_up_at = min((r["due_at"] for r in rows), default=None)
    flow = ctx.env.library.get_version(live.session.version)
    # The last message was rendered before scheduling; render it again with the new facts.
    last = engine.say_again(flow, turn, facts=ctx.facts())
    return replace(turn, prompts=last)


def _is_too_much(live: Checkin, incoming: engine.Incoming) -> bool:
    """Whether an answer would grow too large: one account must not fill the disk.

    Text written early goes to the question before; a button's label, also typed, always fits.
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


def _not_now(ctx: Context, participant: Participant, live: Checkin) -> None:
    if participant.may_message:
        ctx.say("not_now", about=live.id)
    else:
        ctx.say("not_now_alone")


def _incoming(
    ctx: Context, flow: Flow, live: Checkin, what: TextMessage | VoiceMessage | ButtonPress
) -> engine.Incoming | None:
    if isinstance(what, ButtonPress):
        button = ctx.button
        if not isinstance(button, QuestionButton) or button.session != live.id:
            return None
        return Tap(button.step, button.turn, button.choice)
    early = _early(ctx, live)
    if isinstance(what, VoiceMessage):
        return engine.Voice(what.reference, early=early)
    if not early and (choice := _typed_label(ctx, flow, live, what.text)) is not None:
        return Tap(live.session.step, live.session.turn, choice)
    return engine.Words(what.text, early=early)


def _early(ctx: Context, live: Checkin) -> bool:
    """Whether this was sent before its sender could have seen the open question.

    By message ids, which rise within a chat: theirs is below the prompt's. Where the prompt is not
    known to be delivered, by what it came with and when it was sent. People type one thought as
    several messages, and Telegram's apps cut a long text into several.
    """
    update = ctx.update
    if update.message_id is None or live.last_answer_message_id is None:
        return False
    if live.shown_turn >= live.session.turn and live.shown_message_id is not None:
        return update.message_id < live.shown_message_id
    # Telegram's dates are whole seconds; a question is not read and answered within one.
    return update.queued_behind or (live.moved_at is not None and update.sent_at < live.moved_at)


def named(ctx: Context, text: str) -> bool:
    """Whether a text is the label of a button under the open question."""
    participant = ctx.participant
    if participant is None or participant.open_checkin is None:
        return False
    live = participant.open_checkin
    if settings_screen.due(participant, live):
        return settings_screen.named(ctx, text) is not None
    return _typed_label(ctx, _revive(ctx, live), live, text) is not None


def _typed_label(ctx: Context, flow: Flow, live: Checkin, text: str) -> str | None:
    """The same as `_named`; the labels of one question are compared with one text only once."""
    asked = (live.id, live.session.turn, text)
    if asked not in ctx.typed_labels:
        ctx.typed_labels[asked] = _named(ctx, flow, live, text)
    return ctx.typed_labels[asked]


def _named(ctx: Context, flow: Flow, live: Checkin, text: str) -> str | None:
    """The choice or control whose label was typed instead of tapped."""
    prompt = engine.ask(flow, live.session, facts=ctx.facts()).prompts[0]
    said, localizer = normalise(text), ctx.localizer
    for button in prompt.choices:
        if button.label is None:
            continue
        label = localizer.say(button.label, prompt.values)
        if _folded(label, ours="{" not in button.label.source) == said:
            return f"+{button.id}" if prompt.several else button.id
    for button in prompt.controls:
        label = localizer.text(ctx.env.library.phrases.controls[button.id])
        if _folded(label, ours=True) == said:
            return button.id
    ways = {button.id for button in prompt.controls} & {SKIP, RATHER_NOT_SAY}
    own = text == getattr(ctx.update.content, "text", None)
    return _passed_by(live, ctx.keyword if own else ctx.env.library.keywords(text), ways)


def _passed_by(live: Checkin, meant: str | None, ways: set[str]) -> str | None:
    """The control that a text such as "I'd rather not" or "next" stands for, where there is one.

    Rather not say deletes the answer; going on keeps it, as Skip and Done do.
    """
    if not ways or meant not in (RATHER_NOT_SAY, GO_ON):
        return None
    if meant == RATHER_NOT_SAY:
        return RATHER_NOT_SAY
    if live.session.picks:
        return DONE
    return SKIP if live.session.step in live.session.answers else ways.pop()


_our_own = lru_cache(maxsize=4096)(normalise)


def _folded(label: str, *, ours: bool) -> str:
    # labels with a name in them are not cached
    return _our_own(label) if ours else normalise(label)


def _chosen(ctx: Context, flow: Flow, live: Checkin, tap: Tap) -> str:
    """The text that stays under a question once it is answered by tapping."""
    step, localizer = flow.by_id[live.session.step], ctx.localizer
    controls = ctx.env.library.phrases.controls
    if tap.choice == "done":
        found = [c for c in step.choices if c.id in live.session.picks]
        labels = [localizer.say(c.label, ctx.facts()) for c in found]
        return ", ".join(labels)
    choice = step.choice(tap.choice)
    if choice is not None:
        return localizer.say(choice.label, ctx.facts())
    return localizer.text(controls[tap.choice]) if tap.choice in controls else ""


_NOTES = {
    Note.SKIPPED: "skipped",
    Note.DECLINED: "declined",
    Note.KEPT_WORDS: "kept_words",
    Note.ADDED: "added",
    Note.VOICE: "voice",
    Note.UNKNOWN: "unknown_tap",
    Note.PICK_FIRST: "pick_first",
}


def _note(localizer: Localizer, note: Note) -> str:
    return localizer.phrase(_NOTES[note])


def _revive(ctx: Context, live: Checkin) -> Flow:
    """The flow of the version they began with, and their answers with its labels."""
    library = ctx.env.library
    flow = library.get_version(live.session.version)
    answers, earlier = live.session.answers, live.session.earlier
    if live.follows_version is not None:
        earlier = {
            f: library.with_labels(live.follows_version, said) for f, said in earlier.items()
        }
    live.session = replace(
        live.session, answers=library.with_labels(flow.version, answers), earlier=earlier
    )
    return flow
