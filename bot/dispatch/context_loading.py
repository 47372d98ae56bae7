"""Loads all that a batch of updates may touch, a few statements for the whole batch.

What of the workers' side is loaded is in `worker_loading`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from bot.content.environment import Environment
from bot.conversation.checkin import message_consent
from bot.conversation.context import Context
from bot.conversation.last_asked import FRESH, LastAsked, newer
from bot.conversation.safety import opening_gate, opening_line
from bot.dispatch import commands, worker_loading
from bot.dispatch.chat_memory import ChatMemory
from bot.dispatch.classify import classify
from bot.dispatch.recent_messages import RecentMessages
from bot.domain.participant import Participant
from bot.domain.states import ParticipantState
from bot.domain.worker import Worker
from bot.messages.callback_data import OnboardingButton, PhraseButton, QuestionButton, parse
from bot.messages.incoming import ButtonPress, Command, IncomingUpdate, TextMessage
from bot.store.unit_of_work import UnitOfWork
from bot.workers import typed_words, worker_pending_input
from bot.workers.typed_words import TypedWork
from flows.engine.keywords import KEYWORDS, STOP
from flows.engine.normalise import normalise


async def load_contexts(
    uow: UnitOfWork,
    updates: Sequence[IncomingUpdate],
    env: Environment,
    now: dt.datetime,
    memory: ChatMemory,
    recent: RecentMessages,
) -> list[Context]:
    """The context of each update, with all that handling it may touch, locked."""
    whole = {a.chat for a in updates if _needs_history(a, env, memory, now)}
    workers = await uow.workers.by_chat({a.chat for a in updates})
    for worker in workers.values():
        await worker_pending_input.expire(uow, worker, now)
    typed = _typed_work(updates, env, memory, workers, now)
    cases = await worker_loading.requested_cases(uow, updates, workers, typed)
    heard_since = now - FRESH
    people = await uow.participants.load(
        {a.chat for a in updates},
        whole,
        worker_loading.other_workers(cases, workers),
        buttons_since=heard_since,
    )
    whole |= {p.chat_id for p in people.values() if p.has_buttons(heard_since)}
    gone = {participant.id for participant in await uow.erasure.erase_due(people, now)}
    cases = {number: c for number, c in cases.items() if c.participant_id not in gone}
    await uow.follow_ups.load_due_requests([p for p in people.values() if p.chat_id in whole], now)
    typed = {c: found for c, found in typed.items() if not _followed_up(people.get(c), memory, c)}
    known = await worker_loading.load_lookups(uow, updates, people, cases, workers, now, typed)
    lives = [p.open_checkin for p in people.values() if p.open_checkin]
    versions = {live.session.version for live in lives}
    versions |= {live.follows_version for live in lives if live.follows_version}
    versions |= {past.version for p in people.values() for past in p.checkins}
    if missing := [v for v in versions if not env.library.has_version(v)]:
        env.library.add(await uow.flow_sources.of(missing))
    await uow.follow_ups.load_next([p for p in people.values() if p.may_message and _near_end(p)])
    buttons = [parse(a.content.data) for a in updates if isinstance(a.content, ButtonPress)]
    hellos = {
        b.about for b in buttons if isinstance(b, PhraseButton) and b.phrase in opening_line.PHRASES
    }
    follow_ups = await uow.follow_ups.find(hellos)
    unknown = [c for c in {a.chat for a in updates} if not _has_consented(people.get(c))]
    stops = {
        chat: OnboardingButton.stop(message)
        for chat, message in (await uow.early_stops.of(unknown, now)).items()
    }
    contexts = [
        Context(
            a,
            people.get(a.chat),
            uow,
            now,
            env,
            follow_ups,
            keyword=classify(a, env).keyword,
            stop=classify(a, env).stop,
            danger=classify(a, env).danger,
            onboarding=stops.get(a.chat) or memory.onboarding_of(a.chat),
            repeats_press=memory.repeats_press(a, now),
            stopped_at=stops.get(a.chat),
            worker=workers.get(a.chat),
            lookups=known[a.chat],
            # Before consent nothing is stored, but the last language is in memory.
            language=None if a.chat in people else memory.language_of(a.chat),
            unsaved_message_ids=recent.for_chat(a.chat),
            safety_asked=memory.safety_asked(a.chat, now),
            asked=newer(memory.asked_of(a.chat), _stored(people.get(a.chat))),
        )
        for a in updates
    ]
    await opening_gate.fill_in(uow, contexts)
    return contexts


def _stored(participant: Participant | None) -> LastAsked | None:
    """What was asked of a participant last, by whatever process."""
    stored = participant.last_asked if participant is not None else None
    return LastAsked.from_json(stored) if stored else None


def _typed_work(
    updates: Sequence[IncomingUpdate],
    env: Environment,
    memory: ChatMemory,
    workers: Mapping[int, Worker],
    now: dt.datetime,
) -> dict[int, TypedWork]:
    """The workers' buttons that these texts stand for; a keyword is none."""
    return {
        a.chat: found
        for a in updates
        if a.chat in workers
        and classify(a, env).keyword not in KEYWORDS
        and (found := typed_words.read(env, workers[a.chat], memory.asked_of(a.chat), a, now))
    }


def _followed_up(participant: Participant | None, memory: ChatMemory, chat: int) -> bool:
    """Whether a follow-up came after the newest message that is remembered of a chat."""
    asked = memory.asked_of(chat)
    return asked is not None and typed_words.is_followed_up(participant, asked)


def _needs_history(
    update: IncomingUpdate, env: Environment, memory: ChatMemory, now: dt.datetime
) -> bool:
    """Whether the answers of earlier check-ins may be needed for this."""
    what = update.content
    if isinstance(what, TextMessage):
        if classify(update, env).keyword in commands.COMMANDS.keys() - {STOP}:
            return True
        at, buttons = asked.newest if (asked := memory.asked_of(update.chat)) else (now, ())
        types_button = bool(buttons) and now - at <= FRESH
        if types_button or env.library.replies.may_be_short(what.text):
            return True
        return normalise(what.text) in opening_gate.labels(env)
    if isinstance(what, ButtonPress):
        button = parse(what.data)
        # A yes to be written to plans what follows from the check-ins that are done.
        agrees = isinstance(button, QuestionButton) and button.choice == message_consent.AGREE
        return agrees or isinstance(button, PhraseButton | OnboardingButton)
    return isinstance(what, Command)


def _has_consented(participant: Participant | None) -> bool:
    return participant is not None and participant.state is not ParticipantState.STOPPED


def _near_end(participant: Participant) -> bool:
    """Whether the date of the next follow-up may be shown soon (it is one more query)."""
    return bool(participant.checkins) or (
        participant.open_checkin is not None and participant.open_checkin.follows_id is not None
    )
