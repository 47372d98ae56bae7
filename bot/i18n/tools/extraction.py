"""Extracts every text to translate, from all that was loaded, with translators' notes.

A file loaded in a new way needs nothing here: every `Text` is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Protocol

import yaml

from bot.i18n.catalog import CatalogError
from bot.settings import ROOT
from flows.engine import Flow, Keywords, Meaning, Step, Text, placeholders
from flows.engine.replies.choice_meanings import ChoiceMeanings
from flows.engine.replies.short_replies import ShortReplies

TYPED = (Keywords, ChoiceMeanings, ShortReplies)
"""What people type has no text to translate, and is large."""
NOTES = ROOT / "locales" / "notes.yaml"


@dataclass(frozen=True, slots=True)
class TranslatableText:
    """A text and its notes for translators: where it is, who reads it, what is filled in."""

    text: Text
    notes: list[str]


def collect_texts(holder: object) -> Iterator[Text]:  # noqa: C901 - a case for each kind
    """Every text in a loaded object, at any depth, in order."""
    if isinstance(holder, TYPED):
        return
    if isinstance(holder, Text):
        yield holder
    elif isinstance(holder, Step):
        yield from translated(holder)
    elif isinstance(holder, Mapping):
        for value in holder.values():
            yield from collect_texts(value)
    elif isinstance(holder, (list, tuple)):
        for value in holder:
            yield from collect_texts(value)
    elif is_dataclass(holder):
        for field in fields(holder):
            yield from collect_texts(getattr(holder, field.name))
    elif hasattr(holder, "__dict__") and type(holder).__module__.startswith(("bot.", "flows.")):
        yield from collect_texts(vars(holder))


def translated(step: Step) -> tuple[Text, ...]:
    """The texts of a step; a language is called by its own name, which stays as it is."""
    if step.meaning is not Meaning.LANGUAGE:
        return step.texts
    names = {choice.label for choice in step.choices}
    return tuple(text for text in step.texts if text not in names)


def is_label(text: Text) -> bool:
    """Whether a text is on a button or in the menu, where there is little room."""
    head, _, part = text.context.rpartition("/")
    inside = "/" in head and part not in ("text", "why", "hint", "name") and "instead" not in part
    return inside or head in ("controls", "menu")


class Library(Protocol):
    """Everything that was loaded; its texts are found at any depth."""

    @property
    def current(self) -> Mapping[str, Flow]: ...


def extract_texts(library: Library, notes: Path = NOTES) -> list[TranslatableText]:
    """Every text that was loaded, once each, in the order of files and lines.

    Raises:
        CatalogError: naming every placeholder and file without a note.
    """
    told = _Notes(notes, {flow.name: flow for flow in library.current.values()})
    texts = sorted(set(collect_texts(library)), key=lambda t: (t.file, t.line, t.context))
    words = [TranslatableText(text, told.of(text)) for text in texts]
    if told.missing:
        raise CatalogError(f"{notes} says nothing of: {', '.join(sorted(told.missing))}")
    return words


class _Notes:
    """Notes for translators, put together from `notes.yaml` and the place of a text."""

    def __init__(self, file: Path, flows: Mapping[str, Flow]) -> None:
        self._told: dict[str, dict[str, str]] = yaml.safe_load(file.read_text(encoding="utf-8"))
        self._flows = flows
        self.missing: set[str] = set()

    def of(self, text: Text) -> list[str]:
        """The lines above a text in the catalogue."""
        place, _, part = text.context.rpartition("/")
        name, _, step_id = place.partition("/")
        flow = self._flows.get(name)
        step = flow.by_id.get(step_id) if flow else None
        if flow and step:
            where = f"{text.file}, step {step_id}: {self._step_part(step, part)}"
            heard = self._note("audiences", flow.audience)
        else:
            where = f"{text.file}: {self._phrase_part(text, name, part)}"
            heard = self._note("files", text.file)
        lines = [f"{where}; {heard}."]
        if text.count is not None:
            lines.append(f"Counts {{{text.count}}}: each form is said with the numbers it is for.")
        return lines + [f"{{{n}}}: {self._placeholder(n)}." for n in _once(text)]

    def _step_part(self, step: Step, part: str) -> str:
        if part in ("why", "hint", "name") or part.startswith("instead"):
            kind = self._note("parts", part.rstrip("0123456789"))
            return f"{kind} (“{_short(step.text)}”)"
        if part != "text":
            return f"{self._note('parts', 'button')}; under “{_short(step.text)}”"
        if step.gate:
            return self._note("parts", "gate")
        return self._note("parts", "question" if step.asks else "say")

    def _phrase_part(self, text: Text, name: str, part: str) -> str:
        if text.context.count("/") > 1:
            kind = "phrase" if part == "text" else "button"
            return f"{self._note('parts', kind)} ({text.context.split('/')[1]})"
        return self._note("parts", part if part == "org_name" else name)

    def _placeholder(self, name: str) -> str:
        earlier, dot, step_id = name.partition(".")
        if dot and earlier in self._flows:
            asked = self._flows[earlier].by_id[step_id].text
            return f"what they said to “{_short(asked)}”, quoted, perhaps on several lines"
        return self._note("placeholders", name)

    def _note(self, group: str, name: str) -> str:
        found = self._told[group].get(name)
        if found is None:
            self.missing.add(f"{group}: {name}")
        return found or ""


def _once(text: Text) -> list[str]:
    return list(dict.fromkeys(placeholders(text.source)))


def _short(text: Text) -> str:
    line = text.source.partition("\n")[0]
    return line if len(line) <= 60 else f"{line[:59]}…"
