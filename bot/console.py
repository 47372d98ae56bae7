"""The same conversation in a terminal: no token, no network, and a clock that can be moved.

Another face of the same use cases; nothing is decided here. The few words of its own are for
whoever tries the questions out, not for the people they are asked.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import re
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console as Screen
from rich.padding import Padding
from rich.text import Text

from bot import qr
from bot.app import around, open_store
from bot.clock import Clock
from bot.conversation import help as helping
from bot.conversation.arrival import (
    Arrival,
    Commanded,
    Pressed,
    Spoken,
    Typed,
    Unreadable,
    What,
    cleaned,
)
from bot.conversation.hear import Desk
from bot.conversation.reply import Attachment, Cards, Copy, Key, Message, Page, Qr, Reply, Voice
from bot.followups.forget import Forget
from bot.followups.plan import Span, add
from bot.followups.tick import Attempt, Tick
from bot.settings import Settings
from bot.store import follow_ups
from bot.store.house import new_id
from bot.telegram.attach import COPIES

CHAT = 1
"""The one chat of a terminal; Telegram gives no person so low a number."""

_WAIT = re.compile(r"(\d{1,3})\s*(minute|hour|day|week|month)s?", re.IGNORECASE)
_ABOUT_TOKENS = (
    "No token, so the conversation is here. For the bot: ask @BotFather in\n"
    "Telegram for /newbot, then CHECKIN_TELEGRAM_TOKEN=<its token> make run"
)
_ABOUT_KEYS = "Answer in words or by number. Also: /wait 2 weeks, /voice, /stop, /help, /quit"


class MovedClock:
    """A clock ahead of the system's by what was waited, remembered beside the database."""

    def __init__(self, clock: Clock, path: Path | None) -> None:
        self._clock = clock
        self._path = path
        self._ahead = dt.timedelta()
        if path is not None and path.exists():
            with suppress(ValueError):
                self._ahead = dt.timedelta(seconds=float(path.read_text()))

    def __call__(self) -> dt.datetime:
        return self._clock() + self._ahead

    def to(self, moment: dt.datetime) -> None:
        """Moves the clock to a moment, never back."""
        self._ahead += max(moment - self(), dt.timedelta())
        if self._path is not None:
            self._path.write_text(f"{self._ahead.total_seconds()}\n")


