"""Loads `flows/replies/`: what short replies mean in each language, and how they go together."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from sys import intern

import yaml

from flows.engine.load import BrokenFlow
from flows.engine.normalise import normalise
from flows.engine.replies.phrase_graph import GraphBuilder, Lists, Node, fits
from flows.engine.word_patterns import BadPattern, Pattern, parse
from flows.engine.yaml_reader import Problem, Reader, open_yaml, yaml_files

SHARED = "shared"
"""The file of what holds in every language: emoji, and which meanings may stand together."""
FILLERS, UNCLEAR = "fillers", "unclear"
NUMBER, RANGE = "{n}", "~"
OLDEST = 120


class ReplyMeaning(StrEnum):
    """What a short reply can mean."""

    YES = "yes"
    NO = "no"
    LATER = "later"
    NOT_TODAY = "not_today"
    NOT_SURE = "not_sure"
    PARTLY = "partly"
    THANKS = "thanks"
    GREETING = "greeting"
    BYE = "bye"
    WHO_IS_THIS = "who_is_this"
    ONLY_ME = "only_me"
    OTHERS_SEE = "others_see"
    ASKS_FOR_PERSON = "asks_for_person"
    ASKS_WHEN = "asks_when"
    RIGHT = "right"
    NOT_RIGHT = "not_right"


AGREES = frozenset({ReplyMeaning.YES, ReplyMeaning.RIGHT})
"""What says yes to a question."""
MEANINGS = frozenset(meaning.value for meaning in ReplyMeaning)
_AGES = ("exact", "nearly", "over", "under", "between", "adult", "teen")
_LISTS = (*(m for m in ReplyMeaning if m is not ReplyMeaning.PARTLY), FILLERS)
_WORDS = "words"
_PARTLY = ReplyMeaning.PARTLY.value
_SMALL_TALK = "small_talk"
_TOP = (
    *("language", "status", "reviewer", _WORDS),
    *(*_LISTS, _PARTLY, UNCLEAR, _SMALL_TALK, "ages", "numbers"),
)
_MAY_BE_MISSING = (_WORDS, UNCLEAR, "nearly")
_STATUSES = ("draft", "reviewed")
_NUMBERS = 99
_PATTERN_SIGNS = frozenset("(|)<>")
_STRETCHED = re.compile(r"([^\W\d\u0600-\u06ff])\1+|([\u0600-\u06ff])\2{2,}")
"""Letters said twice are said once; in Arabic script two letters are two letters."""
_BETWEEN_KINDS = re.compile(r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)")

Words = tuple[str, ...]


@dataclass(slots=True)
class LanguageWords:
    """The words of one language, folded: whole phrases to their meanings.

    `phrases` holds fillers and unclear words too; `joined` phrases without blanks, since Persian
    and Urdu are written with and without. `frames` are ways to say an age, with NUMBER in them.
    `partly` counts only for a scale: elsewhere "more or less" says that something is not right.
    `small_talk` are phrases that are never an answer to an open question.
    """

    phrases: Node = field(default_factory=Node)
    joined: dict[str, ReplyMeaning] = field(default_factory=dict)
    frames: dict[Words, str] = field(default_factory=dict)
    numbers: dict[Words, int] = field(default_factory=dict)
    partly: Node = field(default_factory=Node)
    small_talk: set[Words] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class ReplyWords:
    """The words of every language, the emoji, and which meanings may stand with which."""

    languages: Mapping[str, LanguageWords]
    emoji: Mapping[str, ReplyMeaning]
    together: Mapping[ReplyMeaning, frozenset[ReplyMeaning]]


class _Signs(dict[int, str]):
    """Separates words at every sign, and Chinese at every character: for `str.translate`."""

    def __missing__(self, code: int) -> str:
        if len(self) > 20_000:  # a sender uses every character there is
            self.clear()
        self[code] = found = self._letter(chr(code))
        return found

    @staticmethod
    def _letter(character: str) -> str:
        if character in "'’ʼ":
            return ""
        if "\u3400" <= character <= "\u9fff":
            return f" {character} "
        return " " if unicodedata.category(character)[0] in "PSZ" else character


_SIGNS = _Signs()


def words_of(text: str) -> Words:
    """The words of a text, folded: doubled letters once, digits apart from letters."""
    letters = normalise(text).translate(_SIGNS)
    return tuple(_BETWEEN_KINDS.sub(" ", _STRETCHED.sub(r"\1\2", letters)).split())


def load_reply_words(folder: Path) -> ReplyWords:
    """Reads the files of every language and the shared one.

    Raises:
        BrokenFlow: with every mistake of every file at once, such as a word that means two things.
    """
    problems: list[Problem] = []
    languages: dict[str, LanguageWords] = {}
    for path in yaml_files(folder):
        if not _is_language(path):
            continue
        reader, root = open_yaml(path)
        if root is not None:
            languages[path.stem] = _language(reader, root, path.stem)
        problems += reader.problems
    reader, root = open_yaml(folder / f"{SHARED}.yaml")
    emoji, together = _shared(reader, root) if root is not None else ({}, {})
    problems += reader.problems
    if problems:
        raise BrokenFlow(problems)
    return ReplyWords(languages, emoji, together)


def reply_languages(folder: Path) -> frozenset[str]:
    """The languages that have a file of short replies."""
    return frozenset(path.stem for path in yaml_files(folder) if _is_language(path))


def _is_language(path: Path) -> bool:
    return re.fullmatch(r"[a-z]{2,3}(_[a-z]+)?", path.stem) is not None


def _language(reader: Reader, root: yaml.Node, code: str) -> LanguageWords:
    top = reader.mapping(root, "this file", _TOP)
    _check_head(reader, root, top, code)
    found = LanguageWords()
    lists = _lists(reader, top[_WORDS][1]) if _WORDS in top else {}
    names = [name for name in (*_LISTS, UNCLEAR) if name in top]
    lines = [line for name in names for line in _lines(reader, top[name][1], name, lists)]
    _take_phrases(reader, lines, found, lists)
    if _PARTLY in top:
        builder = GraphBuilder((_PARTLY,), lists)
        scale = list(_lines(reader, top[_PARTLY][1], _PARTLY, lists))
        found.partly = builder.build((line.pattern, line.name) for line in scale)
    if _SMALL_TALK in top:
        for line in _lines(reader, top[_SMALL_TALK][1], _SMALL_TALK, {}):
            words = words_of(line.node.value)
            found.small_talk.add(words)
            if found.phrases.name_of(words) not in MEANINGS:
                reader.note(line.node, f"`{line.node.value}` has no meaning in the lists above")
    if "numbers" in top:
        _take_numbers(reader, top["numbers"][1], found)
    if "ages" in top:
        _take_ages(reader, top["ages"][1], found)
    return found


def _check_head(
    reader: Reader, root: yaml.Node, top: Mapping[str, tuple[yaml.Node, yaml.Node]], code: str
) -> None:
    for key in _TOP:
        if key not in top and key not in _MAY_BE_MISSING:
            reader.note(root, f"`{key}:` is missing")
    if "language" in top and reader.text(top["language"][1], "`language`") != code:
        reader.note(top["language"][1], f"`language` must be `{code}`, as the file is called")
    if "status" in top and reader.text(top["status"][1], "`status`") not in _STATUSES:
        reader.note(top["status"][1], f"`status` must be one of {', '.join(_STATUSES)}")


def _lists(reader: Reader, node: yaml.Node) -> Lists:
    """The lists of words that patterns name, such as `someone`."""
    return {
        name: [line.pattern for line in _lines(reader, value, name, {})]
        for name, (_, value) in reader.mapping(node, f"`{_WORDS}`").items()
    }


@dataclass(frozen=True, slots=True)
class _Line:
    """A phrase, or a pattern that stands for many, and the list it stands in."""

    node: yaml.ScalarNode
    name: str
    pattern: Pattern


def _lines(reader: Reader, node: yaml.Node, name: str, lists: Lists) -> Iterator[_Line]:
    for item in reader.items(node, f"`{name}`"):
        text = reader.text(item, "a word")
        if not isinstance(item, yaml.ScalarNode) or not item.value.strip():
            continue
        try:
            pattern = _pattern(text, lists)
        except BadPattern as error:
            reader.note(item, f"`{text}`: {error}")
            continue
        if pattern:
            yield _Line(item, name, pattern)
        else:
            reader.note(item, "a word without letters")


def _pattern(text: str, lists: Lists) -> Pattern:
    """A phrase as its words; many phrases share few words, so each word is kept once."""
    if _PATTERN_SIGNS.isdisjoint(text):
        return tuple(map(intern, words_of(text)))
    return tuple(parse(text, lists, lambda part: list(map(intern, words_of(part)))))


def _take_phrases(
    reader: Reader, lines: Sequence[_Line], found: LanguageWords, lists: Lists
) -> None:
    builder = GraphBuilder((*_LISTS, UNCLEAR), lists)
    found.phrases = builder.build((line.pattern, line.name) for line in lines)
    for clash in builder.clashes:
        for line in lines:
            if line.name == clash.second and fits(line.pattern, clash.phrase, lists):
                reader.note(
                    line.node, f"`{line.node.value}` means both {clash.first} and {line.name}"
                )
    for line in lines:
        if line.name in MEANINGS and _PATTERN_SIGNS.isdisjoint(line.node.value):
            words = words_of(line.node.value)
            found.joined.setdefault("".join(words), ReplyMeaning(line.name))


def _take_numbers(reader: Reader, node: yaml.Node, found: LanguageWords) -> None:
    """The words for 1 to 99, in order; forms of one number stand with a | between them."""
    items = list(reader.items(node, "`numbers`"))
    if len(items) != _NUMBERS:
        reader.note(node, f"`numbers` has {len(items)} entries: it needs those for 1 to {_NUMBERS}")
    for number, item in enumerate(items, 1):
        for form in reader.text(item, "a number").split("|"):
            words = words_of(form)
            if not words:
                reader.note(item, "a number without letters")
            elif found.numbers.setdefault(words, number) != number:
                before = found.numbers[words]
                reader.note(item, f"`{form}` means both {before} and {number}")


def _take_ages(reader: Reader, node: yaml.Node, found: LanguageWords) -> None:
    ages = reader.mapping(node, "`ages`", _AGES)
    for kind in _AGES:
        if kind not in ages:
            if kind not in _MAY_BE_MISSING:
                reader.note(node, f"`ages` needs `{kind}:`")
            continue
        wanted = {"between": 2, "adult": 0, "teen": 0}.get(kind, 1)
        for item in reader.items(ages[kind][1], f"`{kind}`"):
            text = reader.text(item, "an age")
            if text.count(NUMBER) != wanted:
                reader.note(item, f"a way to say `{kind}` must have {{n}} {wanted} times")
            elif found.frames.setdefault(_frame(text), kind) != kind:
                reader.note(item, f"`{text}` is said of two kinds")
    found.frames[(NUMBER, RANGE, NUMBER)] = "between"


def _frame(text: str) -> Words:
    words: list[str] = []
    for number, part in enumerate(text.split(NUMBER)):
        words += [NUMBER] * (number > 0)
        words += words_of(part)
    return tuple(words)


def _shared(
    reader: Reader, root: yaml.Node
) -> tuple[dict[str, ReplyMeaning], dict[ReplyMeaning, frozenset[ReplyMeaning]]]:
    top = reader.mapping(root, "this file", ("emoji", "together"))
    emoji: dict[str, ReplyMeaning] = {}
    together: dict[ReplyMeaning, frozenset[ReplyMeaning]] = {}
    for key in ("emoji", "together"):
        if key not in top:
            reader.note(root, f"`{key}:` is missing")
            continue
        for name, (_, value) in reader.mapping(
            top[key][1], f"`{key}`", tuple(ReplyMeaning)
        ).items():
            texts = [(n, reader.text(n, f"`{name}`")) for n in reader.items(value, f"`{name}`")]
            if key == "together":
                for node, text in texts:
                    if text not in MEANINGS:
                        reader.note(node, f"there is no meaning `{text}`")
                known = [ReplyMeaning(text) for _, text in texts if text in MEANINGS]
                together[ReplyMeaning(name)] = frozenset(known)
                continue
            for node, text in texts:
                if len(bare := text.rstrip("\ufe0f")) != 1:
                    reader.note(node, f"`{text}` is not one emoji")
                elif emoji.setdefault(bare, ReplyMeaning(name)) != name:
                    reader.note(node, f"`{text}` means both {emoji[bare]} and {name}")
    return emoji, together
