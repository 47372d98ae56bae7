"""Finds the line where a mistake in a YAML file was made, not where the parser noticed it.

A quote left open swallows what follows, and is noticed at the next quote, many lines below.
"""

from __future__ import annotations

import re

import yaml

_KEY = re.compile(r"^\s*(- )?[a-z_][a-z0-9_]*:(\s|$)")
_ENTRY = re.compile(r"^\s*(- )?[a-z_][a-z0-9_]*: +\S")

_NO_DASH = "`- ` is missing before `id:`"


def mistake(source: str, error: yaml.MarkedYAMLError) -> tuple[int, str]:
    """The line, from 1, and what is wrong there."""
    lines = source.splitlines()
    noticed = error.problem_mark or error.context_mark
    at = noticed.line if noticed else 0
    found = (
        _open_quote(source, lines, at)
        or _open_bracket(error, at)
        or _lost_dash(lines, error, at)
        or (at, str(error.problem))
    )
    return found[0] + 1, found[1]


def _open_quote(source: str, lines: list[str], noticed: int) -> tuple[int, str] | None:
    """The first quote that swallows a line with a name of its own."""
    begun: int | None = None
    try:
        for token in yaml.scan(source, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.ScalarToken) and token.style in ('"', "'"):
                first, last = token.start_mark.line, token.end_mark.line
                if first <= noticed and any(map(_KEY.match, lines[first + 1 : last + 1])):
                    begun = first
                    break
    except yaml.MarkedYAMLError as error:
        if error.context and "quoted scalar" in error.context and error.context_mark:
            begun = error.context_mark.line
    except (yaml.YAMLError, ValueError, OverflowError):
        return None  # PyYAML lets these through, and reports no line
    if begun is None:
        return None
    return begun, "a quote opens here, and nothing closes it"


def _open_bracket(error: yaml.MarkedYAMLError, noticed: int) -> tuple[int, str] | None:
    if not error.context or "while parsing a flow" not in error.context or not error.context_mark:
        return None
    if error.context_mark.line == noticed and "mapping values" in str(error.problem):
        return None
    return error.context_mark.line, "a bracket opens here, and nothing closes it"


def _lost_dash(
    lines: list[str], error: yaml.MarkedYAMLError, noticed: int
) -> tuple[int, str] | None:
    """A line that is not indented further than it looks: the one above has lost its `- `."""
    if "found '-'" in str(error.problem):
        for n in range(noticed - 1, -1, -1):
            if lines[n].lstrip().startswith(("id:", "- ")):
                return (n, _NO_DASH) if lines[n].lstrip().startswith("id:") else None
    if "mapping values" not in str(error.problem):
        return None
    above = next((n for n in range(noticed - 1, -1, -1) if lines[n].strip()), None)
    if above is None or not _ENTRY.match(lines[above]):
        return None
    if _indent(lines[noticed]) <= _indent(lines[above]):
        return None
    name = lines[above].split(":")[0].strip()
    if name == "id":
        return above, _NO_DASH
    name = name.removeprefix("- ")
    return noticed, f"this line is further in than `{name}:` above it"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" ").removeprefix("- "))
