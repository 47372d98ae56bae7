"""Walks an open check-in: stores an answer, asks the next question, reaches the end.

Consent, stopping and scheduling are elsewhere.
"""

from __future__ import annotations

from dataclasses import replace

from bot.content.library import AFTER_FLOW_OF, choice_for_meaning
from bot.conversation import quiet_notices, small_talk, stop, typed_choices
from bot.conversation.checkin import (
    answer_limits,
    asking,
    message_consent,
    no_answer,
    not_now,
    said_when,
    typed_labels,
)
from bot.conversation.context import Context
from bot.conversation.next_step import Next
from bot.conversation.safety import clear_chat, contact_button, contact_request, settings_screen
from bot.conversation.safety import help as helping
from bot.domain.participant import Checkin, Participant
from bot.domain.sharing_choice import Sharing
from bot.domain.states import CheckinState
from bot.messages.callback_data import QuestionButton
from bot.messages.incoming import ButtonPress, TextMessage, VoiceMessage
from bot.messages.parts import lazy
from bot.schedule import follow_ups
from flows import engine
from flows.engine import Flow, Incoming, LazyText, Meaning, Note, Tap, Turn
from flows.engine.flow import DONE
from flows.engine.replies.reply_words import ReplyMeaning


async def ask(
    ctx: Context, participant: Participant, live: Checkin, note: LazyText | None = None
) -> None:
    """Asks the open question again, with a note before it.

    Where its answer was kept, it is left for the next, which may end the check-in.
    """
    if live.session.safety_asked_at is not None:
        live.session = live.session.without_safety_question()
        ctx.uow.checkins.save(participant, live, ctx.now)
    if settings_screen.due(ctx.env.library, participant, live):
        settings_screen.ask(ctx, live)
        return
    flow = typed_labels.revive(ctx, live)
    if engine.is_kept(flow, live.session):
        asking.remove_buttons(ctx, live)
        turn = engine.go_on(flow, live.session, facts=ctx.facts())
        await _act(ctx, turn, Tap(live.session.step, live.session.turn, DONE))
        await apply(ctx, participant, live, turn, note)
        return
    if _asks_whom(ctx, live, flow):
        ctx.uow.checkins.save(participant, live, ctx.now)
    asking.supersede(ctx, live)
    asking.ask(ctx, engine.ask(flow, live.session, facts=ctx.facts()).prompts, live, note)


async def keep(
    ctx: Context, participant: Participant, live: Checkin, what: TextMessage | VoiceMessage
) -> None:
    """Stores words, whatever else they may mean, without going on: the next `ask` does that."""
    flow, early = typed_labels.revive(ctx, live), _early(ctx, live)
    incoming: engine.Words | engine.Voice
    if isinstance(what, VoiceMessage):
        incoming = engine.Voice(what.reference, early=early)
    else:
        incoming = engine.Words(what.text, early=early)
    if answer_limits.is_too_much(live, incoming):
        ctx.say("too_long")
        return
    turn = engine.keep(flow, live.session, incoming, facts=ctx.facts())
    live.session = turn.session
    live.last_answer_message_id = ctx.update.message_id or live.last_answer_message_id
    ctx.uow.checkins.save(participant, live, ctx.now)
    ctx.uow.checkins.save_answers(participant, live, turn.answers, ctx.now)
    ctx.uow.checkins.drop_answers(live, turn.dropped_answers)
    await _act(ctx, turn, incoming)


async def receive(
    ctx: Context,
    participant: Participant,
    live: Checkin,
    what: TextMessage | VoiceMessage | ButtonPress,
) -> Next | None:
    """Handles an answer (or a tap that may be one) to the open question."""
    if settings_screen.due(ctx.env.library, participant, live):
        taken, follows = await settings_screen.heard(ctx, participant, live, what)
        if taken:
            return follows
    await _receive(ctx, participant, live, what)
    return None


async def _receive(
    ctx: Context,
    participant: Participant,
    live: Checkin,
    what: TextMessage | VoiceMessage | ButtonPress,
) -> None:
    flow = typed_labels.revive(ctx, live)
    if isinstance(what, TextMessage) and await _is_no_answer(
        ctx, participant, live, flow, what.text
    ):
        return
    incoming = _incoming(ctx, flow, live, what)
    if incoming is None:
        ctx.toast_phrase("stale")
        return
    if answer_limits.is_too_much(live, incoming):
        ctx.say("too_long")
        return
    turn = engine.hear(flow, live.session, incoming, facts=ctx.facts())
    if turn.prompts and not turn.edit_keyboard_only:
        turn = replace(turn, session=turn.session.without_safety_question())
    if turn.note is Note.STALE:
        ctx.toast_phrase("stale")
    elif turn.stopped:
        stop.stop(ctx, participant)
    elif turn.postponed:
        await _not_now(ctx, participant, live, getattr(what, "text", ""))
    elif "delete" in turn.actions:
        ctx.say("delete_ask", about=live.id)
    else:
        if isinstance(incoming, Tap):
            done = lazy(ctx.env.library.phrases.controls["done"])
            # On a phone that others see, what was chosen does not stay, nor that they see it.
            hides = participant.shared_phone or settings_screen.OTHERS_SEE in turn.actions
            shown = done if hides else asking.chosen_label(ctx, flow, live, incoming)
            ctx.choose(shown)
        else:
            live.last_answer_message_id = ctx.update.message_id or live.last_answer_message_id
        await _act(ctx, turn, incoming)
        await apply(ctx, participant, live, turn)


