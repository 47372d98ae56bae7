"""The `checkin export` command: writes data shared with the service as CSV, workbook and JSON.

Row by row: in memory is a page of participants, and for each a number and the profile of their
check-ins. Never writes a name, a chat, a day, an answer that was not shared with the service, or a
group of fewer than five.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import hmac
import secrets
import shutil
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.clock import Clock
from bot.config.file_errors import NO_FOLDER, writing
from bot.content.environment import Environment
from bot.languages.environment_loader import load_environment
from bot.reports import codebook
from bot.reports.build import text_version
from bot.reports.data_package import package
from bot.reports.disclosure_control import MIN_COUNT
from bot.reports.edition import Progress, horizons
from bot.reports.export_files import Answer, Files
from bot.reports.export_people import People
from bot.reports.filters import Filter
from bot.reports.question_history import QuestionHistory, days_between, horizon_of, month_of
from bot.reports.suppression import GroupSuppression
from bot.settings import CannotBeDone, Settings
from bot.store.opening import database, remembered
from bot.store.queries.report_data import ReportedCheckin, ReportedParticipant, ReportQuery

_NAMES = [str(f["name"]) for f in codebook.ANSWERS]
_QUESTION, _CHOICES = _NAMES.index("question"), _NAMES.index("choices")


async def write(
    settings: Settings,
    clock: Clock,
    out: Path,
    seed: str | None,
    options: ExportOptions | None = None,
) -> int:
    """Writes an export to a new folder; returns the number of answers.

    Raises:
        FileExistsError: the folder exists already.
        FileNotFoundError: its parent folder is missing.
        CannotBeDone: the seed can be guessed.
        DatabaseUnavailable, SchemaOutdated, WrongKey: see `Database.open`.
    """
    names = Pseudonyms(seed)
    unfinished = _new(out)
    here = load_environment(settings, memory=await remembered(settings))
    try:
        async with database(settings) as store, store.reporting() as reporting:
            with writing(out):
                unfinished.mkdir()
                made = Export(reporting, here, names, clock(), options or ExportOptions())
                count = await made.write(unfinished)
        unfinished.rename(out)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return count


def read_seed(file: Path) -> str:
    """Reads the seed from a file: as an argument every program on the machine could see it.

    Raises:
        FileNotFoundError: the file is missing.
        CannotBeDone: it holds no text.
    """
    try:
        return file.read_text(encoding="utf-8").strip()
    except ValueError:
        raise CannotBeDone(f"{file} holds no text") from None


def _new(out: Path) -> Path:
    """The temporary folder in which a new folder is put together."""
    if not out.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, NO_FOLDER, str(out.parent))
    if out.exists():
        raise FileExistsError(out)
    return out.with_name(f"{out.name}.part")


class Pseudonyms:
    """Pseudonyms of participants and check-ins in one export.

    They are keyed by a seed: a new one each time, so that two exports cannot be linked. The same
    seed gives the same numbers, and with them the same bytes: keep it as secret as a key, because
    with it and a database every pseudonym can be resolved.
    """

    def __init__(self, seed: str | None) -> None:
        if seed is not None and len(seed) < 16:
            raise CannotBeDone("a seed has at least 16 letters, and nobody can guess it")
        self._key = (seed or secrets.token_hex(32)).encode()

    def of(self, number: int) -> str:
        """The pseudonym of a participant or check-in."""
        return self._lot(number)[:10].hex()

    def order(self, numbers: Iterable[int]) -> array[int]:
        """The ids in an order that reveals nothing, and differs in every export."""
        return array("q", sorted(numbers, key=self._lot))

    def asked(self, what: str) -> str:
        """The pseudonym of an invitation; it cannot be linked with `of`."""
        return hmac.digest(self._key, f"asked {what}".encode(), hashlib.sha256)[:10].hex()

    def _lot(self, number: int) -> bytes:
        return hmac.digest(self._key, str(number).encode(), hashlib.sha256)


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Options of an export: of whom, whether with free text, and a progress callback."""

    only: Filter = field(default_factory=Filter)
    words: bool = True
    tell: Progress | None = None


