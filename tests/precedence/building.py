"""Builds states, each once in a process, and gives a scene in any of them.

It checks nothing by itself.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conftest import Time
from tests.danger_model.model_folder import with_model
from tests.precedence.parts import House
from tests.precedence.scene import Scene, Snapshot, copied
from tests.precedence.states import STATES, TOWN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Builder:
    """Keeps the states built so far in a folder; `empty` is a database with nobody in it."""

    def __init__(self, folder: Path, empty: Path) -> None:
        self._folder, self._empty = folder, empty
        self._flows = with_model(folder)
        self._kept: dict[str, Snapshot] = {}

    @asynccontextmanager
    async def scene(self) -> AsyncIterator[Scene]:
        """A bot with the town in its database."""
        (self._folder / "here").mkdir(exist_ok=True)
        file, time = self._folder / "here" / "checkin.db", Time()
        for old in file.parent.iterdir():
            old.unlink()
        # All states have the keys of the town: the bot reads them once.
        town = self._kept.get(TOWN)
        copied(town.file if town else self._empty, file)
        async with House(f"sqlite:///{file}", time, flows=self._flows) as house:
            assert isinstance(house, House)
            yield Scene(house, time, file)

    async def come_to(self, scene: Scene, name: str) -> None:
        """Brings a scene into a state: from what is kept, or as people come to it."""
        state = STATES[name]
        if name in self._kept:
            scene.restore(self._kept[name])
            return
        if state.base is not None:
            await self.come_to(scene, state.base)
        scene.look()
        await state.build(scene)
        if not state.in_memory:
            self._kept[name] = scene.save(self._folder)
            scene.restore(self._kept[name])
