"""The codebook of an export: each column, and each question in every version and language.

Holds no answers. Its form is a Frictionless Data Package, which programs and people can read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.i18n import Tongues
from bot.reports.questions import Questions
from flows.engine import Flow, Step, Text

Field = dict[str, Any]

STATES = ("answered", "skipped", "rather_not_say", "not_sure")
TIMES = ("before", "after")


def _field(name: str, kind: str, words: str, **constraints: object) -> Field:
    field: Field = {"name": name, "type": kind, "description": words}
    return {**field, "constraints": constraints} if constraints else field


ANSWERS: tuple[Field, ...] = (
    _field("person", "string", "Who, by a number made for this export alone.", required=True),
    _field("checkin", "string", "Which check-in of theirs, in the same way.", required=True),
    _field("about", "string", "For AFTER: the BEFORE that it asks about, if that is shared too."),
    _field("when", "string", "Before a service, or after.", required=True, enum=[*TIMES]),
    _field(
        "asked_after",
        "string",
        "For AFTER: the planned time nearest to it; empty under five people.",
    ),
    _field("month", "yearmonth", "The month of the check-in; empty under five people. No day."),
    _field(
        "service", "string", "What the link was about; empty under five people, or without one."
    ),
    _field(
        "recorded",
        "string",
        "The outcome that the service wrote down last, in its own view; empty under five people.",
    ),
    _field(
        "flow",
        "string",
        "Which set of questions. One of under five people is left out.",
        required=True,
    ),
    _field("version", "string", "Which version of it; see questions.csv; empty under five people."),
    _field("question", "string", "Which question; see questions.csv.", required=True),
    _field(
        "state", "string", "How it was left. Never reached: no row.", required=True, enum=[*STATES]
    ),
    _field("choices", "string", "What was tapped, with | between; see choices.csv."),
    _field(
        "words",
        "string",
        "Their own words, where at least five people wrote to this question. In the CSV there is"
        " a ' before what programs take for the start of a formula (= + - @ and their wide forms),"
        " at the beginning and after each ; , | tab or line end; the JSON Lines and the workbook"
        " have it as it was written (the workbook's cells end at 32,767 characters).",
    ),
    _field("voice", "boolean", "Whether a voice note came with it. The sound is not exported."),
    _field(
        "language",
        "string",
        "The check-in's language; empty under five people, or of two.",
    ),
)
QUESTIONS: tuple[Field, ...] = (
    _field("flow", "string", "Which set of questions.", required=True),
    _field("version", "string", "Which version of it: a hash of its file.", required=True),
    _field("first_used", "date", "The day it was first used."),
    _field("question", "string", "The question's name.", required=True),
    _field("kind", "string", "choice: one. choices: several. words: typed or spoken."),
    _field("language", "string", "The language of the text.", required=True),
    _field("text", "string", "The question. {…} is filled in for each person.", required=True),
    _field("why", "string", "Why we ask, as people are told."),
)
CHOICES: tuple[Field, ...] = (
    _field("flow", "string", "Which set of questions.", required=True),
    _field("version", "string", "Which version of it.", required=True),
    _field("question", "string", "The question's name.", required=True),
    _field("choice", "string", "The choice's name, as in answers.csv.", required=True),
    _field("language", "string", "The language of the label.", required=True),
    _field("label", "string", "What stands on the button.", required=True),
)


def questions(asked: Questions, first: Mapping[str, str], tongues: Tongues) -> Iterator[list[str]]:
    """A row for each question in each version and language."""
    for flow, step in _steps(asked):
        for code in tongues.offered:
            tongue, why = tongues[code], step.why
            yield [
                flow.name,
                flow.version,
                first[flow.version],
                step.id,
                step.kind.value,
                code,
                tongue.text(step.text),
                tongue.text(why) if isinstance(why, Text) else "",
            ]


def choices(asked: Questions, tongues: Tongues) -> Iterator[list[str]]:
    """A row for each choice in each version and language."""
    for flow, step in _steps(asked):
        for choice in step.choices:
            for code in tongues.offered:
                label = tongues[code].text(choice.label)
                yield [flow.name, flow.version, step.id, choice.id, code, label]


def _steps(asked: Questions) -> Iterator[tuple[Flow, Step]]:
    for version in asked.versions.values():
        for step in version.steps:
            if f"{version.name}.{step.id}" in asked.asked:
                yield version, step


def package(organisation: str, rows: int) -> bytes:
    """The package's own description. It names no day: identical answers are identical bytes."""
    described = {
        "profile": "data-package",
        "name": "checkin-export",
        "title": f"Check-ins: {organisation}",
        "description": (
            "What people share with the service, without their name. The questions come from people"
            " with lived experience (LEAF); they are not a validated scale. People's own words can"
            " give them away: keep this as safe as the database, and delete it when it is no longer"
            " needed. What fewer than five people could be told apart by is left empty, also in"
            " combination. Whoever takes back what they shared, or deletes it, is in no later"
            " export."
        ),
        "resources": [
            _tabular("answers", ANSWERS, ["checkin", "question"], "Each answer.", rows),
            _tabular("questions", QUESTIONS, [], "Each question, in each version and language."),
            _tabular("choices", CHOICES, [], "Each choice, in each version and language."),
            _other("answers-json-lines", "answers.jsonl", "jsonl", "application/x-ndjson"),
            _other("answers-workbook", "answers.xlsx", "xlsx", _XLSX),
        ],
    }
    return (json.dumps(described, ensure_ascii=False, indent=2) + "\n").encode()


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _tabular(
    name: str, fields: Sequence[Field], key: list[str], words: str, rows: int | None = None
) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": list(fields), "missingValues": [""]}
    if key:
        schema["primaryKey"] = key
    found: dict[str, Any] = {
        "name": name,
        "type": "table",
        "profile": "tabular-data-resource",
        "path": f"{name}.csv",
        "description": words,
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }
    return found if rows is None else {**found, "rowcount": rows}


def _other(name: str, path: str, form: str, mediatype: str) -> dict[str, Any]:
    words = "The same answers, in another form."
    found = {"name": name, "type": "file", "path": path, "description": words, "scheme": "file"}
    return {**found, "format": form, "mediatype": mediatype}
