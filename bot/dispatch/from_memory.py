"""Help and danger, answered from this process's memory of a chat, without the database."""

from __future__ import annotations

import datetime as dt

from bot.content.environment import Environment
from bot.conversation.safety import danger
from bot.conversation.safety import help as helping
from bot.dispatch.chat_memory import ChatMemory
from bot.messages.incoming import IncomingUpdate
from bot.messages.reply import Reply
from flows.engine.danger.detector import DangerKind


def help_answer(
    update: IncomingUpdate, env: Environment, memory: ChatMemory, now: dt.datetime
) -> Reply:
    """The answer to a call for help, which may have been an answer to the open question."""
    chat = update.chat
    answers, heard = memory.hold_help_word(update, now), memory.is_heard(chat, now)
    reply = helping.answer(update, env, memory.language_of(chat), answers, heard=heard)
    memory.say_aside(chat, reply.messages[-1], now)
    return reply


def danger_answer(
    update: IncomingUpdate,
    kind: DangerKind,
    env: Environment,
    memory: ChatMemory,
    now: dt.datetime,
    *,
    seen: bool = False,
) -> Reply:
    """The answer to danger; where the phone is or may be `seen` by others, without numbers."""
    chat = update.chat
    whom, shared = memory.owner_of(chat)
    heard = memory.is_heard(chat, now)
    language = memory.language_of(chat)
    reply = danger.from_memory(
        update, kind, env, language, whom, shared=shared or seen, heard=heard
    )
    memory.say_aside(chat, reply.messages[-1], now)
    return reply
