"""Translates conditions between XLSForm's `relevant` and `when:` in our files.

Only what means exactly the same on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_REF = r"\$\{\s*([^}\s]+)\s*\}"
_VALUE = r"(?:'([^']*)'|\"([^\"]*)\"|(-?\d+))"
_TERMS = (
    re.compile(rf"{_REF}\s*=\s*{_VALUE}"),
    re.compile(rf"selected\(\s*{_REF}\s*,\s*{_VALUE}\s*\)"),
)
_ANSWERED = re.compile(rf"{_REF}\s*!=\s*(?:''|\"\")|string-length\(\s*{_REF}\s*\)\s*>\s*0")

_ROUND = str.maketrans("‘’“”", "''\"\"")

Wanted = tuple[str, frozenset[str]]


class UnsupportedCondition(Exception):
    """A condition that our files cannot express; the message is the unsupported part."""


def parse(expression: str) -> dict[str, frozenset[str]]:
    """The required answers by question, all of which must match.

    Raises:
        UnsupportedCondition: with the unsupported part.
    """
    found: dict[str, frozenset[str]] = {}
    # Spreadsheets turn straight quotes into round ones, which pyxform turns back.
    for part in _split(_bare(expression.translate(_ROUND)), "and"):
        ref, values = _either(_bare(part))
        if ref in found:
            raise UnsupportedCondition(expression)
        found[ref] = values
    return found


def compared(expression: str) -> frozenset[str]:
    """The questions compared with `=`: of one that takes several answers, all of them."""
    found = re.finditer(rf"{_REF}\s*=", expression.translate(_ROUND))
    return frozenset(each.group(1) for each in found)


def _either(expression: str) -> Wanted:
    """One or more terms about the same question, any of which may match."""
    terms = [_term(_bare(part)) for part in _split(expression, "or")]
    refs = {ref for ref, _ in terms}
    if len(refs) != 1:
        raise UnsupportedCondition(expression)
    return refs.pop(), frozenset().union(*(values for _, values in terms))


def _term(expression: str) -> Wanted:
    if found := _ANSWERED.fullmatch(expression):
        return found.group(1) or found.group(2), frozenset({"answered"})
    for pattern in _TERMS:
        if found := pattern.fullmatch(expression):
            value = next((v for v in found.groups()[1:] if v), "")
            if value:
                return found.group(1), frozenset({value})
    raise UnsupportedCondition(expression)


def _bare(expression: str) -> str:
    """Strips spaces and brackets around the whole."""
    expression = expression.strip()
    while expression.startswith("(") and _closing(expression) == len(expression) - 1:
        expression = expression[1:-1].strip()
    return expression


def _closing(expression: str) -> int:
    depth = 0
    for place, letter in enumerate(expression):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return place
    return -1


def _split(expression: str, word: str) -> list[str]:
    """The parts between `and` or `or` outside brackets and quotes."""
    parts, depth, start, quote = [], 0, 0, ""
    for place, letter in enumerate(expression):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        depth += (letter == "(") - (letter == ")") if not quote else 0
        if depth == 0 and not quote and re.match(rf"\s{word}\s", expression[place:], re.IGNORECASE):
            parts.append(expression[start:place])
            start = place + len(word) + 1
    return [*parts, expression[start:]]


def written(conditions: Mapping[str, frozenset[str]]) -> str:
    """The condition in XLSForm's syntax."""
    each = []
    for ref, values in conditions.items():
        terms = [
            f"${{{ref}}} != ''" if value == "answered" else f"selected(${{{ref}}}, '{value}')"
            for value in sorted(values)
        ]
        each.append(terms[0] if len(terms) == 1 else f"({' or '.join(terms)})")
    return " and ".join(each)
