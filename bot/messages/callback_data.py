"""Callback data of buttons, at most 64 bytes: serialised and parsed.

A button is only a claim: its action is done if it matches what is open, and otherwise ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

LONGEST_DATA = 64
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LONGEST_NUMBER = 13
_HIGHEST = 2**63 - 1
"""The highest number a database stores; a forged one above it is not recognised."""


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
    """A button before consent: it carries the path so far itself, so that nothing need be stored.

    `path` is a digit for each step passed, after a capital letter for an age that a worker told;
    `version` is the first half of the flow's. `since` is when the participant stopped, for one who
    comes back: an older button does not resume.
    """

    version: str
    guess: str
    since: str
    path: str
    choice: str

    @classmethod
    def stop(cls, message_id: int) -> OnboardingButton:
        """The progress of a participant who stopped at this message: no button leads there."""
        return cls("", "", "", to_base36(message_id), STOP)

    @property
    def told_age(self) -> str | None:
        """The age group that the worker has told, as the choice of the step that asks for it."""
        return _TOLD_AGES.get(self.path[:1])

    @property
    def digits(self) -> str:
        """The path without the age that was told."""
        return self.path[1:] if self.told_age else self.path

    @property
    def is_stop(self) -> bool:
        """Whether the participant stopped before agreeing to anything (or to anything again)."""
        return self.choice == STOP

    def encode(self) -> str:
        return _joined("w", self.version[:8], self.guess, self.since, self.path, self.choice)


_TOLD_AGES = {"A": "adult", "T": "teen"}


def first_path(told_age: str | None) -> str:
    """The path of the first button before consent, where a worker may have told the age."""
    return next((letter for letter, age in _TOLD_AGES.items() if age == told_age), "")


@dataclass(frozen=True, slots=True)
class PhraseButton:
    """A button under a phrase; `about` is the id of its subject, if any."""

    phrase: str
    choice: str
    about: int = 0

    def encode(self) -> str:
        return _joined("p", self.phrase, self.choice, to_base36(self.about))


@dataclass(frozen=True, slots=True)
class WorkerButton:
    """A button for workers: the action, the id of its case or alert, and an option."""

    verb: str
    about: int = 0
    how: str = ""

    def encode(self) -> str:
        return _joined("k", self.verb, to_base36(self.about), self.how)


STOP = "stop"
"""The choice of every Stop button."""

SHOW = "="
"""The choice of a button before consent that shows the first screen in the language of its guess.

No step can have a choice of this name.
"""

INERT = "-"
"""A button that only shows what was chosen."""

CallbackData = QuestionButton | OnboardingButton | PhraseButton | WorkerButton


@lru_cache(maxsize=512)  # a tap's own data is parsed several times
def parse(data: str) -> CallbackData | None:
    """Parses callback data; None when it is not recognised."""
    if len(data) > LONGEST_DATA:
        return None  # Telegram's data is never this long
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
"""The positions of row ids in a button's data, by its kind."""
_READS = "read"
"""The verb of a worker's button that names a check-in beside the case."""


def changed(data: str, change: Callable[[int], int], *, hide: bool) -> str:
    """Callback data with its row ids masked, or restored; see `bot.store.crypto.id_masking`.

    Masked data begins with a capital. Buttons from before ids were masked are unchanged, and so is
    unrecognised data.
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
    """A number in as few letters as possible, to save space in callback data."""
    digits = ""
    while value:
        value, digit = divmod(value, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def from_base36(text: str, base: int = 36) -> int:
    """Parses what `to_base36` wrote.

    Raises:
        ValueError: it is invalid; forged data may hold anything, also very long.
    """
    if len(text) > _LONGEST_NUMBER or not text.isascii() or not text.isalnum():
        raise ValueError(text)
    found = int(text, base)
    if found > _HIGHEST:
        raise ValueError(text)
    return found
