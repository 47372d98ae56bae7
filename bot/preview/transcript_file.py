"""A preview saved as a transcript, which tests replay to see what changed.

The bot's text is compared word for word; invisible direction marks are not.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.i18n.bidi import clean
from bot.preview.preview_session import start
from bot.preview.scenario import (
    ActionKind,
    NotThere,
    PreviewAction,
    Scenario,
    Speaker,
    TranscriptLine,
    conversations,
)
from bot.schedule.plan import at_local
from bot.settings import CannotBeDone, Settings
from flows.engine.yaml_reader import yaml_files

_HEAD = """\
# A conversation that was played. It is held again by `make test`, and `checkin flows replay` shows
# what has changed since; `checkin flows replay --write` takes the new words over.
"""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Entry(_Strict):
    """One action or message. Only the participant's actions are read from a file."""

    tap: str | None = None
    button: str | None = None
    says: str | None = None
    waits: str | None = None
    bot: str | None = None
    why: str | None = None
    buttons: tuple[str, ...] = ()
    where: str | None = None
    glance: str | None = None
    date: str | None = None
    cleared: bool | None = None
    stuck: str | None = None

    @model_validator(mode="after")
    def _a_tap_names_its_button(self) -> Self:
        if (self.tap is None) != (self.button is None):
            raise ValueError("`tap:` and `button:` stand together")
        return self

    @property
    def act(self) -> PreviewAction | None:
        """The action of this entry, if it is one."""
        if self.button is not None:
            return PreviewAction(ActionKind.TAP, self.button)
        if self.says is not None:
            return PreviewAction(ActionKind.SAYS, self.says)
        return PreviewAction(ActionKind.WAITS, self.waits) if self.waits is not None else None


class TranscriptFile(_Strict):
    """The content of a transcript file."""

    flow: Literal["welcome", "before", "after"]
    language: str
    who: Literal["adult", "young"] = Field(alias="for")
    begins: dt.datetime
    zone: str = "Europe/London"
    country: str = "gb"
    org_name: str | None = None
    keep_months: int = 12
    told: Mapping[str, tuple[str, ...]] = {}
    talk: tuple[_Entry, ...]

    @property
    def scene(self) -> Scenario:
        """The scenario it starts with."""
        return Scenario(
            self.flow,
            at_local(self.begins.date(), self.begins.time(), self.zone),
            self.language,
            self.who == "young",
            dict(self.told),
            self.org_name,
            self.zone,
            self.country,
            self.keep_months,
        )

    @property
    def acts(self) -> list[PreviewAction]:
        """The participant's actions."""
        return [entry.act for entry in self.talk if entry.act is not None]


def read(file: Path) -> TranscriptFile:
    """Reads a transcript file.

    Raises:
        CannotBeDone: it is invalid; the message names why.
    """
    try:
        # As typed: `tap: Yes` is the word yes, as in the question files.
        found = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506
        return TranscriptFile.model_validate(found)
    except (yaml.YAMLError, UnicodeDecodeError, ValidationError) as error:
        raise CannotBeDone(f"{file.name}: {error}") from None


def written(scene: Scenario, lines: Iterable[TranscriptLine], stuck: str | None = None) -> str:
    """A conversation as the text of a file; `stuck` is why it could not continue."""
    local = scene.begins.astimezone(ZoneInfo(scene.zone))
    head: dict[str, Any] = {
        "flow": scene.flow,
        "language": scene.language,
        "for": "young" if scene.young else "adult",
        "begins": f"{local:%Y-%m-%d %H:%M}",
    }
    usual = Scenario(scene.flow, scene.begins)
    for name in ("zone", "country", "org_name", "keep_months"):
        if getattr(scene, name) != getattr(usual, name):
            head[name] = getattr(scene, name)
    if scene.told:
        head["told"] = {step: _Row(chosen) for step, chosen in scene.told.items()}
    talk = [_entry(line) for line in lines]
    if stuck is not None:
        talk.append({"stuck": stuck})
    parts = [_dumped(head), "talk:\n", *(f"\n{_dumped([entry])}" for entry in talk)]
    return _HEAD + "".join(parts)


async def replayed(file: Path, settings: Settings) -> tuple[str, str | None]:
    """The file's text if it were recorded now, and why it could not be replayed to its end.

    The same actions are performed; the bot's messages are those of now.

    Raises:
        CannotBeDone: it is no transcript.
        BrokenFlow, CatalogError: the questions or the language cannot be used.
    """
    script = read(file)
    play, stuck = await start(settings, script.scene), None
    try:
        for act in script.acts:
            await play.apply(act)
    except NotThere as error:
        stuck = str(error)
    finally:
        await play.close()
    return written(play.stage.scene, play.stage.lines, stuck), stuck


def diff(file: Path, now: str) -> str:
    """The difference between a file and a new recording, line by line; empty when equal."""
    then = file.read_text(encoding="utf-8").splitlines()
    lines = difflib.unified_diff(then, now.splitlines(), file.name, "said now", lineterm="", n=2)
    return "\n".join(lines)


async def replay(settings: Settings, *, write: bool) -> list[str]:
    """The differences to all saved transcripts; `write` updates the files.

    One that cannot be replayed to its end is left as it is: an author must change its actions.

    Raises:
        CannotBeDone, BrokenFlow, CatalogError: see `replayed`.
    """
    found: list[str] = []
    for file in yaml_files(conversations(settings)):
        now, stuck = await replayed(file, settings)
        if changed := diff(file, now):
            found.append(f"{changed}\n\n{file.name}: {stuck}" if stuck else changed)
            if write and not stuck:
                file.write_text(now, encoding="utf-8")
    return found


def _entry(line: TranscriptLine) -> dict[str, Any]:
    did, text = line.did, clean(line.text)
    if did is not None:
        whole = {ActionKind.TAP: {"tap": did.label, "button": did.value}}
        return whole.get(did.kind, {did.kind.value: did.value})
    if line.who is Speaker.BOT and line.message is not None:
        entry: dict[str, Any] = {"bot": text}
        if line.message.reason:
            entry["why"] = clean(line.message.reason)
        if line.keys:
            entry["buttons"] = _Row(clean(key.label) for key in line.keys)
        if line.step:
            entry["where"] = line.step
        return entry
    if line.who is Speaker.CLEARED:
        return {"cleared": True}
    return {("date" if line.who is Speaker.TIME else "glance"): text}


class _Row(list[str]):
    """A list written on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes text as it reads: line by line, in its own script."""


def _words(dumper: yaml.SafeDumper, said: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", said, style="|" if "\n" in said else "")


_Dumper.add_representer(str, _words)
_Dumper.add_representer(
    _Row, lambda dumper, row: dumper.represent_sequence("tag:yaml.org,2002:seq", row, True)
)


def _dumped(what: object) -> str:
    text: str = yaml.dump(what, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    return text
