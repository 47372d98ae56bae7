"""Matches keywords: stop, start, help, and what else a whole message means in any language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from flows.engine.flow import RATHER_NOT_SAY
from flows.engine.load import BrokenFlow, open_or_refuse
from flows.engine.normalise import as_spelt, normalise
from flows.engine.stops.stop_files import load_stops
from flows.engine.stops.stop_grammar import StopGrammar, StopMeaning
from flows.engine.yaml_reader import Reader

STOP = "stop"
KEYWORDS = (STOP, "start", "help")
GO_ON, STOP_FORMS, OTHER_WORDS = "go_on", "stop_forms", "other_words"
_LISTED = ("start", "help", RATHER_NOT_SAY, GO_ON)
FOLDER_OF_STOPS = "stops"
"""The folder beside `stop_words.yaml` that holds the words to stop."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a whole message means as a keyword, and what it says about stopping."""

    keyword: str | None = None
    stop: StopMeaning | None = None


NOTHING_HEARD = Heard()


@dataclass(frozen=True, slots=True)
class Keywords:
    """The meanings of keywords, in every language at once, by their form without spaces.

    `own` are our own words for stopping, as they stand on buttons and in the menu. `other_words`
    are whole messages that would be keywords without their marks, and are other words with them;
    `stop_forms` those which with their marks are a form of a word to stop that may be an answer.
    """

    meanings: Mapping[str, str]
    stops: StopGrammar
    own: frozenset[str] = frozenset()
    other_words: frozenset[str] = frozenset()
    stop_forms: frozenset[str] = frozenset()

    def __call__(self, text: str) -> str | None:
        """The meaning of a whole message, if it is a keyword."""
        return self.look(text).keyword

    def look(self, text: str) -> Heard:
        """What a whole message means: a keyword, a stop that may be an answer, or neither.

        Spaces do not matter: Persian and Urdu words are joined by a space, a half-space or nothing.
        """
        folded = normalise(text)
        joined = folded.replace(" ", "")
        meaning = self.meanings.get(joined)
        found = None if meaning else self.stops(text, folded)
        if joined in self.own and found is not StopMeaning.STOP_OR_ANSWER:
            found = StopMeaning.STOP
        if meaning is None and found is None:
            return NOTHING_HEARD
        spelt = as_spelt(text)
        if spelt in self.other_words:
            return NOTHING_HEARD
        if meaning is not None or found is None:
            return Heard(meaning)
        if spelt in self.stop_forms:
            found = min(found, StopMeaning.STOP_OR_ANSWER)
        return Heard(None if found is StopMeaning.MAYBE else STOP, found)

    def with_own(self, stops: Iterable[str], others: Iterable[tuple[str, str]] = ()) -> Keywords:
        """The same keywords, with our own words for stopping, and `others` with their meanings."""
        own = frozenset(filter(None, map(_joined, stops))) - self.meanings.keys()
        more = {joined: meaning for label, meaning in others if (joined := _joined(label))}
        return replace(self, own=own, meanings={**more, **self.meanings})


def load_stop_words(path: Path) -> Keywords:
    """Reads `stop_words.yaml`, and the words to stop in the folder `stops` beside it.

    Raises:
        BrokenFlow: with every mistake at once, such as a word that would mean two things.
    """
    reader, root = open_or_refuse(path)
    top = reader.mapping(root, "this file", (STOP, *_LISTED, STOP_FORMS, OTHER_WORDS))
    if STOP in top:
        reader.note(top[STOP][0], "the words to stop stand in the folder `stops`, by language")
    stops: StopGrammar | None = None
    try:
        stops = load_stops(path.parent / FOLDER_OF_STOPS)
    except BrokenFlow as error:
        reader.problems += error.problems
    meant: dict[str, str] = {}
    for name in _LISTED:
        if name in top:
            for node in _words(reader, top[name][1], name):
                _add(reader, node, name, meant, stops)
        elif name in KEYWORDS:
            reader.note(root, f"`{name}:` is missing")
    if reader.problems or stops is None:
        raise BrokenFlow(reader.problems)
    return _with_other_words(reader, top, Keywords(meant, stops))


def _with_other_words(
    reader: Reader, top: Mapping[str, tuple[yaml.Node, yaml.Node]], heard: Keywords
) -> Keywords:
    """The same keywords, but for the words that only their marks tell from one."""
    forms, others = (
        {as_spelt(node.value): node for node in _words(reader, top[name][1], name)}
        if name in top
        else {}
        for name in (STOP_FORMS, OTHER_WORDS)
    )
    for word, node in others.items():
        if heard.look(node.value) == NOTHING_HEARD:
            reader.note(node, f"`{node.value}` is heard as no word, so it needs no line")
        elif word in forms:
            reader.note(node, f"`{node.value}` stands under {STOP_FORMS} too")
    for node in forms.values():
        if heard.look(node.value).stop is None:
            reader.note(node, f"`{node.value}` is heard as no stop, so it needs no line")
    if reader.problems:
        raise BrokenFlow(reader.problems)
    return replace(heard, other_words=frozenset(others), stop_forms=frozenset(forms))


def _words(reader: Reader, node: yaml.Node, name: str) -> Iterator[yaml.ScalarNode]:
    """The words of one meaning, in every language."""
    for language, (_, value) in reader.mapping(node, f"`{name}`").items():
        for item in reader.items(value, f"`{name}` in {language}"):
            if reader.text(item, "a word") and isinstance(item, yaml.ScalarNode):
                yield item


def _add(
    reader: Reader,
    node: yaml.ScalarNode,
    name: str,
    meant: dict[str, str],
    stops: StopGrammar | None,
) -> None:
    """Adds a word, unless it means something else already."""
    word = _joined(node.value)
    if not word:
        reader.note(node, "a word without letters")
    elif meant.setdefault(word, name) != name:
        reader.note(node, f"`{node.value}` means both {meant[word]} and {name}")
    elif stops is not None and stops(node.value, normalise(node.value)):
        reader.note(node, f"`{node.value}` means both {STOP} and {name}")


def _joined(text: str) -> str:
    return normalise(text).replace(" ", "")
