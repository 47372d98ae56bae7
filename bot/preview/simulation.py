"""Simulates one invented participant with the real bot, on a temporary store in memory.

It only goes forward; going back is a restart (see `preview_session`).
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.content.library import AFTER_FLOW_OF
from bot.content.loading import read_folder
from bot.i18n.bidi import clean
from bot.i18n.localizer import Languages
from bot.languages.environment_loader import load_environment
from bot.languages.offering import load_unchecked
from bot.messages.callback_data import WorkerButton, parse
from bot.messages.incoming import ButtonPress, Command, cleaned
from bot.messages.renderer import ON
from bot.messages.reply import InlineButton, Message, Reply
from bot.preview.route_finder import AnswerPath, find_route
from bot.preview.scenario import (
    HELLO,
    ActionKind,
    NotThere,
    PreviewAction,
    Scenario,
    Speaker,
    TranscriptLine,
)
from bot.settings import ROOT, Settings
from bot.store.crypto.vault import Vault, new_master
from bot.store.database import Database
from bot.terminal.local_chat import LocalChat, OffsetClock, later, understood
from flows.engine import Flow

IN_MEMORY = "sqlite:///:memory:"
_MOST_ON_THE_WAY = 200
_ONWARD = ("open", "alone", "carry_on")
"""Phrase buttons that lead on: under an opening message, and where phone privacy is asked."""


class Simulation:
    """A running scenario. `lines` is the transcript, `acts` the participant's actions."""

    def __init__(self, settings: Settings, scene: Scenario) -> None:
        """Reads the questions.

        Raises:
            BrokenFlow: they cannot be used.
            CatalogError: there is no such language.
        """
        settings = settings.model_copy(
            update={
                "org_name": scene.org_name,
                "timezone": scene.zone,
                "country": scene.country,
                "keep_months": scene.keep_months,
            }
        )
        library, _ = read_folder(settings.flows)
        folders = (settings.flows, settings.locales)
        self.localizer, self.standing = load_unchecked(library, *folders, scene.language)
        self.scene = scene
        self.flows: Mapping[str, Flow] = library.current
        self.phrases = library.phrases
        self.acts: list[PreviewAction] = []
        self.lines: list[TranscriptLine] = []
        self._from = 0
        self._clock = OffsetClock(lambda: scene.begins)
        self._talk = LocalChat(
            load_environment(settings, Languages([self.localizer])),
            Database(IN_MEMORY, Vault([new_master()]), ROOT / "alembic"),
            self._clock,
            self._replied,
            self._said_first,
            scene.language,
        )

    async def open(self) -> None:
        """Does what comes before the scenario, unseen: consent, and for AFTER a whole BEFORE."""
        await self._talk.open()
        await self._talk.receive(Command("start"))
        before, _ = self.pair
        way = self.way(wanted={f"{before}/{k}": v for k, v in self.scene.told.items()})
        if self.scene.flow != "welcome":
            await self._until((before,), way)
            self._forget(len([line for line in self.lines if line.step.startswith(f"{before}/")]))
        if self.scene.flow == "after":
            await self._until(("",), way)
            await self._talk.advance_to_next_follow_up()
            self._forget(1)

    async def close(self) -> None:
        """Discards the store."""
        await self._talk.close()

    # --- its state ---------------------------------------------------------------------------

    @property
    def pair(self) -> tuple[str, str]:
        """The names of this participant's two check-ins."""
        audience = "young" if self.scene.young else "adult"
        return next((b, a) for b, a in AFTER_FLOW_OF.items() if self.flows[b].audience == audience)

    @property
    def now(self) -> str:
        """The simulated date and time, in the scenario's language."""
        return self.localizer.format_datetime(self._clock(), self.scene.zone)

    def written_at(self, step: str) -> str:
        """The file and line of a step's or phrase's text, such as "before.yaml:24"."""
        name, _, rest = step.partition("/")
        if (flow := self.flows.get(name)) is not None:
            found = flow.by_id.get(rest)
            return f"{name}.yaml:{found.line}" if found else ""
        phrase = self.phrases.said.get(rest)
        return f"{phrase.text.file}:{phrase.text.line}" if phrase else ""

    @property
    def open_lines(self) -> list[TranscriptLine]:
        """The messages whose buttons can be tapped now."""
        return [line for line in self.lines[self._from :] if line.keys]

    @property
    def at(self) -> str:
        """The step or phrase that waits for an answer, such as "before/b1"; empty if none does."""
        asking = self.open_lines
        return asking[-1].step if asking else ""

    def way(self, to: str = "", wanted: Mapping[str, tuple[str, ...]] | None = None) -> AnswerPath:
        """A route to a step, for this participant."""
        return AnswerPath(self.scene.language, self.scene.young, to, wanted or {})

    def button(self, name: str) -> InlineButton | None:
        """The button of this name that can be tapped now; the newest message first."""
        for line in reversed(self.open_lines):
            for key in line.keys:
                if name_of(key) == name:
                    return key
        return None

    # --- actions -----------------------------------------------------------------------------

    async def perform(self, act: PreviewAction) -> None:
        """Performs one action.

        Raises:
            NotThere: it is not possible here.
        """
        at = self.at
        match act.kind:
            case ActionKind.TAP:
                await self._tap(act.value, at)
            case ActionKind.SAYS:
                did = self._did(PreviewAction(ActionKind.SAYS, cleaned(act.value), at=at))
                self.lines.append(
                    TranscriptLine(Speaker.PERSON, did.value, did=did, act=len(self.acts))
                )
                await self._talk.receive(understood(did.value))
            case ActionKind.WAITS:
                await self._wait(act.value, at)

    async def travel(self, way: AnswerPath) -> bool:
        """Answers question after question until the route's end waits.

        False if it is never asked.
        """
        for _ in range(_MOST_ON_THE_WAY):
            if self.at == way.to:
                return True
            if not await self.step(way):
                return False
        return False

    async def step(self, way: AnswerPath) -> bool:
        """Answers the current question so that it leads on; False if that is impossible."""
        name, _, step_id = self.at.partition("/")
        step = self.flows[name].by_id.get(step_id) if name in self.flows else None
        if step is None:
            name = next((name for name in _ONWARD if self.button(name)), "")
            if name:
                await self.perform(PreviewAction(ActionKind.TAP, name))
            return bool(name)
        offered = [name_of(key) for line in self.open_lines for key in line.keys]
        for act in find_route(self.flows[name], step, offered, way):
            await self.perform(act)
        return True

    async def to_hello(self, way: AnswerPath | None = None) -> None:
        """Answers the rest of the first check-in, and advances time to the follow-up.

        Raises:
            NotThere: there will be none.
        """
        after = self.pair[1]
        if not self.at.startswith(f"{after}/"):
            await self._until(("", after), way or self.way())
            if self.at.startswith(f"{after}/"):
                return  # the current question was asked on the way into it
        await self.perform(PreviewAction(ActionKind.WAITS, HELLO))

    # --- how ---------------------------------------------------------------------------------

    async def _until(self, flows: tuple[str, ...], way: AnswerPath) -> None:
        """Answers until one of these flows is reached; "" is where no question is open."""
        for _ in range(_MOST_ON_THE_WAY):
            if self.at.partition("/")[0] in flows or not await self.step(way):
                break

    def _forget(self, but: int) -> None:
        """Removes all but the last lines from the transcript."""
        self.lines, self.acts, self._from = self.lines[len(self.lines) - but :], [], 0
        for line in self.lines:
            line.act = None

    def _did(self, act: PreviewAction) -> PreviewAction:
        self.acts.append(act)
        return act

    async def _tap(self, name: str, at: str) -> None:
        key = self.button(name)
        if key is None:
            there = [name_of(key) for line in self.open_lines for key in line.keys]
            raise NotThere(f"there is no button `{name}` here; there is: {', '.join(there)}")
        label = key.label.replace(ON, "")
        did = self._did(PreviewAction(ActionKind.TAP, name, clean(label), at))
        self.lines.append(TranscriptLine(Speaker.PERSON, did.label, did=did, act=len(self.acts)))
        await self._talk.receive(ButtonPress(key.data, message_id=0))

    async def _wait(self, how_long: str, at: str) -> None:
        hello = how_long == HELLO
        end = None if hello else later(self._clock(), how_long, self.scene.zone)
        if end is None and not hello:
            raise NotThere("wait like this: 2 weeks (minutes, hours, days, months), or: hello")
        did = PreviewAction(ActionKind.WAITS, how_long, at=at)
        before = len(self.lines)
        if end is not None:
            await self._talk.wait(end)
        elif not await self._talk.advance_to_next_follow_up():
            raise NotThere("nothing is going to be said unasked")
        self._did(did)
        self.lines.insert(
            before, TranscriptLine(Speaker.PERSON, how_long, did=did, act=len(self.acts))
        )
        if self.lines[-1].did is did or end is not None:
            self._date()

    def _replied(self, reply: Reply) -> None:
        open_lines = self.open_lines
        if reply.toast:
            self.lines.append(TranscriptLine(Speaker.GLANCE, reply.toast))
        if reply.edit_keyboard_only and reply.messages and open_lines:
            open_lines[-1].message, open_lines[-1].redrawn = reply.messages[0], True
            return
        if reply.chosen_label is not None and reply.button_press is not None:
            for line in open_lines:
                if any(key.data == reply.button_press.data for key in line.keys):
                    line.chosen, line.act = reply.chosen_label, len(self.acts)
        if reply.clear is not None:
            self.lines.append(TranscriptLine(Speaker.CLEARED, ""))
        if reply.messages:
            self._from = len(self.lines)
            # Nothing is left of a cleared chat in the simulation, so the first message about it is
            # true.
            messages = reply.messages[:1] if reply.clear else reply.messages
            self.lines += [TranscriptLine(Speaker.BOT, m.text, m) for m in messages]

    def _said_first(self, message: Message) -> None:
        self._date()
        self._from = len(self.lines)
        self.lines.append(TranscriptLine(Speaker.BOT, message.text, message))

    def _date(self) -> None:
        self.lines.append(TranscriptLine(Speaker.TIME, self.now))


def name_of(key: InlineButton) -> str:
    """The name of a button, whatever it is under: of `+talk` and `-talk` it is `talk`."""
    button = parse(key.data)
    if button is None or isinstance(button, WorkerButton):
        return key.data
    return button.choice.lstrip("+-")
