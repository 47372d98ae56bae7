"""The commands of `checkin complaints`: list, acknowledge, answered."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot.cli.errors import report_errors
from bot.clock import system_clock
from bot.settings import read_live_settings

CodeArgument = Annotated[str, typer.Argument(help="The code that `complaints list` shows.")]

complaints_cli = typer.Typer(no_args_is_help=True, help="What people are not happy about.")


@complaints_cli.command("list")
def complaints_list() -> None:
    """Prints every complaint: its code, its dates, by when it is due, and what was said."""
    from bot.cli.manage_complaints import complaints

    with report_errors():
        for line in asyncio.run(complaints(read_live_settings(), system_clock)):
            typer.echo(line)


@complaints_cli.command("acknowledge")
def complaints_acknowledge(code: CodeArgument) -> None:
    """Writes that the person with this CODE was told that you have their complaint."""
    from bot.cli.manage_complaints import acknowledge

    with report_errors():
        typer.echo(asyncio.run(acknowledge(read_live_settings(), system_clock, code)))


@complaints_cli.command("answered")
def complaints_answered(code: CodeArgument) -> None:
    """Writes that the complaint with this CODE was answered."""
    from bot.cli.manage_complaints import answered

    with report_errors():
        typer.echo(asyncio.run(answered(read_live_settings(), system_clock, code)))
