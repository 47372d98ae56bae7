"""The commands of `checkin services`: list, add, rename, merge."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot.cli.errors import report_errors
from bot.settings import read_live_settings

services_cli = typer.Typer(
    no_args_is_help=True, help="What links are about: the list that leads keep."
)

NameArgument = Annotated[str, typer.Argument(help="The service, in any spelling of its name.")]
NewArgument = Annotated[str, typer.Argument(help="Its new name.")]
IntoArgument = Annotated[str, typer.Argument(help="The service that it is the same as.")]


@services_cli.command("list")
def services_list() -> None:
    """Lists the services, with how many links are about each."""
    from bot.cli.manage_services import listed

    with report_errors():
        for line in asyncio.run(listed(read_live_settings())):
            typer.echo(line)


@services_cli.command("add")
def services_add(name: NewArgument) -> None:
    """Puts a service on the list; who types it in other letters is taken to mean it."""
    from bot.cli.manage_services import add

    with report_errors():
        typer.echo(asyncio.run(add(read_live_settings(), name)))


@services_cli.command("rename")
def services_rename(name: NameArgument, new: NewArgument) -> None:
    """Gives a service another name, also in every link that is about it."""
    from bot.cli.manage_services import rename

    with report_errors():
        typer.echo(asyncio.run(rename(read_live_settings(), name, new)))


@services_cli.command("merge")
def services_merge(name: NameArgument, into: IntoArgument) -> None:
    """Makes one service of two: every link about NAME is about INTO from now on."""
    from bot.cli.manage_services import merge

    with report_errors():
        typer.echo(asyncio.run(merge(read_live_settings(), name, into)))