class Terminal:
    """One person at a terminal."""

    def __init__(self, settings: Settings, clock: Clock, screen: Screen | None = None) -> None:
        self._screen = screen or Screen(highlight=False, soft_wrap=False)
        file = settings.sqlite_file
        self.clock = MovedClock(clock, file.with_name(file.name + ".clock") if file else None)
        self._around = around(settings)
        self._store = open_store(settings)
        self._desk = Desk(self._store, self._around, self.clock)
        self._tick = Tick(
            self._store, self._around, self.clock, self._said_first, self._in_turn, self._desk.gone
        )
        self._forget = Forget(self._store, self.clock)
        self._keys: list[Key] = []
        self._zone = settings.timezone
        self._hint = os.environ.get("LANG", "").partition(".")[0] or None

    def run(self, ask: Callable[[], str]) -> None:
        """Talks until the input ends. `ask` gives the next line, or raises EOFError."""
        with asyncio.Runner() as runner:
            runner.run(self._open())
            try:
                self._talk(runner, ask)
            except (EOFError, KeyboardInterrupt):
                self._screen.print("\n[dim]Closed. Run it again to carry on.[/dim]")
            finally:
                runner.run(self._store.close())

    async def _open(self) -> None:
        await self._store.open(self.clock(), self._around.library.today.values())
        self._screen.print(f"[dim]{_ABOUT_TOKENS}\n{_ABOUT_KEYS}[/dim]")
        await self._arrive(Commanded("start"))

    def _talk(self, runner: asyncio.Runner, ask: Callable[[], str]) -> None:
        while True:
            line = cleaned(ask())
            if line.casefold() in ("/quit", "/exit"):
                raise EOFError
            if line.startswith("/wait"):
                runner.run(self._wait(line.removeprefix("/wait")))
            elif (numbers := self._numbers(line)) is not None:
                for key in numbers:
                    runner.run(self._arrive(Pressed(key.data, message_id=0)))
            else:
                runner.run(self._arrive(_understood(line)))

    def _numbers(self, line: str) -> list[Key] | None:
        """The buttons meant by one number, or by several where several can be chosen."""
        parts = line.split()
        if not parts or not all(p.isascii() and p.isdigit() for p in parts):
            return None
        places = [int(p) - 1 for p in parts]
        if not all(0 <= place < len(self._keys) for place in places):
            return None
        found = [self._keys[place] for place in places]
        several = all(key.data.rpartition(":")[2][:1] in ("+", "-") for key in found)
        return found if several or len(found) == 1 else None

    async def _arrive(self, what: What) -> None:
        arrival = Arrival(new_id(), CHAT, what, self.clock(), self._hint)
        if helping.is_help(what, self._around.library.listened):
            language = self._desk.language_of(CHAT)
            self._show(helping.answer(arrival, self._around, language))
            return
        replies = await self._desk.take([arrival])
        for reply in replies:
            self._show(reply)
        await self._store.delivered(
            {"id": r.id, "session_id": r.session_id, "turn": r.turn, "message_id": None}
            for r in replies
        )

    async def _wait(self, how_long: str) -> None:
        """Moves the clock, stopping at everything that falls due on the way."""
        match = _WAIT.fullmatch(how_long.strip())
        if match is None:
            self._screen.print("[dim]Like this: /wait 2 weeks (minutes, hours, days, months)[/dim]")
            return
        end = _later(self.clock(), int(match.group(1)), match.group(2).lower(), self._zone)
        while (due := await follow_ups.next_due(self._store)) is not None and due <= end:
            self.clock.to(due)
            await self._forget.run()
            if not await self._tick.run():
                break
        self.clock.to(end)
        await self._forget.run()
        self._date()

    async def _said_first(self, chat: int, message: Message) -> Attempt:
        if chat != CHAT:
            return Attempt.GONE
        self._date()
        self._say(message)
        return Attempt.SENT

    async def _in_turn(self, _chat: int, work: Callable[[], Awaitable[None]]) -> None:
        await work()

    def _show(self, reply: Reply) -> None:
        if reply.toast:
            self._screen.print(Padding(Text(reply.toast, style="dim italic"), (0, 2)))
        if reply.messages:
            self._keys = []
        if reply.clear is not None:
            self._screen.clear()
        for message in reply.messages[:1] if reply.clear else reply.messages:
            self._say(message)

    def _say(self, message: Message) -> None:
        words = Text(message.text)
        if message.why:
            words.append(f"\n{message.why}", style="italic cyan")
        self._screen.print()
        self._screen.print(Padding(words, (0, 2)))
        self._attached(message.attach)
        keys = [*message.choices, *message.controls]
        if not keys:
            return
        self._keys = keys
        self._screen.print()
        labels = [f"{number} {key.label}" for number, key in enumerate(keys, 1)]
        for line in _lines(labels, self._screen.width - 4):
            text = Text("  ")
            for label in line:
                number = int(label.partition(" ")[0])
                text.append(label, style="bold" if number <= len(message.choices) else "dim")
                text.append("   ")
            self._screen.print(text, no_wrap=True, crop=False, overflow="ignore")

    def _attached(self, attach: Attachment | None) -> None:
        match attach:
            case Qr(link):
                self._link(link)
                if self._screen.is_terminal:
                    self._screen.print(Text(qr.blocks(link), "bright_white on black"), crop=False)
            case Cards(items):
                for card in items:
                    self._link(f"{card.mark}  {card.link}" if card.mark else card.link)
            case Page(paper=paper):
                self._screen.print(f"  [dim]({'a page' if paper else 'a picture'})[/dim]")
            case Copy(kind=kind):
                self._screen.print(f"  [dim](a file: {COPIES[kind]})[/dim]")
            case Voice():
                self._screen.print("  [dim](a voice note)[/dim]")

    def _link(self, link: str) -> None:
        # On a line of its own and in one piece, so that it can be copied.
        self._screen.print(Text(f"  {link}"), no_wrap=True, crop=False, overflow="ignore")

    def _date(self) -> None:
        tongue = self._around.tongues[self._around.tongues.offered[0]]
        self._screen.rule(tongue.moment(self.clock(), self._zone), style="dim")


def _lines(labels: list[str], width: int) -> list[list[str]]:
    """Buttons in lines of at most this width; none is broken."""
    lines: list[list[str]] = []
    left = 0
    for label in labels:
        if cell_len(label) > left:
            lines.append([])
            left = width
        lines[-1].append(label)
        left -= cell_len(label) + 3
    return lines


def _understood(line: str) -> What:
    if line.startswith("/voice"):
        return Spoken({"file_id": "terminal"})
    if line.startswith("/") and len(line) > 1:
        name, _, rest = line[1:].partition(" ")
        return Commanded(name.casefold(), rest)
    return Typed(line) if line else Unreadable("empty")


def _later(now: dt.datetime, number: int, unit: str, zone: str) -> dt.datetime:
    if unit in ("minute", "hour"):
        return now + dt.timedelta(**{f"{unit}s": number})
    if unit == "month":
        return add(now, Span(months=number), zone)
    return add(now, Span(days=number * (7 if unit == "week" else 1)), zone)


def talk(settings: Settings, clock: Clock) -> None:
    """Opens the terminal conversation.

    Raises:
        BrokenFlow, DatabaseAway, DatabaseBehind, WrongKey: see `bot.app`.
    """
    terminal = Terminal(settings, clock)
    terminal.run(_ask_typed if sys.stdin.isatty() else _ask_piped)


def _ask_typed() -> str:
    with suppress(ImportError):
        import readline  # noqa: F401 - gives the line its arrow keys and history

    return input("\n› ")


def _ask_piped() -> str:
    """Reads a line of piped input, and writes it too, so that what is left reads as a talk."""
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    sys.stdout.write(f"\n› {line}")
    sys.stdout.flush()
    return line
