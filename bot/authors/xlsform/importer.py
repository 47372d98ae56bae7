"""Imports an XLSForm as a flow file, as far as it fits, and reports exactly what is skipped.

Never guesses: a question that could be asked of the wrong participant is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.authors.suggestions import slug
from bot.authors.xlsform.conditions import UnsupportedCondition, compared, parse
from bot.authors.xlsform.import_result import Converted, ImportRefused, Skipped, why_not
from bot.authors.xlsform.markup import bare
from bot.authors.xlsform.row_kinds import ABOUT_THE_PHONE, NO, YES, kind_of, refuse_unasked
from bot.authors.xlsform.workbook import OF_THE_FORM, OURS, Form, SheetRow, read_form
from bot.settings import CannotBeDone
from flows.engine import BrokenFlow, StepKind, load
from flows.engine.flow import CONTROLS, END
from flows.engine.validation import LONGEST_LABEL, LONGEST_TEXT, MOST_CHOICES

LONGEST_ID = 18
_TAKEN = (
    *("type", "name", "label", "hint", "guidance_hint", "relevant", "required", "choice_filter"),
    *("disabled", "readonly", "calculation"),
)


@dataclass
class _Scope:
    """A group or repeat that contains rows."""

    kind: str
    name: str
    when: dict[str, frozenset[str]] = field(default_factory=dict)
    refused: ImportRefused | None = None


def from_xlsform(file: Path, name: str, audience: str) -> Converted:
    """Imports an XLSForm.

    Raises:
        CannotBeDone: the file is no XLSForm.
        FileNotFoundError: there is none.
    """
    return _Reading(read_form(file), name, audience).converted()


class _Reading:
    def __init__(self, form: Form, name: str, audience: str) -> None:
        self._form, self._name, self._audience = form, name, audience
        self._label = form.spoken(form.survey, "label")
        self._hint = form.spoken_as(form.survey, "hint", self._label) or "hint"
        guidance = form.spoken_as(form.survey, "guidance_hint", self._label)
        self._why = guidance or "guidance_hint"
        self._choice_label = form.spoken_as(form.choices, "label", self._label)
        self._left: list[Skipped] = []
        self._steps: list[dict[str, Any]] = []
        self._ids: dict[str, str] = {}
        self._values: dict[str, dict[str, str]] = {}
        self._several: set[str] = set()
        self._scopes: list[_Scope] = []
        self._questions = 0

    def converted(self) -> Converted:
        """Imports the whole form, row by row."""
        for row in self._form.survey:
            self._row(row)
        if self._scopes:
            raise CannotBeDone(f"{self._scopes[-1].name} has no end")
        self._columns()
        self._beyond()
        head = {"flow": self._name, "for": self._audience}
        parts = [yaml.safe_dump(head, sort_keys=False) + "steps:"]
        parts += [_dump(step) for step in self._steps]
        source = "\n".join(parts)
        return Converted(
            source,
            len(self._steps),
            self._questions,
            sorted(set(self._left)),
            self._missing(source),
        )

    # --- rows ------------------------------------------------------------------------------------

    def _row(self, row: SheetRow) -> None:
        kind = row["type"].casefold().replace(" ", "_")
        if kind.startswith("begin_"):
            self._scopes.append(self._scope(row, kind))
        elif kind.startswith("end_"):
            self._end(row, kind)
        elif kind in ABOUT_THE_PHONE:
            self._leave(
                row, "type", f"`{row['type']}` is about the phone; the bot keeps none of it"
            )
        elif row["type"] or row["name"] or row[self._label]:
            self._questions += 1
            try:
                self._steps.append(self._step(row))
            except ImportRefused as refused:
                which = row["name"] or row["type"]
                self._leave(row, refused.column, f"`{which}` is left out: {refused}")

    def _scope(self, row: SheetRow, kind: str) -> _Scope:
        scope = _Scope(kind.removeprefix("begin_"), f"survey row {row.number}: `{row['type']}`")
        if row["disabled"].casefold() in YES:
            scope.refused = ImportRefused("disabled", "it is switched off (disabled)")
            self._leave(row, "disabled", f"the group `{row['name']}` is switched off")
        elif scope.kind != "group":
            scope.refused = ImportRefused("type", "it is asked again and again (a repeat)")
            self._leave(row, "type", f"the repeat `{row['name']}` does not come over")
        try:
            scope.when = self._when(row)
        except ImportRefused as refused:
            scope.refused = scope.refused or refused
            self._leave(row, "relevant", f"the group `{row['name']}` is left out: {refused}")
        if row[self._label]:
            self._leave(row, "label", f"a group has no heading here: “{row[self._label]}”")
        return scope

    def _end(self, row: SheetRow, kind: str) -> None:
        if not self._scopes or self._scopes[-1].kind != kind.removeprefix("end_"):
            raise CannotBeDone(f"survey row {row.number}: `{row['type']}` ends nothing that began")
        self._scopes.pop()

    def _step(self, row: SheetRow) -> dict[str, Any]:
        for scope in self._scopes:
            if scope.refused is not None:
                raise ImportRefused(scope.refused.column, f"its group is: {scope.refused}")
        refuse_unasked(row)
        kind, listed, typed = kind_of(row["type"])
        if kind is None:
            why = f"there is no kind of step for `{row['type']}`; perhaps it can be asked in words"
            raise ImportRefused("type", why)
        when = self._all_when(row)
        words = self._words(row, self._label)
        if not words:
            language = self._label.partition("::")[2]
            raise ImportRefused("label", f"it has no words{f' in {language}' if language else ''}")
        values: dict[str, str] = {}
        choices = self._choices(row, listed, values) if listed is not None else {}
        step: dict[str, Any] = {"id": self._id(row), "kind": kind.value}
        if typed:
            step["typed"] = True
        if when:
            step["when"] = {ref: sorted(any_of) for ref, any_of in when.items()}
        step["text"] = words
        step |= self._beside(row, kind)
        if choices:
            step["choices"] = choices
        self._values[row["name"]] = values
        if kind.traits.several:
            self._several.add(row["name"])
        return step

    def _beside(self, row: SheetRow, kind: StepKind) -> dict[str, str]:
        """A row's reason and hint; a note has neither."""
        found = {}
        for key, column in (("why", self._why), ("hint", self._hint)):
            if key == "why" and row[column] and OURS not in self._form.settings:
                self._leave(row, column, "it is for whoever asks, and would be said to the person")
            elif said := self._words(row, column):
                found[key] = said
        if found and not kind.traits.asks:
            self._leave(row, "hint", "what is only said has no hint and no reason")
            return {}
        return found

    # --- parts -----------------------------------------------------------------------------------

    def _words(self, row: SheetRow, column: str) -> str:
        """The text of a cell, without markup."""
        if strange := row.odd.get(column):
            raise ImportRefused(column, f"it holds {strange}, not words: write it as text")
        if "${" in row[column]:
            raise ImportRefused(column, "it quotes another answer of the same form")
        words, gone = bare(row[column])
        for why in gone:
            self._leave(row, column, why)
        if set(words) & set("{}"):
            raise ImportRefused(column, "it holds a brace, which has a meaning of its own here")
        if len(words) > LONGEST_TEXT:
            raise ImportRefused(column, f"it is longer than {LONGEST_TEXT} characters")
        return " ".join(words.split()) if column != self._label else words.strip()

    def _id(self, row: SheetRow) -> str:
        """A short name of our own; the first to use a name keeps it."""
        made = _short(row["name"] or f"row_{row.number}", set(self._ids.values()), (END, "stopped"))
        if row["name"] in self._ids:
            raise ImportRefused("name", "there are two of this name")
        self._ids[row["name"] or made] = made
        if not row["name"]:
            self._leave(row, "name", f"it has no name, and is called `{made}` here")
        elif made != row["name"]:
            self._leave(row, "name", f"`{row['name']}` is called `{made}` here")
        return made

    def _choices(self, row: SheetRow, listed: str, values: dict[str, str]) -> dict[str, str]:
        rows = [r for r in self._form.choices if r["list_name"] == listed]
        if not rows:
            raise ImportRefused("type", f"the list `{listed}` has no choices")
        if len(rows) > MOST_CHOICES:
            raise ImportRefused(
                "type", f"its list has {len(rows)} choices, at most {MOST_CHOICES} fit"
            )
        if row["choice_filter"]:
            raise ImportRefused("choice_filter", "its choices hang on another answer")
        if self._choice_label is None:
            language = self._label.partition("::")[2] or "its language"
            raise ImportRefused("type", f"its choices have no words in {language}")
        found: dict[str, str] = {}
        for choice in rows:
            made = _short(choice["name"], set(found), (END,))
            found[made], gone = _label(choice, self._choice_label)
            if wrong := _unfit(found[made]) or _twice(choice, values, found, made):
                which = f"choice `{choice['name']}` (choices row {choice.number})"
                raise ImportRefused("type", f"{which} {wrong}")
            values[choice["name"]] = made
            for why in gone:
                self._left.append(Skipped("choices", choice.number, self._choice_label, why))
        return found

    def _all_when(self, row: SheetRow) -> dict[str, frozenset[str]]:
        """A row's own condition and those of the groups that contain it."""
        found: dict[str, frozenset[str]] = {}
        for each in (*(s.when for s in self._scopes), self._when(row)):
            for ref, any_of in each.items():
                if found.setdefault(ref, any_of) != any_of:
                    raise ImportRefused("relevant", f"two conditions ask about `{ref}`")
        return found

    def _when(self, row: SheetRow) -> dict[str, frozenset[str]]:
        if not row["relevant"] or row["relevant"].casefold() in YES:
            return {}
        if row["relevant"].casefold() in NO:
            raise ImportRefused("relevant", "it is never asked")
        try:
            wanted = parse(row["relevant"])
        except UnsupportedCondition as part:
            raise ImportRefused("relevant", f"`{part}` cannot be said in a `when:`") from None
        if several := compared(row["relevant"]) & self._several:
            only = f"`{min(several)}` takes several answers, and `=` asks for that one alone"
            raise ImportRefused("relevant", only)
        return {self._known(ref): self._met(ref, any_of) for ref, any_of in wanted.items()}

    def _known(self, ref: str) -> str:
        if ref not in self._ids:
            raise ImportRefused(
                "relevant", f"`{ref}`, which it hangs on, did not come over before it"
            )
        return self._ids[ref]

    def _met(self, ref: str, any_of: frozenset[str]) -> frozenset[str]:
        values = {"answered": "answered", **self._values.get(ref, {})}
        if gone := any_of - values.keys():
            raise ImportRefused("relevant", f"`{ref}` has no choice `{min(gone)}`")
        return frozenset(values[value] for value in any_of)

    # --- what is skipped -------------------------------------------------------------------------

    def _leave(self, row: SheetRow, column: str, why: str) -> None:
        self._left.append(Skipped("survey", row.number, column, why))

    def _columns(self) -> None:
        """Every cell of a column that our files have no place for."""
        spoken = {self._label, self._hint, self._why, self._choice_label}
        for sheet, rows in (("survey", self._form.survey), ("choices", self._form.choices)):
            for row in rows:
                for column, words in row.cells.items():
                    if column in spoken or column in (*_TAKEN, "list_name"):
                        continue
                    self._left.append(Skipped(sheet, row.number, column, why_not(column, words)))
        for row in self._form.survey:
            if row["required"].casefold() in YES:
                self._leave(row, "required", "everything can be skipped here")

    def _beyond(self) -> None:
        """What belongs to no question: choices of no list, rows below the end, other sheets."""
        for row in self._form.choices:
            if not row["list_name"]:
                self._left.append(
                    Skipped("choices", row.number, "list_name", "it belongs to no list")
                )
        for sheet, number in self._form.parked:
            self._left.append(Skipped(sheet, number, "all", "it stands far below the form's end"))
        for column, words in self._form.settings.items():
            if column not in OF_THE_FORM:
                self._left.append(Skipped("settings", 2, column, why_not(column, words)))
        for name in self._form.others:
            self._left.append(Skipped(name, 1, "all", "this sheet does not come over"))

    def _missing(self, source: str) -> list[str]:
        """What an author must still write before the file can be used."""
        try:
            load(source, f"{self._name}.yaml")
        except BrokenFlow as error:
            return [str(problem) for problem in error.problems]
        return []


