"""The usual aiogram 3: its state machine in memory, and SQLAlchemy with a commit for each answer.

`python aiogram_bot.py API DATABASE`
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from aiogram import Bot, Dispatcher, F, Router  # noqa: E402
from aiogram.client.session.aiohttp import AiohttpSession  # noqa: E402
from aiogram.client.telegram import TelegramAPIServer  # noqa: E402
from aiogram.filters import CommandStart  # noqa: E402
from aiogram.fsm.context import FSMContext  # noqa: E402
from aiogram.fsm.state import State, StatesGroup  # noqa: E402
from aiogram.types import (  # noqa: E402
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
)

from bench.bots.instrumented import TOKEN, watched  # noqa: E402
from bench.bots.peers_common import Answers, keys, said  # noqa: E402
from bench.conversation import TURNS  # noqa: E402

Talk: type[StatesGroup] = type(
    "Talk", (StatesGroup,), {f"t{n}": State() for n in range(len(TURNS))}
)


def _state(turn: int) -> Any:
    return getattr(Talk, f"t{turn}") if turn < len(TURNS) else None


def _markup(turn: int, picked: str = "") -> InlineKeyboardMarkup | None:
    rows = [
        [InlineKeyboardButton(text=label, callback_data=data) for label, data in row]
        for row in keys(turn, picked=picked)
    ]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


async def typed(message: Message, state: FSMContext, turn: int, answers: Answers) -> None:
    """Keeps words, and asks the next question."""
    await answers.keep(message.chat.id, turn, message.text or "")
    await state.set_state(_state(turn + 1))
    await message.answer(said(turn), reply_markup=_markup(turn))


async def tapped(query: CallbackQuery, state: FSMContext, turn: int, answers: Answers) -> None:
    """Keeps a tap, marks it, and asks the next question."""
    message = query.message
    assert isinstance(message, Message)  # noqa: S101 - the filters ask for one
    label = (query.data or "").partition(":")[2]
    await answers.keep(message.chat.id, turn, label)
    await state.set_state(_state(turn + 1))
    await query.answer()
    if TURNS[turn].pick:
        await message.edit_reply_markup(reply_markup=_markup(turn, label))
        return
    await message.answer(said(turn), reply_markup=_markup(turn))
    chosen = InlineKeyboardButton(text=f"✓ {label}", callback_data="-")
    await message.edit_reply_markup(reply_markup=InlineKeyboardMarkup(inline_keyboard=[[chosen]]))


async def main(api: str, database: str) -> None:
    """Runs the bot until it is ended."""
    answers = Answers(database)
    await answers.open()
    router = Router()
    router.message(CommandStart())(partial(typed, turn=0, answers=answers))
    for turn in range(1, len(TURNS)):
        if TURNS[turn].tap:
            router.callback_query(_state(turn))(partial(tapped, turn=turn, answers=answers))
        else:
            router.message(_state(turn), F.text)(partial(typed, turn=turn, answers=answers))
    dispatcher = Dispatcher()
    dispatcher.include_router(router)
    session = AiohttpSession(api=TelegramAPIServer.from_base(api))
    await dispatcher.start_polling(Bot(TOKEN, session=session), handle_signals=False)


if __name__ == "__main__":
    watched()
    asyncio.run(main(sys.argv[1], sys.argv[2]))
