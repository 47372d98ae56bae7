"""Reviewers' notes on a question (hard, unclear, unkind), stored beside the questions.

Without the reviewer's name, and without answers.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.messages.incoming import cleaned
from bot.settings import CannotBeDone
from flows.engine.load import version_of
from flows.engine.yaml_reader import yaml_files

KINDS = ("hard", "unclear", "unkind")
LONGEST_WORDS = 300
_HEAD = "# What was said of these words round a table. Take out what you are done with.\n"


@dataclass(frozen=True, slots=True)
class ReviewNote:
    """One note: about which step of which version, in which language, of what kind."""

    step: str
    version: str
    language: str
    kind: str
    words: str
    when: str

    @property
    def line(self) -> str:
        """The note in one line, but for the flow."""
        return f"{self.when}  {self.language}  {{}}/{self.step}  {self.kind}  {self.words}".rstrip()


def version_now(flows: Path, name: str) -> str:
    """The version of a file of questions or phrases as it is now."""
    file = flows / f"{name}.yaml"
    return version_of(file.read_text(encoding="utf-8")) if file.is_file() else ""


def keep(
    flows: Path, step: str, language: str, kind: str, words: str, today: dt.date
) -> ReviewNote:
    """Appends a note on a step, such as "before/b1", to the notes beside the questions.

    Raises:
        CannotBeDone: its kind is unknown, or its step does not exist.
    """
    name, _, step_id = step.partition("/")
    if kind not in KINDS or not step_id or not (flows / f"{name}.yaml").is_file():
        raise CannotBeDone(f"a note is {', '.join(KINDS)}, on words that are there")
    words = " ".join(cleaned(words).split())[:LONGEST_WORDS]
    note = ReviewNote(step_id, version_now(flows, name), language, kind, words, f"{today:%Y-%m-%d}")
    file = _file(flows, name)
    file.parent.mkdir(exist_ok=True)
    entry = yaml.safe_dump([asdict(note)], allow_unicode=True, sort_keys=False, width=10_000)
    # Appended, so that what is in the file already stays unchanged.
    with file.open("a", encoding="utf-8") as opened:
        opened.write(entry if opened.tell() else _HEAD + entry)
    return note


def read(flows: Path, name: str) -> list[ReviewNote]:
    """The notes on one file of questions, oldest first; invalid lines are skipped."""
    try:
        found: Any = yaml.load(_file(flows, name).read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506
    except (FileNotFoundError, UnicodeDecodeError, yaml.YAMLError):
        return []
    entries = found if isinstance(found, list) else []
    names = ReviewNote.__dataclass_fields__.keys()
    whole = [e for e in entries if isinstance(e, dict) and e.keys() == names]
    return [ReviewNote(**{name: str(value) for name, value in e.items()}) for e in whole]


def listed(flows: Path) -> list[str]:
    """A line for each note on any question."""
    names = [file.stem for file in yaml_files(flows / "notes")]
    return [note.line.format(name) for name in names for note in read(flows, name)]


def _file(flows: Path, name: str) -> Path:
    return flows / "notes" / f"{name}.yaml"