def _label(choice: SheetRow, column: str) -> tuple[str, list[str]]:
    """The label of a button, and what was removed from it."""
    odd_name = choice.odd.get("name") if choice["name"] not in ("TRUE", "FALSE") else None
    if strange := choice.odd.get(column) or odd_name:
        which = f"choice `{choice['name']}` (choices row {choice.number})"
        raise ImportRefused("type", f"{which} holds {strange}, not words: write it as text")
    words, gone = bare(choice[column])
    return " ".join(words.split()), gone


def _twice(choice: SheetRow, values: Mapping[str, str], found: Mapping[str, str], made: str) -> str:
    if not choice["name"]:
        return "has no name"
    if choice["name"] in values:
        return "is there twice"
    same = any(label == found[made] for name, label in found.items() if name != made)
    return "says the same as another" if same else ""


def _unfit(label: str) -> str:
    """Why a text does not fit a button; the empty string where it does."""
    if not label:
        return "has no words"
    if len(label) > LONGEST_LABEL:
        return f"has {len(label)} characters, at most {LONGEST_LABEL} fit a button"
    return "holds a brace" if set(label) & set("{}") else ""


def _short(name: str, taken: set[str], never: tuple[str, ...]) -> str:
    """A valid name, unlike those that are taken."""
    made = name if re.fullmatch(r"[a-z][a-z0-9_]{0,17}", name) else slug(name)
    number = 1
    plain = made
    while made in taken or made in never or made in CONTROLS:
        number += 1
        made = f"{plain[: LONGEST_ID - 1 - len(str(number))]}_{number}"
    return made


def _dump(step: Mapping[str, Any]) -> str:
    """A step as an author would write it."""
    words = yaml.safe_dump([dict(step)], sort_keys=False, allow_unicode=True, width=10_000)
    return words.rstrip() + "\n"
