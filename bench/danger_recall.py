"""Measures how much danger is noticed, beside two published phrase lists, and how fast.

Puts nothing into our lock files: the two others live in an environment that is thrown away.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

OTHERS = ("rrt-advocate==0.1.1", "pantheon-guardrails==0.3.2")
SETS = ("development", "held_out")
ORDINARY = "I would like a room of my own and somewhere quiet at night so my kids can come and stay"

# Runs inside the other environment: texts in, for each library which of them it would answer.
_ASK_THEM = """
import json, sys
from pantheon_guardrails import CrisisProtocol
from rrt_advocate import CrisisEngine, CrisisLevel
texts = json.load(sys.stdin)
protocol = CrisisProtocol()
def rrt(text):
    # An engine of its own for each message, so that one person's words are not another's history.
    return CrisisEngine("bench").assess(text).crisis_level is not CrisisLevel.GREEN
json.dump({
    "rrt-advocate": [t for t in texts if rrt(t)],
    "pantheon-guardrails": [t for t in texts if protocol.check(t).triggered],
}, sys.stdout)
"""


def ask_others(texts: list[str]) -> dict[str, list[str]]:
    """Which texts each of the two other libraries would answer."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-qq", *OTHERS], check=True)  # noqa: S603
        done = subprocess.run(  # noqa: S603
            [python, "-c", _ASK_THEM],
            input=json.dumps(texts),
            capture_output=True,
            text=True,
            check=True,
        )
    answered: dict[str, list[str]] = json.loads(done.stdout)
    return answered


def main() -> None:
    from flows.engine.danger.phrase_files import load_danger
    from tests.engine.danger.danger_cases import NONE, Case, cases, score

    start = time.perf_counter()
    danger = load_danger(ROOT / "flows" / "danger")
    print(f"loaded in {time.perf_counter() - start:.2f} s")
    sets = {name: cases(name) for name in SETS}
    answered = ask_others([case.text for some in sets.values() for case in some])

    def ours(text: str) -> str | None:
        found = danger.find(text)
        return found.kind.value if found else None

    for name, some in sets.items():
        # The others know English, and mostly self-harm: compared where they mean to work, too.
        groups = {
            f"{name}, all": some,
            f"{name}, English": [c for c in some if c.language == "en"],
            f"{name}, English self-harm": [
                c for c in some if c.language == "en" and c.kind in {"self_harm", NONE}
            ],
        }
        for group, chosen in groups.items():
            print(group)
            print("  " + str(score("ours", chosen, ours)))
            for library, texts in answered.items():
                known = set(texts)

                def theirs(text: str, known: set[str] = known) -> str | None:
                    return "self_harm" if text in known else None

                print("  " + str(score(library, chosen, theirs)))

    def microseconds(text: str, times: int) -> float:
        best = float("inf")
        for _ in range(5):
            begun = time.perf_counter()
            for _ in range(times):
                danger.find(text)
            best = min(best, time.perf_counter() - begun)
        return best / times * 1e6

    longest: Case = max(sets["development"], key=lambda c: len(c.text))
    print(f"an ordinary message of 20 words: {microseconds(ORDINARY, 2000):.0f} µs")
    print(
        f"a dangerous one of {len(longest.text)} letters: {microseconds(longest.text, 500):.0f} µs"
    )
    print(f"10,000 letters: {microseconds((ORDINARY + '. ') * 110, 20) / 1000:.1f} ms")
    print(f"4,096 hostile ones: {microseconds('i want to ' * 410, 20) / 1000:.1f} ms")


if __name__ == "__main__":
    main()
