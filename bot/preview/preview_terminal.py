"""The preview in a terminal, with commands for going back, jumping and advancing time.

Its own few texts are for the author.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

from bot.i18n.bidi import clean
from bot.i18n.localizer import truncate
from bot.messages.incoming import cleaned
from bot.preview.preview_session import PreviewSession, start
from bot.preview.scenario import (
    ActionKind,
    NotThere,
    PreviewAction,
    Scenario,
    Speaker,
    TranscriptLine,
    conversations,
)
from bot.preview.simulation import name_of
from bot.preview.transcript_file import written
from bot.settings import CannotBeDone, Settings
from bot.terminal.practice_database import PRACTICE
from bot.terminal.screen import Screen, picked

_LONGEST_ECHO = 60
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_ABOUT = """\
Nothing is kept. Answer in words or by number. Also:
  /back            take the last answer back        /back 3    back to before answer 3
  /if 3 No         what if answer 3 had been No: it is given anew, and the rest again where it fits
  /go b3           jump to a step                   /answers   what was answered so far
  /wait 2 weeks    let time pass                    /hello     until the next hello comes
  /save NAME       save this as a test              /look      take up files saved since
  /stop, /help and the other commands are the person's own; /quit ends."""


async def save(play: PreviewSession, settings: Settings, name: str) -> str:
    """Saves a preview as a transcript that the tests replay; returns a line with its path.

    Raises:
        CannotBeDone: the name is invalid or taken.
    """
    if not _NAME.fullmatch(name):
        raise CannotBeDone("a name of small letters, digits, - and _, such as: moved-house")
    folder = conversations(settings)
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.yaml"
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(written(play.stage.scene, play.stage.lines))
    except FileExistsError:
        raise CannotBeDone(f"{file.name} is there already: take another name") from None
    return f"{file}: `make test` holds it again from now on"


class PreviewTerminal:
    """One preview at a terminal."""

    def __init__(self, play: PreviewSession, settings: Settings, screen: Screen) -> None:
        self._play = play
        self._settings = settings
        self._screen = screen
        self._shown = 0
        self._commands: dict[str, Callable[[str], Awaitable[None]]] = {
            "back": self._back,
            "if": self._if,
            "go": self._go,
            "answers": self._answers,
            "wait": lambda rest: self._do(PreviewAction(ActionKind.WAITS, rest)),
            "hello": lambda _: self._play.to_hello(),
            "save": self._save,
            "look": self._look,
        }

    async def begin(self) -> None:
        """Shows the first messages."""
        self._screen.note(f"{PRACTICE}\n{_ABOUT}")
        if self._play.stage.standing.faults:
            for line in self._play.stage.standing.lines(1):
                self._screen.note(line)
        for text in self._play.stage.standing.waiting[:3]:
            self._screen.note(f"{text.context}: said as before its English changed")
        self._tell_mistakes()
        self._show()

    def _tell_mistakes(self) -> None:
        for told in (*self._play.wrong, *self._play.hard):
            for line in told.lines:
                self._screen.note(line)

    async def take(self, line: str) -> None:
        """Executes a line."""
        word, _, rest = line.removeprefix("/").partition(" ")
        stage = self._play.stage
        try:
            if line.startswith("/") and word in self._commands:
                await self._commands[word](rest.strip())
            elif (keys := self._screen.numbers(line)) is not None:
                for key in keys:
                    await self._do(PreviewAction(ActionKind.TAP, name_of(key)))
            else:
                await self._do(PreviewAction(ActionKind.SAYS, line))
        except CannotBeDone as error:
            self._screen.note(str(error))
        self._show(afresh=stage is not self._play.stage)

    async def _do(self, act: PreviewAction) -> None:
        await self._play.apply(act)

    async def _back(self, rest: str) -> None:
        if rest and not rest.isdecimal():
            raise NotThere("like this: /back, or /back 3")
        await self._play.undo(int(rest) if rest else None)

    async def _if(self, rest: str) -> None:
        number, _, answer = rest.partition(" ")
        if not number.isdecimal() or not answer:
            raise NotThere("like this: /if 3 No (/answers shows the numbers)")
        met = _met(self._play)
        await self._play.undo(int(number), keep=True)
        for act in self._meant(answer.strip()):
            await self._play.apply(act)
        new = [step for step in _met(self._play) if step not in met]
        gone = [step for step in met if step not in _met(self._play)]
        self._screen.note(f"asked now: {', '.join(new) or '-'}; no more: {', '.join(gone) or '-'}")

    def _meant(self, answer: str) -> list[PreviewAction]:
        """An answer by its buttons' numbers, its button's label or name, else as text."""
        lines = self._play.stage.open_lines
        if lines and (keys := picked(answer, lines[-1].keys)) is not None:
            return [PreviewAction(ActionKind.TAP, name_of(key)) for key in keys]
        for key in (key for line in lines for key in line.keys):
            if answer.casefold() in (name_of(key), key.label.casefold()):
                return [PreviewAction(ActionKind.TAP, name_of(key))]
        return [PreviewAction(ActionKind.SAYS, answer)]

    async def _go(self, rest: str) -> None:
        await self._play.jump_to(rest)

    async def _answers(self, _rest: str) -> None:
        for number, act in enumerate(self._play.acts, 1):
            self._screen.note(f"{number:>3}  {act.at:<22} {act.label or act.value}")

    async def _save(self, rest: str) -> None:
        self._screen.note(await save(self._play, self._settings, rest))

    async def _look(self, _rest: str) -> None:
        if not await self._play.reload():
            self._screen.note("no file was saved since")
        self._tell_mistakes()

    def _show(self, *, afresh: bool = False) -> None:
        """Shows what is new; after going back, the end of what is left."""
        lines = self._play.stage.lines
        if afresh:
            open_lines = self._play.stage.open_lines
            self._shown = lines.index(open_lines[0]) if open_lines else max(0, len(lines) - 1)
        for line in lines[self._shown :]:
            self._line(line)
            line.redrawn = False
        self._shown = len(lines)
        for line in self._play.stage.open_lines:
            if line.message is not None and line.redrawn:
                self._screen.message(line.message)
                line.redrawn = False

    def _line(self, line: TranscriptLine) -> None:
        match line.who:
            case Speaker.BOT if line.message is not None:
                self._screen.message(line.message)
            case Speaker.TIME:
                self._screen.date(line.text)
            case Speaker.CLEARED:
                self._screen.date("the chat was cleared")
            case Speaker.GLANCE:
                self._screen.toast(line.text)
            case _:
                self._screen.note(f"({line.act}) {truncate(clean(line.text), _LONGEST_ECHO)}")


def _met(play: PreviewSession) -> list[str]:
    return list(dict.fromkeys(line.step for line in play.stage.lines if line.step))


def play(settings: Settings, scene: Scenario, ask: Callable[[], str], screen: Screen) -> None:
    """Runs until the input ends.

    Raises:
        BrokenFlow, CatalogError: the questions or the language cannot be used.
    """
    with asyncio.Runner() as runner:
        begun_play = runner.run(start(settings, scene))
        player = PreviewTerminal(begun_play, settings, screen)
        try:
            runner.run(player.begin())
            while (line := cleaned(ask())).casefold() not in ("/quit", "/exit"):
                runner.run(player.take(line))
        except (EOFError, KeyboardInterrupt):
            pass
        finally:
            runner.run(begun_play.close())
        screen.note("\nClosed. Nothing of it is kept.")
