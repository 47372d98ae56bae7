"""Who can be called in a place: numbers as data, each with the day until which it can be trusted.

Rings nobody, and does not choose by language: someone in Oxford needs a number that works there.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

import phonenumbers
import yaml
from phonenumbers import NumberParseException

from flows.engine import BrokenFlow, Problem
from flows.engine.load import AUDIENCES
from flows.engine.yamlfile import Reader, suggest

GENERIC = "generic"
SOON = dt.timedelta(days=30)
UNVERIFIED, EXPIRED, EXPIRING = "unverified", "expired", "expiring"
_PLACE = re.compile(r"[a-z]{2}(-[a-z]{2,4}){0,2}|generic")
_OPEN = re.compile(
    r"(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))? "
    r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d"
)
_TOP = ("place", "emergency_required", "helplines")
_NEEDED = (
    *("id", "kind", "name", "dial", "shown", "hours", "cost", "audience", "languages", "source"),
    *("verified_on", "verified_by", "expires"),
)
_KEYS = (*_NEEDED, "text", "press")


class Kind(StrEnum):
    """What a line is for, in the order it is shown."""

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


_ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Helpline:
    """One number, and what is known of it. `dial` is E.164, or a short number as it is dialled."""

    id: str
    kind: Kind
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
        """The day someone rang it, as long as that holds; the only date people may be told."""
        whole = self.verified_on and self.verified_by and self.expires
        return self.verified_on if whole and not self.expired(today) else None


@dataclass(frozen=True, slots=True)
class Shown:
    """A line to show, and the day it was checked, if that can be said."""

    helpline: Helpline
    checked_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Concern:
    """Why a number needs a person to look at it: `unverified`, `expired` or `expiring`.

    `last` is the last day on which it counts as checked. `always` numbers are shown all the same.
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


def counted(concerns: Collection[Concern]) -> str:
    """How many numbers need a person to look at them, in words."""
    found = {why: sum(c.why == why for c in concerns) for why in (UNVERIFIED, EXPIRED, EXPIRING)}
    return (
        f"{found[UNVERIFIED]} not yet confirmed, {found[EXPIRED]} expired,"
        f" {found[EXPIRING]} expire within {SOON.days} days"
    )


class Helplines:
    """The lines of every place."""

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
    ) -> tuple[Shown, ...]:
        """What to show someone in a place, most urgent first, the nearest first within a kind.

        The region's lines stand beside the others; a nation's stand instead of the country's of the
        same kind. Emergency numbers come always, also when other kinds are asked for. `region` may
        be given with or without the country: `eng-oxf` or `gb-eng-oxf`.
        """
        near, *wider = self._chain(country, region)
        chosen: list[Helpline] = []
        for kind in Kind:
            if kinds is None or kind in kinds or kind is Kind.EMERGENCY:
                chosen += self._of(near, kind, audience, today)
                for place in wider:
                    if found := self._of(place, kind, audience, today):
                        chosen += found
                        break
        return tuple(
            Shown(h, h.checked_on(today)) for h in sorted(chosen, key=lambda h: _ORDER[h.kind])
        )

    def concerns(self, today: dt.date) -> tuple[Concern, ...]:
        """Every number that someone must ring or look at again, for the doctor."""
        return tuple(
            Concern(f"{place}.yaml", h.line, h.id, why, h.expires, h.kind is Kind.EMERGENCY)
            for place, lines in self._places.items()
            for h in lines
            if (why := _concern(h, today))
        )

    def _chain(self, country: str, region: str | None) -> Iterator[str]:
        """The place nearest to home first (or nothing), then those that stand in for each other."""
        country = country.casefold()
        whole = (region or "").casefold().removeprefix(f"{country}-")
        parts = [country, *filter(None, whole.split("-"))]
        yield "-".join(parts) if len(parts) > 2 else ""
        if len(parts) > 1:
            yield "-".join(parts[:2])
        yield country
        yield GENERIC

    def _of(self, place: str, kind: Kind, audience: str, today: dt.date) -> Sequence[Helpline]:
        return [
            h
            for h in self._places.get(place, ())
            if h.kind is kind
            and (audience in {"anyone", h.audience} or h.audience == "anyone")
            and (kind is Kind.EMERGENCY or not h.expired(today))
        ]


