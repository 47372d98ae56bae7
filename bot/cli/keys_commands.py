"""The commands of `checkin keys`: new, save, rotate."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.errors import report_errors
from bot.cli.progress import working
from bot.clock import system_clock
from bot.settings import CannotBeDone, read_live_settings

keys_cli = typer.Typer(no_args_is_help=True, help="The keys that what people said is sealed with.")

FileArgument = Annotated[Path, typer.Argument(help="The key file to write, in place of the last.")]


@keys_cli.command("new")
def keys_new() -> None:
    """Prints a new master key for CHECKIN_SECRET_KEYS."""
    from bot.store.crypto.vault import new_master

    typer.echo(new_master())


@keys_cli.command("save")
def keys_save(file: FileArgument) -> None:
    """Writes everybody's keys, sealed, in place of the last FILE, as `backup` does.

    From then on those who were deleted since can be read in no backup, however old.
    """
    from bot.cli.backup_files import save_keys

    with report_errors():
        with working("keys"):
            lines = asyncio.run(save_keys(read_live_settings(), system_clock, file))
        typer.echo("\n".join(lines))


@keys_cli.command("rotate")
def keys_rotate() -> None:
    """Wraps everybody's key with a new master key, while the bot runs; run again if stopped."""
    from rich.console import Console as Screen

    from bot.cli.rotate_keys import rotated

    with report_errors():
        try:
            whole = asyncio.run(rotated(read_live_settings(), Screen(stderr=True)))
        except KeyboardInterrupt:
            raise CannotBeDone("stopped half-way; nothing is lost: run it again") from None
        raise typer.Exit(0 if whole else 1)
