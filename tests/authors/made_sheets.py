"""Sheets of an XLSForm as tests write them, and the flow that comes of them.

It checks nothing by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml
from openpyxl import Workbook

from bot.authors.xlsform.import_result import Converted
from bot.authors.xlsform.importer import from_xlsform

YES_NO = [["yes_no", "yes", "Yes"], ["yes_no", "no", "No"]]


def form(
    folder: Path, heads: str, *rows: Sequence[object], choices: Sequence[Sequence[object]] = YES_NO
) -> Path:
    """A form with these columns and rows in its survey sheet."""
    book = Workbook()
    book.remove(book.worksheets[0])
    survey = book.create_sheet("survey")
    for row in (heads.split(), *rows):
        survey.append(row)
    listed = book.create_sheet("choices")
    for row in (["list_name", "name", "label"], *choices):
        listed.append(row)
    file = folder / "form.xlsx"
    book.save(file)
    return file


def brought(file: Path) -> tuple[Converted, list[dict[str, object]]]:
    done = from_xlsform(file, "form", "adult")
    return done, yaml.safe_load(done.source)["steps"] or []


def with_reasons(source: str) -> str:
    """The file with a reason where the form had none, as an author would add it."""
    whole = yaml.safe_load(source)
    for step in whole["steps"]:
        if step["kind"] != "say":
            step.setdefault("why", "We ask so we know.")
    return str(yaml.safe_dump(whole, sort_keys=False))
