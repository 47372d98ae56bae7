"""`checkin workers` as an operator types it: what it prints, and what it says when it cannot.

What an invite leads to is in `test_worker_road`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Time
from tests.support.cli_process import Ended, checkin
from tests.support.database.new_database import begin
from tests.support.telegram_fake import FakeTelegram


@pytest.fixture(autouse=True)
async def _begun(tmp_path: Path) -> None:
    await begin(tmp_path)


async def test_invite_and_list(tmp_path: Path, time: Time) -> None:
    async with FakeTelegram(clock=time) as telegram:
        given: dict[str, Any] = {
            "telegram_token": telegram.token,
            "telegram_api_url": telegram.url,
        }
        done = await checkin(tmp_path, "workers", "invite", "Sam", "--lead", **given)
    assert (done.code, done.err) == (0, "")
    link, _, token = done.out.strip().partition("?start=")
    assert link.startswith("https://t.me/")
    assert len(token) == 24
    listed = await checkin(tmp_path, "workers", "list")
    assert (listed.code, listed.err) == (0, "")
    assert "Sam  (invited as lead, until" in listed.out


async def test_nobody_yet(tmp_path: Path) -> None:
    listed = await checkin(tmp_path, "workers", "list")
    assert (listed.code, listed.err) == (0, "")
    assert "no workers yet" in listed.out


def plainly(done: Ended, words: str) -> None:
    """It says what is wrong, and no traceback."""
    assert done.code == 2, done.err
    assert done.out == ""
    assert words in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("invite", "Sam"), "CHECKIN_TELEGRAM_TOKEN is not set"),
        (("invite", "  "), "a worker's name has 1 to 60 letters"),
        (("invite", "S" * 61), "a worker's name has 1 to 60 letters"),
        (("remove", "3"), "no such worker"),
        (("remove", "3", "--to", "3"), "no such worker"),
    ],
)
async def test_what_cannot_be_done_is_said_plainly(
    typed: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    plainly(await checkin(tmp_path, "workers", *typed), words)


async def test_telegram_that_cannot_be_reached(tmp_path: Path) -> None:
    given: dict[str, Any] = {
        "telegram_token": "123456:abc",
        "telegram_api_url": "http://127.0.0.1:9",
    }
    done = await checkin(tmp_path, "workers", "invite", "Sam", **given)
    plainly(done, "Telegram cannot be reached")
