"""What `checkin flows check` says: mistakes, languages, numbers, changes, and people half-way.

Decides nothing; what stands and what is wrong is found elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager

from bot.authors.changes import changes, texts_changed
from bot.authors.check import Checked, Legible
from bot.authors.committed import committed
from bot.authors.replay import Effect, effect
from bot.clock import Clock
from bot.database import open_store
from bot.files import read_danger, read_helplines
from bot.helplines import counted
from bot.languages import table
from bot.settings import CannotBeDone, Settings
from bot.store.migrations import DatabaseBehind
from bot.store.store import DatabaseAway, Store
from bot.store.vault import WrongKey
from bot.store.versions import Unfinished, Version, unfinished, versions
from flows.engine import load_old

_NONE_YET = "there is no database yet: nobody is half-way"
MOST_NAMED = 20
"""How many check-ins are named one by one."""


async def report(
    checked: Checked, settings: Settings, clock: Clock, language: str | None, *, against_live: bool
) -> list[str]:
    """Every line there is to say.

    Raises:
        CannotBeDone: when the check-ins that wait are asked for and cannot be read.
    """
    lines = list(checked.lines())
    lines += [f"remark: {line}" for line in checked.unneeded]
    if checked.library is not None and not checked.problems:
        lines += _standing(checked, settings, clock, language)
    known, away = await _known(settings)
    if against_live and away:
        raise CannotBeDone(away)
    before = committed(settings.flows)
    lines += _what_changed(checked.legible, before, known)
    lines += _who_waits(checked.legible, known)
    if against_live:
        async with _reading(settings) as store:
            waiting = await unfinished(store)
        lines += ["", *replayed(checked.legible, waiting, known)]
    elif away and away != _NONE_YET:
        lines.append(f"people: {away}")
    return lines


def _standing(
    checked: Checked, settings: Settings, clock: Clock, language: str | None
) -> Iterator[str]:
    """How the flows, the languages, the danger files and the numbers to call stand."""
    assert checked.library is not None  # noqa: S101 - only then is it asked
    for name, flow in checked.library.today.items():
        yield f"{name}: {len(flow.steps)} steps, version {flow.version}, for {flow.audience}"
    standings = [s for s in checked.standings if language in (None, s.code)]
    yield from table(standings)
    for standing in standings:
        yield from standing.lines(None) if language is not None else standing.lines()
    reviews = read_danger(settings.flows).reviews
    drafts = [code for code, review in reviews.items() if review.status == "draft"]
    yield f"danger: {len(reviews)} languages, not yet signed: {', '.join(drafts)}"
    concerns = read_helplines(settings.flows).concerns(clock().date())
    yield f"helplines: {counted(concerns)}"
    yield from (f"  helplines/{concern}" for concern in concerns)


# --- what changed --------------------------------------------------------------------------------


def _what_changed(now: Legible, before: Legible | None, known: Sequence[Version]) -> Iterator[str]:
    since = "last commit"
    if before is None:
        newest = {v.flow: v for v in known}
        flows = {name: load_old(v.source, name) for name, v in newest.items()}
        before, since = Legible(flows, ()), "last version that people were asked from"
    if not before.flows:
        return
    lines = [f"  {name}: {line}" for name, line in _differences(now, before)]
    yield f"changed since the {since}: {'' if lines else 'nothing'}".rstrip()
    yield from lines


def _differences(now: Legible, before: Legible) -> Iterator[tuple[str, str]]:
    for name in sorted(now.flows.keys() | before.flows.keys()):
        was, new = before.flows.get(name), now.flows.get(name)
        if was is None:
            yield name, "is new"
        elif new is None:
            yield name, "is gone, or cannot be read"
        elif was.version != new.version:
            found = list(changes(was, new))
            yield from ((name, line) for line in found or ["only remarks or the order of lines"])
    if before.texts:
        walked = {*now.flows, *before.flows}
        outside = [
            [t for t in each.texts if t.context.partition("/")[0] not in walked]
            for each in (before, now)
        ]
        if all(outside):
            yield from (("words", line) for line in texts_changed(*outside))


# --- who is half-way -----------------------------------------------------------------------------


def _who_waits(now: Legible, known: Sequence[Version]) -> Iterator[str]:
    newest = {v.flow: v for v in known}
    for version in known:
        flow = now.flows.get(version.flow)
        today = flow is not None and flow.version == version.version
        if version.waiting and not today:
            people = f"{version.waiting} people are" if version.waiting > 1 else "1 person is"
            where = f"in the middle of version {version.number}"
            yield f"{version.flow}: {people} {where}; they will finish on it"
    for name, flow in now.flows.items():
        if name in newest and flow.version not in {v.version for v in known}:
            yield f"{name}: this would be version {newest[name].number + 1}"


def replayed(now: Legible, waiting: Sequence[Unfinished], known: Sequence[Version]) -> list[str]:
    """What a move to these files would do to each check-in that waits; nobody is moved."""
    old = {v.version: load_old(v.source, v.flow) for v in known}
    by_effect: defaultdict[Effect, list[str]] = defaultdict(list)
    for found in waiting:
        was = old[found.session.version]
        what, where = effect(found.session, was, now.flows.get(found.session.flow))
        by_effect[what].append(f"  {found.id}  {found.session.flow}: {where}")
    lines = [f"check-ins that wait: {len(waiting)}. If they were moved to these files:"]
    for what in Effect:
        if ids := by_effect[what]:
            lines.append(f"{len(ids)} {what.value}")
            lines += _named(ids) if what is not Effect.NONE else ()
    return [*lines, "Nobody is moved: each finishes on the version they began."]


def _named(lines: Iterable[str]) -> list[str]:
    each = list(lines)
    more = len(each) - MOST_NAMED
    return [*each[:MOST_NAMED], *([f"  and {more} more"] if more > 0 else ())]


async def _known(settings: Settings) -> tuple[list[Version], str]:
    """The versions there have been; or none, and why they cannot be read."""
    if settings.sqlite_file is not None and not settings.sqlite_file.exists():
        return [], _NONE_YET
    try:
        async with _reading(settings) as store:
            at, head = await store.revision()
            if at != head:
                return [], f"the database is at {at or 'nothing'}, this version needs {head}"
            return await versions(store), ""
    except DatabaseAway as error:
        return [], f"the database cannot be reached ({error})"
    except (DatabaseBehind, WrongKey) as error:
        return [], str(error)


@asynccontextmanager
async def _reading(settings: Settings) -> AsyncIterator[Store]:
    store = open_store(settings)
    try:
        yield store
    finally:
        await store.close()
