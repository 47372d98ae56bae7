"""What `checkin doctor` tells the one who runs it, and the exit code a monitor reads.

It changes nothing, which is tested too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pytest

from bot.cli.doctor.doctor import UNWELL, WELL, examine
from bot.messages.incoming import Command, IncomingUpdate
from bot.settings import read_settings
from bot.store.crypto.vault import new_master
from bot.store.repositories.people import follow_up_claims
from tests.conftest import Time
from tests.support.cli_process import from_cold
from tests.support.participants import Crowd, agree, allow_messages, before
from tests.support.running_bot import KEY, Running
from tests.support.telegram_fake import FakeTelegram, Person


async def examined(time: Time, url: str, **settings: Any) -> tuple[int, str]:
    """What the doctor finds, and its verdict."""
    given = {"database_url": url, "secret_keys": KEY, **settings}
    lines: list[str] = []
    verdict = await examine(read_settings(_env_file=None, **given), time, lines.append)
    return verdict, "\n".join(lines)


def of(telegram: FakeTelegram) -> dict[str, Any]:
    """The settings of a bot that Telegram knows."""
    return {"telegram_token": telegram.token, "telegram_api_url": telegram.url}


class Told(Protocol):
    """Looks at a database by the doctor."""

    async def __call__(self, time: Time, url: str, **settings: Any) -> tuple[int, str]:
        """What the doctor finds, and its verdict."""


@pytest.fixture
def told(telegram: FakeTelegram) -> Told:
    """The doctor of a bot that Telegram knows."""

    async def look(time: Time, url: str, **settings: Any) -> tuple[int, str]:
        return await examined(time, url, **{**of(telegram), **settings})

    return look


async def test_all_is_well(
    told: Told, telegram: FakeTelegram, running: Running, database_url: str, time: Time
) -> None:
    sam, kim = telegram.person("Samphire"), telegram.person("Kim")
    for person in (sam, kim):
        await agree(person)
        await allow_messages(person)
    await before(sam)
    await kim.says("stop")
    verdict, said = await told(
        time, database_url, telegram_token=telegram.token, telegram_api_url=telegram.url
    )
    assert verdict == WELL, said
    assert "database    ok: at 0" in said
    assert "people      1 active, 1 stopped" in said
    assert "follow-ups  2 dropped, 3 waiting; 0 due, 0 stuck" in said
    assert "replies     0 owed" in said
    assert "telegram    ok: @" in said
    for word in ("Samphire", str(sam.chat_id), "Somewhere", telegram.token, KEY):
        assert word not in said


async def test_what_is_due_and_late(told: Told, database_url: str, time: Time) -> None:
    async with Crowd(database_url, time) as crowd:
        phones = crowd.chats(3)
        await crowd.agree(phones)
        await crowd.allow_messages(phones)
        time.pass_(days=2)
        verdict, said = await told(time, database_url)
        assert (verdict, "3 due, 0 stuck" in said) == (WELL, True), "the next tick says them"
        time.pass_(minutes=16)
        verdict, said = await told(time, database_url)
        assert verdict == UNWELL
        assert "has been due since 2026-11-25 10:00:00+00:00: is the bot running?" in said
        await crowd.tick()
        assert (await told(time, database_url))[0] == WELL


async def test_what_is_stuck(told: Told, database_url: str, time: Time) -> None:
    async with Crowd(database_url, time) as crowd:
        phones = crowd.chats(3)
        await crowd.agree(phones)
        await crowd.allow_messages(phones)
        time.pass_(days=2)
        assert (
            len(await follow_up_claims.claim(crowd.store, time(), 2)) == 2
        )  # and the process is killed
        assert "1 due, 0 stuck" in (await told(time, database_url))[1]
        time.pass_(minutes=6)
        verdict, said = await told(time, database_url)
        assert verdict == UNWELL
        assert "1 due, 2 stuck" in said
        await crowd.tick()
        assert len(crowd.hellos) == 3, "the next tick takes them up again"
        assert (await told(time, database_url))[0] == WELL


async def test_what_is_uncertain_is_named(
    told: Told,
    telegram: FakeTelegram,
    running: Running,
    database_url: str,
    time: Time,
    sam_agreed: Person,
) -> None:
    sam = sam_agreed
    await allow_messages(sam)
    time.pass_(days=2)
    telegram.faults.add(kind="drop_after", method="sendMessage", chat=sam.chat_id)
    await running.tick()
    verdict, said = await told(time, database_url)
    assert "1 uncertain" in said
    assert "uncertain, never sent again: " in said
    assert verdict == WELL, "nothing can be done about it but knowing"


async def test_replies_owed_for_long(told: Told, database_url: str, time: Time) -> None:
    async with Crowd(database_url, time) as crowd:
        await crowd.dispatcher.process([IncomingUpdate(1, 10_001, Command("start"), time(), "en")])
        verdict, said = await told(time, database_url)
        assert (verdict, "replies     1 owed" in said) == (WELL, True)
        time.pass_(minutes=16)
        verdict, said = await told(time, database_url)
        assert verdict == UNWELL
        assert "1 owed, since 2026-11-23 10:00:00+00:00" in said


async def test_what_was_set_aside_is_named(
    told: Told, telegram: FakeTelegram, running: Running, database_url: str, time: Time
) -> None:
    sam = telegram.person("Sam")
    number = sam.start()
    await running.quiet()
    chat = {"id": sam.chat_id, "type": "private"}
    telegram.push({"update_id": number + 1, "message": {"chat": chat, "text": "canary"}})
    await running.quiet()
    _, said = await told(time, database_url)
    assert f"set aside   update {number + 1}: " in said
    assert "canary" not in said


# --- the database --------------------------------------------------------------------------------


async def test_a_database_that_is_behind(
    told: Told, empty_database_url: str, time: Time, tmp_path: Path
) -> None:
    if empty_database_url.startswith("sqlite"):
        (tmp_path / "checkin.db").touch()
    verdict, said = await told(time, empty_database_url)
    if empty_database_url.startswith("sqlite"):
        assert verdict == WELL
        assert "brings itself to" in said
    else:
        assert verdict == UNWELL
        assert "database    at nothing, needs 0" in said
        assert "run `checkin migrate`" in said


async def test_a_database_that_is_not_there_yet_is_not_made(
    told: Told, tmp_path: Path, time: Time
) -> None:
    file = tmp_path / "checkin.db"
    none = {"url": f"sqlite:///{file}", "secret_keys": ""}
    verdict, said = await told(time, telegram_token=None, **none)
    assert verdict == WELL
    assert f"database    none yet: {file} is made" in said
    verdict, said = await told(time, **none)  # with a token people write to it
    assert verdict == UNWELL
    assert f"there is none at {file}" in said
    assert list(_files(tmp_path)) == [], "neither a database nor a key"
    key = tmp_path / "checkin.db.key"
    key.touch()
    verdict, said = await told(time, telegram_token=None, **none)
    assert verdict == UNWELL
    assert f"{file} is gone, and there was one: {key} is still there" in said


async def test_a_database_that_is_away(told: Told, time: Time) -> None:
    verdict, said = await told(time, "postgresql://nobody@127.0.0.1:1/nothing")
    assert verdict == UNWELL
    assert "database    cannot be reached" in said


async def test_keys_that_do_not_open_the_database(
    told: Told, running: Running, telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    await agree(telegram.person("Sam"))
    verdict, said = await told(time, database_url, secret_keys=new_master())
    assert verdict == UNWELL
    assert "(or the key file beside it) does not open this database" in said
    verdict, said = await told(time, database_url, secret_keys="too-short")
    assert verdict == UNWELL
    assert "is not of the right form" in said


HOOK = {"webhook_url": "https://example.org", "webhook_secret": "hush"}

# --- Telegram ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "word", "verdict"),
    [
        ({}, "telegram    ok: @", WELL),
        ({"telegram_token": "123456789:BBnotThisOne"}, "does not know this token", UNWELL),
        ({"telegram_api_url": "http://127.0.0.1:1"}, "cannot be reached (NetworkError)", UNWELL),
        ({"telegram_token": None, **HOOK}, "no token, so nobody is answered", UNWELL),
    ],
)
async def test_the_bot_api_is_looked_at(
    told: Told, change: dict[str, Any], word: str, verdict: int, tmp_path: Path, time: Time
) -> None:
    found, said = await told(time, begun(tmp_path), **change)
    assert word in said
    assert found == verdict


async def test_a_bot_api_in_trouble(
    told: Told, telegram: FakeTelegram, tmp_path: Path, time: Time
) -> None:
    telegram.faults.add(kind="502_html", method="getMe", times=None)
    verdict, said = await told(time, begun(tmp_path))
    assert verdict == UNWELL
    assert "telegram    cannot be reached" in said


async def test_a_name_that_gives_away_what_this_is_about_is_named(
    told: Told, telegram: FakeTelegram, tmp_path: Path, time: Time
) -> None:
    empty = begun(tmp_path)
    telegram.bot |= {"first_name": "Leaf: sin hogar", "username": "oxford_helpline_bot"}
    verdict, said = await told(time, empty)
    assert "the name “oxford_helpline_bot” gives away: helpline" in said
    assert "the name “Leaf: sin hogar” gives away: sin hogar" in said
    assert verdict == WELL, "a wish, not a fault"
    telegram.bot |= {"first_name": "Robin", "username": "robin_says_hi_bot"}
    assert "gives away" not in (await told(time, empty))[1]


def begun(folder: Path) -> str:
    """The address of a database in which there is nothing yet."""
    (folder / "checkin.db").touch()
    return f"sqlite:///{folder / 'checkin.db'}"


# --- the command ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "code", "word"),
    [
        ({}, 0, "no token"),
        ({"database_url": "postgresql://nobody@127.0.0.1:1/x"}, 1, "cannot be reached"),
        ({"timezone": "Europe/Nowhere", "keep_months": "0"}, 2, "no time zone"),
    ],
)
async def test_the_exit_code_is_for_a_monitor(
    settings: dict[str, str], code: int, word: str, tmp_path: Path
) -> None:
    done = await from_cold(tmp_path, "doctor", languages="", **{"secret_keys": KEY, **settings})
    said = done.out + done.err
    assert done.code == code, said
    assert word in said
    assert "Traceback" not in said
    if code == 2:
        assert "CHECKIN_TIMEZONE" in said
        assert "CHECKIN_KEEP_MONTHS" in said, "every wrong setting at once"
    assert list(_files(tmp_path)) == []


async def test_what_people_are_not_told_before_their_yes_is_named(tmp_path: Path) -> None:
    names = ("org_name", "org_contact", "org_data_contact", "org_authority")
    bare = await from_cold(tmp_path, "doctor", languages="", secret_keys=KEY, org_name="")
    for name in names:
        assert f"set CHECKIN_{name.upper()}" in bare.out, name
    told = dict.fromkeys(names, "Aspen House")
    whole = await from_cold(tmp_path, "doctor", languages="", secret_keys=KEY, **told)
    assert "people are not told" not in whole.out


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())
