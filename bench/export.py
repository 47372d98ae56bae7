"""Measures `checkin export` and `checkin report` with a million shared answers, and validates.

The people are those of `town`, made up. Each command is a process of its own, so that its memory
is its own. `--answers 10000` asks for fewer.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.synthetic_data import NOW, build  # noqa: E402 - the path comes first
from bot.languages.environment_loader import load_environment  # noqa: E402
from bot.settings import read_settings  # noqa: E402
from bot.store.opening import begin_store  # noqa: E402

KEY = "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
SHARED = 0.70
"""About so many of the town's answers are shared with the service."""


async def filled(url: str, answers: int) -> None:
    """Fills a new database until about this many answers are shared."""
    settings = read_settings(_env_file=None, database_url=url, secret_keys=KEY, languages="en")
    store, found = begin_store(settings), load_environment(settings)
    await store.open(NOW, found.library.current.values())
    await build(store, found.library.current, answers=int(answers / SHARED))
    await store.close()


def timed(name: str, *words: str, **more: str) -> None:
    """Runs a command, and prints what it took."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(  # noqa: S603 - our own command
            words, env={**os.environ, **more}, stdout=said, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        last = said.read().decode().strip().splitlines()[-1:]
    took, most = time.perf_counter() - began, used.ru_maxrss / 1024
    print(f"| {name} | {took:.1f} | {used.ru_utime:.1f} | {most:.0f} | {child.returncode} |")
    print(*last, file=sys.stderr)


def main() -> None:
    """Fills, exports, reports, validates."""
    answers = int(sys.argv[sys.argv.index("--answers") + 1]) if "--answers" in sys.argv else 10**6
    with tempfile.TemporaryDirectory() as folder:
        url, out = f"sqlite:///{folder}/town.db", Path(folder) / "export"
        asyncio.run(filled(url, answers))
        ours = {
            "CHECKIN_DATABASE_URL": url,
            "CHECKIN_SECRET_KEYS": KEY,
            "CHECKIN_LANGUAGES": "en",
        }
        checkin = str(Path(sys.executable).with_name("checkin"))
        print("| | seconds | of them computing | memory at most, MB | exit code |")
        print("| --- | ---: | ---: | ---: | ---: |")
        timed("export", checkin, "export", "--out", str(out), **ours)
        rows = sum(1 for _ in (out / "answers.jsonl").open(encoding="utf-8"))
        timed("report", checkin, "report", "--out", f"{folder}/report.html", **ours)
        frictionless = str(Path(sys.executable).with_name("frictionless"))
        timed("frictionless validate", frictionless, "validate", str(out / "datapackage.json"))
        sizes = ", ".join(
            f"{f.name} {f.stat().st_size / 1e6:.0f} MB" for f in sorted(out.iterdir())
        )
    print(f"\n{rows:,} answers exported: {sizes}")


if __name__ == "__main__":
    main()
