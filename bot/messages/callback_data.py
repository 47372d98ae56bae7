"""What a button carries, in at most 64 bytes, and how it is read back.

A button is only a claim: what it asks is done if it matches what waits, and otherwise nothing is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

LONGEST_DATA = 64
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LONGEST_NUMBER = 13
_HIGHEST = 2**63 - 1
"""What a database takes for a number; a forged one that is higher is none of ours."""


@dataclass(frozen=True, slots=True)
class QuestionButton:
    """A button under a question of a session."""

    session: int
    step: str
    turn: int
    choice: str

    def encode(self) -> str:
        return _joined("q", to_base36(self.session), self.step, str(self.turn), self.choice)


@dataclass(frozen=True, slots=True)
class OnboardingButton:
    """A button before consent: it carries the way there itself, so that nothing need be kept.

    `path` is a digit for each step passed, `version` the first half of the flow's. `since` is
    when they stopped, for someone who comes back: an older button does not bring them.
    """

    version: str
    guess: str
    since: str
    path: str
    choice: str

    @classmethod
    def stop(cls, message_id: int) -> OnboardingButton:
        """The place of someone who stopped on the way, at this message: no button leads there."""
        return cls("", "", "", to_base36(message_id), STOP)

    @property
    def is_stop(self) -> bool:
        """Whether they stopped before they agreed to anything (or to anything again)."""
        return self.choice == STOP

    def encode(self) -> str:
        return _joined("w", self.version[:8], self.guess, self.since, self.path, self.choice)


@dataclass(frozen=True, slots=True)
class PhraseButton:
    """A button under a phrase; `about` is the number of what it is about, if anything."""

    phrase: str
    choice: str
    about: int = 0

    def encode(self) -> str:
        return _joined("p", self.phrase, self.choice, to_base36(self.about))


@dataclass(frozen=True, slots=True)
class WorkerButton:
    """A button on the workers' side: what to do, about which person or alert, and how."""

    verb: str
    about: int = 0
    how: str = ""

    def encode(self) -> str:
        return _joined("k", self.verb, to_base36(self.about), self.how)


STOP = "stop"
"""What every Stop button chooses."""

INERT = "-"
"""A button that only shows what was chosen."""

CallbackData = QuestionButton | OnboardingButton | PhraseButton | WorkerButton


@lru_cache(maxsize=512)  # a tap's own is asked for several times
def parse(data: str) -> CallbackData | None:
    """The button behind some data; None when it is none of ours."""
    if len(data) > LONGEST_DATA:
        return None  # Telegram has none as long
    kind, *parts = data.split(":")
    kind = kind.lower()
    try:
        if kind == "q" and len(parts) == 4:
            return QuestionButton(
                from_base36(parts[0]), parts[1], from_base36(parts[2], 10), parts[3]
            )
        if kind == "w" and len(parts) == 5:
            return OnboardingButton(*parts)
        if kind == "p" and len(parts) == 3:
            return PhraseButton(parts[0], parts[1], from_base36(parts[2]))
        if kind == "k" and len(parts) == 3:
            return WorkerButton(parts[0], from_base36(parts[1]), parts[2])
    except ValueError:
        return None
    return None


_NUMBERED = {"q": (1,), "p": (3,), "k": (2,)}
"""Where in a button's data stand numbers of rows, by its kind."""
_READS = "read"
"""The verb of a worker's button that names a check-in beside the case."""


def changed(data: str, change: Callable[[int], int], *, hide: bool) -> str:
    """A button's data with its numbers hidden, or shown again; see `bot.store.crypto.id_masking`.

    What is hidden begins with a capital. Buttons from before numbers were hidden are left as they
    are, and so is what is none of ours.
    """
    parts = data.split(":")
    kind = parts[0].lower()
    wanted = kind if hide else kind.upper()
    if kind not in _NUMBERED or parts[0] != wanted or len(data) > LONGEST_DATA:
        return data
    places = _NUMBERED[kind] + ((3,) if kind == "k" and parts[1:2] == [_READS] else ())
    try:
        for place in places:
            parts[place] = to_base36(change(from_base36(parts[place])))
    except (ValueError, IndexError):
        return data
    return ":".join([kind.upper() if hide else kind, *parts[1:]])


def _joined(*parts: str) -> str:
    return ":".join(parts)


@lru_cache(maxsize=512)  # all the buttons of a question name the same session
def to_base36(value: int) -> str:
    """A number in as few letters as a button can spare."""
    digits = ""
    while value:
        value, digit = divmod(value, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def from_base36(text: str, base: int = 36) -> int:
    """A number from what `base36` gave.

    Raises:
        ValueError: when it is not one; forged data may hold anything, also very long.
    """
    if len(text) > _LONGEST_NUMBER or not text.isascii() or not text.isalnum():
        raise ValueError(text)
    found = int(text, base)
    if found > _HIGHEST:
        raise ValueError(text)
    return found
