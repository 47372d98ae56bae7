"""Eight digits do what a card's link does, once; wrong ones never do anything, and are few."""

from __future__ import annotations

import random
import re

import pytest

from bot.domain.states import ParticipantState
from bot.messages.card_digits import digits_in
from bot.messages.incoming import Command, TextMessage
from bot.messages.reply import CardSheet, QrCode
from bot.store.repositories.work.code_attempts import MOST_BY_ALL, SLOW_BY_ALL
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.identity_tables import CodeAttemptRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import CaseRow
from tests.conftest import Time
from tests.support.participants import TO_KEEP, everything
from tests.support.worker_scenario import Ear, Office, an_office, token_in

SCRIPTS = "0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "০১২৩৪৫৬৭৮৯", "०१२३४५६७८९"


def digits_of(worker: Ear) -> str:
    """The digits that a worker was shown last with a link."""
    (shown,) = [m.text for m in worker.messages if isinstance(m.attachment, QrCode)]
    found = re.search(r"\b(\d{4}) (\d{4})\b", shown)
    assert found is not None
    return found[1] + found[2]


def written(digits: str, pick: random.Random) -> str:
    """The same digits as somebody types them."""
    script = pick.choice(SCRIPTS)
    said = "".join(script[int(digit)] for digit in digits)
    between = pick.choice(["", " ", "-", "\u00a0", "–"])
    said = said[:4] + between + said[4:]
    return pick.choice(["{}", " {} ", "{}\n", "\u200f{}"]).format(said)


async def joined(office: Office) -> int:
    return await office.count(CaseRow, CaseRow.joined_at.is_not(None))


