"""The description of an export as a Data Package 2: its tables, their keys, and code lists.

It names no day: identical answers are identical bytes.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from bot.reports.codebook import TABLES, Field
from bot.reports.question_history import QuestionHistory

PROFILES = "https://datapackage.org/profiles/2.0"
_WORDS = {
    "answers": "Each answer that is shared with the service. What it says of its check-in is that"
    " of checkins.csv again, for programs that read one table.",
    "checkins": "Each check-in that is shared with the service.",
    "chosen": "Each choice that was tapped.",
    "people": "Everybody who was asked, for response rates and drop-out; nothing that they said.",
    "questions": "Each question, in each version and language.",
    "choices": "Each choice, in each version and language.",
}
_KEYS = {
    "answers": ["checkin", "question"],
    "checkins": ["checkin"],
    "chosen": ["checkin", "question", "choice"],
    "people": ["asked"],
    "questions": ["flow", "version", "question", "language"],
    "choices": ["flow", "version", "question", "choice", "language"],
}
_REFERENCES: dict[str, list[tuple[list[str], dict[str, str], list[str]]]] = {
    "answers": [(["checkin"], {"resource": "checkins"}, ["checkin"])],
    "checkins": [(["about"], {}, ["checkin"])],  # a reference within the table
    "chosen": [(["checkin", "question"], {"resource": "answers"}, ["checkin", "question"])],
    "choices": [(_KEYS["questions"], {"resource": "questions"}, _KEYS["questions"])],
}
_LABELS = {
    "answered": "Answered",
    "skipped": "Skipped",
    "rather_not_say": "Rather not say",
    "not_sure": "Not sure",
    "before": "Before",
    "after": "After",
    "not_joined": "Has not joined by the link",
    "joined": "Joined",
    "reached": "As planned",
    "partly": "In part",
    "not_reached": "Not as planned",
    "left": "They left",
    "other": "Something else",
}


def package(
    organisation: str, questions: QuestionHistory, counts: Mapping[str, int], kept_apart: str
) -> bytes:
    """The whole description; `kept_apart` tells how many share with their worker only."""
    codes = _codes(questions)
    described = {
        "$schema": f"{PROFILES}/datapackage.json",
        "name": "checkin-export",
        "title": f"Check-ins: {organisation}",
        "description": (
            "What people share with the service, without their name. The questions come from people"
            " with lived experience (LEAF); they are not a validated scale. People's own words can"
            " give them away: keep this as safe as the database, and delete it when it is no longer"
            " needed. What fewer than five people could be told apart by is left empty, also in"
            " combination. Whoever takes back what they shared, or deletes it, is in no later"
            f" export. {kept_apart} answers.jsonl holds the answers again, and answers.xlsx every"
            " table."
        ),
        "resources": [
            *(_tabular(name, fields, codes, counts[name]) for name, fields in TABLES.items()),
        ],
    }
    return (json.dumps(described, ensure_ascii=False, indent=2) + "\n").encode()


def _codes(questions: QuestionHistory) -> list[dict[str, str]]:
    """Every code of a choice; where two questions use it differently, both are named."""
    labels: dict[str, dict[str, None]] = defaultdict(dict)
    for asked in questions.asked.values():
        for code, label in asked.labels.items():
            labels[code][label] = None
    return [{"value": code, "label": " / ".join(found)} for code, found in sorted(labels.items())]


def _tabular(
    name: str, fields: tuple[Field, ...], codes: list[dict[str, str]], rows: int
) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "$schema": f"{PROFILES}/tableschema.json",
        "fields": [_with_codes(name, each, codes) for each in fields],
        "missingValues": [""],
        "primaryKey": _KEYS[name],
    }
    if references := _REFERENCES.get(name):
        schema["foreignKeys"] = [
            {"fields": ours, "reference": {**resource, "fields": theirs}}
            for ours, resource, theirs in references
        ]
    return {
        "$schema": f"{PROFILES}/dataresource.json",
        "name": name,
        "type": "table",
        "path": f"{name}.csv",
        "description": _WORDS[name],
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "rowcount": rows,
        "schema": schema,
    }


def _with_codes(table: str, field: Field, codes: list[dict[str, str]]) -> Field:
    """A column with its list of allowed values, where there is one."""
    if (table, field["name"]) in (("chosen", "choice"), ("choices", "choice")):
        return {**field, "categories": codes} if codes else field
    if values := field.get("constraints", {}).get("enum"):
        return {**field, "categories": [{"value": v, "label": _LABELS[v]} for v in values]}
    return field
