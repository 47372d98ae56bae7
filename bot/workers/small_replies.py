"""Answers a worker's words where no text is expected: small talk, and what was not understood."""

from __future__ import annotations

from bot.conversation import small_talk, typed_choices, worker_messages
from bot.conversation.context import Context
from bot.domain.worker import Worker
from bot.messages.callback_data import WorkerButton
from bot.workers import person_page, typed_words, worker_help
from flows.engine.keywords import KEYWORDS
from flows.engine.replies.reply_words import ReplyMeaning

_AGREES = (ReplyMeaning.YES, ReplyMeaning.RIGHT)
_LEAVES = (ReplyMeaning.NO, ReplyMeaning.LATER, ReplyMeaning.NOT_TODAY)
_ASKS_WHAT = (ReplyMeaning.WHO_IS_THIS, ReplyMeaning.NOT_SURE, ReplyMeaning.ASKS_FOR_PERSON)
_ANSWERS = (*_AGREES, *_LEAVES, ReplyMeaning.NOT_RIGHT, ReplyMeaning.NOT_SURE)


def answers_work(ctx: Context, worker: Worker, text: str) -> bool:
    """Whether a text is a short reply under a question to a worker.

    It is no answer then of a worker who is a participant too.
    """
    asked = ctx.asked
    if asked is None or not asked.asks_worker or asked.takes_labels_only:
        return False
    if not typed_words.is_newest(asked, ctx.update, ctx.now) or ctx.keyword in KEYWORDS:
        return False
    found = ctx.env.library.replies.read(text, worker.language)
    is_reply = found is not None and found.meaning in _ANSWERS
    return is_reply and not typed_words.is_followed_up(ctx.participant, asked)


async def answer(ctx: Context, worker: Worker, text: str) -> None:
    """Answers a short reply that pressed nothing, or says that it was not understood."""
    meaning = typed_choices.meaning_of(ctx, text)
    if meaning in (ReplyMeaning.THANKS, ReplyMeaning.BYE):
        ctx.say("take_care")
    elif meaning is ReplyMeaning.GREETING:
        worker_messages.welcome(ctx, worker)
    elif meaning in _LEAVES:
        await person_page.leave(ctx, worker, WorkerButton(typed_words.LEAVE))
    elif meaning in _ASKS_WHAT:
        await worker_help.offer(ctx, worker)
    elif meaning in _AGREES and _is_told_only(ctx):
        ctx.say("take_care")
    elif meaning in _AGREES:
        ctx.apologised = True
        ctx.say("w_which")  # what was asked is forgotten, or more than one may be meant
    else:
        ctx.say(not_understood(ctx))


def not_understood(ctx: Context) -> str:
    """The phrase that says so; another one the second time."""
    return small_talk.not_understood(ctx, "w_unknown", again="w_which")


def _is_told_only(ctx: Context) -> bool:
    """Whether the newest message has nothing to press, so that "ok" only means that it was read."""
    asked = ctx.asked
    if asked is None or not typed_words.is_recent(asked, ctx.now):
        return False
    return not (asked.work or asked.newest[1] or asked.apologised)
