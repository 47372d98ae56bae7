"""`checkin flows`: commands for authors of questions and for translators."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.errors import UNWELL, complain, report_errors
from bot.cli.progress import working
from bot.clock import system_clock
from bot.logging_setup import log_to_stderr
from bot.settings import ROOT, CannotBeDone, read_settings

flows_cli = typer.Typer(
    no_args_is_help=True, help="The questions: check, draw, play and translate them."
)

LanguageArgument = Annotated[
    str | None, typer.Argument(help="A language, such as pl: all it lacks, line by line.")
]
LiveOption = Annotated[
    bool, typer.Option(help="Also say what a change would mean for everybody who is half-way.")
]
FolderOption = Annotated[Path, typer.Option(help="The folder to draw into.")]
NewArgument = Annotated[
    list[str] | None, typer.Argument(help="Codes of languages to begin, such as cy or zh_hans.")
]
LangOption = Annotated[str, typer.Option(help="The language to play in, whole or not.")]
YoungOption = Annotated[bool, typer.Option(help="As somebody from 13 to 17.")]
WriteOption = Annotated[bool, typer.Option(help="Take the new words over into the files.")]
FormArgument = Annotated[Path, typer.Argument(help="The XLSForm to read, an .xlsx file.")]
AudienceOption = Annotated[str, typer.Option(help="Whom it is for: adult or young.")]
FlowArgument = Annotated[str, typer.Argument(help="The flow to write, such as before.")]


@flows_cli.command("check")
def flows_check(language: LanguageArgument = None, *, against_live: LiveOption = False) -> None:
    """Names every mistake with what to do about it, what languages lack, and what has changed.

    With a LANGUAGE, such as `pl`, everything it lacks, line by line. With --against-live, what a
    change would mean for everyone who is half-way. Leaves with 0 when all is well, 1 when words
    are to be made plainer or translated, 2 when the files cannot be used.
    """
    from bot.authors.check import check
    from bot.authors.check_report import report
    from bot.authors.same_meaning import known_languages
    from bot.i18n.localizer import SOURCE_LANGUAGE
    from flows.engine import BrokenFlow

    with report_errors():
        settings = read_settings()
        if language is not None and language != SOURCE_LANGUAGE:
            [language] = known_languages(settings.locales, [language])
        with working("checking"):
            checked = check(settings.flows, settings.locales)
            told = report(checked, settings, language, against_live=against_live)
            lines, waits = asyncio.run(told)
        if checked.problems:
            complain(BrokenFlow, "\n".join(lines))
        typer.echo("\n".join(lines))
        raise typer.Exit(0 if checked.clean and not waits else UNWELL)


Places = Annotated[str, typer.Argument(help="A step or a text, such as before/b2.")]
Codes = Annotated[list[str] | None, typer.Argument(help="Only in these languages; else in all.")]


@flows_cli.command("same")
def flows_same(place: Places, languages: Codes = None) -> None:
    """Says of a changed text that it was only a typo: its translations still hold."""
    from bot.authors.same_meaning import hold

    with report_errors():
        settings = read_settings()
        found = hold(settings.flows, settings.locales, place, languages or ())
        typer.echo("\n".join(map(str, found)) or f"{place}: nothing waits for a translation")
        raise typer.Exit(0 if all(held.holds for held in found) else UNWELL)


@flows_cli.command("let-go")
def flows_let_go(
    language: Annotated[str, typer.Argument(help="The language, such as `pl`.")],
) -> None:
    """Accepts that a language which is not whole any more is no longer offered after a start."""
    from bot.cli.manage_workers import let_go

    with report_errors():
        typer.echo(asyncio.run(let_go(read_settings(), language.lower().replace("-", "_"))))


@flows_cli.command("draw")
def flows_draw(to: FolderOption = ROOT / "docs" / "flows") -> None:
    """Draws each flow as it is really walked: a picture and a page with Mermaid, into a folder."""
    from bot.authors.diagrams import draw
    from flows.engine import load_folder

    with report_errors():
        found = load_folder(read_settings().flows)
        changed = draw(found.values(), to)
        typer.echo("\n".join(map(str, changed)) or f"{len(found)} flows in {to}: all up to date")


@flows_cli.command("messages")
def flows_messages(new: NewArgument = None) -> None:
    """Brings messages.pot and every language up to date with the question files.

    Each NEW code, such as `cy` or `zh_hans`, begins a language.
    """
    from bot.languages.update_catalogs import bring_up_to_date

    with report_errors():
        settings = read_settings()
        for line in bring_up_to_date(settings.flows, settings.locales, new or ()):
            typer.echo(line)


@flows_cli.command("play")
def flows_play(
    flow: Annotated[
        str, typer.Argument(help="Where to begin: welcome, before or after.")
    ] = "before",
    *,
    lang: LangOption = "en",
    young: YoungOption = False,
    as_if: Annotated[
        str | None, typer.Option(help="`after`: BEFORE was told already, and the hello has come.")
    ] = None,
) -> None:
    """Plays a flow in this terminal: go back, jump, ask what if, let time pass, save it as a test.

    Nothing of it is kept.
    """
    from bot.preview.preview_terminal import play
    from bot.preview.scenario import Scenario
    from bot.terminal.screen import Screen, ask

    with report_errors():
        log_to_stderr(logging.ERROR)
        settings = read_settings()
        scene = Scenario.of(settings, as_if or flow, system_clock(), lang, young=young)
        play(settings, scene, ask, Screen())


@flows_cli.command("replay")
def flows_replay(*, write: WriteOption = False) -> None:
    """Holds every saved conversation again and shows what is said otherwise now.

    With `--write` the new words are taken over.
    """
    from bot.preview.transcript_file import replay

    with report_errors():
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
    from bot.cli.manage_workers import notes
    from bot.preview.review_notes import listed
    from bot.store.opening import none_yet

    with report_errors():
        settings = read_settings()
        for line in listed(settings.flows):
            typer.echo(line)
        if no := none_yet(settings):
            typer.echo(f"from people's phones none: {no}", err=True)
            return
        for line in asyncio.run(notes(settings)):
            typer.echo(line)


@flows_cli.command("from-xlsform")
def flows_from_xlsform(
    form: FormArgument,
    to: Annotated[Path | None, typer.Option("-o", "--to", help="The file to write.")] = None,
    audience: AudienceOption = "adult",
) -> None:
    """Makes a question file of an XLSForm (.xlsx), and says exactly what does not come over."""
    from bot.authors.suggestions import slug
    from bot.authors.xlsform.import_result import summary
    from bot.authors.xlsform.importer import from_xlsform

    with report_errors():
        done = from_xlsform(form, slug((to or form).stem), audience)
        if to is None:
            typer.echo(done.source)
        else:
            with to.open("x", encoding="utf-8") as file:
                file.write(done.source)
        typer.echo("\n".join(summary(done)), err=to is None)


@flows_cli.command("to-xlsform")
def flows_to_xlsform(
    flow: FlowArgument, to: Annotated[Path, typer.Option("-o", "--to", help="The file to write.")]
) -> None:
    """Writes a FLOW, such as `before`, as an XLSForm, and says what is not in it."""
    from bot.authors.xlsform.exporter import to_xlsform
    from flows.engine import load_folder

    with report_errors():
        known = load_folder(read_settings().flows)
        if flow not in known:
            raise CannotBeDone(f"there is no flow `{flow}`: there are {', '.join(known)}")
        for line in to_xlsform(known[flow], to):
            typer.echo(f"not in the form: {line}")
        typer.echo(f"{to}: written")


@flows_cli.command("feedback")
def flows_feedback() -> None:
    """Prints how each question was for people, and what they would change; never about a few."""
    from bot.authors.feedback import feedback

    with report_errors():
        for line in asyncio.run(feedback(read_settings())):
            typer.echo(line)
