"""The commands of `checkin workers`: invite, list, remove."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot.cli.errors import report_errors
from bot.clock import system_clock
from bot.settings import read_live_settings

workers_cli = typer.Typer(no_args_is_help=True, help="The outreach workers: invite, list, remove.")

NameArgument = Annotated[str, typer.Argument(help="What people know the worker by.")]
LeadOption = Annotated[
    bool, typer.Option(help="Sees all people, and hears what a worker does not answer.")
]
NumberArgument = Annotated[int, typer.Argument(help="The number that `workers list` shows.")]
ToOption = Annotated[
    int | None, typer.Option(help="The number of the worker who knows these people from now on.")
]


@workers_cli.command("invite")
def workers_invite(name: NameArgument, *, lead: LeadOption = False) -> None:
    """Prints a link that makes one person a worker, once, within 7 days."""
    from bot.cli.manage_workers import invite

    with report_errors():
        typer.echo(asyncio.run(invite(read_live_settings(), system_clock, name, lead=lead)))


@workers_cli.command("list")
def workers_list() -> None:
    """Lists the workers with their numbers, and the invites nobody has used yet."""
    from bot.cli.manage_workers import listed

    with report_errors():
        for line in asyncio.run(listed(read_live_settings(), system_clock)):
            typer.echo(line)


@workers_cli.command("remove")
def workers_remove(number: NumberArgument, to: ToOption = None) -> None:
    """Removes the worker with this number; their people go to worker TO, if one is named."""
    from bot.cli.manage_workers import remove

    with report_errors():
        typer.echo(asyncio.run(remove(read_live_settings(), system_clock, number, to)))
