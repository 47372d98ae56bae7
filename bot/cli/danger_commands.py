"""`checkin danger`: commands for those who mend what the bot notices as danger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.errors import report_errors
from bot.cli.progress import working
from bot.settings import read_settings

danger_cli = typer.Typer(
    no_args_is_help=True, help="What may mean danger: learn the model, measure a list."
)

ListArgument = Annotated[
    Path, typer.Argument(help="A .csv file with the columns text, language and kind.")
]
MissesOption = Annotated[
    bool, typer.Option("--misses", help="Also print the numbers of the lines that were missed.")
]


@danger_cli.command("train")
def danger_train() -> None:
    """Learns the model that asks gently, from the lines in flows/danger, and measures it.

    The figures are for patterns of lines that were kept apart while it was measured.
    """
    from bot.authors.danger_training import train
    from bot.authors.danger_trial import trained_lines
    from flows.engine.danger import model_file

    with report_errors():
        folder = read_settings().flows / "danger"
        with working("learning"):
            found = train(folder)
        path = folder / model_file.NAME
        path.write_text(found.text, encoding="utf-8")
        path.chmod(0o644)  # the bot may run as another user
        typer.echo("\n".join(trained_lines(found, path)))


@danger_cli.command("try")
def danger_try(file: ListArgument, *, misses: MissesOption = False) -> None:
    """Measures a list of messages, in each language and of each kind; stores and prints none.

    FILE has a line each: the text, its language, and its kind (self_harm, overdose_now, abuse_now,
    child_at_risk, harm_to_others, or none). A fourth column `how` is counted too, such as indirect.
    """
    from bot.authors.danger_trial import trial_lines

    with report_errors():
        typer.echo("\n".join(trial_lines(read_settings().flows, file, misses=misses)))
