"""Receiving by webhook over real HTTP: 200 means committed, and nothing else is let in.

What is answered is tested elsewhere.
"""

from __future__ import annotations

import asyncio
import io
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.delivery_tables import OutboxRow, ProcessedUpdateRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.reliability.crash.bot_process import GUARD, BotProcess, SharedTime
from tests.reliability.crash.crash_participants import Town
from tests.support.database.databases import PostgresServer
from tests.support.participants import agree
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

SECRET = "a-secret-of-this-test"
HEADER = {"X-Telegram-Bot-Api-Secret-Token": SECRET}


def free_port() -> int:
    """A port on which nothing listens just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def by_webhook() -> dict[str, str]:
    """The settings that make a bot receive by webhook, on a free port."""
    address = f"127.0.0.1:{free_port()}"
    return {
        "webhook_url": f"http://{address}/updates",
        "webhook_secret": SECRET,
        "listen": address,
    }


class Served(Running):
    """A bot behind a webhook, and a client that calls it."""

    def __init__(self, telegram: FakeTelegram, database_url: str, time: Time) -> None:
        super().__init__(telegram, database_url, time, **by_webhook())
        self.url = str(self.settings["webhook_url"])
        self.root = self.url.removesuffix("/updates")
        self.client: aiohttp.ClientSession

    async def start(self) -> None:
        await super().start()
        self.client = aiohttp.ClientSession()
        assert await self.telegram.changes.until(lambda: bool(self.telegram.webhook.url), GUARD)

    async def stop(self) -> None:
        await super().stop()
        await self.client.close()
        self.telegram.webhook.url = ""  # as if nothing were delivered any more

    async def post(self, body: object, headers: dict[str, str] | None = None) -> int:
        """Posts something to the webhook's address; gives the status."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = HEADER if headers is None else headers
        async with self.client.post(self.url, data=io.BytesIO(data), headers=headers) as answer:
            await answer.read()
            return answer.status

    async def get(self, path: str) -> tuple[int, str]:
        """Gets a page."""
        async with self.client.get(self.root + path) as answer:
            return answer.status, await answer.text()

    async def seen(self) -> int:
        """How many updates have had their effect."""
        return len(await self.rows(ProcessedUpdateRow))


@pytest.fixture
async def served(telegram: FakeTelegram, database_url: str, time: Time) -> AsyncIterator[Served]:
    bot = Served(telegram, database_url, time)
    async with bot:
        yield bot


def _unsent(telegram: FakeTelegram, act: Any) -> dict[str, Any]:
    """An update that Telegram does not deliver: the test does."""
    url, telegram.webhook.url = telegram.webhook.url, ""
    update_id = act()
    update, _ = telegram.inbox.history[update_id]
    for waiting in [w for w in telegram.inbox.waiting if w.update_id == update_id]:
        telegram.inbox.forget(waiting)
    telegram.webhook.url = url
    return update


@asynccontextmanager
async def _locked(served: Served) -> AsyncIterator[None]:
    """Nobody can commit while this lasts."""
    async with served.bot.store.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(sa.text("LOCK TABLE updates_seen IN EXCLUSIVE MODE"))
        yield


async def _kim(telegram: FakeTelegram, served: Served) -> Person:
    kim = telegram.person("Kimberley")
    await agree(kim)
    return kim


async def test_a_conversation_by_webhook(telegram: FakeTelegram, served: Served) -> None:
    kim = await _kim(telegram, served)
    await kim.says("somewhere quiet")
    assert "going wrong" in kim.last.text
    assert {d.status for d in telegram.webhook.deliveries} == {200}
    assert await served.seen() == len(telegram.webhook.deliveries)
    assert set(telegram.inbox.allowed or ()) == {
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
    }


