"""The data commands: backup, restore, migrate, report, export, receipt."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.errors import report_errors
from bot.cli.progress import counting, working
from bot.clock import system_clock
from bot.settings import read_live_settings

data_cli = typer.Typer()

BackupArgument = Annotated[Path, typer.Argument(help="The backup to write; it must be new.")]
RestoreArgument = Annotated[Path, typer.Argument(help="The backup, or the .copy, to read.")]
OutOption = Annotated[Path, typer.Option(help="The page to write, such as march.html.")]
FolderOption = Annotated[Path, typer.Option(help="The folder to write; it must be new.")]
SeedOption = Annotated[
    Path | None,
    typer.Option(help="A file with a secret of 16 letters or more, as secret as a key."),
]
ServiceOption = Annotated[str | None, typer.Option(help="Only of this service.")]
FromOption = Annotated[
    str | None, typer.Option("--from", help="Only from this month on, such as 2026-07.")
]
ToOption = Annotated[
    str | None, typer.Option("--to", help="Only up to this month, such as 2026-09.")
]
QuotesOption = Annotated[
    bool, typer.Option("--quotes/--no-quotes", help="Whether people's own words are in it.")
]
WordsOption = Annotated[
    bool, typer.Option("--words/--no-words", help="Whether people's own words are in it.")
]
CodeArgument = Annotated[str, typer.Argument(help="The code, as the person was given it.")]
KeysOption = Annotated[Path | None, typer.Option(help="The key file; checkin.keys beside FILE.")]


@data_cli.command()
def backup(file: BackupArgument, keys: KeysOption = None) -> None:
    """Writes all that is kept to FILE, and everybody's keys, sealed, in place of the last KEYS.

    Both can be opened with the master keys alone. The bot may go on running.
    """
    from bot.cli.backup_files import back_up

    with report_errors():
        with working("writing the backup"):
            lines = asyncio.run(back_up(read_live_settings(), system_clock, file, keys))
        typer.echo("\n".join(lines))


NothingLost = Annotated[
    bool,
    typer.Option(
        "--nothing-was-lost",
        help="Only where KEYS were saved after the bot was stopped for good, as when it moves to"
        " another machine: nobody can have stopped since. Without it everybody is written to only"
        " if they write first, until they choose otherwise.",
    ),
]


@data_cli.command()
def restore(
    file: RestoreArgument, keys: KeysOption = None, *, nothing_was_lost: NothingLost = False
) -> None:
    """Reads a backup FILE, of any day, with the newest KEYS into an empty database.

    Or writes the SQLite file anew from a FILE.copy that was made before an update.
    """
    from bot.cli import backup_files

    with report_errors():
        work = backup_files.restore(
            read_live_settings(), system_clock, file, keys, nothing_was_lost=nothing_was_lost
        )
        with working("restoring"):
            lines = asyncio.run(work)
        typer.echo("\n".join(lines))


@data_cli.command()
def migrate() -> None:
    """Brings the database's tables up to date; on SQLite the bot's start does so by itself."""
    from bot.cli.backup_files import closing
    from bot.store.opening import open_store

    with report_errors():
        store = open_store(read_live_settings())
        with working("migrating"):
            before, now = asyncio.run(closing(store, store.migrate()))
        typer.echo(
            f"The database is at {now}" + ("." if now == before else f"; it was at {before}.")
        )


@data_cli.command()
def report(
    out: OutOption,
    service: ServiceOption = None,
    begins: FromOption = None,
    ends: ToOption = None,
    *,
    quotes: QuotesOption = True,
) -> None:
    """Writes the report of the last whole month to the file OUT, with its pictures beside it.

    A part of it, of one service or of whole quarters, is made of the same numbers, without words.
    """
    from bot.reports.build import ReportOptions, write
    from bot.reports.filters import Filter

    with report_errors(), counting("people") as tell:
        options = ReportOptions(Filter(service, begins, ends), quotes, tell)
        written = asyncio.run(write(read_live_settings(), system_clock, out, options))
    typer.echo(f"{out}: and {len(written) - 1} pictures in {written[-1].parent}")


@data_cli.command()
def export(
    out: FolderOption,
    seed_file: SeedOption = None,
    service: ServiceOption = None,
    begins: FromOption = None,
    ends: ToOption = None,
    *,
    words: WordsOption = True,
) -> None:
    """Writes what people share with the service to the new folder OUT, for other programs.

    People get new numbers in every export; with the same secret in SEED_FILE the same again.
    """
    from bot.reports.export import ExportOptions, read_seed, write
    from bot.reports.filters import Filter

    with report_errors(), counting("people") as tell:
        seed = read_seed(seed_file) if seed_file is not None else None
        options = ExportOptions(Filter(service, begins, ends), words, tell)
        count = asyncio.run(write(read_live_settings(), system_clock, out, seed, options))
    typer.echo(f"{out}: {count} answers. Keep it as safe as the database.")


@data_cli.command()
def receipt(code: CodeArgument) -> None:
    """Says whether and when all of somebody was deleted, by the CODE they were given."""
    from bot.cli.manage_complaints import receipt as look_up

    with report_errors():
        typer.echo(asyncio.run(look_up(read_live_settings(), system_clock, code)))
