"""Blanks values that would single people out in an export: every group has at least five.

Works on the profile written of each check-in, column by column.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bot.reports.disclosure_control import MIN_COUNT

Value = str | None
Raw = tuple[Value, ...]
"""The profile of a check-in; the first column cannot be blanked."""
Groups = Mapping[Raw, Mapping[Value, set[int]]]
"""By the values before a column: for each value in it, the profiles that have it."""


class GroupSuppression:
    """Counts participants by the profiles of their check-ins, then decides what is blanked.

    Each combination that is written is shared by at least five participants; a check-in whose first
    column fewer have is left out.
    """

    def __init__(self) -> None:
        self._people: Counter[frozenset[Raw]] = Counter()
        self._known: dict[Raw, Raw] = {}
        self._written: dict[Raw, Raw | None] = {}

    def add(self, checkins: Iterable[Raw]) -> None:
        """Adds one participant, by all of their check-ins."""
        # The same tuple for all: a year of answers has few different ones.
        profile = frozenset(self._known.setdefault(raw, raw) for raw in checkins)
        if profile:
            self._people[profile] += 1

    def decide(self) -> None:
        """Computes what is written, once all are added."""
        profiles = list(self._people)
        weights = [self._people[profile] for profile in profiles]
        holders: dict[Raw, set[int]] = defaultdict(set)
        for number, profile in enumerate(profiles):
            for raw in profile:
                holders[raw].add(number)
        self._written = dict.fromkeys(holders)
        now: dict[Raw, Raw] = dict.fromkeys(holders, ())
        width = len(next(iter(holders), ()))
        for column in range(width):
            groups: dict[Raw, dict[Value, set[int]]] = defaultdict(lambda: defaultdict(set))
            for raw, before in now.items():
                groups[before][raw[column]] |= holders[raw]
            blanks = {before: _blanks(values, weights) for before, values in groups.items()}
            if column == 0:  # nothing to tell it apart by, so it cannot be blanked
                few = {v for v, who in groups[()].items() if _count(who, weights) < MIN_COUNT}
                now = {raw: (raw[0],) for raw in now if raw[0] not in few}
                continue
            now = {
                raw: (*before, None if raw[column] in blanks[before] else raw[column])
                for raw, before in now.items()
            }
        self._written.update(now)

    def of(self, raw: Raw) -> Raw | None:
        """What is written of a check-in; None when it is left out."""
        return self._written[raw]


def _count(who: Iterable[int], weights: Sequence[int]) -> int:
    return sum(weights[number] for number in who)


def _blanks(values: Mapping[Value, set[int]], weights: Sequence[int]) -> set[Value]:
    """The values of a group that are blanked: the rare ones, and as many more as hide them."""
    counts = {value: _count(who, weights) for value, who in values.items()}
    blanks = {value for value, count in counts.items() if count < MIN_COUNT or value is None}
    rest = sorted(counts.keys() - blanks, key=lambda value: (counts[value], str(value)))
    hidden = set().union(*(values[value] for value in blanks))
    while blanks and rest and _count(hidden, weights) < MIN_COUNT:
        value = rest.pop(0)
        blanks.add(value)
        hidden |= values[value]
    return blanks