async def test_the_webhook_is_announced_whatever_goes_wrong(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    kinds = ("500", "502_html", "429", "drop_before", "drop_after", "400", "403_blocked")
    for kind in kinds:
        telegram.faults.add(kind=kind, method="setWebhook")
    held = telegram.faults.add(kind="timeout", method="setWebhook", after=True)
    sam = telegram.person("Sam")
    sam.start()
    bot = Served(telegram, database_url, time)
    starting = asyncio.create_task(bot.start())
    assert await telegram.changes.until(lambda: held.times == 0, GUARD)
    telegram.faults.release()
    await starting
    assert len(telegram.faults.consumed) == len(kinds) + 1
    await sam.sees("I am a computer")
    await bot.quiet()
    await bot.stop()


async def test_200_comes_only_after_the_commit(telegram: FakeTelegram, served: Served) -> None:
    kim = await _kim(telegram, served)
    before = len(telegram.webhook.deliveries)
    async with _locked(served):
        kim.say("somewhere quiet")
        for _ in range(20):  # the server is there all the while
            assert (await served.get("/metrics"))[0] == 200
        assert len(telegram.webhook.deliveries) == before
    await served.quiet()
    assert telegram.webhook.deliveries[-1].status == 200
    assert len(await served.rows(AnswerRow)) == 1


async def test_the_same_update_five_times_at_the_same_moment(
    telegram: FakeTelegram, served: Served
) -> None:
    kim = await _kim(telegram, served)
    update = _unsent(telegram, lambda: kim.say("somewhere quiet"))
    before = await served.seen()
    assert set(await asyncio.gather(*(served.post(update) for _ in range(5)))) == {200}
    assert await served.post(update) == 200
    await served.quiet()
    assert await served.seen() == before + 1
    assert sum("going wrong" in b.text for b in telegram.sent_to(kim.chat_id)) == 1
    assert len(await served.rows(AnswerRow)) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Telegram-Bot-Api-Secret-Token": ""},
        {"X-Telegram-Bot-Api-Secret-Token": SECRET[:-1]},
        {"X-Telegram-Bot-Api-Secret-Token": SECRET + "x"},
        {"X-Telegram-Bot-Api-Secret-Token": "ä" * len(SECRET)},
        {"Authorization": SECRET},
    ],
)
async def test_without_the_secret_nothing_is_taken(
    headers: dict[str, str], telegram: FakeTelegram, served: Served
) -> None:
    kim = telegram.person("Kim")
    update = _unsent(telegram, kim.start)
    assert await served.post(update, headers) == 403
    assert await served.seen() == 0
    assert telegram.sent_to(kim.chat_id) == []


async def test_what_is_no_update_is_refused(telegram: FakeTelegram, served: Served) -> None:
    kim = telegram.person("Kim")
    update = _unsent(telegram, kim.start)
    huge = {**update, "more": "x" * 2_000_000}
    bodies: list[object] = [b"", b"hello", b"\xff\xfe", b"[1]", b"{}", {"update_id": "1"}]
    for body in [*bodies, b"[" * 100_000, json.dumps(update).encode()[:-1], huge]:
        assert await served.post(body) == 400
    assert (await served.get("/updates"))[0] == 405
    assert (await served.get("/"))[0] == 404
    assert await served.seen() == 0
    assert await served.post(update) == 200
    assert await served.seen() == 1


async def test_health_and_numbers_name_nobody(
    telegram: FakeTelegram, served: Served, time: Time
) -> None:
    assert await served.get("/healthz") == (200, "ok")
    kim = await _kim(telegram, served)
    await kim.says("somewhere quiet")
    time.pass_(days=3)
    await served.tick()
    status, page = await served.get("/metrics")
    assert status == 200
    assert f"checkin_updates_total {float(await served.seen())}" in page
    assert 'checkin_replies_total{outcome="sent"}' in page
    (someone,) = await served.rows(ParticipantRow)
    for secret in (kim.chat_id, someone.id, "Kimberley", "somewhere", "quiet", SECRET):
        assert str(secret) not in page


