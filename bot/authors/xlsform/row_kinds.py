"""What a row of an XLSForm asks for: its kind of step, or why it is not asked."""

from __future__ import annotations

import re

from bot.authors.xlsform.import_result import ImportRefused
from bot.authors.xlsform.workbook import SheetRow
from flows.engine import StepKind

_KINDS = {kind.traits.xlsform: kind for kind in StepKind}
ABOUT_THE_PHONE = frozenset(
    "start end today deviceid subscriberid simserial phonenumber username email audit"
    " start-geopoint background-audio".split()
)
"""What a form records about the phone. The bot needs none of it."""
YES = frozenset({"yes", "true", "true()", "1"})
NO = frozenset({"no", "false", "false()", "0"})
_OLDER = {"string": "text", "q string": "text", "add text prompt": "text", "q note": "note"}
_OLDER |= {"add note prompt": "note"}
"""Older spellings, which pyxform still reads."""
_TYPED = re.compile(
    r"(?i)^(?:add )?(select[ _]one|select[ _]multiple|select all that apply|select1)"
    r"(?:(?: prompt)? using| from(?! file\b))?(?=\s)"
)


def refuse_unasked(row: SheetRow) -> None:
    """Raises `ImportRefused` for a row that is not asked, whatever its type."""
    if not row["type"]:
        raise ImportRefused("type", "it says no type")
    if strange := row.odd.get("name"):
        raise ImportRefused("name", f"it is called by {strange}")
    if row["disabled"].casefold() in YES:
        raise ImportRefused("disabled", "it is switched off (disabled)")
    if "search(" in row["appearance"]:
        raise ImportRefused("appearance", "its choices come from a file (search)")
    if row["appearance"].casefold() == "label":
        raise ImportRefused("appearance", "it is the head of a table, and nobody is asked")
    if row["calculation"]:
        raise ImportRefused("calculation", "it is worked out, and nobody is asked")
    if row["readonly"].casefold() in YES and row["type"].casefold() != "note":
        raise ImportRefused("readonly", "it is only shown, and nobody is asked (readonly)")


def kind_of(typed: str) -> tuple[StepKind | None, str | None, bool]:
    """Our kind, the list of choices, and whether other text may be typed."""
    words = _OLDER.get(typed.casefold(), typed)
    words = _TYPED.sub(lambda m: "select_multiple" if _several(m.group()) else "select_one", words)
    head, *rest = words.split()
    kind = _KINDS.get(head.casefold())
    if kind is None or not kind.traits.taps:
        return (kind if not rest else None), None, False
    if not rest or rest[1:] not in ([], ["or_other"]):
        return None, None, False
    return kind, rest[0], bool(rest[1:])


def _several(words: str) -> bool:
    return "mult" in words.casefold() or "all" in words.casefold()
