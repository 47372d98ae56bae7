"""Reads a whole message as a time: "friday", "on monday at 6pm", "in two weeks", "after lunch".

It says what was said; the moment that it means is worked out where the time zone is known.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flows.engine.normalise import normalise
from flows.engine.replies.reply_words import FILLERS, ReplyMeaning, ReplyWords, Words, words_of
from flows.engine.replies.short_replies import ENGLISH
from flows.engine.replies.when_words import Item, Phrases, WhenWords

LONGEST = 80
_MOST_WORDS, _MOST_WAYS = 12, 400
_CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-3])\s?[:.h]\s?([0-5]\d)(?!\d)")
_NOON, _SATURDAY = 12, 5
_AFTERNOON = frozenset({"afternoon", "evening", "night", "after_lunch"})
_MOST_OF_A_UNIT = 999
_SAID_WITH = frozenset({FILLERS, ReplyMeaning.YES, ReplyMeaning.THANKS, ReplyMeaning.GREETING})
_IS_SMALL = frozenset({Item("small")})


@dataclass(frozen=True, slots=True)
class When:
    """A time as it was said: a day in one of several ways, a length of time, or an hour alone.

    `day` counts from today, `weekday` from Monday; `is_next` means that of next week. `hour` is as
    it was said: `is_afternoon` tells what 6 means, if that was said.
    """

    day: int | None = None
    weekday: int | None = None
    is_next: bool = False
    date: tuple[int, int] | None = None
    span: tuple[int, str] | None = None
    part: str = ""
    hour: int | None = None
    minute: int = 0
    is_afternoon: bool | None = None


class WhenReader:
    """Reads a time in the language of a chat, in English, or in any other."""

    def __init__(self, words: WhenWords | None = None, replies: ReplyWords | None = None) -> None:
        self.words = words or WhenWords()
        self._replies = replies
        self._small: dict[str, Phrases] = {}

    def read(self, text: str, language: str, names: Callable[[str, bool], Phrases]) -> When | None:
        """What a whole message says; `names` gives the names of days and months of a language.

        Short names count in the chat's own language and in English alone.
        """
        if len(text) > LONGEST:
            return None
        known = self.words.languages
        for code in dict.fromkeys((language, ENGLISH, *known)):
            if code in known:
                own = code in (language, ENGLISH)
                parts = (known[code], names(code, own), self._small_of(code))
                if (found := read_when(text, parts, self._numbers(code))) is not None:
                    return found
        return None

    def _numbers(self, code: str) -> Mapping[Words, int]:
        found = self._replies.languages.get(code) if self._replies is not None else None
        return found.numbers if found is not None else {}

    def _small_of(self, code: str) -> Phrases:
        """Politeness, and what may be said with a time: yes, later, not today."""
        if code not in self._small:
            found = self._replies.languages.get(code) if self._replies is not None else None
            phrases = found.phrases.phrases() if found is not None else ()
            self._small[code] = {words: _IS_SMALL for words, name in phrases if name in _SAID_WITH}
        return self._small[code]


class _NoTime(Exception):
    """The items say no time, or two."""


def read_when(text: str, known: Sequence[Phrases], numbers: Mapping[Words, int]) -> When | None:
    """What a whole message says; None where any word of it is neither a time nor a filler."""
    words = list(_words(normalise(text)))
    if not words or len(words) > _MOST_WORDS:
        return None
    for tried, items in enumerate(_ways(words, 0, known, numbers)):
        if tried > _MOST_WAYS:
            return None
        try:
            return _combined([item for item in items if item.kind != "small"])
        except _NoTime:
            continue
    return None


def _words(text: str) -> Iterator[str | Item]:
    """The words of a text; a time such as 18:30 is one item."""
    at = 0
    for clock in _CLOCK.finditer(text):
        yield from words_of(text[at : clock.start()])
        yield Item("clock", int(clock[1]) * 60 + int(clock[2]))
        at = clock.end()
    yield from words_of(text[at:])


def _ways(
    words: Sequence[str | Item],
    at: int,
    known: Sequence[Phrases],
    numbers: Mapping[Words, int],
) -> Iterator[list[Item]]:
    """Every way to read the words from here on, the longest phrases first."""
    if at == len(words):
        yield []
        return
    first = words[at]
    if isinstance(first, Item):
        yield from ([first, *rest] for rest in _ways(words, at + 1, known, numbers))
        return
    longest = next((n for n in range(at, len(words)) if isinstance(words[n], Item)), len(words))
    for end in range(longest, at, -1):
        phrase = tuple(str(word) for word in words[at:end])
        found = {item for part in known for item in part.get(phrase, ())}
        if phrase in numbers:
            found.add(Item("number", numbers[phrase]))
        elif len(phrase) == 1 and first.isdecimal() and int(first[:4]) <= _MOST_OF_A_UNIT:
            found.add(Item("number", int(first[:4]), "digits"))
        for item in sorted(found, key=lambda i: (i.kind == "small", i)):
            yield from ([item, *rest] for rest in _ways(words, end, known, numbers))


def _combined(items: list[Item]) -> When:
    said = When()
    at = 0
    while at < len(items):
        used, said = _taken(said, items, at)
        at += used
    if not _is_one_time(said):
        raise _NoTime
    return said


def _is_one_time(said: When) -> bool:
    """Whether what was said is one day, one hour, or both."""
    is_day = [said.day is not None, said.weekday is not None, said.date is not None]
    days, timed = sum(is_day) + (said.span is not None), said.hour is not None
    short = said.span is not None and said.span[1] in ("hours", "minutes")
    lacks = (said.is_next and said.weekday is None, said.is_afternoon is not None and not timed)
    said_twice = days > 1 or (short and (timed or bool(said.part)))
    return bool(days or timed or said.part) and not any(lacks) and not said_twice


def _taken(said: When, items: list[Item], at: int) -> tuple[int, When]:
    """How many items say one thing together, and what is said with it."""
    item = items[at]
    if at + 1 < len(items):
        pair = _PAIRS.get((item.kind, items[at + 1].kind))
        if pair is not None:
            return 2, pair(said, item, items[at + 1])
    single = _SINGLES.get(item.kind)
    if single is None:
        raise _NoTime
    return 1, single(said, item)


def _once(said: When, name: str, value: object) -> When:
    if getattr(said, name) not in (None, "", value):
        raise _NoTime
    return replace(said, **{name: value})  # type: ignore[arg-type]


def _if_timed(said: When) -> When:
    if said.hour is None:
        raise _NoTime
    return said


def _at_hour(said: When, hour: int, minute: int = 0) -> When:
    if said.hour is not None or not 0 <= hour < 24:
        raise _NoTime
    return replace(said, hour=hour, minute=minute)


_PAIRS: Mapping[tuple[str, str], Callable[[When, Item, Item], When]] = {
    ("number", "unit"): lambda said, n, unit: _once(said, "span", (max(n.value, 1), unit.unit)),
    ("number", "am"): lambda said, n, _: _once(_at_hour(said, n.value), "is_afternoon", False),
    ("number", "pm"): lambda said, n, _: _once(_at_hour(said, n.value), "is_afternoon", True),
    ("number", "oclock"): lambda said, n, _: _at_hour(said, n.value),
    ("number", "month"): lambda said, n, month: _once(said, "date", (month.value, n.value)),
    ("month", "number"): lambda said, month, n: _once(said, "date", (month.value, n.value)),
    ("at", "number"): lambda said, _, n: _at_hour(said, n.value),
}
_SINGLES: Mapping[str, Callable[[When, Item], When]] = {
    "clock": lambda said, item: _at_hour(said, item.value // 60, item.value % 60),
    "at": lambda said, _: said,
    "oclock": lambda said, _: _if_timed(said),
    "am": lambda said, _: _once(said, "is_afternoon", False),
    "pm": lambda said, _: _once(said, "is_afternoon", True),
    "span": lambda said, item: _once(said, "span", (item.value, item.unit)),
    "day": lambda said, item: _once(said, "day", item.value),
    "weekday": lambda said, item: _once(said, "weekday", item.value),
    "weekend": lambda said, _: _once(said, "weekday", _SATURDAY),
    "next": lambda said, _: replace(said, is_next=True),
    "part": lambda said, item: _once(said, "part", item.unit),
}


def time_said(said: When, parts: Mapping[str, dt.time], day: tuple[dt.time, dt.time]) -> dt.time:
    """The time of day that was said; an hour that may be two is the one within `day`."""
    hour = said.hour
    if hour is None:
        return parts[said.part]
    afternoon = said.is_afternoon
    if afternoon is None and said.part:
        afternoon = said.part in _AFTERNOON
    if hour > _NOON or hour == 0:
        return dt.time(hour, said.minute)
    early, late = dt.time(hour % _NOON, said.minute), dt.time(hour % _NOON + _NOON, said.minute)
    if afternoon is None:
        return late if not day[0] <= early < day[1] else early
    return late if afternoon else early
