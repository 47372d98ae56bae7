"""A play under way: going back, answering otherwise, jumping to a step, taking up changed files.

Each of these begins anew on another stage and does again what fits. Nothing is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bot.authors.problem_text import ProblemText, findings, mistakes
from bot.content.library import AFTER_FLOW_OF
from bot.i18n.tools.extraction import CatalogError
from bot.preview.route_finder import Route, required_answers
from bot.preview.scenario import NotThere, PreviewAction, Scenario
from bot.preview.simulation import Simulation
from bot.settings import Settings
from flows.engine import BrokenFlow, Flow, Step
from flows.engine.yaml_reader import suggest, yaml_files


class PreviewSession:
    """A play on its stage.

    `wrong` names the mistakes in files that cannot be taken up, `hard` the words that a running
    bot would not take up.
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
        """Throws away what was said."""
        await self.stage.close()

    @property
    def acts(self) -> list[PreviewAction]:
        """What was done so far."""
        return self.stage.acts

    async def apply(self, act: PreviewAction) -> None:
        """Does one thing; what came after an answer that was taken back is done again if it fits.

        Raises:
            NotThere: when it cannot be done here.
        """
        await self.stage.perform(act)
        if self._later and self.stage.at != self._answering:
            rest, self._later = self._later, []
            await replay(self.stage, rest)

    async def undo(self, number: int | None = None, *, keep: bool = False) -> None:
        """Takes back an act, the last or the one of this number, with all that came after it.

        With `keep`, what came after is done again once the question is answered anew.

        Raises:
            NotThere: when there is none of that number.
        """
        number = len(self.acts) if number is None else number
        if not 1 <= number <= len(self.acts):
            raise NotThere(f"there is no answer {number}; there are {len(self.acts)}")
        there, before = self.acts[number - 1].at, self.acts[: number - 1]
        # All taps of a question with several belong together.
        while keep and before and before[-1].at == there != "":
            before.pop()
        rest = [act for act in self.acts[number:] if act.at != there]
        await self._afresh(before)
        if keep:
            self._later, self._answering = rest, there

    async def jump_to(self, name: str) -> None:
        """Goes to a step by its name, such as "b3" or "after/a3", by what leads there.

        Raises:
            NotThere: when there is no such step, or it is never asked here.
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

    async def _travelled(self, flow: Flow, way: Route) -> bool:
        """Answers until a step of a flow waits, through the time before the second check-in."""
        after = self.stage.pair[1]
        if flow.name == after and not self.stage.at.startswith((f"{after}/", "phrases/hello")):
            with suppress(NotThere):
                await self.stage.to_hello(way)
        return await self.stage.travel(way)

    async def to_hello(self) -> None:
        """Answers what is left of the first check-in, and lets time pass until the hello.

        Raises:
            NotThere: when there will be none.
        """
        self._later = []
        await self.stage.to_hello()

    async def reload(self) -> bool:
        """Takes up files that were saved since, at the same place if it can; whether any were.

        Mistakes are named in `wrong`, and then all stays as it was.
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
    """A play at its beginning.

    Raises:
        BrokenFlow: when the questions cannot be used.
        CatalogError: when there is no such language.
    """
    return PreviewSession(settings, await _staged(settings, scene))


async def replay(stage: Simulation, acts: Sequence[PreviewAction]) -> None:
    """Does again what fits: at each step that waits, what was done there before."""
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
    """What tells that a file was saved: the times and sizes of all that may be said."""
    files: list[Path] = [
        *yaml_files(settings.flows),
        *yaml_files(settings.flows / "danger"),
        *yaml_files(settings.flows / "helplines"),
        *(settings.locales / language).rglob("*.*"),
    ]
    found: list[tuple[str, int, int]] = []
    for file in sorted(files):
        with suppress(FileNotFoundError):  # an editor puts a new file in the old one's place
            stat = file.stat()
            found.append((str(file), stat.st_mtime_ns, stat.st_size))
    return tuple(found)
