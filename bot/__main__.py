"""The `checkin` command: reads the settings, says plainly what is wrong, and starts what is asked.

Does no work of its own.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer

from bot.clock import system_clock
from bot.settings import CannotBeDone, Settings, WrongSettings, read_settings
from bot.store.backup import NotABackup, NotEmpty
from bot.store.store import DatabaseAway, DatabaseBehind, Store
from bot.store.vault import WrongKey, new_master
from bot.telegram.client import TokenUnknown
from bot.words import WrongWords
from flows.engine import BrokenFlow

WRONG = 2
"""Exit code for what the one who runs it can put right."""

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
flows_cli = typer.Typer(no_args_is_help=True, help="The questions: check them.")
workers_cli = typer.Typer(no_args_is_help=True, help="The outreach workers: invite, list, remove.")
keys_cli = typer.Typer(no_args_is_help=True, help="The keys that what people said is sealed with.")
cli.add_typer(flows_cli, name="flows")
cli.add_typer(workers_cli, name="workers")
cli.add_typer(keys_cli, name="keys")


@cli.command()
def run() -> None:
    """Runs the bot; without a token, the same conversation in this terminal."""
    with _plainly():
        settings = read_settings()
        if settings.telegram_token is None:
            _chat(settings)
        else:
            _run(_serve(settings))


@cli.command()
def chat() -> None:
    """The conversation in this terminal, with or without a token."""
    with _plainly():
        _chat(read_settings())


@cli.command()
def doctor() -> None:
    """Looks whether everything needed is there, and says what to do where it is not."""
    from bot.doctor import examine

    with _plainly():
        raise typer.Exit(asyncio.run(examine(read_settings(), system_clock, typer.echo)))


@flows_cli.command("check")
def flows_check(language: Annotated[str | None, typer.Argument()] = None) -> None:
    """Names every mistake in the question files, what each language lacks, and doubtful numbers.

    With a LANGUAGE, such as `pl`, everything it lacks, line by line.
    """
    from bot.files import read_danger, read_folder, read_helplines
    from bot.helplines import counted
    from bot.languages import survey, table

    with _plainly():
        settings = read_settings()
        library, _ = read_folder(settings.flows)
        reviews = read_danger(settings.flows).reviews
        concerns = read_helplines(settings.flows).concerns(system_clock().date())
        for name, flow in library.today.items():
            typer.echo(
                f"{name}: {len(flow.steps)} steps, version {flow.version}, for {flow.audience}"
            )
        standings = survey(library, settings.flows, settings.locales)
        if language is not None:
            standings = [s for s in standings if s.code == language]
        lines = [*table(standings)]
        for standing in standings:
            lines += standing.lines(None) if language is not None else standing.lines()
        drafts = [code for code, review in reviews.items() if review.status == "draft"]
        lines.append(f"danger: {len(reviews)} languages, not yet signed: {', '.join(drafts)}")
        lines.append(f"helplines: {counted(concerns)}")
        lines += [f"  helplines/{concern}" for concern in concerns]
        typer.echo("\n".join(lines))


@flows_cli.command("messages")
def flows_messages(new: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Brings messages.pot and every language up to date with the question files.

    Each NEW code, such as `cy` or `zh_hans`, begins a language.
    """
    from bot.messages import bring_up_to_date

    with _plainly():
        settings = read_settings()
        for line in bring_up_to_date(settings.flows, settings.locales, new or ()):
            typer.echo(line)


@flows_cli.command("notes")
def flows_notes() -> None:
    """Prints what people said sounds wrong: when, in which language, where, and their words."""
    from bot.staff import notes

    with _plainly():
        for line in asyncio.run(notes(read_settings(), system_clock)):
            typer.echo(line)


@cli.command()
def backup(file: Path) -> None:
    """Writes the whole database to FILE, sealed with the master key; the bot may go on running."""
    from bot.app import open_store, open_vault
    from bot.store.backup import write_backup

    with _plainly():
        settings = read_settings()
        store, vault = open_store(settings), open_vault(settings)
        count = asyncio.run(_closing(store, write_backup(store, vault, file)))
        typer.echo(f"{file}: {count} rows. Keep it apart from the keys.")