async def _act(ctx: Context, turn: Turn, incoming: Incoming) -> None:
    """Does what an answer asks for, before the next question."""
    if settings_screen.OTHERS_SEE in turn.actions and ctx.participant is not None:
        await settings_screen.others_see(ctx, ctx.participant)
    if "help" in turn.actions:
        ctx.parts.append(replace(helping.said(ctx.localizer, ctx.env, ctx.now), choices=()))
    if "contact" in turn.actions:
        await contact_request.request_contact(ctx)
    elif turn.answers and _means(ctx, incoming, ReplyMeaning.ASKS_FOR_PERSON):
        ctx.offers_contact = contact_button.is_heard(ctx)
        ctx.say("contact_offer" if ctx.offers_contact else "contact_nobody")


async def store(ctx: Context, participant: Participant, live: Checkin, said: Incoming) -> None:
    """Stores text or a voice note as the answer, also where it is a button's label."""
    if answer_limits.is_too_much(live, said):
        ctx.say("too_long")
        return
    flow = typed_labels.revive(ctx, live)
    turn = engine.hear(flow, live.session, said, facts=ctx.facts())
    await apply(ctx, participant, live, turn)


async def apply(
    ctx: Context,
    participant: Participant,
    live: Checkin,
    turn: Turn,
    note: LazyText | None = None,
) -> None:
    """Stores the result of a turn, and adds its messages to the reply, with a note before them."""
    if turn.prompts:
        asking.supersede(ctx, live)
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
    if turn.note is Note.TAKEN_BACK:
        ctx.uow.checkins.withdraw_answers(participant, live.id, {*turn.dropped_answers})
    else:
        ctx.uow.checkins.drop_answers(live, turn.dropped_answers)
    await message_consent.take(ctx, participant, flow, turn)
    if turn.ended:
        turn = await _ended(ctx, participant, live, turn)
    if turn.edit_keyboard_only:
        ctx.edit_keyboard_only = True
    if settings_screen.due(ctx.env.library, participant, live) and not turn.ended:
        settings_screen.ask(ctx, live)  # before the first question of all
        return
    if "clear" in turn.actions:
        await clear_chat.ask(ctx)  # START repeats the open question
        return
    note = await _note(ctx, turn.note) if turn.note else note
    if settings_screen.OTHERS_SEE in turn.actions:
        note = ctx.phrase(settings_screen.OTHERS_SEE)
    asking.ask(ctx, turn.prompts, live, note, spoken=True)
    if turn.ended:
        ctx.prompt_ref = None
    if note is not None and not turn.prompts:
        ctx.say_lines((note,))


async def _note(ctx: Context, note: Note) -> LazyText | None:
    """What is said before the next question; nothing where small talk was answered instead."""
    if note is not Note.UNKNOWN:
        return ctx.phrase(asking.NOTES[note])
    text = getattr(ctx.update.content, "text", "")
    if await small_talk.before_question(ctx, text):
        return None
    return ctx.phrase(small_talk.not_understood(ctx, asking.NOTES[note]))


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
    clear_chat.when_done(ctx, participant)
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


async def _is_no_answer(
    ctx: Context, participant: Participant, live: Checkin, flow: Flow, text: str
) -> bool:
    """Handles a text that is no answer: to an offer, or small talk such as "hi"; asks again.

    Small talk sent before the question could be seen goes with the answer before it.
    """
    if await no_answer.answers_offer(ctx, flow, live, text):
        await ask(ctx, participant, live)
        return True
    found = no_answer.meaning(ctx, flow, live, text)
    if found is None or _early(ctx, live):
        return False
    asked = flow.by_id[live.session.step]
    went_on = engine.is_kept(flow, live.session)
    if found is no_answer.ASKS_WHEN:
        if not await contact_request.tell_standing(ctx):
            return False  # no one was asked for: what they wait for may be the answer
        await ask(ctx, participant, live)
    elif found in no_answer.PUTS_OFF:
        await _not_now(ctx, participant, live, text)
    elif await no_answer.answer(ctx, found, text):
        name = no_answer.note(found)
        await ask(ctx, participant, live, ctx.phrase(name) if name is not None else None)
    if asked.can_decline and not went_on:  # elsewhere no words can be the answer
        no_answer.hold(ctx, participant, live, text)
    return True


def _means(ctx: Context, incoming: Incoming, meaning: ReplyMeaning) -> bool:
    """Whether words stored as an answer also ask for a person, or when one comes."""
    return (
        isinstance(incoming, engine.Words)
        and typed_choices.meaning_of(ctx, incoming.text) is meaning
    )


async def _not_now(ctx: Context, participant: Participant, live: Checkin, text: str) -> None:
    """Asks when to ask again, unless a text says it."""
    said = said_when.read(ctx, text)
    if said is not None:
        await not_now.typed(ctx, participant, live, said)
    else:
        ctx.say("not_now", about=live.id)


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
    if not early and (choice := typed_labels.typed_label(ctx, flow, live, what.text)) is not None:
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
    if live.session.begun:
        return False  # to the open question something was written already: this is more of it
    if live.shown_turn >= live.session.turn and live.shown_message_id is not None:
        return update.message_id < live.shown_message_id
    # Telegram's dates are whole seconds; a question is not read and answered within one.
    return update.queued_behind or (live.moved_at is not None and update.sent_at < live.moved_at)
