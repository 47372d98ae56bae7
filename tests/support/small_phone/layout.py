"""How much of a small phone a message takes, as Telegram for Android lays it out on 360 × 640 dp.

The numbers are those of Telegram's public source as we know it (`AndroidUtilities`, `ActionBar`,
`ChatActivity`, `MessageObject`, `ChatMessageCell`; of buttons: `keyboard_layout`), not
compared with a real phone. Assumed: the phone's own buttons are no part of its screen, and letters
have the size that they have unless somebody changed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bot.documents.text_measuring import lines, width
from bot.i18n.bidi import clean, has_right_to_left
from bot.messages.renderer import ON
from bot.messages.reply import Message
from bot.telegram.sending.keyboard_layout import TICK_WIDTH, layout_rows, share
from bot.telegram.sending.rendering import plain

WIDTH, HEIGHT = 360, 640
STATUS_BAR, ACTION_BAR, INPUT_FIELD = 24, 56, 51
UNDER = 3
"""Between the newest message and the field to write in."""
ROOM = HEIGHT - STATUS_BAR - ACTION_BAR - INPUT_FIELD - UNDER

TEXT_WIDTH = WIDTH - 80
TEXT_SIZE = 16
LINE = 19
"""Roboto's ascent and descent at 16, each rounded to a pixel of half a dp. Assumed of other scripts
too: that Telegram does not ask for the line spacing of the fonts that it falls back on."""
AROUND = 19.5
"""In the bubble, above and below the text."""
TIME = 14
"""The line of the time, where the last line of the text leaves no room for it."""
TIME_WIDTH = 56
"""Of "10:00 AM", with what is before it."""
BUTTON_ROW = 48
OVER_BUTTONS = 1


class Shown(NamedTuple):
    """A message on the phone: its lines of text, its rows of buttons, and its height in dp."""

    lines: int
    rows: int
    height: float

    @property
    def fits(self) -> bool:
        """Whether all of it is seen at once."""
        return self.height <= ROOM


def shown(message: Message) -> Shown:
    """How a message is shown."""
    return shown_as(plain(message), len(layout_rows(message)))


def shown_as(text: str, rows: int) -> Shown:
    """How a text with this many rows of buttons is shown."""
    broken = text_lines(text)
    last = width(broken[-1]) * TEXT_SIZE
    apart = has_right_to_left(text) or last > TEXT_WIDTH - TIME_WIDTH
    buttons = BUTTON_ROW * rows + OVER_BUTTONS * bool(rows)
    return Shown(len(broken), rows, len(broken) * LINE + AROUND + TIME * apart + buttons)


def text_lines(text: str) -> list[str]:
    """The lines of a text in its bubble."""
    most = TEXT_WIDTH / TEXT_SIZE
    return [line for words in clean(text).split("\n") for line in (lines(words, most) or [""])]


def cut(rows: Sequence[Sequence[str]]) -> list[str]:
    """The labels that are wider than their buttons."""
    return [label for row in rows for label in row if _ems(clean(label)) > share(len(row))]


def _ems(label: str) -> float:
    return width(label.removeprefix(ON)) + TICK_WIDTH * label.startswith(ON)
