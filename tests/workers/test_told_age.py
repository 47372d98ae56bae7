"""The age that a worker names with a link is not asked again, and the participant may correct it.

A link without one asks as any first screen does: that is tested elsewhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bot.i18n.bidi import clean
from bot.messages.deep_links import WORKS_FOR, new_token
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.participant_tables import ConsentRow, ParticipantRow
from bot.store.tables.worker_tables import CaseRow
from tests.conftest import Time
from tests.support.participants import agree
from tests.support.running_bot import Running
from tests.support.telegram_fake import Bubble, FakeTelegram, Person
from tests.workers.test_first_invite import invited, token_in

ADULT, TEEN = "18 or over", "13 to 17"
YES, WRONG = "Yes, keep it", "That is not my age"
HELLO = "Your link is for someone aged"


@pytest.fixture
async def speaking(telegram: FakeTelegram, database_url: str, time: Time) -> AsyncIterator[Running]:
    """A bot that offers every language."""
    async with Running(telegram, database_url, time, languages="") as bot:
        yield bot


def said(person: Person) -> str:
    """All that the bot has just said."""
    return "\n\n".join(bubble.text for bubble in person.fresh)


async def comes_by_link(
    telegram: FakeTelegram,
    running: Running,
    age: str,
    *,
    language: str | None = None,
    wanda: Person | None = None,
    phone: str = "en",
) -> Person:
    """Kim, who has opened a link that a worker made for this age."""
    wanda = wanda or await invited(telegram, running, "Wanda")
    await wanda.says("/new Kim")
    await wanda.says("A room")
    if language is not None:
        await wanda.taps(language)
    await wanda.says(age)
    kim = telegram.person("Kim", language_code=phone)
    kim.start(token_in(wanda))
    await running.quiet()
    return kim


@pytest.mark.parametrize(
    ("age", "flow", "told"),
    [
        (ADULT, "before", "aged 18 or over"),
        ("I'm 34", "before", "aged 18 or over"),
        (TEEN, "before_young", "aged 13 to 17"),
        ("15", "before_young", "aged 13 to 17"),
    ],
)
async def test_two_taps_to_the_first_question(
    age: str, flow: str, told: str, telegram: FakeTelegram, running: Running
) -> None:
    kim = await comes_by_link(telegram, running, age)
    assert told in said(kim)
    assert "How old are you?" not in said(kim)
    (case,) = await running.rows(CaseRow)
    assert case.told_age in {"adult", "teen"}
    shown = said(kim)
    await kim.taps(YES, "No, just me")
    assert ("1 of 3" if flow == "before_young" else "1 of 5") in kim.last.text
    (checkin,) = await running.rows(CheckinRow)
    assert checkin.flow == flow
    (consent,) = await running.rows(ConsentRow)
    assert consent.wording == f"{shown}\n\n[{YES}]"
    (case,) = await running.rows(CaseRow)
    assert case.told_age is None, "not needed once they have joined"


@pytest.mark.parametrize("way", ["tapped", "typed", "age typed"])
async def test_who_is_not_that_age_says_so(
    way: str, telegram: FakeTelegram, running: Running
) -> None:
    kim = await comes_by_link(telegram, running, ADULT)
    if way == "tapped":
        await kim.taps(WRONG)
    else:
        await kim.says(WRONG if way == "typed" else "im 15")
    assert "How old are you?" in kim.last.text
    await kim.taps(TEEN)
    assert "an adult" in kim.last.text
    assert WRONG not in str(kim.last.buttons)
    await kim.taps(YES, "No, just me")
    (checkin,) = await running.rows(CheckinRow)
    assert checkin.flow == "before_young"
    (consent,) = await running.rows(ConsentRow)
    assert HELLO not in consent.wording
    assert "How old are you?" in consent.wording


async def _starts(kim: Person, _hello: Bubble, running: Running) -> None:
    kim.start()
    await running.quiet()


async def _goes_back(kim: Person, _hello: Bubble, _running: Running) -> None:
    await kim.taps("Back")


async def _other_language(kim: Person, hello: Bubble, running: Running) -> None:
    kim.tap_old(hello, "Polski")
    await running.quiet()
    await kim.taps("English")


async def _restarts(kim: Person, _hello: Bubble, running: Running) -> None:
    await running.stop()
    await running.start()
    await kim.says("hello")


@pytest.mark.parametrize(
    "comes", [_starts, _goes_back, _other_language, _restarts], ids=lambda f: f.__name__
)
async def test_a_correction_holds_whichever_way_they_come_again(
    comes: Callable[[Person, Bubble, Running], Awaitable[None]],
    telegram: FakeTelegram,
    speaking: Running,
) -> None:
    kim = await comes_by_link(telegram, speaking, ADULT, language="English")
    hello = next(b for b in kim.chat if HELLO in b.text)
    await kim.taps(WRONG, TEEN)
    await comes(kim, hello, speaking)
    assert HELLO not in said(kim)
    assert "How old are you?" in said(kim)
    await kim.taps(TEEN, YES, "No, just me")
    (checkin,) = await speaking.rows(CheckinRow)
    assert checkin.flow == "before_young"


@pytest.mark.parametrize("ends", [(WRONG, "Under 13"), ("No",), ("Not now",)])
async def test_an_age_goes_with_its_link(
    ends: tuple[str, ...], telegram: FakeTelegram, speaking: Running
) -> None:
    kim = await comes_by_link(telegram, speaking, ADULT, language="English")
    hello = next(b for b in kim.chat if HELLO in b.text)
    asked = kim.last
    await kim.taps(*ends)
    for message, label in ((hello, "Polski"), (asked, YES)):
        kim.tap_old(message, label)
        await speaking.quiet()
        assert YES not in str(kim.last.buttons)
    assert await speaking.rows(ParticipantRow) == []


async def test_the_age_of_another_link_is_not_theirs(
    telegram: FakeTelegram, running: Running
) -> None:
    wanda = await invited(telegram, running, "Wanda")
    kim = await comes_by_link(telegram, running, ADULT, wanda=wanda)
    asked = kim.last
    await wanda.says("/new Child")
    await wanda.taps("A room", TEEN)
    kim.start(token_in(wanda))
    await running.quiet()
    kim.tap_old(asked, YES)
    await running.quiet()
    assert "aged 13 to 17" in said(kim)
    await kim.taps(YES, "No, just me")
    (checkin,) = await running.rows(CheckinRow)
    assert checkin.flow == "before_young"


async def test_who_was_here_before_is_what_they_said_then(
    telegram: FakeTelegram, running: Running
) -> None:
    kim = telegram.person("Kim")
    await agree(kim, TEEN)
    await kim.says("stop")
    worker = await invited(telegram, running, "Wanda")
    await worker.says("/new Kim")
    await worker.says("A room")
    await worker.taps(ADULT)
    kim.start(token_in(worker))
    await running.quiet()
    if "Is it you" in kim.last.text or "Yes, it is me" in str(kim.last.buttons):
        await kim.taps("Yes, it is me")
    assert "How old are you?" in kim.last.text


@pytest.mark.parametrize("typed", ["im 15", "15", "no im 15, not 18", "wrong age", WRONG])
async def test_an_age_is_heard_after_the_yes_too(
    typed: str, telegram: FakeTelegram, running: Running
) -> None:
    kim = await comes_by_link(telegram, running, ADULT)
    await kim.taps(YES)
    assert "Can anyone else see" in kim.last.text
    await kim.says(typed)
    assert "How old are you?" in kim.last.text


async def test_a_sheet_of_cards_names_no_age(telegram: FakeTelegram, running: Running) -> None:
    wanda = await invited(telegram, running, "Wanda")
    await wanda.says("/new\nAna\nBen")
    await wanda.says("A room")
    assert [row.told_age for row in await running.rows(CaseRow)] == [None, None]


async def test_a_new_link_asks_for_the_age(telegram: FakeTelegram, running: Running) -> None:
    await comes_by_link(telegram, running, ADULT)
    (case,) = await running.rows(CaseRow)
    async with running.bot.store.unit_of_work() as uow:
        (found,) = await uow.cases.find(ids=[case.id])
        await uow.cases.new_link(found, new_token(), running.clock() + WORKS_FOR)
    (case,) = await running.rows(CaseRow)
    assert case.told_age is None


async def test_an_old_stop_before_the_yes_stops(telegram: FakeTelegram, running: Running) -> None:
    kim = await comes_by_link(telegram, running, ADULT)
    asked = kim.last
    await kim.taps(WRONG)
    kim.tap_old(asked, YES)
    await running.quiet()
    assert "How old are you?" in kim.last.text, "the yes was for somebody of another age"
    kim.tap_old(asked, "Stop")
    await running.quiet()
    assert "I have stopped" in kim.last.text


async def test_a_child_under_13_with_a_link_for_an_adult_leaves_nothing(
    telegram: FakeTelegram, running: Running
) -> None:
    kim = await comes_by_link(telegram, running, ADULT)
    await kim.taps(YES)  # before reading whom the link is for
    await kim.taps("Back", WRONG, "Under 13")
    assert "0800 1111" in kim.last.text
    assert await running.rows(ParticipantRow) == []
    (case,) = await running.rows(CaseRow)
    assert case.holder is None


async def test_an_age_that_is_not_known_is_asked(telegram: FakeTelegram, running: Running) -> None:
    for answer in ("I do not know", "no idea"):
        kim = await comes_by_link(telegram, running, answer)
        assert "How old are you?" in kim.last.text
        assert HELLO not in said(kim)


@pytest.mark.parametrize("wrong", ["9", "twelve", "the flat", "0021 2003"])
async def test_what_is_no_age_of_theirs_is_asked_again(
    wrong: str, telegram: FakeTelegram, running: Running
) -> None:
    wanda = await invited(telegram, running, "Wanda")
    await wanda.says("/new Kim")
    await wanda.says("A room")
    await wanda.says(wrong)
    assert "How old are they?" in wanda.last.text
    assert await running.rows(CaseRow) == []
    await wanda.taps(TEEN)
    (case,) = await running.rows(CaseRow)
    assert case.told_age == "teen"


async def test_it_holds_in_another_language_and_after_coming_again(
    telegram: FakeTelegram, speaking: Running
) -> None:
    kim = await comes_by_link(telegram, speaking, ADULT, language="Polski")
    assert "18 lat lub więcej" in said(kim)
    await kim.taps("English")
    assert "aged 18 or over" in said(kim)
    kim.start()
    await speaking.quiet()
    assert "aged 18 or over" in said(kim)
    await kim.taps(YES, "No, just me")
    (consent,) = await speaking.rows(ConsentRow)
    assert consent.language == "en"
    assert "1 of 5" in kim.last.text


async def test_the_language_of_the_link_holds_after_a_restart(
    telegram: FakeTelegram, speaking: Running
) -> None:
    kim = await comes_by_link(telegram, speaking, ADULT, language="Polski")
    await _restarts(kim, kim.last, speaking)
    kim.start()
    await speaking.quiet()
    assert "18 lat lub więcej" in said(kim)


async def test_only_the_language_is_asked_where_only_the_age_is_known(
    telegram: FakeTelegram, speaking: Running
) -> None:
    kim = await comes_by_link(telegram, speaking, TEEN, language="I do not know", phone="de")
    assert "Which language" in kim.last.text
    await kim.taps("Polski")
    assert "od 13 do 17 lat" in said(kim)
    draft = speaking.bot.env.languages["pl"].phrase("draft")
    assert clean(draft) in clean(said(kim))
    await kim.taps("English")
    assert "aged 13 to 17" in said(kim)
    await kim.taps(YES, "No, just me")
    (checkin,) = await speaking.rows(CheckinRow)
    assert checkin.flow == "before_young"
