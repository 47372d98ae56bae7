"""The fake fails as it is told to, and brings updates to a webhook as Telegram does."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from telegram import (
    Bot,
    Update,
    error,
)

from tests.support.telegram_fake import FakeTelegram, Person

# Failing


@pytest.mark.parametrize(
    ("kind", "expected", "said"),
    [
        ("400", error.BadRequest, []),
        ("403_blocked", error.Forbidden, []),
        ("429", error.RetryAfter, []),
        ("500", error.NetworkError, []),
        ("502_html", error.NetworkError, []),
        ("timeout", error.TimedOut, []),
        ("drop_before", error.NetworkError, []),
        ("drop_after", error.NetworkError, ["hi"]),
    ],
)
async def test_fault_happens_once_as_named(
    kind: str,
    expected: type[error.TelegramError],
    said: list[str],
    bot: Bot,
    telegram: FakeTelegram,
    sam: Person,
) -> None:
    telegram.faults.add(kind=kind, method="sendMessage", chat=sam.chat_id)
    await bot.send_message(telegram.person(started=True).chat_id, "to somebody else")
    with pytest.raises(expected):
        await bot.send_message(sam.chat_id, "hi")
    assert [b.text for b in sam.chat] == said
    assert [c.kind for c in telegram.faults.consumed] == [kind]
    assert telegram.calls[-1].outcome == f"fault {kind}"
    await bot.send_message(sam.chat_id, "and again")


async def test_fault_after_the_work_and_a_late_answer(
    bot: Bot, telegram: FakeTelegram, sam: Person
) -> None:
    telegram.faults.add(kind="500", method="sendMessage", after=True)
    with pytest.raises(error.NetworkError):
        await bot.send_message(sam.chat_id, "one")
    telegram.faults.add(kind="timeout", method="sendMessage")
    sending = asyncio.create_task(bot.send_message(sam.chat_id, "two"))
    assert await telegram.changes.until(lambda: len(telegram.faults.consumed) == 2, 2)
    assert [b.text for b in sam.chat] == ["one"]
    telegram.faults.release()
    await sending
    assert [b.text for b in sam.chat] == ["one", "two"]


# The webhook


class Hook:
    """A bot's webhook that answers what the test wants."""

    def __init__(self) -> None:
        self.status = 200
        self.texts: list[str] = []
        self.secrets: set[str | None] = set()
        self.meeting: asyncio.Barrier | None = None

    async def answer(self, request: web.Request) -> web.Response:
        update = Update.de_json(json.loads(await request.text()))
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        if self.meeting:
            await self.meeting.wait()
        if self.status == 200 and update.message:
            self.texts.append(update.message.text or "")
        return web.Response(status=self.status)


@pytest.fixture
async def hook(bot: Bot) -> AsyncIterator[Hook]:
    served, app = Hook(), web.Application()
    app.router.add_post("/hook", served.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await bot.set_webhook(address, secret_token="s-3")
    yield served
    await bot.delete_webhook()
    await runner.cleanup()


async def test_webhook_gets_each_chat_in_order(
    hook: Hook, bot: Bot, telegram: FakeTelegram, sam: Person
) -> None:
    for number in range(5):
        sam.say(str(number))
    await telegram.drained()
    assert (hook.texts, hook.secrets) == (["0", "1", "2", "3", "4"], {"s-3"})
    with pytest.raises(error.Conflict, match="while webhook is active"):
        await bot.get_updates()


async def test_webhook_gets_different_chats_at_once(
    hook: Hook, telegram: FakeTelegram, sam: Person
) -> None:
    hook.meeting = asyncio.Barrier(2)
    sam.say("one")
    telegram.person("Ali", started=True).say("two")
    await telegram.drained()
    assert sorted(hook.texts) == ["one", "two"]


async def test_webhook_that_fails_or_hangs_gets_it_again(
    hook: Hook, bot: Bot, telegram: FakeTelegram, sam: Person
) -> None:
    hook.status = 503
    sam.say("keep me")
    assert await telegram.redeliver() == 1
    tries = len(telegram.webhook.deliveries)
    sam.say("and me")  # waits behind the one that failed
    with pytest.raises(AssertionError, match="2 updates still wait"):
        await telegram.drained(within=0.05)
    assert len(telegram.webhook.deliveries) == tries
    assert (await bot.get_webhook_info()).last_error_message
    hook.status, hook.meeting = 200, asyncio.Barrier(2)  # nobody else comes: it hangs
    assert await telegram.redeliver() == 2
    hook.meeting = None
    assert await telegram.redeliver() == 0
    assert hook.texts == ["keep me", "and me"]
    await telegram.drained()
