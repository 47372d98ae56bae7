"""Measures what is noticed of a list of messages, and tells how a training went.

Only counts and line numbers are printed: such a list is best kept secret. Once those who mend the
phrases have read it, it measures nothing any more.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.authors.danger_training import Trained
from bot.content.danger_model import read_danger_model
from bot.content.loading import read_danger
from flows.engine import BrokenFlow, Problem
from flows.engine.danger.detector import Danger, DangerKind
from flows.engine.danger.line_files import KINDS
from flows.engine.danger.model import DangerModel
from flows.engine.danger.phrase_files import NO_DANGER

CERTAIN, GENTLE = "certain", "gentle"
_COLUMNS = ("text", "language", "kind")


@dataclass(frozen=True, slots=True)
class TrialMessage:
    """One message of a list: its line, its language, what it should be noticed as, and how said."""

    line: int
    text: str
    language: str
    kind: str
    how: str


def read_list(path: Path) -> list[TrialMessage]:
    """The messages of a .csv file.

    Raises:
        BrokenFlow: with every line that cannot be used.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_messages(path, file))
    except OSError as error:
        raise BrokenFlow([Problem(path.name, 1, f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise BrokenFlow([Problem(path.name, 1, "this is not UTF-8")]) from error


def _messages(path: Path, file: Iterable[str]) -> Iterator[TrialMessage]:
    rows, problems = csv.DictReader(file), list[Problem]()
    if missing := [name for name in _COLUMNS if name not in (rows.fieldnames or ())]:
        raise BrokenFlow([Problem(path.name, 1, f"a column `{missing[0]}` is missing")])
    try:
        for row in rows:
            kind = (row["kind"] or "").strip()
            text = (row["text"] or "").strip()
            if kind not in (*KINDS, NO_DANGER):
                known = ", ".join((*KINDS, NO_DANGER))
                problems.append(Problem(path.name, rows.line_num, f"the kind is one of {known}"))
            elif not text:
                problems.append(Problem(path.name, rows.line_num, "there is no text"))
            else:
                how, language = (row.get("how") or "").strip(), (row["language"] or "").strip()
                yield TrialMessage(rows.line_num, text, language, kind, how)
    except csv.Error as error:
        problems.append(Problem(path.name, rows.line_num, f"this is no CSV: {error}"))
    if problems:
        raise BrokenFlow(problems)


def answer_to(text: str, danger: Danger, model: DangerModel | None) -> str | None:
    """How a message is answered: for certain, gently, or not as danger at all."""
    found = danger.find(text)
    if found is not None and found.kind is not DangerKind.MAYBE:
        return CERTAIN
    return GENTLE if model is not None and model.may_be_danger(text) else None


def trial_lines(flows: Path, path: Path, *, misses: bool) -> Iterator[str]:
    """The table of a list: by language, by kind, by how it is said.

    Raises:
        BrokenFlow: with every line of the list that cannot be used.
    """
    messages, danger = read_list(path), read_danger(flows)
    model, problems = read_danger_model(flows)
    for problem in problems:
        yield f"flows/danger/{problem}"
    answers = [answer_to(message.text, danger, model) for message in messages]
    yield f"{'':28}{'of':>6}{'certain':>9}{'gentle':>8}{'any':>7}"
    for name, chosen in _groups(messages):
        counted = Counter(answers[n] for n in chosen)
        either = counted[CERTAIN] + counted[GENTLE]
        share = either / len(chosen)
        yield (f"{name:28}{len(chosen):>6}{counted[CERTAIN]:>9}{counted[GENTLE]:>8}{share:>7.1%}")
    if misses:
        lines = [
            m.line for m, a in zip(messages, answers, strict=True) if m.kind != "none" and not a
        ]
        yield "missed, by line: " + (", ".join(map(str, lines)) or "none")


def _groups(messages: list[TrialMessage]) -> Iterator[tuple[str, list[int]]]:
    named: dict[str, list[int]] = {}
    for number, message in enumerate(messages):
        is_danger = message.kind != NO_DANGER
        whole = "danger" if is_danger else "no danger"
        names = [whole, f"{whole}, {message.language}"]
        names += [message.kind] if is_danger else []
        names += [f"{whole}, {message.how}"] if message.how else []
        for name in names:
            named.setdefault(name, []).append(number)
    yield from sorted(named.items())


def trained_lines(found: Trained, path: Path) -> Iterator[str]:
    """What a training tells: the size, and how it does on patterns that it did not learn."""
    size = len(found.text.encode()) / 1000
    yield f"{path}: {len(found.model.weights):,} pieces, {size:,.0f} kB"
    yield f"{'kept apart':12}{'danger':>8}{'asked':>8}{'ordinary':>10}{'asked':>8}"
    for language in (*sorted(found.found_of), "all"):
        asked, of, alarms, ordinary = (
            count.total() if language == "all" else count[language]
            for count in (found.found, found.found_of, found.alarms, found.alarms_of)
        )
        yield (
            f"{language:12}{of:>8}{asked / max(1, of):>8.0%}"
            f"{ordinary:>10}{alarms / max(1, ordinary):>8.1%}"
        )
