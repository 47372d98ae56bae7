"""The `checkin report` command: counts, keeps the month's edition, writes page and pictures.

Everything shown comes through `disclosure_control` and `quotes`.
"""

from __future__ import annotations

import base64
import errno
from dataclasses import dataclass, field, replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.clock import Clock
from bot.config.file_errors import NO_FOLDER, writing
from bot.content.library import FlowLibrary
from bot.languages.environment_loader import load_environment
from bot.reports.charts import png, said
from bot.reports.edition import Month, Progress, closed, count, published
from bot.reports.filters import Filter, filtered
from bot.reports.page_content import PAGE, Report, page_words
from bot.reports.question_history import QuestionHistory
from bot.reports.quotes import ROLES, quotes
from bot.reports.view_model import ReportBuilder
from bot.schedule.plan import CalendarSpan, Plan
from bot.settings import Settings
from bot.store.database import Database
from bot.store.opening import database, remembered
from bot.store.queries.report_data import keep_edition


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """Options of a report: of whom, whether with quotes, and a progress callback."""

    only: Filter = field(default_factory=Filter)
    quotes: bool = True
    tell: Progress | None = None


async def build(
    store: Database,
    library: FlowLibrary,
    plan: Plan,
    month: Month,
    zone: str,
    organisation: str,
    clock: Clock,
    options: ReportOptions,
) -> Report:
    """The report of a month, with the numbers first published, if they ever were."""
    tell = options.tell
    async with store.reporting() as reporting:
        edition = await reporting.edition(month.name)
        before = await reporting.newest_edition(month.name)
        if edition is None:
            counted = await count(reporting, library, plan, month, zone, tell)
            edition = published(counted, reporting.draw, month, zone, before)
        said: dict[str, list[str]] = {role: [] for role in ROLES}
        if options.quotes and not options.only:  # quotes in a part would show whose they are
            said = await quotes(reporting, library.threads, month, zone, tell)
        news, questions = await reporting.news(), QuestionHistory(await reporting.sources())
    async with store.transaction() as connection:
        edition = await keep_edition(connection, month.name, edition, clock())
    if options.only:
        edition = filtered(edition, options.only)
    horizons = [text_version(span) for span in plan.after]
    composer = ReportBuilder(edition, questions, library.threads, horizons)
    report = composer.report(organisation, said, news)
    return replace(report, wordless=not options.quotes or bool(options.only))


async def write(
    settings: Settings, clock: Clock, out: Path, options: ReportOptions | None = None
) -> list[Path]:
    """Writes the newest report to a file, and its pictures to a folder beside it.

    Raises:
        CannotBeDone: there is no such part of it.
        FileNotFoundError: there is no such folder.
        DatabaseUnavailable, SchemaOutdated, WrongKey: see `Database.open`.
    """
    if not out.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, NO_FOLDER, str(out.parent))
    here = load_environment(settings, memory=await remembered(settings))
    organisation = here.org_name or here.library.phrases.org_name.source
    async with database(settings) as store:
        month = closed(clock(), here.zone)
        report = await build(
            store,
            here.library,
            here.plan,
            month,
            here.zone,
            organisation,
            clock,
            options or ReportOptions(),
        )
    with writing(out):
        return save(report, out)


def save(report: Report, out: Path) -> list[Path]:
    """Writes a report: the page, and each chart as SVG and PNG. Returns the files written."""
    hidden = str(page_words()["hidden"])
    drawn = {chart.name: chart.svg(hidden) for chart in report.charts}
    out.write_text(html(report, drawn), encoding="utf-8")
    folder = out.with_name(f"{out.stem}-pictures")
    folder.mkdir(exist_ok=True)
    written = [out]
    for name, svg in drawn.items():
        written += [folder / f"{name}.svg", folder / f"{name}.png"]
        written[-2].write_text(svg, encoding="utf-8")
        written[-1].write_bytes(png(svg))
    return written


def html(report: Report, drawn: dict[str, str]) -> str:
    """The page, self-contained: nothing is fetched when it is opened."""
    # Participants' text is escaped like everything else.
    environment = Environment(
        loader=FileSystemLoader(PAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pictures = {
        name: f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
        for name, svg in drawn.items()
    }
    template = environment.get_template("report.html.j2")
    return template.render(report=report, pictures=pictures, words=page_words(), said=said)


def text_version(span: CalendarSpan) -> str:
    if span.months:
        return f"{span.months} months" if span.months > 1 else "1 month"
    weeks, days = divmod(span.days, 7)
    number, unit = (weeks, "week") if weeks and not days else (span.days, "day")
    return f"{number} {unit}s" if number > 1 else f"1 {unit}"
