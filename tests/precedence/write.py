"""Writes the file anew, after a change of behaviour that is meant: look at its difference then.

What the rung is of a pair that is in the file already stays, unless the code can say it. What is
answered before the table, in a state that is new, is called what it is called in other states.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from tests.precedence.building import Builder
from tests.precedence.kinds import tried_in
from tests.precedence.recording import Key, in_the_table, lines_of, read, written
from tests.precedence.states import STATES
from tests.support.running_bot import upgrade

FILE = Path(__file__).with_name("today.tsv")
LANGUAGES = "en,pt"


async def _recorded(folder: Path, empty: Path) -> dict[Key, tuple[str, str]]:
    builder, found = Builder(folder, empty), dict[Key, tuple[str, str]]()
    before = read(FILE.read_text()) if FILE.exists() else {}
    unmatched = {kind: rung for (_, kind), (rung, _) in before.items() if not in_the_table(rung)}
    for state in STATES:
        for kind, (route, outcome) in (await lines_of(builder, state, tried_in(state))).items():
            rung, _ = before.get((state, kind), (unmatched.get(kind, "?"), ""))
            known = route in (None, in_the_table(rung))
            found[state, kind] = (rung if known else str(route), outcome)
    return found


def main() -> None:
    """Writes it."""
    os.environ["CHECKIN_LANGUAGES"] = LANGUAGES
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.db"
        upgrade(f"sqlite:///{empty}")
        found = asyncio.run(_recorded(Path(folder), empty))
    FILE.write_text(written(found))


if __name__ == "__main__":
    main()
