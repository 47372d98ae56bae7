"""Rules of English style, each with the words that break it and a plainer suggestion.

Only what can be counted; whether a question is kind is for people to judge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

import yaml
from pydantic import TypeAdapter, ValidationError

from bot.authors.finding import Finding
from bot.i18n.catalog import CatalogError
from bot.i18n.tools.extraction import is_label
from bot.languages.style_checks import length, not_said, sentences
from bot.settings import ROOT
from flows.engine import Flow, Text

FOLDER = ROOT / "flows" / "wording"

LONGEST_MESSAGE = 640
"""Characters of a text with its hint and its reason: two screens of a small phone (28 by 12
signs)."""
LONGEST_LABEL = 40
"""Characters of a button: about as many as fit into a whole row of a small phone."""
HIGHEST_GRADE = 3.0
"""School year by the Automated Readability Index (Smith, Senter 1967); nine-year-olds are in 4."""
_HARDEST = 2
"""How many of a file's sentences are named when the whole is too hard."""

_CONTRACTION = re.compile(r"\b(\w+)n['’]t\b", re.IGNORECASE)
_WHOLE = {"ca": "cannot", "wo": "will not", "sha": "shall not"}
_OTHER = re.compile(r"\bothers?\b", re.IGNORECASE)
_JOINT = re.compile(r"[,;:]|\b(?:and|but|so|because|when|if|or|that|which|who)\b")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*")
_ENDINGS: tuple[tuple[str, str], ...] = (
    *(("'s", ""), ("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("ed", "e"), ("ied", "y")),
    *(("ing", ""), ("ing", "e"), ("er", ""), ("er", "e"), ("ly", ""), ("n", "")),
)

_GROUPS = TypeAdapter(dict[str, dict[str, str]])

Violation = tuple[str, str]
"""What is wrong with a text, and a plainer suggestion."""


@dataclass(frozen=True)
class EnglishStyle:
    """The lists that English is checked against, as `flows/wording/` has them.

    `easy` are the words that Dale and Chall (1995) found four in five ten-year-olds to know, as the
    package textstat 0.7.13 carries them (MIT licence, Shivam Bansal and Chaitanya Aggarwal).
    `plainer` has jargon, words that hurt, and leading questions, each with what to write instead.
    """

    easy: frozenset[str]
    excepted: Mapping[str, Mapping[str, str]]
    plainer: Mapping[str, Mapping[str, str]]
    longest_sentence: int = 15
    also_not_said: tuple[str, ...] = ()
    laws: Mapping[str, Callable[[str], Iterator[Violation]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        laws = {
            "sentence": self._long,
            "contraction": _contracted,
            "not_said": self._unsaid,
            "leading": self._leading,
            "two_questions": _two_questions,
        }
        object.__setattr__(self, "laws", laws)

    @classmethod
    def read(cls, longest_sentence: int, also: tuple[str, ...], folder: Path = FOLDER) -> Self:
        """Reads the lists of a folder, with what a language's `about.yaml` adds.

        Raises:
            CatalogError: one of them cannot be read.
        """
        return cls(
            frozenset((folder / "easy_words.txt").read_text(encoding="utf-8").casefold().split()),
            _yaml(folder / "exceptions.yaml"),
            {"stigma": {}, "jargon": {}, "leading": {}, **_yaml(folder / "plainer.yaml")},
            longest_sentence,
            also,
        )

    # --- one text --------------------------------------------------------------------------------

    def _long(self, words: str) -> Iterator[Violation]:
        for sentence in sentences(words):
            if length(sentence) > self.longest_sentence:
                what = f"{length(sentence)} words in one sentence, at most {self.longest_sentence}"
                yield f"{what}: “{sentence}”", _cut(sentence)

    def _unsaid(self, words: str) -> Iterator[Violation]:
        bare = _PLACEHOLDER.sub("", words)
        for group in ("stigma", "jargon"):
            for said, idea in self._found(group, bare):
                why = "hurts people" if group == "stigma" else "is how services talk"
                yield f"“{said}” {why}: “{_env(words, said)}”", idea
        for found in self._also.finditer(bare):
            if not self._is_named(found.group()):
                yield f"“{found.group()}” is not said", "find a kinder word"

    def _leading(self, words: str) -> Iterator[Violation]:
        for said, idea in self._found("leading", words):
            yield f"“{said}” already holds an answer: “{_env(words, said)}”", idea

    def _found(self, group: str, words: str) -> Iterator[Violation]:
        for finder, idea in self._finders[group]:
            if match := finder.search(words):
                yield match.group(), idea

    @cached_property
    def _finders(self) -> dict[str, list[tuple[re.Pattern[str], str]]]:
        return {
            group: [(not_said((word,)), idea) for word, idea in words.items()]
            for group, words in self.plainer.items()
        }

    def _is_named(self, word: str) -> bool:
        """Whether a plainer word for it is known, so that it is reported already."""
        groups = (self._finders["stigma"], self._finders["jargon"])
        return any(finder.search(word) for group in groups for finder, _ in group)

    @cached_property
    def _also(self) -> re.Pattern[str]:
        return not_said(self.also_not_said)

    def is_easy_word(self, word: str) -> bool:
        """Whether a word, or its base form, is on the list."""
        word = word.casefold().replace("’", "'")
        stems = [word.removesuffix(end) + new for end, new in _ENDINGS if word.endswith(end)]
        doubled = [stem[:-1] for stem in stems if len(stem) > 2 and stem[-1:] == stem[-2:-1]]
        return any(stem in self.easy for stem in (word, *stems, *doubled))

    # --- all texts -------------------------------------------------------------------------------

    def findings(self, flows: Collection[Flow], texts: Iterable[Text]) -> list[Finding]:
        """Everything that breaks a style rule and is no exception, in order of the files."""
        each = list(dict.fromkeys(texts))
        found = [*self._of_texts(each), *self._of_flows(flows), *self._of_files(each)]
        return sorted(dict.fromkeys(found))

    def broken(self, law: str, texts: Iterable[Text]) -> dict[str, str]:
        """The texts that break one rule, exceptions too, with what is wrong."""
        return {
            text.context: wrong
            for text in texts
            for words in _forms(text)
            for wrong, _ in self.laws[law](words)
        }

    def unneeded(self, flows: Collection[Flow], texts: Iterable[Text]) -> list[str]:
        """Exceptions that are no longer needed."""
        each = list(texts)
        hard = {w.casefold() for text in each for w in self.hard_words(text)}
        needed = {law: set(self.broken(law, each)) for law in self.laws}
        needed |= {"why": {t.context for t in _unexplained(flows)}, "words": hard}
        return [
            f"wording/exceptions.yaml: `{law}` has `{what}`, which is no longer needed"
            for law, whats in self.excepted.items()
            for what in whats
            if what not in needed.get(law, ())
        ]

    def hard_words(self, text: Text) -> Iterator[str]:
        """The words of a text that are not on the list."""
        for words in _forms(text):
            yield from (w for w in words_of(words) if not self.is_easy_word(w))

    def _of_texts(self, texts: Iterable[Text]) -> Iterator[Finding]:
        for text in texts:
            for law in self.laws:
                if text.context not in self.excepted.get(law, {}):
                    for words in _forms(text):
                        for wrong, idea in self.laws[law](words):
                            yield Finding.at(text, law, wrong, idea)
            for word in dict.fromkeys(self.hard_words(text)):
                known = self.excepted.get("words", {})
                if word.casefold() not in known and not self._is_named(word):
                    wrong = f"“{word}” is not an easy word: “{_env(text.source, word)}”"
                    yield Finding.at(text, "words", wrong, _SIMPLER)
            yield from _on_a_button(text) if is_label(text) else ()

    def _of_flows(self, flows: Collection[Flow]) -> Iterator[Finding]:
        for text in _unexplained(flows):
            if text.context not in self.excepted.get("why", {}):
                wrong = "asks without saying why"
                yield Finding.at(text, "why", wrong, "add `why: We ask so …`, with a true reason")
        for flow in flows:
            for step in flow.steps:
                for text in (step.text, *(i.text for i in step.instead)):
                    beside = [t.source for t in (text, step.hint, step.why) if t is not None]
                    if len(size := "\n".join(beside)) > LONGEST_MESSAGE:
                        wrong = f"{len(size)} characters on one screen, at most {LONGEST_MESSAGE}"
                        yield Finding.at(text, "screen", wrong, "say it in two steps, or say less")

    def _of_files(self, texts: Iterable[Text]) -> Iterator[Finding]:
        by_file: dict[str, list[Text]] = {}
        for text in texts:
            by_file.setdefault(text.file, []).append(text)
        for each in by_file.values():
            if (whole := grade("\n".join(map(_filled, each)))) > HIGHEST_GRADE:
                wrong = f"the file reads like school year {whole:.1f}, at most {HIGHEST_GRADE:g}"
                for text in sorted(each, key=lambda t: -grade(_filled(t)))[:_HARDEST]:
                    idea = f"shorter words in “{text.source}”"
                    yield Finding.at(text, "grade", wrong, idea)


_SIMPLER = "say it as you would to a child of nine, or give the reason in wording/exceptions.yaml"


def words_of(text: str) -> Iterator[str]:
    """The words of a text, without its placeholders."""
    yield from _WORD.findall(_PLACEHOLDER.sub(" ", text))


def grade(text: str) -> float:
    """The school year that a text is for, by the Automated Readability Index."""
    found = [w for w in re.findall(r"[\w'’-]+", text) if w.strip("'’-")]
    spoken = [s for s in sentences(text) if length(s)]
    if not found or not spoken:
        return 0.0
    letters = sum(len(w) for w in found)
    return 4.71 * letters / len(found) + 0.5 * len(found) / len(spoken) - 21.43


def _forms(text: Text) -> tuple[str, ...]:
    return (text.source,) if text.one is None else (text.source, text.one)


def _filled(text: Text) -> str:
    return _PLACEHOLDER.sub("it", text.source)


def _unexplained(flows: Iterable[Flow]) -> list[Text]:
    """Questions that need no reason, because of their meaning."""
    steps = (s for flow in flows for s in flow.steps)
    return [s.text for s in steps if s.keeps_answer and s.meaning and not s.why]


def _contracted(words: str) -> Iterator[Violation]:
    for found in _CONTRACTION.finditer(words):
        stem = found.group(1)
        yield (
            f"“{found.group()}” is missed by tired eyes: “{_env(words, found.group())}”",
            f"say “{_WHOLE.get(stem.casefold(), f'{stem} not')}”",
        )


def _two_questions(words: str) -> Iterator[Violation]:
    if words.count("?") > 1:
        asked = [s.rpartition(". ")[2] for s in words.split("?")[:-1]]
        yield (
            f"{len(asked)} questions in one message: “{words}”",
            f"ask one here, and the other in a step of its own: “{asked[-1].strip()}?”",
        )


def _on_a_button(text: Text) -> Iterator[Finding]:
    if len(text.source) > LONGEST_LABEL:
        wrong = f"{len(text.source)} characters on a button, at most {LONGEST_LABEL}"
        yield Finding.at(text, "button", f"{wrong}: “{text.source}”", "say the rest in the text")
    if _OTHER.search(text.source):
        wrong = f"“{text.source}”: nobody is other"
        yield Finding.at(text, "other", wrong, "say “Something else”")


def _cut(sentence: str) -> str:
    """Where a long sentence could become two: at the joint nearest to its middle."""
    joints = [m for m in _JOINT.finditer(sentence) if 0 < m.start() < len(sentence) - 1]
    if not joints:
        return "make two sentences of it"
    best = min(joints, key=lambda m: abs(m.start() - len(sentence) / 2))
    return f"make two sentences of it, as in “{sentence[: best.start()].strip()}.” and the rest"


def _env(text: str, said: str) -> str:
    """The sentence that contains a match."""
    return next((s for s in sentences(text) if said in s), text)


def _yaml(file: Path) -> dict[str, dict[str, str]]:
    """Groups of words, each with what belongs to it.

    Raises:
        CatalogError: the file is invalid.
    """
    try:
        return _GROUPS.validate_python(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    except (yaml.YAMLError, ValidationError, UnicodeDecodeError, FileNotFoundError) as error:
        raise CatalogError(f"{file}: {error}") from None
