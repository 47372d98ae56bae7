"""What keeps the bot from starting is said plainly; what may pass is waited for, ever longer.

A start that goes well is in every other test.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import time as system
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, build
from bot.settings import read_settings
from bot.store.tables.participant_tables import ParticipantRow
from bot.telegram.client import TOKEN_PATIENCE, InvalidTokenError
from bot.telegram.sending.rate_limiter import RateLimiter, Timer
from flows.engine import BrokenFlow
from tests.conftest import Time
from tests.support.cli_process import checkin, ended, files, from_cold, start
from tests.support.database.databases import PostgresServer
from tests.support.database.new_database import begin
from tests.support.participants import agree
from tests.support.running_bot import FLOWS, KEY, Running
from tests.support.telegram_fake import FakeTelegram

NOBODY = "http://127.0.0.1:9"
"""The discard port: nobody answers there."""


class Waits:
    """A timer that lets no time pass and remembers how long it was asked to wait."""

    def __init__(self, most: int = 1000) -> None:
        self.waited: list[float] = []
        self._most = most

    async def __call__(self, seconds: float) -> None:
        self.waited.append(seconds)
        if len(self.waited) >= self._most:
            raise asyncio.CancelledError
        await asyncio.sleep(0)

    def pace(self) -> RateLimiter:
        return RateLimiter(Timer(system.monotonic, self), overall=0, each_chat=0.0)


def _app(telegram: FakeTelegram, folder: Path, time: Time, waits: Waits, **settings: str) -> App:
    given = {
        "telegram_token": telegram.token,
        "telegram_api_url": telegram.url,
        "database_url": f"sqlite:///{folder / 'checkin.db'}",
        "secret_keys": KEY,
        **settings,
    }
    return build(read_settings(_env_file=None, **given), clock=time, pace=waits.pace())


# --- Telegram ------------------------------------------------------------------------------------


async def test_a_wrong_token_is_said_plainly(telegram: FakeTelegram, tmp_path: Path) -> None:
    process = await start(
        tmp_path, "run", telegram_token="1:wrong-and-secret", telegram_api_url=telegram.url
    )
    assert process.stderr is not None
    said = b""
    async with asyncio.timeout(30):
        while b"telegram.token_unknown" not in said:
            said = await process.stderr.readline()
    assert b"check=CHECKIN_TELEGRAM_TOKEN" in said
    process.send_signal(signal.SIGTERM)  # it goes on trying: Telegram may come to know it again
    done = await ended(process)
    assert done.code == 0
    assert "Traceback" not in done.err
    assert "wrong-and-secret" not in said.decode() + done.out + done.err


@pytest.mark.parametrize("kind", ["401", "404"])
@pytest.mark.parametrize("method", ["getMe", "deleteWebhook", "getUpdates"])
async def test_a_token_is_believed_unknown_only_after_minutes(
    method: str, kind: str, telegram: FakeTelegram, tmp_path: Path, time: Time
) -> None:
    waits = Waits()
    telegram.faults.add(kind=kind, method=method, times=8)
    app = _app(telegram, tmp_path, time, waits)
    task = asyncio.create_task(app.run(ticking=False))
    sam = telegram.person("Sam")
    sam.start()
    await sam.sees("I am a computer")  # a few minutes of it are nothing
    assert 60 < sum(waits.waited) < TOKEN_PATIENCE
    if method == "getUpdates":
        telegram.faults.add(kind=kind, method=method, times=None)
        sam.tap("18 or over")  # ends the call that waits
        with pytest.raises(InvalidTokenError):
            await task
        assert sum(waits.waited) > TOKEN_PATIENCE
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_an_unreachable_bot_api_is_tried_again_with_growing_pauses(
    telegram: FakeTelegram, tmp_path: Path, time: Time, capfd: pytest.CaptureFixture[str]
) -> None:
    waits = Waits(most=10)
    app = _app(telegram, tmp_path, time, waits, telegram_api_url=NOBODY)
    with pytest.raises(asyncio.CancelledError):
        await app.run(ticking=False)
    assert waits.waited == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    printed = capfd.readouterr()
    assert "telegram.unreachable" in printed.out + printed.err
    assert telegram.token not in printed.out + printed.err


@pytest.mark.parametrize("kind", ["drop_before", "502_html", "500", "429"])
async def test_once_telegram_is_back_people_are_answered(
    kind: str, telegram: FakeTelegram, tmp_path: Path, time: Time
) -> None:
    telegram.faults.add(kind=kind, method="getMe", times=3)
    waits = Waits()
    app = _app(telegram, tmp_path, time, waits)
    sam = telegram.person("Sam")
    sam.start()
    task = asyncio.create_task(app.run(ticking=False))
    await sam.sees("I am a computer")
    assert waits.waited[:3] == [1, 2, 4]
    telegram.faults.add(kind=kind, method="getUpdates", times=4, retry_after=7)
    sam.tap("18 or over")
    await sam.sees("Is it OK for")
    sam.tap("Yes, keep it")  # the failures are met one after another, none loses anything
    await sam.sees("Can anyone else see this phone")
    later = waits.waited[3:]
    assert later == sorted(later)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_menu_that_is_refused_keeps_nobody_from_talking(
    telegram: FakeTelegram, tmp_path: Path, time: Time
) -> None:
    telegram.faults.add(kind="400", method="setMyCommands", times=None)
    app = _app(telegram, tmp_path, time, Waits())
    task = asyncio.create_task(app.run(ticking=False))
    sam = telegram.person("Sam")
    sam.start()
    await sam.sees("I am a computer")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_the_real_command_talks_and_ends_on_a_signal(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    process = await start(
        tmp_path, "run", telegram_token=telegram.token, telegram_api_url=telegram.url
    )
    sam = telegram.person("Sam")
    sam.start()
    await sam.sees("the service that gave you this link", within=30)
    assert process.returncode is None
    process.send_signal(signal.SIGTERM)
    done = await ended(process)
    assert done.code == 0
    assert "Traceback" not in done.err
    for secret in (telegram.token, str(sam.chat_id), "Sam"):
        assert secret not in done.out + done.err
    assert files(tmp_path) == ["checkin.db", "checkin.db.key"]
    (line,) = [line for line in done.err.splitlines() if "event=bot.started" in line]
    for part in (
        "bot=@check_in_bot",
        f"database={tmp_path}/checkin.db",
        "place=gb",
        'organisation="not named"',
        "languages=en",
        "receives=polling",
    ):
        assert part in line


# --- questions, settings, database ---------------------------------------------------------------


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """A copy of the questions that a test may spoil."""
    folder = tmp_path / "flows"
    shutil.copytree(FLOWS, folder, ignore=shutil.ignore_patterns("*.py", "engine", "__pycache__"))
    return folder


async def test_a_broken_flow_never_starts_the_bot(
    telegram: FakeTelegram, tmp_path: Path, flows: Path
) -> None:
    with (flows / "before.yaml").open("a") as file:
        file.write("- id: b1\n  kind: shout\n  text: Twice.\n")
    (flows / "plan.yaml").unlink()
    done = await checkin(
        tmp_path,
        "run",
        telegram_token=telegram.token,
        telegram_api_url=telegram.url,
        flows=flows,
    )
    assert done.code == 2
    assert "The questions cannot be used yet:" in done.err
    lines = (flows / "before.yaml").read_text().count("\n")
    assert f"before.yaml:{lines - 1}" in done.err
    assert "plan.yaml" in done.err
    assert "Traceback" not in done.err
    assert telegram.calls == []
    assert not (tmp_path / "checkin.db").exists()


@pytest.mark.parametrize(
    "name",
    [p.name for p in sorted(FLOWS.glob("*.yaml"))],
)
async def test_a_missing_or_empty_file_is_named(
    name: str, telegram: FakeTelegram, tmp_path: Path, time: Time, flows: Path
) -> None:
    for spoil in (lambda path: path.write_text(""), Path.unlink):
        spoil(flows / name)
        with pytest.raises(BrokenFlow, match=name.partition(".")[0]):
            _app(telegram, tmp_path, time, Waits(), flows=str(flows))


async def test_wrong_settings_are_all_named_and_nothing_is_begun(tmp_path: Path) -> None:
    done = await from_cold(
        tmp_path,
        "run",
        telegram_token="hush",
        timezone="Mars/Olympus",
        database_url="oracle://x",
        keep_months="many",
    )
    assert done.code == 2
    for name in ("TELEGRAM_TOKEN", "TIMEZONE", "DATABASE_URL", "KEEP_MONTHS"):
        assert f"CHECKIN_{name}: " in done.err
    assert "hush" not in done.err
    assert files(tmp_path) == []


async def test_a_language_without_a_catalogue_is_named(tmp_path: Path) -> None:
    done = await checkin(tmp_path, "run", languages="en,tlh", telegram_token="1:a")
    assert done.code == 2
    assert "there is no language `tlh`" in done.err


async def test_a_database_that_is_behind_or_away_is_said_plainly(
    telegram: FakeTelegram, postgresql_server: PostgresServer, tmp_path: Path
) -> None:
    url = postgresql_server.url(await asyncio.to_thread(postgresql_server.create_database))
    given: dict[str, Any] = {
        "secret_keys": KEY,
        "telegram_token": telegram.token,
        "telegram_api_url": telegram.url,
    }
    done = await checkin(tmp_path, "run", database_url=url, **given)
    assert done.code == 2
    assert "run `checkin migrate`" in done.err
    away = url.replace(f":{postgresql_server.port}/", ":9/")
    done = await checkin(tmp_path, "workers", "list", database_url=away, secret_keys=KEY)
    assert done.code == 2
    assert "the database cannot be reached" in done.err
    assert "Traceback" not in done.err


async def test_a_wrong_key_is_said_plainly(telegram: FakeTelegram, tmp_path: Path) -> None:
    await begin(tmp_path)
    known: dict[str, Any] = {"telegram_token": telegram.token, "telegram_api_url": telegram.url}
    before = (tmp_path / "checkin.db").read_bytes()
    for key in (KEY, "short"):
        done = await checkin(tmp_path, "run", secret_keys=key, **known)
        assert done.code == 2
        assert "CHECKIN_SECRET_KEYS" in done.err
    (tmp_path / "checkin.db.key").unlink()
    done = await checkin(tmp_path, "run", **known)
    assert done.code == 2
    assert f"opens with {tmp_path}/checkin.db.key, which is not there" in done.err
    assert (tmp_path / "checkin.db").read_bytes() == before


# --- doctor --------------------------------------------------------------------------------------


async def test_doctor_says_what_is_well(running: Running, tmp_path: Path) -> None:
    sam = running.telegram.person("Sam")
    await agree(sam)
    settings = {k: v for k, v in running.settings.items() if k != "org_name"}
    done = await checkin(tmp_path, "doctor", now=running.clock(), **settings)
    assert (done.code, done.err) == (0, "")
    assert "questions   ok: " in done.out
    assert "database    ok: at " in done.out
    assert "telegram    ok: @check_in_bot" in done.out
    assert "people      1 active" in done.out
    for secret in (running.telegram.token, KEY, str(sam.chat_id), "Sam"):
        assert secret not in done.out
    assert len(await running.rows(ParticipantRow)) == 1


async def test_doctor_changes_nothing(tmp_path: Path) -> None:
    done = await checkin(tmp_path, "doctor")
    assert done.code == 0
    assert "no token" in done.out
    assert files(tmp_path) == []


async def test_doctor_says_what_to_do(telegram: FakeTelegram, tmp_path: Path) -> None:
    done = await checkin(
        tmp_path,
        "doctor",
        telegram_token="1:wrong",
        telegram_api_url=telegram.url,
        database_url="postgresql://u:hush@127.0.0.1:9/db",
        secret_keys=KEY,
    )
    assert done.code == 1
    assert "database    cannot be reached" in done.out
    assert "check CHECKIN_TELEGRAM_TOKEN" in done.out
    assert "hush" not in done.out
    done = await checkin(tmp_path, "doctor", telegram_token="1:a", telegram_api_url=NOBODY)
    assert done.code == 1
    assert "telegram    cannot be reached" in done.out
