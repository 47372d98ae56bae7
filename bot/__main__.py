"""The `checkin` command: reads the settings, says plainly what is wrong, and starts what is asked.

Does no work of its own.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bot.clock import system_clock
from bot.logs import log_to_stderr, tell_no_values, tell_of_loop, where
from bot.settings import CannotBeDone, Settings, WrongSettings, read_settings
from bot.store.backup import NotEmpty
from bot.store.sealed_file import NotABackup
from bot.store.store import DatabaseAway, DatabaseBehind, Store
from bot.store.vault import WrongKey, new_master
from bot.telegram.client import TokenUnknown
from bot.words import WrongWords
from flows.engine import BrokenFlow

T = TypeVar("T")
WRONG = 2
"""Exit code for what the one who runs it can put right."""

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
flows_cli = typer.Typer(no_args_is_help=True, help="The questions: check them.")
workers_cli = typer.Typer(no_args_is_help=True, help="The outreach workers: invite, list, remove.")
keys_cli = typer.Typer(no_args_is_help=True, help="The keys that what people said is sealed with.")
cli.add_typer(flows_cli, name="flows")
cli.add_typer(workers_cli, name="workers")
cli.add_typer(keys_cli, name="keys")
complaints_cli = typer.Typer(no_args_is_help=True, help="What people are not happy about.")
cli.add_typer(complaints_cli, name="complaints")


@cli.command()
def run() -> None:
    """Runs the bot; without a token, the same conversation in this terminal."""
    with _plainly():
        settings = read_settings()
        if settings.telegram_token is None:
            _chat(settings)
        else:
            asyncio.run(_serve(settings))


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


@flows_cli.command("play")
def flows_play(
    flow: Annotated[str, typer.Argument(help="welcome, before or after")] = "before",
    *,
    lang: str = "en",
    young: bool = False,
    as_if: Annotated[
        str | None, typer.Option(help="`after`: BEFORE was told already, and the hello has come")
    ] = None,
) -> None:
    """Plays a flow in this terminal: go back, jump, ask what if, let time pass, save it as a test.

    Nothing of it is kept.
    """
    from bot.play.scene import Scene
    from bot.play.terminal import play
    from bot.screen import Screen, ask

    with _plainly():
        log_to_stderr(logging.ERROR)
        settings = read_settings()
        scene = Scene.of(settings, as_if or flow, system_clock(), lang, young=young)
        play(settings, scene, ask, Screen())


@flows_cli.command("replay")
def flows_replay(*, write: bool = False) -> None:
    """Holds every saved conversation again and shows what is said otherwise now.

    With `--write` the new words are taken over.
    """
    from bot.play.script import replay

    with _plainly():
        log_to_stderr(logging.ERROR)
        found = asyncio.run(replay(read_settings(), write=write))
        typer.echo("\n\n".join(found) or "every saved conversation is as it was")
        if found and not write:
            raise typer.Exit(1)


@flows_cli.command("notes")
def flows_notes() -> None:
    """Prints what people said sounds wrong: when, in which language, where, and their words.

    First what was said round a table (`checkin web`), then what came from people's phones.
    """
    from bot.play.notes import listed
    from bot.staff import notes

    with _plainly():
        settings = read_settings()
        for line in [*listed(settings.flows), *asyncio.run(notes(settings, system_clock))]:
            typer.echo(line)


KeysOption = Annotated[Path | None, typer.Option(help="The key file; checkin.keys beside FILE.")]


@cli.command()
def web(*, port: int = 8765) -> None:
    """Shows the questions on a web page that looks like a phone, to this machine alone.

    Nothing is kept but the notes that people leave on a question.
    """
    from bot.web.server import serve

    def ready(address: str) -> None:
        typer.echo(f"Open {address} in a browser. Nothing said there is kept. Ctrl-C ends it.")

    with _plainly():
        log_to_stderr(logging.ERROR)
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(read_settings(), system_clock, port, ready))


@cli.command()
def backup(file: Path, keys: KeysOption = None) -> None:
    """Writes all that is kept to FILE, and everybody's keys, sealed, in place of the last KEYS.

    Both can be opened with the master keys alone. The bot may go on running.
    """
    from bot.app import open_store, open_vault
    from bot.store.backup import KEYS_NAME, write_backup

    with _plainly():
        settings = read_settings()
        store, vault = open_store(settings), open_vault(settings)
        beside = keys or file.with_name(KEYS_NAME)
        count = asyncio.run(_closing(store, write_backup(store, vault, file, beside)))
        typer.echo(f"{file}: {count} rows. Keep it apart from the master keys.")
        typer.echo(f"{beside}: the keys. Keep only the newest, and no old copy of it.")


@cli.command()
def restore(file: Path, keys: KeysOption = None) -> None:
    """Reads a backup FILE, of any day, with the newest KEYS into an empty database."""
    from bot.app import open_store, open_vault
    from bot.store.backup import KEYS_NAME
    from bot.store.restore import restore_backup

    with _plainly():
        settings = read_settings()
        store, vault = open_store(settings), open_vault(settings)
        beside = keys or file.with_name(KEYS_NAME)
        work = restore_backup(store, vault, file, beside, system_clock())
        found = asyncio.run(_closing(store, work))
        typer.echo(f"{found.rows} rows restored.")
        if found.left_out:
            typer.echo(f"Of {found.left_out} people nothing is restored: their key is gone.")
        if found.uncertain:
            typer.echo(f"{found.uncertain} hellos were due by now; none of them is sent again.")


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


@complaints_cli.command("list")
def complaints_list() -> None:
    """Prints every complaint: its code, its dates, by when it is due, and what was said."""
    from bot.rights import complaints

    with _plainly():
        for line in asyncio.run(complaints(read_settings(), system_clock)):
            typer.echo(line)


@complaints_cli.command("acknowledge")
def complaints_acknowledge(code: str) -> None:
    """Writes that the person with this CODE was told that you have their complaint."""
    from bot.rights import acknowledge

    with _plainly():
        typer.echo(asyncio.run(acknowledge(read_settings(), system_clock, code)))


@complaints_cli.command("answered")
def complaints_answered(code: str) -> None:
    """Writes that the complaint with this CODE was answered."""
    from bot.rights import answered

    with _plainly():
        typer.echo(asyncio.run(answered(read_settings(), system_clock, code)))


@cli.command()
def receipt(code: str) -> None:
    """Says whether and when all of somebody was deleted, by the CODE they were given."""
    from bot.rights import receipt as look_up

    with _plainly():
        typer.echo(asyncio.run(look_up(read_settings(), system_clock, code)))


@keys_cli.command("new")
def keys_new() -> None:
    """Prints a new master key for CHECKIN_SECRET_KEYS."""
    typer.echo(new_master())


@keys_cli.command("save")
def keys_save(file: Path) -> None:
    """Writes everybody's keys, sealed, in place of the last FILE, as `backup` does.

    From then on those who were deleted since can be read in no backup, however old.
    """
    from bot.app import open_store, open_vault
    from bot.store.backup import write_keys

    with _plainly():
        settings = read_settings()
        store, vault = open_store(settings), open_vault(settings)
        count = asyncio.run(_closing(store, write_keys(store, vault, file)))
        typer.echo(f"{file}: the keys of {count} people. Keep only the newest.")


@keys_cli.command("rotate")
def keys_rotate() -> None:
    """Wraps everybody's key with a new master key, while the bot runs; run again if stopped."""
    from rich.console import Console as Screen

    from bot.rotation import rotated

    with _plainly():
        try:
            whole = asyncio.run(rotated(read_settings(), Screen(stderr=True)))
        except KeyboardInterrupt:
            raise CannotBeDone("stopped half-way; nothing is lost: run it again") from None
        raise typer.Exit(0 if whole else 1)


async def _closing(store: Store, work: Awaitable[T]) -> T:
    try:
        return await work
    finally:
        await store.close()


def _chat(settings: Settings) -> None:
    from bot.console import talk

    log_to_stderr(logging.ERROR)
    talk(settings, system_clock)


async def _serve(settings: Settings) -> None:
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