@dataclass
class Export:
    """One export of everything as of one moment."""

    reporting: ReportQuery
    here: Environment
    names: Pseudonyms
    now: dt.datetime
    options: ExportOptions = field(default_factory=ExportOptions)
    thresholds: GroupSuppression = field(default_factory=GroupSuppression)
    wrote: set[tuple[str, str]] = field(default_factory=set)

    async def write(self, out: Path) -> int:
        """Writes every file of it into a folder; returns the number of answers."""
        ids = self.names.order(await self.reporting.ids())
        people = People(self.names.asked, self.here.plan, self.here.zone, self.now)
        await self._count(ids, people)
        sources = await self.reporting.sources()
        asked, localizers = QuestionHistory(sources), self.here.languages
        first = {version: f"{seen:%Y-%m-%d}" for version, _, _, seen in sources}
        with Files(out) as files:
            await self._answers(ids, files, asked)
            for participant in people.rows(self.options.only):
                files.row("people", participant)
            for question in codebook.questions(asked, first, localizers):
                files.row("questions", question)
            for choice in codebook.choices(asked, localizers):
                files.row("choices", choice)
            files.describe()
        organisation = self.here.org_name or self.here.library.phrases.org_name.source
        kept_apart = people.kept_apart(self.reporting.draw)
        described = package(organisation, asked, files.counts, kept_apart)
        (out / "datapackage.json").write_bytes(described)
        return files.counts["answers"]

    async def _answers(self, ids: Sequence[int], files: Files, asked: QuestionHistory) -> None:
        so_far = 0
        async for people in self.reporting.people(ids):
            for participant in people:
                for checkin, rows in self._checkins(participant, asked):
                    files.row("checkins", checkin)
                    for row in rows:
                        files.add(row)
                        for choice in str(row[_CHOICES]).split("|") if row[_CHOICES] else ():
                            files.row("chosen", (row[1], row[_QUESTION], choice))
            so_far += len(people)
            if self.options.tell is not None:
                self.options.tell(so_far, len(ids))

    async def _count(self, ids: Sequence[int], asked: People) -> None:
        """Counts participants by profile, and by the questions they answered in free text."""
        wrote: Counter[tuple[str, str]] = Counter()
        async for people in self.reporting.people(ids, words=()):
            for participant in people:
                asked.add(participant)
                shared = [c for c in participant.checkins if c.shared]
                self.thresholds.add(self._about(participant, checkin) for checkin in shared)
                wrote.update({(c.flow, said.step) for c in shared for said in c.said if said.wrote})
        async for served in self.reporting.not_joined():
            asked.invited(served)
        asked.decide()
        self.thresholds.decide()
        self.wrote = {place for place, count in wrote.items() if count >= MIN_COUNT}

    def _about(
        self, participant: ReportedParticipant, checkin: ReportedCheckin
    ) -> tuple[str | None, ...]:
        """The profile of a check-in, in the order in which it is blanked where it is rare."""
        case = next((c for c in participant.cases if c.id == checkin.case_id), None)
        languages = {said.language for said in checkin.said}
        return (
            f"{checkin.flow} {_when(checkin)}",
            month_of(checkin.started_at, self.here.zone),
            self._asked_after(checkin),
            (case.service if case else None) or None,
            checkin.version,
            case.outcome if case else None,
            languages.pop() if len(languages) == 1 else None,
        )

    def _checkins(
        self, participant: ReportedParticipant, asked: QuestionHistory
    ) -> Iterator[tuple[Answer, Iterator[Answer]]]:
        """The rows of each check-in, and of each answer in it.

        A part is chosen by the values of the whole export, so it reveals nothing more.
        """
        only = self.options.only
        written = {
            c.id: about
            for c in participant.checkins
            if c.shared and (about := self.thresholds.of(self._about(participant, c))) is not None
            if only.has_month(about[1]) and only.has_service(about[3])
        }
        for checkin in sorted(participant.checkins, key=lambda c: (c.started_at, c.id)):
            if checkin.id not in written:
                continue
            earlier = checkin.about if checkin.about in written else None
            _, month, asked_after, service, version, outcome, language = written[checkin.id]
            beginning = (
                self.names.of(participant.id),
                self.names.of(checkin.id),
                self.names.of(earlier) if earlier else None,
                _when(checkin),
                asked_after,
                month,
                service,
                outcome,
                checkin.flow,
                version,
            )
            yield (*beginning, language), self._said(beginning, checkin, asked, language)

    def _said(
        self,
        beginning: Answer,
        checkin: ReportedCheckin,
        asked: QuestionHistory,
        language: str | None,
    ) -> Iterator[Answer]:
        for said in checkin.said:
            if f"{checkin.flow}.{said.step}" not in asked.asked:
                continue  # about consent or sharing, which is in no codebook
            told = self.options.words and (checkin.flow, said.step) in self.wrote
            yield (
                *beginning,
                said.step,
                said.state,
                "|".join(said.choices) or None,
                said.words if told else None,
                said.voice,
                language,
            )

    def _asked_after(self, checkin: ReportedCheckin) -> str | None:
        if checkin.since is None:
            return None
        days = days_between(checkin.since, checkin.started_at, self.here.zone)
        return text_version(self.here.plan.after[horizon_of(days, horizons(self.here.plan))])


def _when(checkin: ReportedCheckin) -> str:
    return "before" if checkin.about is None else "after"
