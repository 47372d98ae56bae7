"""A database as a bot's first start leaves it, with its key beside it, and nobody in it.

It checks nothing by itself.
"""

from __future__ import annotations

from pathlib import Path

from bot.clock import system_clock
from bot.content.loading import read_folder
from bot.settings import ROOT, read_settings
from bot.store.opening import begin_store


async def begin(folder: Path, name: str = "checkin.db") -> str:
    """Makes one in a folder; gives its address."""
    url = f"sqlite:///{folder / name}"
    store = begin_store(read_settings(_env_file=None, database_url=url))
    try:
        await store.open(system_clock(), read_folder(ROOT / "flows")[0].current.values())
    finally:
        await store.close()
    return url
