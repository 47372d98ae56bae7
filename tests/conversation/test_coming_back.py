"""Who comes back after a while is met before the question that waits is asked again.

What is typed to it then is tested elsewhere.
"""

from __future__ import annotations

import pytest

from tests.conftest import Time
from tests.support.participants import half_way
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram

WHERE = "Hello again. This is where we were."


@pytest.mark.parametrize("said", ["START", "/start", "yes"])
@pytest.mark.parametrize("days", [2, 200])
async def test_it_is_said_where_they_were(
    said: str, days: int, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam)
    time.pass_(days=days)
    await sam.says(said)
    assert sam.last.text.startswith(f"{WHERE}\n\n2 of 5.")


async def test_who_has_been_greeted_is_not_greeted_again(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam)
    time.pass_(days=2)
    await sam.says("the stairs are loud here")
    assert sam.last.text.startswith("Hello again.")
    await sam.taps("Carry on")
    assert sam.last.text.startswith("2 of 5.")


async def test_nothing_is_added_within_a_day(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam)
    time.pass_(hours=3)
    await sam.says("START")
    assert sam.last.text.startswith("2 of 5.")
