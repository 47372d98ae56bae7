"""Follows a change of what people see: `python -m tests.old_house.follow` writes the acts again.

Only what is sent may differ. Where what became of everybody differs, it is printed and not written,
unless `--states` says that this is meant too; look at every changed line before it is committed.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.old_house import product
from tests.old_house.play import DATA, ONLY_HELD, playing, read_json
from tests.old_house.test_old_house import ACTS, counted, plain


async def followed(act: str, *, states: bool) -> tuple[int, list[str]]:
    """Plays an act and writes what is sent now: how many steps changed, and which states."""
    *steps, after = read_json(f"act-{act}.json")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "house.db"
        file.write_bytes(gzip.decompress((DATA / "house.db.gz").read_bytes()))
        url = f"sqlite:///{file}"
        if act != "outbox":
            await product.on_connection(url, lambda c: c.execute(sa.text(ONLY_HELD)))
        changed = 0
        async with playing(url) as play:
            for step in steps:
                told = plain(await play.act(step["do"]))
                changed += told != step["told"]
                step["told"] = told
        found = plain(product.summary(await product.read_everything(url)))
        found["in columns"] = await product.on_connection(url, counted)
    differ = [part for part, was in after["told"].items() if found[part] != was]
    if states:
        after["told"] = {part: found[part] for part in after["told"]}
    if changed or (states and differ):
        write(act, [*steps, after])
    return changed, [difference(part, after["told"][part], found[part]) for part in differ]


def difference(part: str, was: Any, now: Any) -> str:
    """The entries that differ."""
    if isinstance(was, dict) and isinstance(now, dict):
        keys = [k for k in {**was, **now} if was.get(k) != now.get(k)]
        return f"{part}: " + "; ".join(f"{k}: {was.get(k)} > {now.get(k)}" for k in keys)
    return f"{part}: {was} > {now}"


def write(act: str, rows: list[Any]) -> None:
    """Writes an act, a step on a line."""
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)
    text, plainly = f"[\n{lines}\n]\n", DATA / f"act-{act}.json"
    if plainly.exists():
        plainly.write_text(text, encoding="utf-8")
    else:
        packed = gzip.compress(text.encode(), mtime=0)
        (DATA / f"act-{act}.json.gz").write_bytes(packed)


def main() -> None:
    os.environ.setdefault("CHECKIN_ENV_FILE", "/dev/null")
    for act in ACTS:
        changed, states = asyncio.run(followed(act, states="--states" in sys.argv))
        print(f"{act}: {changed} steps are told otherwise")  # noqa: T201
        for each in states:
            print(f"    {each}")  # noqa: T201


if __name__ == "__main__":
    main()
