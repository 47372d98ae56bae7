"""The `checkin` command: reads the settings, says plainly what is wrong, and starts what is asked.

Does no work of its own.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.bare import without_colours
from bot.clock import system_clock
from bot.complaints_commands import complaints_cli
from bot.flows_commands import flows_cli
from bot.logs import log_to_stderr, tell_no_values, tell_of_loop, where
from bot.plainly import plainly
from bot.settings import CannotBeDone, Settings, read_settings

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
workers_cli = typer.Typer(no_args_is_help=True, help="The outreach workers: invite, list, remove.")
keys_cli = typer.Typer(no_args_is_help=True, help="The keys that what people said is sealed with.")
cli.add_typer(flows_cli, name="flows")
cli.add_typer(workers_cli, name="workers")
cli.add_typer(keys_cli, name="keys")
cli.add_typer(complaints_cli, name="complaints")


@cli.command()
def run() -> None:
    """Runs the bot; without a token, the same conversation in this terminal."""
    with plainly():
        settings = read_settings()
        if settings.telegram_token is None:
            _chat(settings)
        else:
            _run(_serve(settings))


@cli.command()
def chat() -> None:
    """The conversation in this terminal, with or without a token."""
    with plainly():
        _chat(read_settings())


@cli.command()
def doctor() -> None:
    """Looks whether everything needed is there, and says what to do where it is not."""
    from bot.doctor import examine

    with plainly():
        raise typer.Exit(asyncio.run(examine(read_settings(), system_clock, typer.echo)))


@cli.command()
def web(*, port: int = 8765) -> None:
    """Shows the questions on a web page that looks like a phone, to this machine alone.

    Nothing is kept but the notes that people leave on a question.
    """
    from bot.web.server import serve

    def ready(address: str) -> None:
        typer.echo(f"Open {address} in a browser. Nothing said there is kept. Ctrl-C ends it.")

    with plainly():
        log_to_stderr(logging.ERROR)
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(read_settings(), system_clock, port, ready))


KeysOption = Annotated[Path | None, typer.Option(help="The key file; checkin.keys beside FILE.")]


@cli.command()
def backup(file: Path, keys: KeysOption = None) -> None:
    """Writes all that is kept to FILE, and everybody's keys, sealed, in place of the last KEYS.

    Both can be opened with the master keys alone. The bot may go on running.
    """
    from bot.backups import back_up

    with plainly():
        for line in asyncio.run(back_up(read_settings(), system_clock, file, keys)):
            typer.echo(line)


NothingLost = Annotated[
    bool,
    typer.Option(
        "--nothing-was-lost",
        help="Only where KEYS were saved after the bot was stopped for good, as when it moves to"
        " another machine: nobody can have stopped since. Without it everybody is written to only"
        " if they write first, until they choose otherwise.",
    ),
]


@cli.command()
def restore(file: Path, keys: KeysOption = None, *, nothing_was_lost: NothingLost = False) -> None:
    """Reads a backup FILE, of any day, with the newest KEYS into an empty database.

    Or writes the SQLite file anew from a FILE.copy that was made before an update.
    """
    from bot import backups

    with plainly():
        work = backups.restore(
            read_settings(), system_clock, file, keys, nothing_was_lost=nothing_was_lost
        )
        for line in asyncio.run(work):
            typer.echo(line)


@cli.command()
def migrate() -> None:
    """Brings the database's tables up to date; on SQLite the bot's start does so by itself."""
    from bot.app import open_store
    from bot.backups import closing

    with plainly():
        store = open_store(read_settings())
        before, now = asyncio.run(closing(store, store.migrate()))
        typer.echo(
            f"The database is at {now}" + ("." if now == before else f"; it was at {before}.")
        )


@cli.command()
def report(out: Annotated[Path, typer.Option()]) -> None:
    """Writes the report of the last whole month to the file OUT, with its pictures beside it."""
    from bot.reports.make import write

    with plainly(), _counting("people") as tell:
        written = asyncio.run(write(read_settings(), system_clock, out, tell))
    typer.echo(f"{out}: and {len(written) - 1} pictures in {written[-1].parent}")


@cli.command()
def export(out: Annotated[Path, typer.Option()], seed_file: Path | None = None) -> None:
    """Writes what people share with the service to the new folder OUT, for other programs.

    People get new numbers in every export; with the same secret in SEED_FILE the same again.
    """
    from bot.reports.export import read_seed, write

    with plainly(), _counting("people") as tell:
        seed = read_seed(seed_file) if seed_file is not None else None
        count = asyncio.run(write(read_settings(), system_clock, out, seed, tell))
    typer.echo(f"{out}: {count} answers. Keep it as safe as the database.")


@workers_cli.command("invite")
def workers_invite(name: str, *, lead: bool = False) -> None:
    """Prints a link that makes one person a worker, once, within 7 days."""
    from bot.staff import invite

    with plainly():
        typer.echo(asyncio.run(invite(read_settings(), system_clock, name, lead=lead)))


@workers_cli.command("list")
def workers_list() -> None:
    """Lists the workers with their numbers, and the invites nobody has used yet."""
    from bot.staff import listed

    with plainly():
        for line in asyncio.run(listed(read_settings(), system_clock)):
            typer.echo(line)


@workers_cli.command("remove")
def workers_remove(number: int, to: int | None = None) -> None:
    """Removes the worker with this number; their people go to worker TO, if one is named."""
    from bot.staff import remove

    with plainly():
        typer.echo(asyncio.run(remove(read_settings(), system_clock, number, to)))


@cli.command()
def receipt(code: str) -> None:
    """Says whether and when all of somebody was deleted, by the CODE they were given."""
    from bot.rights import receipt as look_up

    with plainly():
        typer.echo(asyncio.run(look_up(read_settings(), system_clock, code)))


@keys_cli.command("new")
def keys_new() -> None:
    """Prints a new master key for CHECKIN_SECRET_KEYS."""
    from bot.store.vault import new_master

    typer.echo(new_master())


@contextmanager
def _counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """Shows how far a long work is, where somebody is looking."""
    from rich.console import Console
    from rich.progress import Progress

    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@keys_cli.command("save")
def keys_save(file: Path) -> None:
    """Writes everybody's keys, sealed, in place of the last FILE, as `backup` does.

    From then on those who were deleted since can be read in no backup, however old.
    """
    from bot.backups import save_keys

    with plainly():
        for line in asyncio.run(save_keys(read_settings(), system_clock, file)):
            typer.echo(line)


@keys_cli.command("rotate")
def keys_rotate() -> None:
    """Wraps everybody's key with a new master key, while the bot runs; run again if stopped."""
    from rich.console import Console as Screen

    from bot.rotation import rotated

    with plainly():
        try:
            whole = asyncio.run(rotated(read_settings(), Screen(stderr=True)))
        except KeyboardInterrupt:
            raise CannotBeDone("stopped half-way; nothing is lost: run it again") from None
        raise typer.Exit(0 if whole else 1)


