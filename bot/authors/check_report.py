"""The report of `checkin flows check`: mistakes, languages, numbers, changes, open check-ins.

The results are found elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bot.authors.check import CheckResult, ParsedFolder
from bot.authors.edit_impact import EditImpact, impact_of
from bot.authors.flow_diff import changes, texts_changed
from bot.authors.git_baseline import committed_flows
from bot.content.loading import read_danger
from bot.i18n.recorded_languages import NOTHING, RecordedLanguages
from bot.languages.completeness import table
from bot.languages.flow_fallbacks import WaitingText, waits
from bot.settings import CannotBeDone, Settings
from bot.store.availability import DatabaseUnavailable
from bot.store.crypto.vault import WrongKey
from bot.store.database import Database
from bot.store.migrations import SchemaOutdated
from bot.store.opening import open_store
from bot.store.repositories.operation.flow_version_repository import (
    StoredFlowVersion,
    UnfinishedCheckin,
    unfinished,
    versions,
)
from bot.store.repositories.operation.language_texts import read_memory
from flows.engine import load_old

_NONE_YET = "there is no database yet: nobody is half-way"
MOST_NAMED = 20
"""How many check-ins are named one by one."""


async def report(
    checked: CheckResult, settings: Settings, language: str | None, *, against_live: bool
) -> tuple[list[str], bool]:
    """Every line to print, and whether anything waits for a translation.

    Raises:
        CannotBeDone: open check-ins are requested and cannot be read.
    """
    known, away, memory = await _known(settings)
    if against_live and away:
        raise CannotBeDone(away)
    lines = list(checked.lines())
    # The author's own change first: the check is run for it.
    unsure = {Path(problem.file).stem for problem in checked.problems}
    lines += _what_changed(checked.legible, committed_flows(settings.flows), known, unsure)
    waiting = waits(checked.standings, _meant(settings), memory)
    lines += _what_waits(waiting)
    lines += _who_waits(checked.legible, known)
    lines += [f"remark: {line}" for line in checked.unneeded]
    if checked.library is not None and not checked.problems:
        lines += _standing(checked, settings, language)
    if against_live:
        async with _reading(settings) as store:
            halfway = await unfinished(store)
        lines += ["", *replayed(checked.legible, halfway, known)]
    elif away and away != _NONE_YET:
        lines.append(f"people: {away}")
    return lines, bool(waiting)


def _meant(settings: Settings) -> list[str] | None:
    """The languages in the settings; None for all that are meant to be offered."""
    return [code.lower().replace("-", "_") for code in settings.languages] or None


def _what_waits(waiting: Sequence[WaitingText]) -> Iterator[str]:
    if not waiting:
        return
    yield "waits for translators; until then people hear the words they know:"
    yield from (f"  {wait}" for wait in waiting[:MOST_NAMED])
    if len(waiting) > MOST_NAMED:
        yield f"  and {len(waiting) - MOST_NAMED} more: see `make messages`"
    if place := next((w.place.rpartition("/")[0] for w in waiting if not w.new), ""):
        yield f"  only a typo, and the translations still hold? `checkin flows same {place}`"


def _standing(checked: CheckResult, settings: Settings, language: str | None) -> Iterator[str]:
    """The status of the flows, the languages and the danger files."""
    assert checked.library is not None  # noqa: S101 - only then is it asked
    for name, flow in checked.library.current.items():
        yield f"{name}: {len(flow.steps)} steps, version {flow.version}, for {flow.audience}"
    standings = [s for s in checked.standings if language in (None, s.code)]
    yield from table(standings)
    for standing in standings:
        yield from standing.lines(None) if language is not None else standing.lines()
    reviews = read_danger(settings.flows).reviews
    drafts = [code for code, review in reviews.items() if review.status == "draft"]
    yield f"danger: {len(reviews)} languages, not yet signed: {', '.join(drafts)}"


# --- what changed --------------------------------------------------------------------------------


def _what_changed(
    now: ParsedFolder,
    before: ParsedFolder | None,
    known: Sequence[StoredFlowVersion],
    unsure: Collection[str],
) -> Iterator[str]:
    since = "last commit"
    if before is None:
        newest = {v.flow: v for v in known}
        flows = {name: load_old(v.source, name) for name, v in newest.items()}
        before, since = ParsedFolder(flows, ()), "last version that people were asked from"
    if not before.flows:
        return
    # The mistake of an unreadable file is named above, and nothing else is known of it.
    each = [(n, line) for n, line in _differences(now, before) if n in now.flows or n not in unsure]
    lines = [f"  {name}: {line}" for name, line in each]
    yield f"changed since the {since}: {'' if lines else 'nothing'}".rstrip()
    yield from lines


def _differences(now: ParsedFolder, before: ParsedFolder) -> Iterator[tuple[str, str]]:
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


# --- open check-ins ------------------------------------------------------------------------------


def _who_waits(now: ParsedFolder, known: Sequence[StoredFlowVersion]) -> Iterator[str]:
    newest = {v.flow: v for v in known}
    for version in known:
        flow = now.flows.get(version.flow)
        today = flow is not None and flow.version == version.version
        if version.open_checkins and not today:
            people = (
                f"{version.open_checkins} people are"
                if version.open_checkins > 1
                else "1 person is"
            )
            where = f"in the middle of version {version.number}"
            yield f"{version.flow}: {people} {where}; they will finish on it"
    for name, flow in now.flows.items():
        if name in newest and flow.version not in {v.version for v in known}:
            yield f"{name}: this would be version {newest[name].number + 1}"


def replayed(
    now: ParsedFolder, waiting: Sequence[UnfinishedCheckin], known: Sequence[StoredFlowVersion]
) -> list[str]:
    """What a move to these files would do to each open check-in; none is moved."""
    old = {v.version: load_old(v.source, v.flow) for v in known}
    by_effect: defaultdict[EditImpact, list[str]] = defaultdict(list)
    for found in waiting:
        was = old[found.session.version]
        what, where = impact_of(found.session, was, now.flows.get(found.session.flow))
        by_effect[what].append(f"  {found.id}  {found.session.flow}: {where}")
    lines = [f"check-ins that wait: {len(waiting)}. If they were moved to these files:"]
    for what in EditImpact:
        if ids := by_effect[what]:
            lines.append(f"{len(ids)} {what.value}")
            lines += _named(ids) if what is not EditImpact.NONE else ()
    return [*lines, "Nobody is moved: each finishes on the version they began."]


def _named(lines: Iterable[str]) -> list[str]:
    each = list(lines)
    more = len(each) - MOST_NAMED
    return [*each[:MOST_NAMED], *([f"  and {more} more"] if more > 0 else ())]


async def _known(settings: Settings) -> tuple[list[StoredFlowVersion], str, RecordedLanguages]:
    """The stored versions of flows; or none, and why they cannot be read."""
    if settings.sqlite_file is not None and not settings.sqlite_file.exists():
        return [], _NONE_YET, NOTHING
    try:
        async with _reading(settings) as store:
            at, head = await store.revision()
            if at != head:
                away = f"the database is at {at or 'nothing'}, this version needs {head}"
                return [], away, NOTHING
            return await versions(store), "", await read_memory(store)
    except DatabaseUnavailable as error:
        return [], f"the database cannot be reached ({error})", NOTHING
    except (SchemaOutdated, WrongKey) as error:
        return [], str(error), NOTHING


@asynccontextmanager
async def _reading(settings: Settings) -> AsyncIterator[Database]:
    store = open_store(settings)
    try:
        yield store
    finally:
        await store.close()