@cli.command()
def restore(file: Path) -> None:
    """Reads a backup FILE into an empty database."""
    from bot.app import open_store, open_vault
    from bot.store.backup import restore_backup

    with _plainly():
        settings = read_settings()
        store, vault = open_store(settings), open_vault(settings)
        count = asyncio.run(_closing(store, restore_backup(store, vault, file)))
        typer.echo(f"{count} rows restored.")


@workers_cli.command("invite")
def workers_invite(name: str, *, lead: bool = False) -> None:
    """Prints a link that makes one person a worker, once, within 7 days."""
    from bot.staff import invite

    with _plainly():
        typer.echo(asyncio.run(invite(read_settings(), system_clock, name, lead=lead)))


@workers_cli.command("list")
def workers_list() -> None:
    """Lists the workers with their numbers, and the invites nobody has used yet."""
    from bot.staff import listed

    with _plainly():
        for line in asyncio.run(listed(read_settings(), system_clock)):
            typer.echo(line)


@workers_cli.command("remove")
def workers_remove(number: int, to: int | None = None) -> None:
    """Removes the worker with this number; their people go to worker TO, if one is named."""
    from bot.staff import remove

    with _plainly():
        typer.echo(asyncio.run(remove(read_settings(), system_clock, number, to)))


@keys_cli.command("new")
def keys_new() -> None:
    """Prints a new master key for CHECKIN_SECRET_KEYS."""
    typer.echo(new_master())


async def _closing(store: Store, work: Awaitable[int]) -> int:
    try:
        return await work
    finally:
        await store.close()


def _chat(settings: Settings) -> None:
    from bot.console import talk

    _log_to_stderr(logging.ERROR)
    talk(settings, system_clock)


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Runs it on the quicker event loop where there is one."""
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    with suppress(ImportError):  # on Windows there is none
        from uvloop import new_event_loop as factory
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(work)


def _keep_for_good() -> None:
    """Lets the search for garbage pass over what is there now.

    Questions, phrases and languages are hundreds of thousands of objects that stay; under load,
    looking through them again and again was a fifteenth of all work.
    """
    gc.collect()
    gc.freeze()


async def _serve(settings: Settings) -> None:
    from bot.app import build

    _log_to_stderr(logging.INFO)
    app = build(settings)
    _keep_for_good()
    task = asyncio.create_task(app.run())
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        # Stops between two commits; what is owed then goes out at the next start.
        loop.add_signal_handler(name, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


@contextmanager
def _plainly() -> Iterator[None]:
    """Says what is wrong in words, without a traceback, and leaves with code 2."""
    os.umask(0o077)  # what we write (database, key, backup) is for its owner alone
    try:
        yield
    except (
        WrongSettings,
        CannotBeDone,
        BrokenFlow,
        WrongKey,
        DatabaseBehind,
        NotABackup,
        NotEmpty,
        WrongWords,
    ) as error:
        _complain(type(error), str(error))
    except FileExistsError as error:
        _complain(FileExistsError, f"{error} is there already")
    except FileNotFoundError as error:
        _complain(FileNotFoundError, f"there is no file {error.filename}")
    except DatabaseAway as error:
        _complain(DatabaseAway, f"the database cannot be reached ({error})")
    except TokenUnknown:
        _complain(TokenUnknown, "Telegram does not know this token: check CHECKIN_TELEGRAM_TOKEN")


_HEADS: dict[type[Exception], str] = {
    WrongSettings: "Settings to put right:",
    BrokenFlow: "The questions cannot be used yet:",
}


def _complain(kind: type[Exception], message: str) -> None:
    head = _HEADS.get(kind)
    typer.echo(f"{head}\n{message}" if head else message, err=True)
    raise typer.Exit(WRONG)


def _log_to_stderr(level: int) -> None:
    # Ids only ever reach a log line, one line a turn; PTB and its HTTP client are kept quiet
    # because their lines would hold the token.
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
    )


main: Callable[[], None] = cli

if __name__ == "__main__":
    main()
