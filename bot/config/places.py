"""The place whose help numbers are shown, as an operator writes it."""

from __future__ import annotations

import re
from pathlib import Path

GENERIC = "generic"
SAME = {"uk": "gb"}
"""Common names of a country, and its code (ISO 3166 has `gb`)."""


def known_places(flows: Path) -> list[str]:
    """The places that have a file of help numbers."""
    return sorted(f.stem for f in (flows / "helplines").glob("[a-z]*.yaml") if f.stem != GENERIC)


def place(written: str, flows: Path) -> str:
    """The code of a place: `UK` is `gb`.

    Raises:
        ValueError: there are no numbers for it; the message lists the known places.
    """
    country, dash, region = re.sub(r"[\s_]+", "-", written.strip().casefold()).partition("-")
    meant = SAME.get(country, country) + dash + region
    there = known_places(flows)
    if meant in there:
        return meant
    written = written if written == meant else f"{written} (that is {meant})"
    raise ValueError(
        f"there are no help numbers for {written}. There are for: {', '.join(there) or 'none'}."
        f" For another place write flows/helplines/{meant}.yaml first, as its README.md says"
        if re.fullmatch(r"[a-z]{2}(-[a-z]{2,3}){0,2}", meant)
        else f"must be the code of a place: {', '.join(there) or 'none is there'}"
    )
