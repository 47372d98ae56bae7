"""A flow as loaded: its steps in order, immutable.

Loading is in `load`, walking in `walk`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache

from flows.engine.kinds import StepKind

END = "end"
"""The name a `next:` uses to finish the flow; no step may be called so."""

# What the engine adds to a question by itself. An author never types these.
SKIP, RATHER_NOT_SAY, NOT_NOW, STOP, BACK, DONE, KEEP_IT, TAKE_BACK = (
    "skip",
    "rather_not_say",
    "not_now",
    "stop",
    "back",
    "done",
    "keep_it",
    "take_back",
)
CONTROLS = (BACK, SKIP, RATHER_NOT_SAY, DONE, NOT_NOW, STOP, KEEP_IT, TAKE_BACK)

AT_THE_END = ("help", "contact")
"""What a choice may ask for where several can be chosen: it is done once they are done."""

NOT_SURE = "not_sure"
"""A choice with this id is stored as the state "not sure", never as a plain answer."""


class Meaning(StrEnum):
    """What the bot itself learns from an answer; a closed list, checked at load."""

    LANGUAGE = "language"
    AGE = "age"
    KEEP = "keep"
    MESSAGE = "message"
    SAFETY = "safety"
    PHONE = "phone"
    SHARING = "sharing"
    SUCCESS = "success"
    FELT = "felt"


NOT_QUOTED = frozenset({Meaning.SHARING, Meaning.FELT, Meaning.MESSAGE})
"""Answers about the check-in itself, which are not quoted with a participant's other answers."""

_ANSWERED_BY_NO = frozenset(
    {
        Meaning.KEEP,
        Meaning.MESSAGE,
        Meaning.AGE,
        Meaning.LANGUAGE,
        Meaning.SAFETY,
        Meaning.PHONE,
    }
)


@dataclass(frozen=True, slots=True)
class Text:
    """An English text with its context, by which a translation is found.

    A text that counts something has its singular in `one` and, in `count`, the placeholder that
    holds the number; `source` is then the plural. `file` and `line` are for translators.
    """

    context: str
    source: str
    one: str | None = None
    count: str | None = None
    file: str = field(default="", compare=False, repr=False)
    line: int = field(default=0, compare=False, repr=False)

    @property
    def key(self) -> tuple[str, str]:
        """The key of a translation in gettext: the context, and its (singular) English."""
        return self.context, self.one or self.source


@dataclass(frozen=True, slots=True)
class Condition:
    """True when the answer to `ref` is among `any_of`.

    `ref` is a step of this flow ("b2"), of an earlier check-in ("before.b2") or a fact the bot
    provides ("fact.worker_name"). `any_of` holds choice ids and states; for a gate or a saying
    "met" or "unreached"; for a fact "known", "unknown" or its value.
    """

    ref: str
    any_of: frozenset[str]


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a question. `gate` marks one that opens another part and is no answer."""

    id: str
    label: Text
    next: str | None = None
    when: tuple[Condition, ...] = ()
    does: str | None = None
    gate: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """Other text for the same question, sent when the conditions hold."""

    when: tuple[Condition, ...]
    text: Text


@dataclass(frozen=True, slots=True)
class Step:
    """One message or question. `gate` marks a tap that opens the next part and stores no answer.

    `name` is short, for wherever an answer stands under its question later.
    """

    id: str
    kind: StepKind
    text: Text
    line: int
    why: Text | None = None
    hint: Text | None = None
    name: Text | None = None
    instead: tuple[Variant, ...] = ()
    choices: tuple[Choice, ...] = ()
    when: tuple[Condition, ...] = ()
    next: str | None = None
    decline: str = SKIP
    gate: bool = False
    again: bool = False
    typed: bool = False
    meaning: Meaning | None = None

    @property
    def heading(self) -> Text:
        """What stands above an answer: its name, or the whole question where it has none."""
        return self.name or self.text

    @property
    def asks(self) -> bool:
        """Whether the walk waits here for an answer."""
        return self.kind.traits.asks

    @property
    def keeps_answer(self) -> bool:
        """Whether an answer is stored for this step; of a saying or a gate only that it was met."""
        return self.asks and not self.gate

    @property
    def can_decline(self) -> bool:
        """Whether the engine adds Skip or Rather not say, as it does to every question but these.

        A consent question is declined by its own "No", of the same size as its "Yes"; a third way
        to say no would only blur what was agreed. Age and language have their own way out.
        """
        return self.keeps_answer and self.meaning not in _ANSWERED_BY_NO

    @property
    def texts(self) -> tuple[Text, ...]:
        """All its texts, those of its choices last."""
        beside = tuple(t for t in (self.why, self.hint, self.name) if t is not None)
        others = (i.text for i in self.instead)
        return (self.text, *others, *beside, *(c.label for c in self.choices))

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All its conditions: its own, those of its other wordings and those of its choices."""
        worded = (c for other in self.instead for c in other.when)
        offered = (c for choice in self.choices for c in choice.when)
        return (*self.when, *worded, *offered)

    @property
    def takes_words(self) -> bool:
        """Whether a typed text or a voice note is a whole answer to this step."""
        return self.kind.traits.types or self.typed

    @property
    def takes_any_words(self) -> bool:
        """Whether any typed text is stored as it is, and added to earlier text."""
        return self.kind.traits.read is None

    def read(self, typed: str) -> str | None:
        """Typed text in the form in which it is stored; None where it does not answer the step."""
        read = self.kind.traits.read
        return typed if read is None else read(typed)

    def choice(self, choice_id: str) -> Choice | None:
        """The choice with this id, if the step has it."""
        return next((c for c in self.choices if c.id == choice_id), None)


@dataclass(frozen=True, eq=False)
class Flow:
    """A conversation: steps in order. `version` is a hash of its file."""

    name: str
    version: str
    audience: str
    source: str
    steps: tuple[Step, ...]

    @cached_property
    def by_id(self) -> dict[str, Step]:
        """Each step by its id."""
        return {step.id: step for step in self.steps}

    @cached_property
    def numbered(self) -> tuple[Step, ...]:
        """The steps that number themselves, in order."""
        return tuple(s for s in self.steps if "{number}" in s.text.source)

    @cached_property
    def earlier(self) -> frozenset[str]:
        """Names of the earlier check-ins this flow quotes or branches on."""
        return frozenset(
            ref.split(".", 1)[0]
            for ref in _refs(self)
            if "." in ref and not ref.startswith("fact.")
        )


def _refs(flow: Flow) -> set[str]:
    refs: set[str] = set()
    for step in flow.steps:
        refs.update(c.ref for c in step.conditions)
        refs.update(name for text in step.texts for name in placeholders(text.source))
    return refs


WORDS_TO_SEND = {"stop_word": "stop", "start_word": "start", "help_word": "help"}
"""Placeholders for a word to send, each filled with the phrase of its name; what the word means."""


@lru_cache(maxsize=8192)  # called with the same texts at every turn
def placeholders(source: str) -> tuple[str, ...]:
    """The names between braces in a text, in order."""
    found: list[str] = []
    for part in source.split("{")[1:]:
        name, brace, _ = part.partition("}")
        if brace:
            found.append(name)
    return tuple(found)
