"""Floods, from one chat, of strangers, of made-up links: slowed, never let in, others served.

No pause is measured: time is the test's own, and what came first is told by order.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import deque
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest
from telegram import Bot

from bot.app import App, build
from bot.messages.callback_data import LONGEST_DATA, parse
from bot.messages.deep_links import new_token
from bot.messages.incoming import Command, IncomingUpdate, TextMessage, UpdateContent
from bot.messages.reply import Message, Reply
from bot.settings import Settings
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.delivery_tables import OutboxRow, ProcessedUpdateRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.telegram.receiving.flood_control import MOST_CHATS, FloodControl, TokenBuckets
from bot.telegram.receiving.webhook import HEADER, WebhookApp
from bot.telegram.sending.delivery import Delivery, DeliveryStatus
from bot.telegram.sending.pending_replies import MOST_STRANGERS
from bot.telegram.sending.rate_limiter import FOLLOW_UP, REPLY, STRANGER, RateLimiter, Timer
from bot.telegram.sending.sender import Sender
from bot.telegram.transport.http_transport import HttpTransport
from tests.conftest import Time
from tests.support.participants import agree
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person
from tests.telegram.test_rate_limiter import Letters

TOO_FAST = "That is too much at once for me"
CLOSED = "That link does not work any more"
HELLO = "I am a computer, not a person"
AT = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)


# --- the buckets ---------------------------------------------------------------------------------


def arriving(
    number: int, chat: int = 1, what: UpdateContent | None = None, after: float = 0
) -> IncomingUpdate:
    return IncomingUpdate(
        number, chat, what or TextMessage("hello"), AT + dt.timedelta(seconds=after)
    )


def let_in(limits: FloodControl, updates: list[IncomingUpdate], *, urgent: bool = False) -> int:
    return sum(limits.admit(each, lambda: urgent) for each in updates)


def test_sixty_at_once_then_one_a_second() -> None:
    limits = FloodControl()
    assert let_in(limits, [arriving(n) for n in range(500)]) == 60
    assert let_in(limits, [arriving(500 + n, after=n / 10) for n in range(101)]) == 10
    assert let_in(limits, [arriving(1000, chat=2)]) == 1


def test_what_was_sent_over_a_day_and_comes_in_a_heap_is_let_in() -> None:
    updates = [arriving(n, after=600 * n) for n in range(144)]
    assert let_in(FloodControl(), updates) == 144


def test_what_is_brought_again_is_not_counted_again() -> None:
    limits, again = FloodControl(), [arriving(n) for n in range(5)]
    assert [let_in(limits, again) for _ in range(100)] == [5] * 100


def test_what_is_urgent_is_heard_beside_a_flood_but_is_no_way_round() -> None:
    limits = FloodControl()
    let_in(limits, [arriving(n) for n in range(100)])
    assert let_in(limits, [arriving(200 + n) for n in range(100)], urgent=True) == 30


def test_memory_is_bounded_however_many_chats_come() -> None:
    limits = FloodControl()
    let_in(limits, [arriving(n, chat=n) for n in range(3 * MOST_CHATS)])
    assert len(limits.chats) == len(limits._known) == MOST_CHATS


def test_a_million_made_up_links() -> None:
    """From one chat ten; from as many chats six hundred, and ten a second after that."""
    one = [arriving(n, what=Command("start", new_token()), after=n / 100) for n in range(1000)]
    assert let_in(FloodControl(), one) == 10
    limits = FloodControl()
    many = [arriving(n, n + 1, Command("start", "x"), n // 1000) for n in range(20_000)]
    assert let_in(limits, many) == 600 + 19 * 10
    assert TokenBuckets(3, 1.0).try_take(1, 0.0)


@pytest.mark.parametrize(
    "data", ["x" * 65, "p:" + "a" * 100 + ":b:0", "p:" + "\u0660" * 63, "q:1:b1:1:" + "y" * 60]
)
def test_data_longer_than_telegram_has_is_no_button(data: str) -> None:
    assert len(data) > LONGEST_DATA
    assert parse(data) is None


# --- who waits for whom --------------------------------------------------------------------------


async def test_strangers_wait_for_everyone_else() -> None:
    letters = Letters(overall=10)
    for chat in range(200):
        letters.post(chat, STRANGER)
    for chat in range(1000, 1030):
        letters.post(chat, REPLY)
        letters.post(chat + 500, FOLLOW_UP)
    await letters.all_gone()
    order = [urgency for _, _, urgency in letters.went]
    # What went in the very first moment was alone there.
    assert order[10:].index(STRANGER) >= 60 - order[:10].count(REPLY) - order[:10].count(FOLLOW_UP)
    assert len(order) == 260


class _Held:
    """A timer on which nothing may go: whoever waits, waits."""

    @staticmethod
    async def sleep(_seconds: float) -> None:
        await asyncio.Event().wait()


@pytest.fixture
async def holding(telegram: FakeTelegram) -> AsyncIterator[tuple[Sender, list[Delivery]]]:
    told: list[Delivery] = []

    # The one message of this second has gone, so that no line is ever opened.
    pace = RateLimiter(Timer(lambda: 0.0, _Held.sleep), overall=1, _lately=deque([0.0]))
    async with Bot(telegram.token, base_url=f"{telegram.url}/bot", request=HttpTransport()) as bot:
        sender = Sender(bot, pace, told.append)
        yield sender, told
        await sender.close()


async def test_when_thousands_wait_more_strangers_are_let_drop_and_struck_off(
    holding: tuple[Sender, list[Delivery]],
) -> None:
    sender, told = holding
    for n in range(MOST_STRANGERS + 500):
        sender.send(Reply(n + 1, 10_000 + n, (Message("Hello."),), low_priority=True))
    assert len(sender.in_flight) == MOST_STRANGERS
    assert [d.status for d in told] == [DeliveryStatus.DROPPED] * 500
    sender.send(Reply(99_999, 5, (Message("Yours."),)))
    assert 99_999 in sender.in_flight


async def test_a_stranger_in_danger_is_let_drop_by_no_flood_of_greetings(
    telegram: FakeTelegram, holding: tuple[Sender, list[Delivery]]
) -> None:
    sender, told = holding
    for n in range(MOST_STRANGERS):
        sender.send(Reply(n + 1, 10_000 + n, (Message("Hello."),), low_priority=True))
    kim = telegram.person("Kim", started=True)
    said = (Message("You can call 999."),)
    sender.send(Reply(99_999, kim.chat_id, said, low_priority=True, urgent=True))
    await kim.sees("You can call 999.")
    assert [d.status for d in told] in ([], [DeliveryStatus.SENT])


async def test_what_waits_for_a_chat_that_passed_to_somebody_else_is_not_sent(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam", started=True)
    await running.bot.started.wait()
    sender = running.bot.sender
    for n in range(3):
        sender.send(Reply(n + 1, sam.chat_id, (Message(f"secret {n}"),)))
    sender.send(Reply(4, sam.chat_id, (Message("Hello."),), supersedes_queue=True))
    await running.bot.settled()
    assert [b.text for b in telegram.sent_to(sam.chat_id)] == ["Hello."]
    assert await running.rows(OutboxRow) == []


# --- a whole bot in a flood ----------------------------------------------------------------------


class Guarded(Running):
    """A bot with its limits on."""

    def put_together(self, settings: Settings) -> App:
        """A bot that waits for nothing but has its limits."""
        pace = RateLimiter(Timer(lambda: 0.0, _at_once), overall=0, each_chat=0.0)
        return build(settings, clock=self.clock, pace=pace)


async def _at_once(_seconds: float) -> None:
    await asyncio.sleep(0)


@pytest.fixture
async def guarded(telegram: FakeTelegram, database_url: str, time: Time) -> AsyncIterator[Guarded]:
    async with Guarded(telegram, database_url, time) as bot:
        yield bot


def said_to(person: Person, words: str) -> int:
    return sum(words in bubble.text for bubble in person.chat if bubble.from_bot)


async def test_danger_and_stop_beside_a_link_pass_where_links_are_used_up(
    telegram: FakeTelegram, guarded: Guarded
) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    for person in (sam, kim):
        await agree(person)
    link = f"https://t.me/{guarded.bot.env.address.username}?start=abc"
    for person in (sam, kim):
        for _ in range(12):
            await person.says(link)
        assert 0 < said_to(person, "That link does not work any more") < 12
    await sam.says(f"{link} I want to kill myself")
    assert "Samaritans" in sam.last.text
    await kim.says(f"STOP {link}")
    assert "I have stopped" in kim.last.text


async def test_a_flood_from_one_chat_is_told_once_and_stop_still_works(
    telegram: FakeTelegram, guarded: Guarded
) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    for person in (sam, kim):
        await agree(person)
    answers = len(await guarded.rows(AnswerRow))
    seen = len(await guarded.rows(ProcessedUpdateRow))
    for n in range(1000):
        sam.say(f"flood {n}")
    kim.say("Somewhere quiet")
    sam.say("I want to die")
    sam.say("HELP")
    await sam.says("stop")
    assert said_to(sam, TOO_FAST) == 1
    assert said_to(kim, "going wrong") == 1
    assert said_to(sam, "I am sorry it is this hard") == 1
    assert said_to(sam, "Here is who can help") == 1
    assert said_to(sam, "I have stopped") == 1
    assert len(await guarded.rows(ProcessedUpdateRow)) - seen <= 64
    assert len(await guarded.rows(AnswerRow)) - answers <= 60
    print(f"\n1000 at once: {len(await guarded.rows(ProcessedUpdateRow)) - seen} looked at")  # noqa: T201


async def test_made_up_links_from_one_chat(telegram: FakeTelegram, guarded: Guarded) -> None:
    eve, kim = telegram.person("Eve", started=True), telegram.person("Kim")
    for _ in range(50):
        eve.say(f"/start {new_token()}")
    kim.start()
    await guarded.quiet()
    assert said_to(eve, CLOSED) == 10
    assert said_to(eve, TOO_FAST) == 1
    assert said_to(kim, HELLO) == 1
    assert await guarded.rows(ParticipantRow) == []


async def test_many_strangers_and_somebody_in_the_middle(
    telegram: FakeTelegram, guarded: Guarded
) -> None:
    kim = telegram.person("Kim")
    await agree(kim)
    strangers = [telegram.person(f"S{n}") for n in range(150)]
    for stranger in strangers:
        stranger.start()
    await kim.says("Somewhere quiet")
    assert said_to(kim, "going wrong") == 1
    assert sum(said_to(s, HELLO) for s in strangers) == 150
    assert len(await guarded.rows(ParticipantRow)) == 1


# --- the webhook ---------------------------------------------------------------------------------


async def answered(web: WebhookApp, secret: bytes) -> tuple[int, int]:
    """The status of an update whose body never comes, and how often the body was asked for."""
    sent: list[dict[str, Any]] = []
    asked = 0

    async def receive() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(dict(message))

    headers = [(HEADER.lower().encode(), secret)]
    scope = {"type": "http", "method": "POST", "path": "/u", "headers": headers}
    await web.application({**scope, "query_string": b"", "http_version": "1.1"}, receive, send)
    return int(sent[0]["status"]), asked


@pytest.mark.parametrize(("secret", "status", "asked"), [(b"right", 408, 1), (b"wrong", 403, 0)])
async def test_a_body_that_does_not_come(
    running: Running, secret: bytes, status: int, asked: int
) -> None:
    bot = running.bot
    web = WebhookApp(bot.processor, bot.store, bot.metrics, "right", "/u", patience=0)
    assert await answered(web, secret) == (status, asked)