async def test_they_open_the_link_however_they_are_typed(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, pick = await office.worker("Sam"), random.Random(3)  # noqa: S311
        for number in range(1, 11):
            token = await office.link(sam, f"Kim {number}")
            digits, phone, tapped = digits_of(sam), office.phone(), office.phone()
            await office.say(phone, written(digits, pick))
            await office.link(sam, f"Other {number}")
            await office.open(tapped, token_in(sam.messages), None)
            assert phone.said == tapped.said
            await office.all([phone], TO_KEEP[0])
            for choice in TO_KEEP[1:]:
                await office.all([phone], choice)
            assert await joined(office) == number
            late = office.phone()
            await office.say(late, digits)
            await office.open(tapped, token, None)  # used up: the same words as for a link
            assert late.said.startswith(office.words("link_closed"))
            assert digits.encode() not in await everything(office.store)


async def test_they_end_with_the_link(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, dead = await office.worker("Sam"), []
        await office.link(sam, "Again")
        dead.append(digits_of(sam))
        await office.does(sam, "link", await office.case("Again"))
        fresh = digits_of(sam)
        await office.link(sam, "Gone")
        dead.append(digits_of(sam))
        await office.does(sam, "drop", await office.case("Gone"))
        said = set()
        for digits in [*dead, "00000000"]:
            phone = office.phone()
            await office.say(phone, digits)
            said.add(phone.said)
        time.pass_(days=7)
        phone = office.phone()
        await office.say(phone, fresh)
        said.add(phone.said)
        assert len(said) == 1  # wrong, used, dropped, replaced and too old: all alike
        assert office.words("link_closed") in said.pop()
        assert {row.holder for row in await office.rows(CaseRow)} == {None}


async def test_wrong_ones_open_nothing_and_are_few(database_url: str, time: Time) -> None:
    """By one chat and by hundreds: after so many, not even right digits are looked up."""
    async with an_office(database_url, time) as office:
        sam, pick = await office.worker("Sam"), random.Random(5)  # noqa: S311
        await office.link(sam)
        right, one, others = digits_of(sam), office.phone(), []
        wrong = [f"{n:08}" for n in pick.sample(range(10**8), 200) if f"{n:08}" != right]
        for digits in wrong[:4]:
            await office.say(one, digits)
        await office.say(one, right)  # slowed: it waits some minutes now
        assert await joined(office) == 0
        assert {row.holder for row in await office.rows(CaseRow)} == {None}
        for digits in wrong[4 : SLOW_BY_ALL + 1]:
            others.append(office.phone())
            await office.say(others[-1], digits)
        slowed = office.phone()
        await office.say(slowed, right)
        assert {row.holder for row in await office.rows(CaseRow)} == {None}
        for digits in wrong[SLOW_BY_ALL + 1 : MOST_BY_ALL + 1]:
            time.pass_(minutes=1)
            await office.say(office.phone(), digits)
        time.pass_(minutes=30)
        await office.say(office.phone(), right)
        assert {row.holder for row in await office.rows(CaseRow)} == {None}
        time.pass_(days=1)
        kim = office.phone()
        await office.say(kim, right)
        assert [row.holder is not None for row in await office.rows(CaseRow)] == [True]
        assert office.words("link_closed") not in kim.said


async def test_at_a_question_digits_are_an_answer(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        await office.say(kim, "1234 5678")
        (answer,) = await office.rows(AnswerRow)
        assert answer.step == "b1"
        assert office.words("link_closed") not in kim.said
        await office.act([(sam, Command("new"))])
        await office.say(sam, "24122026")
        assert sam.said == office.words("w_service")  # it is somebody's name


async def test_wrong_ones_end_no_pause(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        await office.before(kim)
        await office.aside(kim, "pause", "week2")
        await office.say(kim, "24-11-2026")
        assert office.words("link_closed") not in kim.said
        (person,) = await office.rows(ParticipantRow)
        assert person.state is ParticipantState.PAUSED


async def test_what_a_worker_is_asked_for_is_no_wrong_try(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        await office.act([(sam, Command("new"))])
        await office.say(sam, "24-12-2026")
        assert sam.said.startswith("What is it about?")  # it is somebody's name
        assert await office.rows(CodeAttemptRow) == []


@pytest.mark.parametrize(
    "text", ["1234567", "123456789", "1234 5678 please", "24.12.2026", "²²²²²²²²"]
)
def test_what_is_no_card(text: str) -> None:
    assert digits_in(TextMessage(text)) is None


async def test_the_cards_say_what_is_needed(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        await office.act([(sam, Command("new", "Ann\nBob\nCat"))])
        await office.say(sam, "A group")
        (sheet,) = [m.attachment for m in sam.messages if isinstance(m.attachment, CardSheet)]
        ends = office.env.languages["en"].format_value(time().date().replace(day=30))
        for card in sheet.items:
            words = "\n".join(card.words)
            assert "Telegram" in words
            assert "Aspen House" in words
            assert str(ends) in words or "November" in words or "December" in words
            assert card.bot == "@" + office.env.address.username
            assert re.fullmatch(r"\d{4} \d{4}", card.digits)
        assert len({card.digits for card in sheet.items}) == 3
        await office.act([(sam, Command("people"))])
        assert [key.label.partition(":")[0].strip("\u2068\u2069") for key in sam.keys[:3]] == [
            f"{number}  {name}" for number, name in enumerate(("Ann", "Bob", "Cat"), 1)
        ]
        time.pass_(minutes=1)
        bob = office.phone()
        await office.say(bob, sheet.items[1].digits)
        for choice in TO_KEEP:
            await office.all([bob], choice)
        await office.act([(sam, Command("people"))])
        first = sam.keys[0].label.partition(":")[0].strip("\u2068\u2069")
        assert first == "2  Bob"


async def test_old_links_go_with_one_tap(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, ali = await office.worker("Sam"), await office.worker("Ali")
        await office.links(sam, [f"Old {n}" for n in range(50)])
        held = await office.link(sam, "Held")
        await office.open(office.phone(), held, None)
        await office.links(ali, ["Theirs"])
        time.pass_(days=7)
        await office.link(sam, "New")
        await office.does(sam, "eye")
        assert sam.said == office.words("w_eye_none")
        assert sam.keys[0].label == office.label("w_eye", "old", total=50)
        await office.act([(sam, sam.does("old"))])
        assert sam.said == office.words("w_eye_cleared", total=50)
        assert await office.count(CaseRow) == 3
