"""Says which short replies press which button: `flows/replies/choices.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import yaml

from flows.engine.flow import Text
from flows.engine.load import BrokenFlow
from flows.engine.normalise import normalise
from flows.engine.replies.ages import Ages
from flows.engine.replies.control_words import ControlWord
from flows.engine.replies.reply_words import MEANINGS, ReplyMeaning
from flows.engine.replies.short_replies import ENGLISH, ShortReplies
from flows.engine.replies.when import WhenReader
from flows.engine.yaml_reader import Reader, open_yaml, suggest

FILE = "choices.yaml"
_AGES = re.compile(r"(\d{1,3}) to (\d{1,3})")


@dataclass(frozen=True, slots=True)
class ChoiceMeanings:
    """The meanings of labels, by the context of each; others mean what their English reads as.

    The buttons in `clear` are pressed only by one of the `clear_words`, exactly. `typed` are words
    that press a button exactly as they stand, by its context and by language.
    """

    replies: ShortReplies = field(default_factory=ShortReplies)
    named: Mapping[str, frozenset[ReplyMeaning]] = field(default_factory=dict)
    ages: Mapping[str, Ages] = field(default_factory=dict)
    languages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    clear: frozenset[str] = frozenset()
    clear_words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    typed: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    when: WhenReader = field(default_factory=WhenReader)
    controls: Mapping[str, ControlWord] = field(default_factory=dict)

    def is_typed(self, label: Text, text: str, language: str) -> bool:
        """Whether a text is one of the other words for a button, in this language or English."""
        by_language = self.typed.get(label.context)
        if by_language is None:
            return False
        words = normalise(text)
        return any(words in by_language.get(code, ()) for code in (language, ENGLISH))

    def is_clear(self, text: str, language: str) -> bool:
        """Whether a text is a clear word of this language or of English, without a doubting sign.

        Words of other languages do not count: "ha" is yes in one, and nothing in another.
        """
        if not self.replies.signs_agree(text):
            return False
        words = normalise(text)
        return not words or any(
            words in self.clear_words.get(code, ()) for code in (language, ENGLISH)
        )

    def of(self, label: Text) -> frozenset[ReplyMeaning]:
        """The meanings that press the button with this label."""
        found = self.named.get(label.context)
        return _read(self.replies, label.source) if found is None else found


@lru_cache(maxsize=4096)
def _read(replies: ShortReplies, source: str) -> frozenset[ReplyMeaning]:
    found = replies.read(source, "en")
    return frozenset() if found is None else frozenset({found.meaning})


def load_choice_meanings(folder: Path, replies: ShortReplies) -> ChoiceMeanings:
    """Reads the file.

    Raises:
        BrokenFlow: with every mistake at once.
    """
    reader, root = open_yaml(folder / FILE)
    parts = ("means", "ages", "languages", "clear", "clear_words", "typed")
    top = reader.mapping(root, "this file", parts) if root is not None else {}
    values = {part: value for part, (_, value) in top.items()}
    found = ChoiceMeanings(
        replies,
        _named(reader, values["means"]) if "means" in values else {},
        _aged(reader, values["ages"]) if "ages" in values else {},
        _languages(reader, values["languages"]) if "languages" in values else {},
        frozenset(_texts(reader, values["clear"], "`clear`")) if "clear" in values else frozenset(),
        {
            code: frozenset(map(normalise, words))
            for code, words in _languages(reader, values["clear_words"]).items()
        }
        if "clear_words" in values
        else {},
        _typed(reader, values["typed"]) if "typed" in values else {},
    )
    if reader.problems:
        raise BrokenFlow(reader.problems)
    return found


def _named(reader: Reader, part: yaml.Node) -> dict[str, frozenset[ReplyMeaning]]:
    named: dict[str, frozenset[ReplyMeaning]] = {}
    for place, node in _choices(reader, part):
        texts = [(item, reader.text(item, "a meaning")) for item in reader.items(node, place)]
        for item, text in texts:
            if text not in MEANINGS:
                reader.note(item, f"there is no meaning `{text}`{suggest(text, MEANINGS)}")
        named[place] = frozenset(ReplyMeaning(t) for _, t in texts if t in MEANINGS)
    return named


def _aged(reader: Reader, part: yaml.Node) -> dict[str, Ages]:
    ages: dict[str, Ages] = {}
    for place, node in _choices(reader, part):
        said = _AGES.fullmatch(reader.text(node, "ages"))
        if said is None:
            reader.note(node, "ages are written as `13 to 17`")
        else:
            ages[place] = Ages(int(said[1]), int(said[2]))
    return ages


def _typed(reader: Reader, part: yaml.Node) -> dict[str, dict[str, frozenset[str]]]:
    return {
        place: {
            code: frozenset(map(normalise, words))
            for code, words in _languages(reader, node).items()
        }
        for place, node in _choices(reader, part)
    }


def _texts(reader: Reader, node: yaml.Node, where: str) -> list[str]:
    return [reader.text(item, "a button") for item in reader.items(node, where)]


def _languages(reader: Reader, part: yaml.Node) -> dict[str, tuple[str, ...]]:
    return {
        code: tuple(reader.text(name, "a name") for name in reader.items(node, code))
        for code, (_, node) in reader.mapping(part, "`languages`").items()
    }


def _choices(reader: Reader, node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    for place, (_, choices) in reader.mapping(node, "this part").items():
        for choice, (_, value) in reader.mapping(choices, f"`{place}`").items():
            yield f"{place}/{choice}", value
