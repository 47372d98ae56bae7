"""A lead who is about to remove a worker.

It checks nothing by itself.
"""

from __future__ import annotations

from bot.store.tables.worker_tables import WorkerRow
from tests.support.worker_scenario import Ear, Office

NOT_CLEAR = ("cool", "yes?", "yes 🤔", "go on then")


async def active(office: Office) -> int:
    """How many workers there are."""
    return sum(row.standing == "active" for row in await office.rows(WorkerRow))


async def about_to_remove(office: Office) -> tuple[Ear, str]:
    """A lead who is asked whether to remove Sam; and what they are asked."""
    lou = await office.worker("Lou", lead=True)
    sam = await office.worker("Sam")
    await asks_to_remove(office, lou, sam)
    return lou, lou.said


async def asks_to_remove(office: Office, lou: Ear, sam: Ear) -> None:
    """Comes to the question whether to remove Sam."""
    await office.does(lou, "mate", await office.number(sam))
    await office.act([(lou, lou.does("fire"))])
    assert lou.said == office.words("w_remove_check_none", name="Sam")
