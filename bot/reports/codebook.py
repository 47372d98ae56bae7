"""The codebook of an export: each column, and each question in every version and language.

Its form is a Data Package 2 (datapackage.org), which programs and people can read; `package` puts
it together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.i18n.localizer import COUNT, Languages
from bot.reports.question_history import QuestionHistory
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
        " have it as it was written. What is too long for a cell of the workbook goes on in its"
        " sheet “long words”, and says so.",
    ),
    _field("voice", "boolean", "Whether a voice note came with it. The sound is not exported."),
    _field(
        "language",
        "string",
        "The check-in's language; empty under five people, or of two.",
    ),
)
_CHECKIN = ("person", "checkin", "about", "when", "asked_after", "month", "service", "recorded")
CHECKINS: tuple[Field, ...] = (
    *(f for f in ANSWERS if f["name"] in (*_CHECKIN, "flow", "version")),
    ANSWERS[-1],
)
CHOSEN: tuple[Field, ...] = (
    _field("checkin", "string", "Which check-in.", required=True),
    _field("question", "string", "Which question.", required=True),
    _field("choice", "string", "One choice that was tapped; see choices.csv.", required=True),
)
REACHED = ("not_joined", "joined", "before", "after")
PEOPLE: tuple[Field, ...] = (
    _field(
        "asked",
        "string",
        "One of all people who were asked, whether they share anything or not. The number is not"
        " that of the other tables, on purpose: so nothing here can be laid beside an answer.",
        required=True,
    ),
    _field("service", "string", "What their newest link was about; empty as there."),
    _field(
        "reached",
        "string",
        "How far they came in what they share with the service: did not join, joined, finished"
        " BEFORE, finished AFTER. What they share with nobody, or with their worker, counts as"
        " joined.",
        enum=[*REACHED],
    ),
    _field("due", "string", "The planned times that had come for them, with | between."),
    _field(
        "answered",
        "string",
        "Those of them at which they finished an AFTER that is shared with the service, with |"
        " between.",
    ),
    _field("audience", "string", "Which questions are for them: adults, or young people."),
    _field("month", "yearmonth", "The month they joined, or were given a link. No day."),
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
TABLES: dict[str, tuple[Field, ...]] = {
    "answers": ANSWERS,
    "checkins": CHECKINS,
    "chosen": CHOSEN,
    "people": PEOPLE,
    "questions": QUESTIONS,
    "choices": CHOICES,
}
OF_COLUMNS: tuple[Field, ...] = (
    _field("table", "string", "Which table."),
    _field("column", "string", "Which column of it."),
    _field("type", "string", "What kind of value."),
    _field("description", "string", "What it means."),
)
OF_LONG: tuple[Field, ...] = (
    _field("text", "string", "Which text, as the cell says that it begins in."),
    _field("part", "string", "Which part of it."),
    _field("parts", "string", "How many parts it has; the first stands in the cell."),
    _field("words", "string", "The part."),
)


def questions(
    asked: QuestionHistory, first: Mapping[str, str], languages: Languages
) -> Iterator[list[str]]:
    """A row for each question in each version and language."""
    for flow, step in _steps(asked):
        for code in languages.codes:
            localizer, why = languages[code], step.why
            yield [
                flow.name,
                flow.version,
                first[flow.version],
                step.id,
                step.kind.value,
                code,
                COUNT.sub("", localizer.text(step.text)),
                localizer.text(why) if isinstance(why, Text) else "",
            ]


def choices(asked: QuestionHistory, languages: Languages) -> Iterator[list[str]]:
    """A row for each choice in each version and language."""
    for flow, step in _steps(asked):
        for choice in step.choices:
            for code in languages.codes:
                label = languages[code].text(choice.label)
                yield [flow.name, flow.version, step.id, choice.id, code, label]


def _steps(asked: QuestionHistory) -> Iterator[tuple[Flow, Step]]:
    for version in asked.versions.values():
        for step in version.steps:
            if f"{version.name}.{step.id}" in asked.asked:
                yield version, step
