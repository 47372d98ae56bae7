"""How fast messages may go: three at once to a chat, then one a second; thirty in all.

Nothing is sent; only the moments at which it could be are looked at.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict

import pytest

from bot.telegram.sending.rate_limiter import FOLLOW_UP, REPLY, RateLimiter
from tests.reliability.crash.manual_timer import Hourglass


class Letters:
    """Messages that wait to go, and when each went."""

    def __init__(self, overall: int = 30) -> None:
        self.glass = Hourglass()
        self.pace = RateLimiter(self.glass.timer, overall=overall)
        self.went: list[tuple[float, int, int]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._lanes: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    def post(self, chat: int, urgency: int = REPLY) -> None:
        """Brings one message."""
        self._tasks.append(asyncio.create_task(self._go(chat, urgency)))

    async def _go(self, chat: int, urgency: int) -> None:
        async with self._lanes[chat]:  # as the sender does: one after another
            await self.pace.acquire(chat, urgency)
            self.went.append((self.glass.seconds, chat, urgency))

    async def all_gone(self) -> None:
        """Lets time pass until all have gone."""
        while not all(task.done() for task in self._tasks):
            await self.glass.to((self.glass.sleeping or [self.glass.seconds])[0])

    @property
    def moments(self) -> list[float]:
        return [at for at, _, _ in self.went]

    def most_in_a_second(self) -> int:
        """The most that went within any second, wherever it begins."""
        return max(sum(a <= b < a + 1.0 for b in self.moments) for a in self.moments)

    def most_beyond_one_a_second(self) -> float:
        """The most messages to one chat beyond one a second, over any stretch of time."""
        by_chat: dict[int, list[float]] = defaultdict(list)
        for at, chat, _ in self.went:
            by_chat[chat].append(at)
        return max(
            end - start + 1 - (each[end] - each[start])
            for each in by_chat.values()
            for start in range(len(each))
            for end in range(start, len(each))
        )


async def test_one_chat_gets_three_messages_at_once_and_then_one_a_second() -> None:
    letters = Letters()
    for _ in range(6):
        letters.post(1)
    await letters.all_gone()
    assert letters.moments == [0.0, 0.0, 0.0, 1.0, 2.0, 3.0]


async def test_a_chat_that_was_quiet_gets_three_at_once_again() -> None:
    letters = Letters()
    for at in (0.0, 2.0, 10.0):
        await letters.glass.to(at)
        for _ in range(3):
            letters.post(1)
    await letters.all_gone()
    assert letters.moments == [0.0, 0.0, 0.0, 2.0, 2.0, 3.0, 10.0, 10.0, 10.0]


async def test_thirty_a_second_go_in_all() -> None:
    letters = Letters()
    for chat in range(100):
        letters.post(chat)
    await letters.all_gone()
    assert letters.moments == [0.0] * 30 + [1.0] * 30 + [2.0] * 30 + [3.0] * 10


@pytest.mark.parametrize("seed", range(5))
async def test_both_limits_hold_whatever_comes_when(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same in every run
    letters = Letters()
    for _ in range(60):
        for _ in range(chance.randint(0, 12)):
            letters.post(chance.randrange(60), chance.choice([REPLY, FOLLOW_UP]))
        await letters.glass.to(letters.glass.seconds + chance.random() / 4)
    await letters.all_gone()
    assert letters.most_in_a_second() <= 30
    assert letters.most_beyond_one_a_second() <= 3 + 1e-9  # as near as such numbers come


async def test_replies_go_before_follow_ups_that_came_first() -> None:
    letters = Letters()
    for chat in range(90):
        letters.post(chat, FOLLOW_UP)
    await letters.glass.to(0.5)
    for chat in range(100, 120):
        letters.post(chat, REPLY)
    await letters.all_gone()
    assert [urgency for _, _, urgency in letters.went] == (
        [FOLLOW_UP] * 30 + [REPLY] * 20 + [FOLLOW_UP] * 60
    )


async def test_a_429_holds_one_chat_only() -> None:
    letters = Letters()
    letters.pace.block_chat(1, 7)
    letters.post(1)
    letters.post(2)
    await letters.glass.to(6.9)
    assert [chat for _, chat, _ in letters.went] == [2]
    await letters.all_gone()
    assert letters.went[-1][:2] == (7.0, 1)


async def test_a_shorter_hold_does_not_shorten_a_longer_one() -> None:
    letters = Letters()
    letters.pace.block_chat(1, 30)
    letters.pace.block_chat(1, 2)
    assert letters.pace.blocked_for(1) == 30


async def test_a_message_that_waited_long_is_not_followed_at_once() -> None:
    letters = Letters(overall=1)
    for chat in (1, 2, 3):
        letters.post(chat)
    letters.post(3)
    await letters.all_gone()
    assert letters.went[2:] == [(2.0, 3, REPLY), (3.0, 3, REPLY)]


async def test_one_that_gave_up_takes_nobodys_place() -> None:
    letters = Letters(overall=1)
    letters.post(1)
    letters.post(2)
    letters.post(3)
    await letters.glass.to(0.0)
    letters._tasks[1].cancel()
    await letters.all_gone()
    assert letters.went == [(0.0, 1, REPLY), (1.0, 3, REPLY)]


async def test_without_a_limit_nothing_waits() -> None:
    letters = Letters(overall=0)
    for chat in range(1000):
        letters.post(chat)
    await letters.glass.to(0.0)
    assert len(letters.went) == 1000