def _chat(settings: Settings) -> None:
    from bot.console import talk

    log_to_stderr(logging.ERROR)
    talk(settings, system_clock)


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Runs it on the quicker event loop where there is one."""
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    with suppress(ImportError):  # on Windows there is none
        from uvloop import new_event_loop as factory
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(work)


@contextmanager
def made_for_good() -> Iterator[None]:
    """Lets the search for garbage pass over what is made meanwhile.

    Programs, questions, phrases and languages are hundreds of thousands of objects that stay:
    looking through them again and again was a fifth of the start, and under load a fifteenth of
    all work.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(5_000, 20, 20)  # nearly all that an update makes is gone after it
        gc.enable()


async def _serve(settings: Settings) -> None:
    with made_for_good(), without_colours():
        from bot.app import build

        log_to_stderr(logging.INFO)
        app = build(settings)
    task = asyncio.create_task(app.run())
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(tell_of_loop)
    for name in (signal.SIGINT, signal.SIGTERM):
        # Stops between two commits; what is owed then goes out at the next start.
        loop.add_signal_handler(name, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def main() -> None:
    """The `checkin` command. If it ends by a fault of ours, only where is told, never a value."""
    tell_no_values()
    try:
        cli()
    except Exception as error:  # noqa: BLE001 - its message might hold somebody's words
        typer.echo(f"a fault of ours: {where(error)}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
