"""The parts of `bot/concurrency.py`."""

from __future__ import annotations

import asyncio

import pytest

from bot.concurrency import BoundedDict, Drainer, cancelled


def test_the_newest_entries_are_kept() -> None:
    kept: BoundedDict[int, str] = BoundedDict(2)
    kept[1] = "a"
    kept[2] = "b"
    kept[1] = "c"
    kept[3] = "d"
    assert list(kept.items()) == [(1, "c"), (3, "d")]
    assert kept.setdefault(4, "e") == "e"
    assert kept.setdefault(3, "f") == "d"
    assert list(kept) == [3, 4]


async def test_one_task_drains_what_is_added_meanwhile() -> None:
    waiting, done, tasks = [1], [], set()

    async def drain() -> None:
        tasks.add(asyncio.current_task())
        while waiting:
            await asyncio.sleep(0)
            done.append(waiting.pop(0))

    drainer = Drainer(drain)
    assert not drainer.is_running
    drainer.wake()
    waiting.append(2)
    drainer.wake()
    await drainer.wait_idle()
    assert (done, len(tasks), drainer.is_running) == ([1, 2], 1, False)
    waiting.append(3)
    drainer.wake()
    await drainer.finish()
    assert (done, len(tasks)) == ([1, 2, 3], 2)


async def test_the_error_of_a_task_reaches_the_one_who_waits() -> None:
    async def fail() -> None:
        raise ValueError("no such")

    drainer = Drainer(fail)
    drainer.wake()
    with pytest.raises(ValueError, match="no such"):
        await drainer.wait_idle()
    drainer.wake()
    await drainer.finish()
    assert not drainer.is_running


async def test_a_task_ends_when_it_is_cancelled() -> None:
    drainer = Drainer(asyncio.Event().wait)
    await drainer.close()
    drainer.wake()
    await drainer.close()
    assert not drainer.is_running
    task = asyncio.ensure_future(asyncio.Event().wait())
    await cancelled(task)
    assert task.cancelled()
