"""A preview in progress: undo, change an answer, jump to a step, reload changed files.

Each of these starts a new simulation and replays what fits. Nothing is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bot.authors.problem_text import ProblemText, findings, mistakes
from bot.content.library import AFTER_FLOW_OF
from bot.i18n.catalog import CatalogError
from bot.preview.route_finder import AnswerPath, required_answers
from bot.preview.scenario import NotThere, PreviewAction, Scenario
from bot.preview.simulation import Simulation
from bot.settings import Settings
from flows.engine import BrokenFlow, Flow, Step
from flows.engine.yaml_reader import suggest, yaml_files


class PreviewSession:
    """A preview and its simulation.

    `wrong` names the mistakes in files that cannot be loaded, `hard` the texts that a running bot
    would refuse.
    """

    def __init__(self, settings: Settings, stage: Simulation) -> None:
        self.stage = stage
        self.wrong: tuple[ProblemText, ...] = ()
        self.hard = findings(settings.flows, settings.locales)
        self._settings = settings
        self._seen = _state_of(settings, stage.scene.language)
        self._later: list[PreviewAction] = []
        self._answering = ""

    async def close(self) -> None:
        """Discards the simulation."""
        await self.stage.close()

    @property
    def acts(self) -> list[PreviewAction]:
        """The actions so far."""
        return self.stage.acts

    async def apply(self, act: PreviewAction) -> None:
        """Performs one action; what followed an undone answer is replayed if it fits.

        Raises:
            NotThere: it is not possible here.
        """
        await self.stage.perform(act)
        if self._later and self.stage.at != self._answering:
            rest, self._later = self._later, []
            await replay(self.stage, rest)

    async def undo(self, number: int | None = None, *, keep: bool = False) -> None:
        """Undoes the last action or the one of this number, with all that followed it.

        With `keep`, what followed is replayed once the question is answered again.

        Raises:
            NotThere: there is none of that number.
        """
        number = len(self.acts) if number is None else number
        if not 1 <= number <= len(self.acts):
            raise NotThere(f"there is no answer {number}; there are {len(self.acts)}")
        there, before = self.acts[number - 1].at, self.acts[: number - 1]
        # All taps of a multiple-choice question belong together.
        while keep and before and before[-1].at == there != "":
            before.pop()
        rest = [act for act in self.acts[number:] if act.at != there]
        await self._afresh(before)
        if keep:
            self._later, self._answering = rest, there

    async def jump_to(self, name: str) -> None:
        """Goes to a step by its name, such as "b3" or "after/a3", along a route to it.

        Raises:
            NotThere: there is no such step, or it is never asked here.
        """
        flow, step = self._step(name)
        place = f"{flow.name}/{step.id}"
        was = list(self.acts)
        passed = next((n for n, act in enumerate(was) if act.at == place), None)
        if passed is not None:
            await self._afresh(was[:passed])
            return
        way = self.stage.way(place, required_answers(self.stage.flows, flow, step))
        if await self._travelled(flow, way):
            return
        scene = self.stage.scene
        before = next((b for b, a in AFTER_FLOW_OF.items() if a == flow.name), "")
        told = {p.partition("/")[2]: v for p, v in way.wanted.items() if p.startswith(f"{before}/")}
        begins = replace(scene, told=told) if scene.flow == "after" else scene
        for short in (False, True):
            await self._afresh((), begins)
            if await self._travelled(flow, replace(way, short=short)):
                return
        await self._afresh(was, scene)
        raise NotThere(f"`{place}` is never asked here: look at its `when:`")

    async def _travelled(self, flow: Flow, way: AnswerPath) -> bool:
        """Answers until a step of a flow waits, advancing time to the second check-in if needed."""
        after = self.stage.pair[1]
        if flow.name == after and not self.stage.at.startswith((f"{after}/", "phrases/hello")):
            with suppress(NotThere):
                await self.stage.to_hello(way)
        return await self.stage.travel(way)

    async def to_hello(self) -> None:
        """Answers the rest of the first check-in, and advances time to the follow-up.

        Raises:
            NotThere: there will be none.
        """
        self._later = []
        await self.stage.to_hello()

    async def reload(self) -> bool:
        """Reloads files saved meanwhile, at the same step if possible; whether any were.

        Mistakes are named in `wrong`, and then nothing changes.
        """
        state = _state_of(self._settings, self.stage.scene.language)
        if state == self._seen:
            return False
        self._seen = state
        try:
            await self._afresh(list(self.acts))
        except BrokenFlow as error:
            self.wrong = mistakes(error.problems)
        except CatalogError as error:
            self.wrong = tuple(ProblemText(line) for line in str(error).splitlines())
        self.hard = findings(self._settings.flows, self._settings.locales)
        return True

    async def _afresh(self, acts: Sequence[PreviewAction], scene: Scenario | None = None) -> None:
        old, self._later = self.stage, []
        self.stage = await _staged(self._settings, scene or old.scene)
        self.wrong = ()
        await old.close()
        await replay(self.stage, acts)

    def _step(self, name: str) -> tuple[Flow, Step]:
        named, _, step_id = name.rpartition("/")
        flows = self.stage.flows
        here = ["welcome"] if self.stage.scene.flow == "welcome" else []
        here += self.stage.pair
        for flow_name in here:
            if flow_name.startswith(named) and step_id in flows[flow_name].by_id:
                return flows[flow_name], flows[flow_name].by_id[step_id]
        known = [step.id for flow_name in here for step in flows[flow_name].steps]
        raise NotThere(f"there is no step `{name}`{suggest(step_id, known)}")


async def start(settings: Settings, scene: Scenario) -> PreviewSession:
    """Starts a preview.

    Raises:
        BrokenFlow: the questions cannot be used.
        CatalogError: there is no such language.
    """
    return PreviewSession(settings, await _staged(settings, scene))


async def replay(stage: Simulation, acts: Sequence[PreviewAction]) -> None:
    """Replays what fits: at each open step, the action recorded there."""
    rest = list(acts)
    while rest:
        found = next((n for n, act in enumerate(rest) if act.at == stage.at), None)
        if found is None:
            return
        try:
            await stage.perform(rest[found])
        except NotThere:
            return
        rest = rest[found + 1 :]


async def _staged(settings: Settings, scene: Scenario) -> Simulation:
    stage = Simulation(settings, scene)
    try:
        await stage.open()
    except BaseException:
        await stage.close()
        raise
    return stage


_State = tuple[tuple[str, int, int], ...]


def _state_of(settings: Settings, language: str) -> _State:
    """What shows that a file was saved: the times and sizes of all files of texts."""
    files: list[Path] = [
        *yaml_files(settings.flows),
        *yaml_files(settings.flows / "danger"),
        *yaml_files(settings.flows / "helplines"),
        *(settings.locales / language).rglob("*.*"),
    ]
    found: list[tuple[str, int, int]] = []
    for file in sorted(files):
        with suppress(FileNotFoundError):  # an editor replaces a file with a new one
            stat = file.stat()
            found.append((str(file), stat.st_mtime_ns, stat.st_size))
    return tuple(found)
