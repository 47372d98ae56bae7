"""The `checkin` command: reads the settings, explains errors, and starts the subcommands."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any

import typer

from bot.cli.complaints_commands import complaints_cli
from bot.cli.danger_commands import danger_cli
from bot.cli.data_commands import data_cli
from bot.cli.errors import report_errors
from bot.cli.flows_commands import flows_cli
from bot.cli.keys_commands import keys_cli
from bot.cli.services_commands import services_cli
from bot.cli.workers_commands import workers_cli
from bot.clock import system_clock
from bot.logging_setup import log_to_stderr, tell_no_values, tell_of_loop, where
from bot.optional_imports import without_colours
from bot.settings import Settings, read_live_settings, read_settings

ABOUT = """A Telegram bot that checks in with people before and after they meet an outreach worker.

\b
checkin chat                          try the conversation here; nothing is sent
checkin run                           run the bot (its token and settings stand in .env)
checkin doctor                        is it well, and what is to be done?
checkin workers invite "Sam" --lead   a link for the first worker

docs/operations.md says how to run it for real; .env.example has every setting.
"""

cli = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=ABOUT
)
cli.add_typer(flows_cli, name="flows")
cli.add_typer(danger_cli, name="danger")
cli.add_typer(workers_cli, name="workers")
cli.add_typer(services_cli, name="services")
cli.add_typer(keys_cli, name="keys")
cli.add_typer(complaints_cli, name="complaints")


def _say_version(asked: bool) -> None:
    if asked:
        from bot.cli.version import version

        typer.echo(version())
        raise typer.Exit


@cli.callback()
def _about(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Says which version this is."
        ),
    ] = False,
) -> None:
    """Options before any command."""


@cli.command()
def run() -> None:
    """Runs the bot. Without a token, in a terminal, the conversation for practice."""
    with report_errors():
        settings = read_live_settings(token_needed=not sys.stdin.isatty())
        if settings.telegram_token is None:
            _chat(settings)
        else:
            _run(_serve(settings))


@cli.command()
def chat() -> None:
    """Practice: the conversation in this terminal, with nobody real, and nothing is sent.

    It has a database and a clock of its own, so that /wait 2 weeks moves nobody's time but yours.
    """
    with report_errors():
        _chat(read_settings())


@cli.command()
def routes() -> None:
    """Prints which handler answers which update: the first row that matches does."""
    from bot.cli.route_table import lines

    for line in lines():
        typer.echo(line)


@cli.command()
def doctor() -> None:
    """Looks whether everything needed is there, and says what to do where it is not.

    Leaves with 0 when all is well, 1 when something needs doing, 2 when a setting or a question
    file is wrong.
    """
    from bot.cli.doctor.doctor import examine
    from bot.cli.progress import working

    lines: list[str] = []
    with report_errors():
        try:
            with working("looking"):
                code = asyncio.run(examine(read_live_settings(), system_clock, lines.append))
        finally:
            for line in lines:
                typer.echo(line)
        raise typer.Exit(code)


PortOption = Annotated[
    int, typer.Option(help="The port of this machine to show it on, from 1 to 65535.")
]


@cli.command()
def web(*, port: PortOption = 8765) -> None:
    """Practice: shows the questions on a page that looks like a phone, to this machine alone.

    Nothing is kept but the notes that people leave on a question.
    """
    from bot.preview.web.server import serve
    from bot.terminal.practice_database import PRACTICE

    def ready(address: str) -> None:
        typer.echo(PRACTICE)
        typer.echo(f"Open {address} in a browser. Nothing said there is kept. Ctrl-C ends it.")

    with report_errors():
        log_to_stderr(logging.ERROR)
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(read_settings(), system_clock, port, ready))


cli.add_typer(data_cli)


def _chat(settings: Settings) -> None:
    from bot.terminal.terminal_chat import talk

    log_to_stderr(logging.ERROR)
    talk(settings, system_clock)


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Runs a coroutine on the quicker event loop where there is one."""
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    with suppress(ImportError):  # not available on Windows
        from uvloop import new_event_loop as factory
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(work)


@contextmanager
def made_for_good() -> Iterator[None]:
    """Exempts objects made within the block from garbage collection.

    Programs, questions, phrases and languages are hundreds of thousands of objects that stay:
    scanning them again and again was a fifth of the start, and under load a fifteenth of all work.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(5_000, 20, 20)  # nearly everything an update allocates is freed after it
        gc.enable()


async def _serve(settings: Settings) -> None:
    with made_for_good(), without_colours():
        from bot.app import build
        from bot.cli.startup_log import tell_once_started

        log_to_stderr(logging.INFO)
        app = build(settings)
    task = asyncio.create_task(app.run())
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(tell_of_loop)
    for name in (signal.SIGINT, signal.SIGTERM):
        # Stops between two commits; the outbox is then sent at the next start.
        loop.add_signal_handler(name, task.cancel)
    telling = asyncio.create_task(tell_once_started(app))
    with suppress(asyncio.CancelledError):
        await task
    telling.cancel()


def main() -> None:
    """The `checkin` command. If it ends by a fault of ours, only where is told, never a value."""
    tell_no_values()
    try:
        cli()
    except Exception as error:  # noqa: BLE001 - its message might contain personal data
        typer.echo(f"a fault of ours: {where(error)}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
