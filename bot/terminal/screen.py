"""Shows messages in a terminal, with numbered buttons.

It reads no input; it only maps a line of numbers to buttons.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bot.documents import qr_code
from bot.messages.reply import (
    Attachment,
    CardSheet,
    DataCopy,
    Document,
    InlineButton,
    Message,
    QrCode,
    Reply,
    VoiceNote,
)
from bot.telegram.sending.attachments import COPIES


class Screen:
    """What was shown last, and the buttons that can be chosen by number."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=False)
        self._keys: list[InlineButton] = []

    def note(self, words: str) -> None:
        """Shows a note of the terminal's own."""
        self._console.print(Text(words, style="dim"))

    def date(self, words: str) -> None:
        """Shows that time has passed."""
        self._console.rule(words, style="dim")

    def reply(self, reply: Reply) -> None:
        """Shows a reply."""
        if reply.toast:
            self.toast(reply.toast)
        if reply.messages:
            self._keys = []
        if reply.clear is not None or reply.blank_text:
            self._console.clear()
        for message in reply.messages[:1] if reply.clear else reply.messages:
            self.message(message)

    def toast(self, words: str) -> None:
        """Shows the toast of a tap."""
        self._console.print(Padding(Text(words, style="dim"), (0, 2)))

    def message(self, message: Message) -> None:
        """Shows one message; numbers refer to its buttons from now on."""
        words = Text(message.text)
        if message.reason:
            words.append(f"\n{message.reason}", style="cyan")
        self._console.print()
        self._console.print(Padding(words, (0, 2)))
        self._attached(message.attachment)
        keys = list(message.buttons)
        if not keys:
            return
        self._keys = keys
        self._console.print()
        labels = [f"{number} {key.label}" for number, key in enumerate(keys, 1)]
        for line in _lines(labels, self._console.width - 4):
            text = Text("  ")
            for label in line:
                number = int(label.partition(" ")[0])
                text.append(label, style="bold" if number <= len(message.choices) else "dim")
                text.append("   ")
            self._console.print(text, no_wrap=True, crop=False, overflow="ignore")

    def numbers(self, line: str) -> list[InlineButton] | None:
        """The buttons shown last that a line of numbers refers to; None where it refers to none."""
        return picked(line, self._keys)

    def _attached(self, attach: Attachment | None) -> None:
        match attach:
            case QrCode(link):
                self._link(link)
                if self._console.is_terminal:
                    blocks = Text(qr_code.blocks(link), "bright_white on black")
                    self._console.print(blocks, crop=False)
            case CardSheet(items):
                for card in items:
                    self._link(f"{card.mark}  {card.link}" if card.mark else card.link)
            case Document(paper=paper):
                self._console.print(f"  [dim]({'a page' if paper else 'a picture'})[/dim]")
            case DataCopy(kind=kind):
                self._console.print(f"  [dim](a file: {COPIES[kind]})[/dim]")
            case VoiceNote():
                self._console.print("  [dim](a voice note)[/dim]")

    def _link(self, link: str) -> None:
        # On a line of its own and in one piece, so that it can be copied.
        self._console.print(Text(f"  {link}"), no_wrap=True, crop=False, overflow="ignore")


def picked(line: str, keys: Sequence[InlineButton]) -> list[InlineButton] | None:
    """The buttons that one number refers to, or several where several can be chosen."""
    parts = line.split()
    if not parts or not all(p.isascii() and p.isdigit() for p in parts):
        return None
    places = [int(p) - 1 for p in parts]
    if not all(0 <= place < len(keys) for place in places):
        return None
    found = [keys[place] for place in places]
    several = all(key.data.rpartition(":")[2][:1] in ("+", "-") for key in found)
    return found if several or len(found) == 1 else None


def ask() -> str:
    """The next line that is typed or piped.

    Raises:
        EOFError: when the input has ended.
    """
    return _ask_typed() if sys.stdin.isatty() else _ask_piped()


def _ask_typed() -> str:
    with suppress(ImportError):
        import readline  # noqa: F401 - gives the line its arrow keys and history

    return input("\n› ")


def _ask_piped() -> str:
    """Reads a line of piped input, and echoes it, so that the output reads as a conversation."""
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    sys.stdout.write(f"\n› {line}")
    sys.stdout.flush()
    return line


def _lines(labels: Sequence[str], width: int) -> list[list[str]]:
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