def _concern(helpline: Helpline, today: dt.date) -> str | None:
    if helpline.verified_on is None or not helpline.verified_by or helpline.expires is None:
        return UNVERIFIED
    if helpline.expired(today):
        return EXPIRED
    return EXPIRING if helpline.expires - today <= SOON else None


def load_helplines(folder: Path) -> Helplines:
    """Reads the numbers of every place.

    Raises:
        BrokenFlow: with every mistake of every file at once, such as a number that cannot be.
    """
    problems: list[Problem] = []
    places: dict[str, tuple[Helpline, ...]] = {}
    ids: set[str] = set()
    for path in sorted(folder.glob("*.yaml")):
        reader = Reader(path.name)
        try:
            root = reader.root(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            root = None
            reader.note(1, "this is not UTF-8 text")
        if root is not None:
            places[path.stem] = tuple(_place(reader, root, path.stem, ids))
        problems += reader.problems
    if GENERIC not in places and not problems:
        problems.append(Problem(folder.name, 1, f"{GENERIC}.yaml is missing"))
    if problems:
        raise BrokenFlow(problems)
    return Helplines(places)


def _place(reader: Reader, root: yaml.Node, stem: str, ids: set[str]) -> Iterator[Helpline]:
    top = reader.mapping(root, "this file", _TOP)
    for key in ("place", "helplines"):
        if key not in top:
            reader.note(root, f"`{key}:` is missing")
    if not _PLACE.fullmatch(stem):
        reader.note(1, f"`{stem}` is no place: gb, gb-eng, gb-eng-oxf or generic")
        return
    if "place" in top and reader.text(top["place"][1], "`place`") != stem:
        reader.note(top["place"][1], f"this file is for `{stem}`, as its name says")
    needs = "emergency_required" in top and reader.flag(
        top["emergency_required"][1], "`emergency_required`"
    )
    found = []
    for node in reader.items(top["helplines"][1], "`helplines`") if "helplines" in top else ():
        row = _Row(reader, node, stem)
        if (helpline := row.read()) is not None:
            if helpline.id in ids:
                reader.note(node, f"`{helpline.id}` stands twice")
            ids.add(helpline.id)
            found.append(helpline)
    # A country without its emergency number would leave people with nothing.
    if (needs or "-" not in stem) and not any(h.kind is Kind.EMERGENCY for h in found):
        reader.note(root, "a number of the kind `emergency` is missing")
    yield from found


class _Row:
    """One line of a file, while it is being read."""

    def __init__(self, reader: Reader, node: yaml.Node, place: str) -> None:
        self._reader, self._node, self._place = reader, node, place
        self._parts = reader.mapping(node, "a helpline", _KEYS)

    def read(self) -> Helpline | None:
        before = len(self._reader.problems)
        for key in _NEEDED:
            if key not in self._parts:
                self._reader.note(self._node, f"`{key}:` is missing")
        if len(self._reader.problems) > before:
            return None
        kind, text = self._kind(), self._text("text")
        hours, zone = self._hours()
        names = self._names()
        helpline = Helpline(
            self._need("id"),
            kind,
            names,
            self._number(short=kind in {Kind.EMERGENCY, Kind.URGENT} or bool(text)),
            self._need("shown"),
            text,
            self._text("press"),
            hours,
            zone,
            self._need("cost"),
            self._audience(),
            self._languages(),
            self._need("source"),
            self._date("verified_on"),
            self._text("verified_by"),
            self._date("expires"),
            self._node.start_mark.line + 1,
        )
        self._check(helpline)
        return helpline if len(self._reader.problems) == before else None

    def _check(self, helpline: Helpline) -> None:
        """What must fit: the number shown is the one dialled, and all of a check or none."""
        shown = re.sub(r"\D", "", helpline.shown)
        if not shown or not (
            shown.startswith(helpline.dial) or helpline.dial.endswith(shown.lstrip("0"))
        ):
            self._note("shown", f"`{helpline.shown}` is not `{helpline.dial}`")
        rung = [helpline.verified_on, helpline.verified_by, helpline.expires]
        if any(rung) and not all(rung):
            self._note("verified_on", "say when it was rung, by whom, and when that expires")
        elif helpline.verified_on and helpline.expires and helpline.expires <= helpline.verified_on:
            self._note("expires", "it expires before it was verified")
        if helpline.kind is Kind.TEXT and not helpline.text:
            self._note("kind", "`text:` is missing: which word is sent?")

    def _note(self, key: str, message: str) -> None:
        self._reader.note(self._parts[key][1], message)

    def _text(self, key: str) -> str:
        """The words of a line that may be empty."""
        if key not in self._parts:
            return ""
        node = self._parts[key][1]
        if isinstance(node, yaml.ScalarNode):
            return str(node.value).strip()
        return self._reader.text(node, f"`{key}`")

    def _need(self, key: str) -> str:
        return self._reader.text(self._parts[key][1], f"`{key}`")

    def _kind(self) -> Kind:
        said = self._need("kind")
        try:
            return Kind(said)
        except ValueError:
            self._note("kind", f"there is no kind `{said}`{suggest(said, list(Kind))}")
            return Kind.TALK

    def _names(self) -> dict[str, str]:
        node = self._parts["name"][1]
        names = {
            language: self._reader.text(value, "a name")
            for language, (_, value) in self._reader.mapping(node, "`name`").items()
        }
        if "en" not in names:
            self._note("name", "the English name is missing: `name: {en: ...}`")
        return names

    def _audience(self) -> str:
        said = self._need("audience")
        if said not in AUDIENCES:
            self._note("audience", f"`audience` is one of {', '.join(AUDIENCES)}, not `{said}`")
        return said

    def _languages(self) -> tuple[str, ...]:
        items = self._reader.items(self._parts["languages"][1], "`languages`")
        return tuple(self._reader.text(node, "a language") for node in items)

    def _hours(self) -> tuple[str, str]:
        node = self._parts["hours"][1]
        if isinstance(node, yaml.ScalarNode):
            said = self._need("hours")
            if said not in {"always", "unknown"}:
                self._note("hours", f"`hours` is always, unknown, or zone and open; not `{said}`")
            return said, ""
        parts = self._reader.mapping(node, "`hours`", ("zone", "open"))
        if len(parts) < 2:
            self._note("hours", "`hours` needs `zone:` and `open:`")
            return "unknown", ""
        zone = self._reader.text(parts["zone"][1], "`zone`")
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            self._note("hours", f"there is no time zone `{zone}`")
        spans = [
            self._reader.text(n, "a line of `open`")
            for n in self._reader.items(parts["open"][1], "`open`")
        ]
        for span in spans:
            if not _OPEN.fullmatch(span):
                self._note("hours", f"`{span}` is not like `mon-fri 09:30-18:00`")
        return "; ".join(spans), zone

    def _date(self, key: str) -> dt.date | None:
        said = self._text(key)
        try:
            return dt.date.fromisoformat(said) if said else None
        except ValueError:
            self._note(key, f"`{said}` is not a date like 2026-11-30")
            return None

    def _number(self, *, short: bool) -> str:
        dial = self._need("dial")
        if dial.startswith("+"):
            try:
                number = phonenumbers.parse(dial)
            except NumberParseException:
                number = None
            if number is None or not phonenumbers.is_valid_number(number):
                self._note("dial", f"`{dial}` is not a number that can be rung")
            elif (region := phonenumbers.region_code_for_number(number)) not in {
                self._place[:2].upper(),
                None,
            }:
                self._note("dial", f"`{dial}` is a number of {region}, not of {self._place}")
        elif not re.fullmatch(r"\d{2,6}", dial):
            self._note("dial", f"`{dial}` is neither +44… nor a short number")
        elif self._place != GENERIC and not _is_short(dial, self._place[:2].upper(), known=short):
            self._note("dial", f"`{dial}` is not a short number of {self._place[:2]}")
        return dial


def _is_short(dial: str, region: str, *, known: bool) -> bool:
    """Whether a short number can be one; words are sent to numbers that the tables do not have."""
    number = phonenumbers.PhoneNumber(
        country_code=phonenumbers.country_code_for_region(region), national_number=int(dial)
    )
    return known or phonenumbers.is_valid_short_number_for_region(number, region)
