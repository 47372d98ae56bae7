"""The conversation in a terminal, for practice: no network, and a clock that can be moved.

Another front end of the same use cases; nothing is decided here. The few texts of its own are for a
person who tries the questions out, not for participants.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from bot.clock import Clock
from bot.languages.environment_loader import load_environment
from bot.messages.incoming import ButtonPress, Command, cleaned
from bot.messages.reply import Message
from bot.settings import Settings
from bot.terminal.local_chat import LocalChat, OffsetClock, later, understood
from bot.terminal.practice_database import PRACTICE, open_practice
from bot.terminal.screen import Screen, ask

HOW_TO_WAIT = "Like this: /wait 2 weeks (minutes, hours, days, months)"
_ABOUT_TOKENS = (
    "For the bot in Telegram: ask @BotFather there for /newbot, put its token into .env as\n"
    "CHECKIN_TELEGRAM_TOKEN=..., then `make run`"
)
_ABOUT_KEYS = "Answer in words or by number. Also: /wait 2 weeks, /voice, /stop, /help, /quit"


class Terminal:
    """One practice participant at a terminal."""

    def __init__(self, settings: Settings, clock: Clock, screen: Screen | None = None) -> None:
        self._screen = screen or Screen()
        practice = open_practice(settings)
        self._kept = practice.words
        self._has_token = settings.telegram_token is not None
        self.clock = OffsetClock(clock, practice.clock)
        everything = load_environment(settings)
        self._languages = everything.languages
        self._zone = settings.timezone
        self._talk = LocalChat(
            everything,
            practice.store,
            self.clock,
            self._screen.reply,
            self._said_first,
            os.environ.get("LANG", "").partition(".")[0] or None,
        )

    def run(self, ask: Callable[[], str]) -> None:
        """Runs until the input ends. `ask` returns the next line, or raises EOFError."""
        with asyncio.Runner() as runner:
            runner.run(self._open())
            try:
                while True:
                    runner.run(self._take(cleaned(ask())))
            except (EOFError, KeyboardInterrupt):
                self._screen.note("\nClosed. Run it again to carry on.")
            finally:
                runner.run(self._talk.close())

    async def _open(self) -> None:
        await self._talk.open()
        self._screen.note(f"{PRACTICE}\n{self._kept}")
        if not self._has_token:
            self._screen.note(_ABOUT_TOKENS)
        self._screen.note(_ABOUT_KEYS)
        await self._talk.receive(Command("start"))

    async def _take(self, line: str) -> None:
        if line.casefold() in ("/quit", "/exit"):
            raise EOFError
        if line.startswith("/wait"):
            await self._wait(line.removeprefix("/wait"))
        elif (numbers := self._screen.numbers(line)) is not None:
            for key in numbers:
                await self._talk.receive(ButtonPress(key.data, message_id=0))
        else:
            await self._talk.receive(understood(line))

    async def _wait(self, how_long: str) -> None:
        end = later(self.clock(), how_long, self._zone)
        if end is None:
            self._screen.note(HOW_TO_WAIT)
            return
        await self._talk.wait(end)
        self._date()

    def _said_first(self, message: Message) -> None:
        self._date()
        self._screen.message(message)

    def _date(self) -> None:
        localizer = self._languages[self._languages.codes[0]]
        self._screen.date(localizer.format_datetime(self.clock(), self._zone))


def talk(settings: Settings, clock: Clock) -> None:
    """Runs the terminal conversation.

    Raises:
        BrokenFlow, DatabaseUnavailable, SchemaOutdated, WrongKey: see `LocalChat.open`.
    """
    Terminal(settings, clock).run(ask)
