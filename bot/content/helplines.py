"""Helplines of a place: numbers as data, each with the day until which it is verified.

The place decides and not the language: a person in Oxford needs a number that works there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.config.places import GENERIC

SOON = dt.timedelta(days=30)
UNVERIFIED, EXPIRED, EXPIRING = "unverified", "expired", "expiring"


class HelplineKind(StrEnum):
    """The kind of a helpline, in the order shown."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    TALK = "talk"
    TEXT = "text"
    ABUSE = "abuse"
    MEN_ABUSE = "men_abuse"
    CHILD = "child"
    HOMELESS = "homeless"
    DRUGS = "drugs"
    LGBT = "lgbt"


_ORDER = {kind: place for place, kind in enumerate(HelplineKind)}


@dataclass(frozen=True, slots=True)
class Helpline:
    """One number, and what is known of it. `dial` is E.164, or a short number as it is dialled."""

    id: str
    kind: HelplineKind
    names: Mapping[str, str]
    dial: str
    shown: str
    text: str
    press: str
    hours: str
    zone: str
    cost: str
    audience: str
    languages: tuple[str, ...]
    source: str
    verified_on: dt.date | None
    verified_by: str
    expires: dt.date | None
    line: int

    def name(self, language: str) -> str:
        """The name in a language, else in English."""
        return self.names.get(language) or self.names["en"]

    def expired(self, today: dt.date) -> bool:
        return self.expires is not None and self.expires < today

    def checked_on(self, today: dt.date) -> dt.date | None:
        """The day it was verified, as long as that holds; the only date participants may see."""
        whole = self.verified_on and self.verified_by and self.expires
        return self.verified_on if whole and not self.expired(today) else None


@dataclass(frozen=True, slots=True)
class ListedHelpline:
    """A helpline to show, and the day it was verified, if that still holds."""

    helpline: Helpline
    checked_on: dt.date | None


@dataclass(frozen=True, slots=True)
class HelplineIssue:
    """Why a number needs attention: `unverified`, `expired` or `expiring`.

    `last` is the last day on which it counts as verified. `always` numbers are shown all the same.
    """

    file: str
    line: int
    id: str
    why: str
    last: dt.date | None = None
    always: bool = False

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: {self.id}"
        if self.why == UNVERIFIED or self.last is None:
            return f"{place} is not yet confirmed: ring it, then fill in the dates"
        day = self.last.isoformat()
        if self.why == EXPIRING:
            return f"{place} expires after {day}: ring it again"
        shown = "is still shown" if self.always else "is not shown"
        return f"{place} expired after {day} and {shown}: ring it again"


def summary(concerns: Collection[HelplineIssue]) -> str:
    """How many numbers need attention, in a sentence."""
    found = {why: sum(c.why == why for c in concerns) for why in (UNVERIFIED, EXPIRED, EXPIRING)}
    return (
        f"{found[UNVERIFIED]} not yet confirmed, {found[EXPIRED]} expired,"
        f" {found[EXPIRING]} expire within {SOON.days} days"
    )


class Helplines:
    """The helplines of every place."""

    def __init__(self, places: Mapping[str, tuple[Helpline, ...]]) -> None:
        self._places = places

    def show(
        self,
        country: str,
        region: str | None = None,
        *,
        kinds: Collection[str] | None = None,
        audience: str = "anyone",
        today: dt.date,
    ) -> tuple[ListedHelpline, ...]:
        """The helplines to show in a place, most urgent first, the nearest first within a kind.

        The region's lines are shown beside the others; a nation's replace the country's of the same
        kind. Emergency numbers come always, also when other kinds are asked for. `region` may be
        given with or without the country: `eng-oxf` or `gb-eng-oxf`.
        """
        near, *wider = self._chain(country, region)
        chosen: list[Helpline] = []
        for kind in HelplineKind:
            if kinds is None or kind in kinds or kind is HelplineKind.EMERGENCY:
                chosen += self._of(near, kind, audience, today)
                for place in wider:
                    if found := self._of(place, kind, audience, today):
                        chosen += found
                        break
        return tuple(
            ListedHelpline(h, h.checked_on(today))
            for h in sorted(chosen, key=lambda h: _ORDER[h.kind])
        )

    def issues(self, today: dt.date) -> tuple[HelplineIssue, ...]:
        """Every number that must be verified again, for `checkin doctor`."""
        return tuple(
            HelplineIssue(
                f"{place}.yaml", h.line, h.id, why, h.expires, h.kind is HelplineKind.EMERGENCY
            )
            for place, lines in self._places.items()
            for h in lines
            if (why := _issue(h, today))
        )

    def _chain(self, country: str, region: str | None) -> Iterator[str]:
        """The nearest place first (or nothing), then those that replace each other."""
        country = country.casefold()
        whole = (region or "").casefold().removeprefix(f"{country}-")
        parts = [country, *filter(None, whole.split("-"))]
        yield "-".join(parts) if len(parts) > 2 else ""
        if len(parts) > 1:
            yield "-".join(parts[:2])
        yield country
        yield GENERIC

    def _of(
        self, place: str, kind: HelplineKind, audience: str, today: dt.date
    ) -> Sequence[Helpline]:
        return [
            h
            for h in self._places.get(place, ())
            if h.kind is kind
            and (audience in {"anyone", h.audience} or h.audience == "anyone")
            and (kind is HelplineKind.EMERGENCY or not h.expired(today))
        ]


def _issue(helpline: Helpline, today: dt.date) -> str | None:
    if helpline.verified_on is None or not helpline.verified_by or helpline.expires is None:
        return UNVERIFIED
    if helpline.expired(today):
        return EXPIRED
    return EXPIRING if helpline.expires - today <= SOON else None
