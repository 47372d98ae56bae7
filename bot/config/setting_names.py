"""The names of settings and what their values must be, explained to an operator."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches

from bot.config.env_file import PREFIX, EnvFile

_MUST_BE = {
    "keep_months": "must be a number of months from 1 to 120, such as 12",
    "tick_seconds": "must be a number of seconds from 1 to 3600, such as 30",
    "org_name": "must be at most 80 letters",
    **dict.fromkeys(
        ("org_contact", "org_data_contact", "org_authority"), "must be at most 200 letters"
    ),
    "safeguarding": "must be true or false",
}
_OF_A_HOST = re.compile(
    r"CHECKIN_(\w+_)?SERVICE_(HOST|PORT)(_\w+)?=.*"
    r"|CHECKIN_(\w+_)?PORT(_\d+_(TCP|UDP)(_(ADDR|PORT|PROTO))?)?=((tcp|udp)(://.*)?|[\d.]+)"
    r"|CHECKIN_NAME=/.*"
)
"""What Kubernetes and Docker set by themselves beside a service named after us."""
_FAR = 0.7
_ALIKE = 0.85
"""How similar a name must be to one of ours to be a typo, and how similar if it begins with
ours."""


def what_it_must_be(name: str) -> str:
    """What a setting's value has to be."""
    return _MUST_BE.get(name, "cannot be used as it is: see .env.example")


def unknown_names(fields: Collection[str], file: EnvFile) -> Iterator[str]:
    """A line for each name that begins like ours, or nearly so, and is unknown."""
    known = [PREFIX + name.upper() for name in fields]
    for name in sorted({*os.environ, *file.values}):
        by_the_host = name not in file.values and _OF_A_HOST.fullmatch(f"{name}={os.environ[name]}")
        if name.upper() in known or by_the_host:
            continue
        ours = name.upper().startswith(PREFIX)
        part = name.upper().removeprefix(PREFIX)
        near = [each for each in known if ours and len(part) > 2 and part in each] or (
            get_close_matches(name.upper(), known, 1, _FAR if ours else _ALIKE)
        )
        if ours or (near and name in file.values):
            meant = f"did you mean {near[0]}?" if near else "see .env.example for those there are"
            yield f"{name}: there is no such setting; {meant}"