async def test_503_while_the_database_is_away_and_nothing_is_lost(
    telegram: FakeTelegram, postgresql_server: PostgresServer, postgresql_template: str, time: Time
) -> None:
    name = await asyncio.to_thread(postgresql_server.create_database, postgresql_template)
    async with Served(telegram, postgresql_server.url(name), time) as served:
        kim = await _kim(telegram, served)
        await asyncio.to_thread(postgresql_server.stop)
        try:
            assert (await served.get("/healthz"))[0] == 503
            kim.say("somewhere quiet")
            kim.say("with a door")
            kim.say("that locks")
            assert await telegram.redeliver() == 3
            assert telegram.webhook.deliveries[-1].status == 503
            lee = telegram.person("Lee")
            update = _unsent(telegram, lambda: lee.start() and lee.say("HELP"))
            for _ in range(2):
                assert await served.post(update) in (200, 503)
            await lee.sees("In danger now? Call 999")
            assert len(telegram.sent_to(lee.chat_id)) == 1
            time.pass_(minutes=1)
        finally:
            await asyncio.to_thread(postgresql_server.start)
        while await telegram.redeliver():
            pass
        await served.quiet()
        assert (await served.get("/healthz"))[0] == 200
        async with served.bot.store.unit_of_work() as uow:
            person = (await uow.participants.load([kim.chat_id]))[kim.chat_id]
            assert person.open_checkin is not None
            words = person.open_checkin.session.answers["b1"].words or ""
        places = [words.find(part) for part in ("somewhere quiet", "with a door", "that locks")]
        assert -1 not in places
        assert places == sorted(places)


async def test_a_stop_answers_what_is_under_way(telegram: FakeTelegram, served: Served) -> None:
    kim = await _kim(telegram, served)
    update = _unsent(telegram, lambda: kim.say("somewhere quiet"))
    async with _locked(served):
        under_way = asyncio.create_task(served.post(update))
        for _ in range(20):
            await served.get("/metrics")
        stopping = asyncio.create_task(Running.stop(served))
        await asyncio.sleep(0)
        assert not under_way.done()
    assert await under_way == 200
    await stopping
    with pytest.raises(aiohttp.ClientConnectionError):
        await served.get("/healthz")
    await served.client.close()
    await served.start()
    assert len(await served.rows(AnswerRow)) == 1
    await kim.sees("going wrong")


async def test_a_process_stops_cleanly_while_people_talk(database_url: str, tmp_path: Path) -> None:
    time = SharedTime(tmp_path)
    async with FakeTelegram(clock=time) as telegram, AsyncExitStack() as at_the_end:
        town = Town(telegram, at_once=4)
        town.open()
        bot = BotProcess(telegram, database_url, time, **by_webhook())
        at_the_end.callback(bot.kill)
        for _ in range(2):
            announced = len(telegram.calls_of("setWebhook"))
            more = len(telegram.calls_of("sendMessage")) + 20
            bot.start()
            assert await town.until(
                lambda n=announced: len(telegram.calls_of("setWebhook")) > n,  # type: ignore[misc]
                GUARD,
            ), bot.log()
            telegram.webhook.try_again()  # the town goes on talking: it is never all delivered
            assert await town.until(
                lambda n=more: len(telegram.calls_of("sendMessage")) >= n,  # type: ignore[misc]
                GUARD,
            ), bot.log()
            assert await asyncio.to_thread(bot.stop) == 0, bot.log()
            assert "Traceback" not in bot.log()
        town.at_once = 0
        async with Running(telegram, database_url, time) as running:
            assert await town.until(lambda: not telegram.inbox.waiting, GUARD)
            time.pass_(minutes=2)
            await running.bot.outbox_sender.send()
            assert await town.until(lambda: all(t.done for t in town.people), GUARD)
            await running.quiet()
            await town.close()
            assert await running.rows(OutboxRow) == []
            seen = {row.update_id for row in await running.rows(ProcessedUpdateRow)}
            assert set(telegram.inbox.history) == seen
        assert telegram.complaints == []
