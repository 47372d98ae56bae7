"""Makes a count safe to publish: small ones are hidden, others nudged in secret and rounded.

Draws no table and reads no database. The argument why nobody can be found out stands here, and is
attacked in `tests/reports/test_disclosure_attack.py`:

- A count under five is not shown; zero is hidden like one to four, so an empty place says nothing.
- Every other count gets a secret nudge, up or down, before it is rounded to a five. The nudge is
  drawn from the house's key, the place and the true count: as long as a count stays as it is, it is
  always shown as the same number, so nothing is learnt by looking twice; when it changes by one,
  the lot is drawn anew, so the difference of two looks does not say by how much.
- All that is shown is thus a multiple of five, and so is every sum and difference of it: none of
  them is ever one to four.
- A nudge has no greatest size. So no sum of shown numbers gives a bound for a hidden one: whatever
  a hidden count is from zero to four, there are nudges with which all else would look the same.
  This is why no second place must be hidden beside a first, over any cut, whatever else is known.
- A month's numbers are published once and kept (`bot.reports.edition`). Who deletes everything a
  day later changes nothing in them, so the same month, looked at twice, does not show who left.
"""

from __future__ import annotations

from collections.abc import Callable

MIN_COUNT = 5
"""People there must be in a place for anything to be shown of it."""

KeyedRandom = Callable[[str], bytes]
"""Gives a secret lot of 32 bytes for some words, always the same for the same."""


def publish(count: int, draw: KeyedRandom, place: str) -> int | None:
    """The number to show for a count in a place; None where it must be hidden."""
    if count < MIN_COUNT:
        return None
    nudged = count + perturb(draw(f"{place}|{count}"))
    return max(MIN_COUNT, MIN_COUNT * round(nudged / MIN_COUNT))


def perturb(lot: bytes) -> int:
    """How far a lot moves a count: not at all half of the time, and each step half as often."""
    coin = int.from_bytes(lot, "big")
    up, coin = coin & 1, coin >> 1
    steps = 0
    while coin & 1:
        steps, coin = steps + 1, coin >> 1
    return steps if up else -steps
