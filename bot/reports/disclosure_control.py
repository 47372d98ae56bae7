"""Disclosure control: suppresses small counts, perturbs and rounds all others.

The argument why no participant can be identified is here, and is attacked in
`tests/reports/test_disclosure_attack.py`:

- A count under five is not shown; zero is suppressed like one to four, so an empty cell
  reveals nothing.
- Every other count gets a secret perturbation, up or down, before it is rounded to a multiple
  of five. It is drawn from the system's key, the cell and the true count: as long as a count
  stays the same, it is always shown as the same number, so looking twice reveals nothing; when
  it changes by one, a new value is drawn, so the difference of two looks does not show by how
  much.
- All that is shown is thus a multiple of five, and so is every sum and difference of it: none
  of them is ever one to four.
- A perturbation has no greatest size. So no sum of shown numbers gives a bound for a suppressed
  one: whatever a suppressed count is from zero to four, there are perturbations with which all
  else would look the same. This is why no second cell must be suppressed beside a first, over
  any breakdown, whatever else is known.
- A month's numbers are published once and kept (`bot.reports.edition`). A participant who
  deletes everything a day later changes nothing in them, so the same month, looked at twice,
  does not show who left.
"""

from __future__ import annotations

from collections.abc import Callable

MIN_COUNT = 5
"""A cell with fewer participants is not published."""

KeyedRandom = Callable[[str], bytes]
"""Gives 32 keyed pseudo-random bytes for a text, always the same for the same text."""


def publish(count: int, draw: KeyedRandom, place: str) -> int | None:
    """The number to show for a count in a cell; None where it must be suppressed."""
    if count < MIN_COUNT:
        return None
    nudged = count + perturb(draw(f"{place}|{count}"))
    return max(MIN_COUNT, MIN_COUNT * round(nudged / MIN_COUNT))


def perturb(lot: bytes) -> int:
    """How far a count is perturbed: not at all half of the time, and each step half as often."""
    coin = int.from_bytes(lot, "big")
    up, coin = coin & 1, coin >> 1
    steps = 0
    while coin & 1:
        steps, coin = steps + 1, coin >> 1
    return steps if up else -steps
