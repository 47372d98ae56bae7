"""Loads the helpline files: every mistake of every file, with its line, at once.

Which are shown to whom is in `helplines`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import phonenumbers
import yaml
from phonenumbers import NumberParseException

from bot.config.places import GENERIC
from bot.content.helplines import Helpline, HelplineKind, Helplines
from flows.engine import BrokenFlow, Problem
from flows.engine.load import AUDIENCES
from flows.engine.yaml_reader import Reader, open_yaml, suggest, yaml_files

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


def load_helplines(folder: Path) -> Helplines:
    """Loads the helplines of every place.

    Raises:
        BrokenFlow: with every mistake of every file at once, such as an impossible number.
    """
    problems: list[Problem] = []
    places: dict[str, tuple[Helpline, ...]] = {}
    ids: set[str] = set()
    for path in yaml_files(folder):
        reader, root = open_yaml(path)
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
    if (needs or "-" not in stem) and not any(h.kind is HelplineKind.EMERGENCY for h in found):
        reader.note(root, "a number of the kind `emergency` is missing")
    yield from found


class _Row:
    """One line of a file, while it is being parsed."""

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
            self._number(short=kind in {HelplineKind.EMERGENCY, HelplineKind.URGENT} or bool(text)),
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
        """Checks that the number shown is the one dialled, and a verification complete."""
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
        if helpline.kind is HelplineKind.TEXT and not helpline.text:
            self._note("kind", "`text:` is missing: which word is sent?")

    def _note(self, key: str, message: str) -> None:
        self._reader.note(self._parts[key][1], message)

    def _text(self, key: str) -> str:
        """The text of a field that may be empty."""
        if key not in self._parts:
            return ""
        node = self._parts[key][1]
        if isinstance(node, yaml.ScalarNode):
            return str(node.value).strip()
        return self._reader.text(node, f"`{key}`")

    def _need(self, key: str) -> str:
        return self._reader.text(self._parts[key][1], f"`{key}`")

    def _kind(self) -> HelplineKind:
        said = self._need("kind")
        try:
            return HelplineKind(said)
        except ValueError:
            self._note("kind", f"there is no kind `{said}`{suggest(said, list(HelplineKind))}")
            return HelplineKind.TALK

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
    """Whether a short number is valid; a text message may go to numbers missing in the tables."""
    number = phonenumbers.PhoneNumber(
        country_code=phonenumbers.country_code_for_region(region), national_number=int(dial)
    )
    return known or phonenumbers.is_valid_short_number_for_region(number, region)
