"""A link that is pasted works as one that is tapped, whatever stands around it; no other does."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bot.dispatch import pasted_links
from bot.messages.deep_links import new_token
from bot.messages.incoming import (
    Command,
    IncomingUpdate,
    TextMessage,
    UnsupportedMessage,
    UpdateContent,
)
from bot.store.tables.worker_tables import CaseRow, WorkerRow
from tests.conftest import Time
from tests.support.participants import TO_KEEP
from tests.support.worker_scenario import Office, an_office

BOT = "checkin_bot"
LINKS = (
    "https://t.me/{bot}?start={code}",
    "http://t.me/{bot}?start={code}",
    "t.me/{bot}?start={code}",
    "T.ME/{bot}/?start={code}",
    "https://telegram.me/{bot}?start={code}",
    "https://{bot}.t.me/?start={code}",
    "https://t.me/{bot}?utm=x&start={code}",
    "https://t.me/{bot}?start={code}&utm=x",
    "tg://resolve?domain={bot}&start={code}",
    "tg://resolve?start={code}&domain={bot}",
)
ROUND = (
    "{}",
    " {} ",
    "<{}>",
    "“{}”.",
    "({})",
    "{},",
    "Here it is: {}!",
    "my worker gave me this\n{}\nthank you",
    "\u200f{}\u200f",
    "嗨{}",
    "{} {}",
)
STARTS = ("{}.", "“{}”", " {} ", "{},", "<{}>", "{}!", "https://t.me/checkin_bot?start={}.")


def ways(code: str, bot: str = BOT) -> list[UpdateContent]:
    """Every way of writing a link that is not a tap."""
    links = [link.format(bot=bot, code=code) for link in LINKS]
    written: list[UpdateContent] = [
        TextMessage(env.format(link, link)) for link in links for env in ROUND
    ]
    if bot == BOT:
        written += [Command("start", env.format(code)) for env in STARTS]
    return [*written, UnsupportedMessage("forwarded", f"For you: {links[0]}")]


async def test_every_way_of_writing_a_link_is_a_tap(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        office.env.address.username = BOT
        for number in range(6):
            code = random.Random(number).choice(["-", "_", "a"]) + new_token()[1:]  # noqa: S311
            for what in [*ways(code), *ways(code, "Checkin_Bot")[:-1]]:
                opened = pasted_links.as_opened(_arrival(what, time), office.env)
                assert opened == _arrival(Command("start", code), time), what
            for what in [*ways(code, "other_bot"), TextMessage(code), TextMessage("start=" + code)]:
                assert pasted_links.as_opened(_arrival(what, time), office.env).content == what


@pytest.mark.parametrize("who", ["person", "worker"])
async def test_a_pasted_link_lets_in(who: str, database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        office.env.address.username = BOT
        sam = await office.worker("Sam")
        pick = random.Random(7)  # noqa: S311
        for joined in range(1, 7):
            phone = office.phone()
            code = await (office.link(sam) if who == "person" else office.invite("Ali"))
            what = pick.choice(ways(code))
            await office.act([(phone, replace(what))])
            if who == "person":
                for choice in TO_KEEP:
                    await office.all([phone], choice)
            assert await _let_in(office, who) == joined, what


async def test_what_is_urgent_in_it_comes_first(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        office.env.address.username = BOT
        sam = await office.worker("Sam")
        code = await office.link(sam)
        link = f"https://t.me/{BOT}?start={code}"
        for words in ("stop", "STOP.", "help", "I want to kill myself"):
            alone, beside = office.phone(), office.phone()
            await office.say(alone, words)
            await office.say(beside, f"{words} {link}")
            assert beside.said == alone.said
        (case,) = await office.rows(CaseRow)
        assert case.holder is None  # nobody was let in on the way


async def test_a_link_of_another_bot_does_nothing(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        office.env.address.username = BOT
        sam, kim = await office.worker("Sam"), office.phone()
        code = await office.link(sam)
        await office.say(kim, f"https://t.me/other_bot?start={code}")
        (case,) = await office.rows(CaseRow)
        assert case.holder is None
        assert "Hello. I am a computer" in kim.said


def _arrival(what: UpdateContent, time: Time) -> IncomingUpdate:
    return IncomingUpdate(1, 1, what, time())


async def _let_in(office: Office, who: str) -> int:
    if who == "worker":
        return await office.count(WorkerRow) - 1
    return await office.count(CaseRow, CaseRow.joined_at.is_not(None))
