"""The attack on small numbers: every pair of numbers and reports subtracted, and bounds drawn.

It knows how numbers are made safe, has every report ever made, and lacks only the house's key.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from pathlib import Path
from typing import Any

from bot.reports.disclosure_control import MIN_COUNT, perturb, publish
from bot.reports.edition import closed
from bot.reports.tally import ALL, ANYONE, LANGUAGE, QUARTER, SERVICE, Tally
from bot.store.crypto.vault import keyed_hash
from tests.conftest import Time
from tests.support.database.synthetic_data import ZONE, Town, a_town, edition_of, months

Place = tuple[str, str, str, str]
Shown = dict[Place, int | None]


def flat(body: dict[str, Any]) -> Shown:
    """An edition as one number for each place."""
    return {
        (table, cut, row, option): number
        for table, cuts in body["tables"].items()
        for cut, rows in cuts.items()
        for row, cells in rows.items()
        for option, number in cells.items()
    }


def naive(counted: Tally) -> Shown:
    """What would be shown if small numbers were hidden and nothing else were done."""
    return {p: (n if n >= MIN_COUNT else None) for p, n in counted.places.items()}


def small(counted: Tally) -> dict[Place, int]:
    """What must not be found out: every count of one to four."""
    return {p: n for p, n in counted.places.items() if 0 < n < MIN_COUNT}


def by_subtraction(numbers: Shown, truth: dict[Place, int]) -> int:
    """How many small counts a total gives away, less all that is shown of its parts."""
    found = 0
    for (table, cut, row, option), number in truth.items():
        total = numbers.get((table, ALL, ANYONE, option))
        if cut == ALL or total is None:
            continue
        others = [
            other
            for (t, c, r, o), other in numbers.items()
            if (t, c, o) == (table, cut, option) and r != row
        ]
        guess = total - sum(other or 0 for other in others)
        found += guess == number
    return found


def between(earlier: Shown, later: Shown) -> int:
    """How many places give away that one to four people came or went between two reports."""
    both = ((earlier[p], later[p]) for p in earlier.keys() & later.keys())
    return sum(a is not None and b is not None and 0 < abs(a - b) < MIN_COUNT for a, b in both)


def by_bounds(numbers: Shown, truth: dict[Place, int], slack: int) -> int:
    """How many small counts are the only ones possible, if no number is further off than this.

    Totals over each cut are equal; that is all that ties the places to each other.
    """
    found = 0
    for cut in (SERVICE, LANGUAGE, QUARTER):
        ways = {(t, o) for (t, c, _, o) in numbers if c == cut}
        for table, option in ways:
            total = numbers.get((table, ALL, ANYONE, option))
            if total is None:
                continue
            parts = {p: v for p, v in numbers.items() if (p[0], p[1], p[3]) == (table, cut, option)}
            low = {p: 0 if v is None else max(MIN_COUNT, v - slack) for p, v in parts.items()}
            high = {p: MIN_COUNT - 1 if v is None else v + slack for p, v in parts.items()}
            for p, v in parts.items():
                if v is None and p in truth:
                    most = total + slack - (sum(low.values()) - low[p])
                    least = total - slack - (sum(high.values()) - high[p])
                    bottom, top = max(low[p], least), min(high[p], most)
                    found += bottom == top == truth[p]
    return found


async def a_year(town: Town, time: Time) -> list[tuple[Tally, Shown]]:
    """A report each month of a year, while people leave and take back what they shared."""
    chance = random.Random(8)  # noqa: S311 - made-up people
    found = []
    for now in months(time.now, 12):
        time.now = now
        first: Tally | None = None
        for day in (3, 17):
            time.now = now.replace(day=day)
            counted, body = await edition_of(town, closed(time.now, ZONE))
            first = first or counted  # what was true when it was published
            found.append((first, flat(body)))
            people = await town.everybody()
            await town.delete(chance.sample(people, 3))
            await town.withdraw(chance.sample(people, 3))
    return found


async def test_no_small_number_can_be_found_out(tmp_path: Path, time: Time) -> None:
    """Reports of twelve months, two of each: nothing of one to four comes out, by any pair."""
    url = f"sqlite:///{tmp_path / 'town.db'}"
    async with a_town(url, time) as town:
        year = await a_year(town, time)
    taken: Counter[str] = Counter()
    for counted, numbers in year:
        truth, open_book = small(counted), naive(counted)
        taken["small"] += len(truth)
        taken["shown"] += sum(number is not None for number in numbers.values())
        assert all(numbers.get(place) is None for place in truth if place[1] != QUARTER)
        taken["ours, subtracted"] += by_subtraction(numbers, truth)
        taken["naive, subtracted"] += by_subtraction(open_book, truth)
        taken["ours, bounded"] += by_bounds(numbers, truth, slack=2 + 3)
        taken["naive, bounded"] += by_bounds(open_book, truth, slack=0)
    for (one, earlier), (other, later) in itertools.combinations(year, 2):
        taken["pairs"] += 1
        taken["ours, two reports"] += between(earlier, later)
        taken["naive, two reports"] += between(naive(one), naive(other))
    print(dict(taken))  # noqa: T201 - the figures of docs/benchmarks.md
    assert taken["small"] > 1000
    assert taken["shown"] > 1000
    assert taken["pairs"] == 24 * 23 // 2
    for attack in ("subtracted", "bounded", "two reports"):
        assert taken[f"naive, {attack}"] > 100, f"the attack by {attack} has no teeth"
        assert taken[f"ours, {attack}"] == 0


async def test_the_same_month_twice_does_not_show_who_left(tmp_path: Path, time: Time) -> None:
    async with a_town(f"sqlite:///{tmp_path / 'town.db'}", time, people=80) as town:
        _, first = await edition_of(town, closed(time(), ZONE))
        everybody = await town.everybody()
        await town.delete(everybody[:20])
        await town.withdraw(everybody[20:])
        counted, again = await edition_of(town, closed(time(), ZONE))
        assert again == first
        assert flat(first) != {p: n for p, n in flat(first).items() if p in counted.places}
        # The next month's report counts without them, but says of closed quarters what it said.
        time.pass_(days=30)
        _, later = await edition_of(town, closed(time(), ZONE))
        quarters = {p: n for p, n in flat(first).items() if p[1] == QUARTER}
        assert quarters
        assert quarters.items() <= flat(later).items()
        assert not any(p[1] == ALL and p[0].startswith("after.") for p in flat(later))


def test_a_count_is_hidden_or_a_multiple_of_five() -> None:
    for count in range(200):
        number = publish(count, lambda what: keyed_hash(b"k" * 32, what), "place")
        assert (number is None) is (count < MIN_COUNT)
        assert number is None or (number >= MIN_COUNT and number % MIN_COUNT == 0)


def test_numbers_are_near_the_truth_and_lean_nowhere() -> None:
    off = [
        (publish(count, lambda what: keyed_hash(b"k" * 32, what), f"{place}") or 0) - count
        for count in range(20, 60)
        for place in range(100)
    ]
    assert abs(sum(off) / len(off)) < 0.15
    assert sum(abs(each) <= 5 for each in off) / len(off) > 0.95


def test_a_nudge_may_be_of_any_size() -> None:
    """So no bound on a shown number holds, and whatever is hidden could be otherwise."""
    for size in range(60):
        ones = (1 << size) - 1
        assert perturb((ones << 1 | 1).to_bytes(32, "big")) == size
        assert perturb((ones << 1).to_bytes(32, "big")) == -size


def test_the_same_count_is_always_shown_the_same() -> None:
    def draw(what: str) -> bytes:
        return keyed_hash(b"k" * 32, what)

    assert len({publish(17, draw, "place") for _ in range(50)}) == 1
    assert len({publish(17, draw, f"{n}") for n in range(50)}) > 1
