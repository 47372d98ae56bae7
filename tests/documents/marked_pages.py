"""Parts of pages that a test writes and holds: what stands between two marks of a name."""

from __future__ import annotations

from pathlib import Path


def shown(page: Path, name: str) -> str:
    """What stands there now."""
    return _parts(page, name)[1]


def write(page: Path, name: str, text: str) -> None:
    """Writes it anew."""
    before, _, after = _parts(page, name)
    page.write_text(before + text + after)


def _parts(page: Path, name: str) -> tuple[str, str, str]:
    """What stands before, between and after the marks; both have to be there."""
    before, begin, rest = page.read_text().partition(f"<!-- {name}: begin -->\n")
    inside, end, after = rest.partition(f"<!-- {name}: end -->")
    assert begin, f"{page} has no beginning of {name}"
    assert end, f"{page} has no end of {name}"
    return before + begin, inside, end + after
