"""The usual python-telegram-bot: a ConversationHandler, and SQLAlchemy or a pickle file.

`python ptb_bot.py API DATABASE`, or `pickle:FILE` in the database's place.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update  # noqa: E402
from telegram.ext import (  # noqa: E402
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)

from bench.bots.instrumented import TOKEN, watched  # noqa: E402
from bench.bots.peers_common import Answers, keys, said  # noqa: E402
from bench.conversation import TURNS  # noqa: E402

Context = ContextTypes.DEFAULT_TYPE
CHOSEN = "✓ "


def _markup(turn: int, picked: str = "") -> InlineKeyboardMarkup | None:
    rows = [
        [InlineKeyboardButton(label, callback_data=data) for label, data in row]
        for row in keys(turn, picked=picked)
    ]
    return InlineKeyboardMarkup(rows) if rows else None


async def _keep(
    answers: Answers | None, chat: int, turn: int, words: str, context: Context
) -> None:
    if answers is not None:
        await answers.keep(chat, turn, words)
    elif context.chat_data is not None:
        context.chat_data[turn] = words


async def typed(turn: int, answers: Answers | None, update: Update, context: Context) -> int:
    """Keeps words, and asks the next question."""
    assert update.effective_chat is not None  # noqa: S101 - the filters ask for one
    assert update.message is not None  # noqa: S101 - the filters ask for one
    await _keep(answers, update.effective_chat.id, turn, update.message.text or "", context)
    await update.message.reply_text(said(turn), reply_markup=_markup(turn))
    return turn + 1


async def tapped(turn: int, answers: Answers | None, update: Update, context: Context) -> int:
    """Keeps a tap, marks it, and asks the next question."""
    assert update.effective_chat is not None  # noqa: S101 - the filters ask for one
    query, chat = update.callback_query, update.effective_chat.id
    assert query is not None  # noqa: S101 - the filters ask for one
    label = (query.data or "").partition(":")[2]
    await _keep(answers, chat, turn, label, context)
    await query.answer()
    if TURNS[turn].pick:
        await query.edit_message_reply_markup(_markup(turn, label))
        return turn + 1
    await context.bot.send_message(chat, said(turn), reply_markup=_markup(turn))
    chosen = InlineKeyboardButton(CHOSEN + label, callback_data="-")
    await query.edit_message_reply_markup(InlineKeyboardMarkup([[chosen]]))
    return turn + 1 if turn + 1 < len(TURNS) else ConversationHandler.END


def _handler(turn: int, answers: Answers | None) -> Any:
    if TURNS[turn].tap:
        return CallbackQueryHandler(partial(tapped, turn, answers))
    words = partial(typed, turn, answers)
    return MessageHandler(filters.TEXT & ~filters.COMMAND, words)


def main(api: str, database: str) -> None:
    """Runs the bot until it is ended."""
    builder = ApplicationBuilder().token(TOKEN).base_url(f"{api}/bot")
    answers: Answers | None = None
    if database.startswith("pickle:"):
        # Each update is written before the next is taken: an answer is kept, if not at once.
        builder = builder.persistence(
            PicklePersistence(database.removeprefix("pickle:"), update_interval=1)
        )
    else:
        answers = opened = Answers(database)

        async def ready(_application: Application[Any, Any, Any, Any, Any, Any]) -> None:
            await opened.open()

        builder = builder.post_init(ready)
    application = builder.build()
    conversation = ConversationHandler(
        entry_points=[CommandHandler("start", partial(typed, 0, answers))],
        states={turn: [_handler(turn, answers)] for turn in range(1, len(TURNS))},
        fallbacks=[],
        name="bench",
        persistent=answers is None,
    )
    application.add_handler(conversation)
    application.run_polling(allowed_updates=["message", "callback_query"])


if __name__ == "__main__":
    watched()
    main(sys.argv[1], sys.argv[2])
