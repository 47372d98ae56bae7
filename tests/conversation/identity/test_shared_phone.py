"""Two people, one account: each has a story of their own, and neither sees a word of the other's.

How a story moves to another phone is in `test_move_phone`.
"""

from __future__ import annotations

import random

import pytest

from bot.domain.states import FollowUpState, ParticipantState
from bot.messages.incoming import (
    BotBlocked,
    Command,
    TextMessage,
    UnsupportedMessage,
    UpdateContent,
    VoiceMessage,
)
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ConsentRow, ParticipantRow
from bot.store.tables.worker_tables import CaseRow
from tests.conftest import Time
from tests.conversation.identity.two_people import KIMS, LEES, WORD, Two, heard_of, remember
from tests.support.participants import TO_KEEP
from tests.support.worker_scenario import an_office, waiting


async def test_somebody_else_begins_and_both_come_back(two: Two) -> None:
    office, phone = two.office, two.phone
    await two.says(Command("mydata"))
    assert KIMS in phone.said
    await two.says("phone", "word", TextMessage("Badger!"))
    assert phone.said == office.words("word_kept")
    phone.heard.clear()
    await two.becomes_lee()
    assert waiting(phone) == "b1"
    await office.before(phone, "only_me", words=LEES)
    assert await office.count(ParticipantRow) == 2
    assert await office.count(ConsentRow) == 4
    first, second = await office.rows(ParticipantRow)
    assert first.data_key != second.data_key
    await two.says(Command("mydata"))
    assert LEES in phone.said
    assert heard_of(phone, KIMS) == []
    phone.heard.clear()
    await two.comes_back(" BADGER ")
    assert phone.said == office.words("story_open")
    await two.says(Command("mydata"))
    assert KIMS in phone.said
    assert heard_of(phone, LEES) == []
    await two.comes_back(WORD)
    await two.says(Command("mydata"))
    assert LEES in phone.said


async def test_every_chat_has_one_who_is_here(two: Two) -> None:
    await two.becomes_lee()
    for word in (WORD, WORD):
        await two.comes_back(word)
        here = await two.office.count(ParticipantRow, ParticipantRow.aside_hash.is_(None))
        assert here == 1


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_the_second_does_nothing_of_the_first_is_said(two: Two, seed: int) -> None:
    """Everything that can be typed, tapped, sent or pressed, old buttons of the first included."""
    office, phone = two.office, two.phone
    chance = random.Random(seed)  # noqa: S311 - the same in every run
    await two.becomes_lee(None if seed == 2 else WORD)
    phone.heard.clear()
    answers = await office.count(AnswerRow, AnswerRow.words.is_not(None))
    await office.tick()
    others: list[UpdateContent] = [
        TextMessage(w) for w in ("hello", "yes", KIMS[:4], "1 2 3", "123 456 789 012 345")
    ]
    others += [Command(c) for c in ("start", "mydata", "delete", "language", "times", "pause")]
    others += [
        VoiceMessage({"file_id": "v"}),
        UnsupportedMessage("sticker"),
        TextMessage("I want to die"),
    ]
    acts = [*two.old, *others] if seed == 0 else [*others, *two.old]
    for _ in range(40):
        own = remember(phone)
        acts.append(chance.choice([*own, *others] if own else others))
    for act in acts:
        await two.says(act)
        if chance.random() < 0.1:
            office.time.pass_(days=chance.choice([1, 15]))
            await office.tick()
        assert KIMS not in " ".join([m.text for m in phone.messages] + phone.toasts), act
    assert heard_of(phone, KIMS) == []
    assert phone.heard
    (kim, *_) = sorted(await office.rows(ParticipantRow), key=lambda row: row.joined_at)
    mine = AnswerRow.participant_id == kim.id
    assert await office.count(AnswerRow, mine, AnswerRow.words.is_not(None)) == answers


async def test_the_first_is_asked_in_neutral_words_and_opens_by_their_word_only(two: Two) -> None:
    office, phone = two.office, two.phone
    await two.says(Command("mydata"), "phone", "word", TextMessage("badger"))
    await two.becomes_lee()
    await office.say(phone, "stop")
    assert office.words("stopped_one") in phone.said
    office.time.pass_(days=14)
    await office.tick()
    assert phone.messages[-1].text == office.words("hello")
    hello = phone.press("open")
    await two.says(hello)
    assert phone.said == office.words("whose")
    await two.says("not_me")
    assert KIMS not in phone.said
    await two.says(hello, "word", TextMessage("bodger"))
    assert phone.said == office.words("word_wrong")
    await two.says(TextMessage("badger"))
    assert phone.said == office.words("story_open")
    await two.says("carry_on")
    assert waiting(phone) == "intro"
    await two.says("start")
    assert KIMS in phone.said


async def test_later_and_stop_under_a_hello_for_somebody_else(two: Two) -> None:
    office, phone = two.office, two.phone
    await two.becomes_lee()
    office.time.pass_(days=14)
    await office.tick()
    await two.says("later")
    assert await office.count(FollowUpRow, FollowUpRow.scope.like("again:%")) == 1
    office.time.pass_(days=1)
    await office.tick()
    await two.says("stop")
    assert phone.said == office.words("stopped_all")
    lives = {row.state for row in await office.rows(ParticipantRow)}
    assert lives == {ParticipantState.STOPPED}
    assert await office.count(FollowUpRow, FollowUpRow.state == FollowUpState.WAITING) == 0


async def test_stop_is_for_one_and_says_so_or_for_everyone(two: Two) -> None:
    office, phone = two.office, two.phone
    await two.becomes_lee()
    await office.say(phone, "stop")
    assert phone.said.endswith(office.words("stopped_one"))
    states = sorted(row.state for row in await office.rows(ParticipantRow))
    assert states == [ParticipantState.ACTIVE, ParticipantState.STOPPED]
    await two.says("all")
    assert phone.said == office.words("stopped_all")
    assert {row.state for row in await office.rows(ParticipantRow)} == {ParticipantState.STOPPED}
    office.hellos.clear()
    office.time.pass_(days=15)
    await office.tick()
    assert office.hellos == []


@pytest.mark.parametrize("way", ["update", "undelivered"])
async def test_a_block_stops_everyone_of_a_chat(two: Two, way: str) -> None:
    await two.becomes_lee()
    if way == "update":
        await two.says(BotBlocked())
    else:
        await two.office.dispatcher.chat_blocked(two.phone.chat)
    assert {row.state for row in await two.office.rows(ParticipantRow)} == {
        ParticipantState.STOPPED
    }


async def test_a_link_asks_before_anything_is_shown_or_joined(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam, phone = await office.worker("Sam"), office.phone()
        await office.agree([phone])
        await office.before(phone, "only_me", words=KIMS)
        phone.heard.clear()
        await office.open(phone, await office.link(sam, "Lee"), who=None)
        assert phone.said == office.words("other_person")
        (case,) = await office.rows(CaseRow)
        assert case.participant_id is None
        for choice in ("new", *TO_KEEP):
            await office.all([phone], choice)
        await office.say(phone, WORD)
        (case,) = await office.rows(CaseRow)
        lee = max(await office.rows(ParticipantRow), key=lambda row: row.aside_hash is None)
        assert case.participant_id == lee.id
        assert waiting(phone) == "b1"
        assert heard_of(phone, KIMS) == []


async def test_old_questions_about_who_they_are_ask_again(two: Two) -> None:
    office, phone = two.office, two.phone
    await two.says(Command("start"), "else")
    asked = phone.press("new")
    await two.says(asked, *TO_KEEP, TextMessage(WORD))
    await two.says(asked)
    assert phone.said == office.words("other_person")
    assert await office.count(ParticipantRow, ParticipantRow.aside_hash.is_not(None)) == 1


async def test_deleting_one_leaves_the_other(two: Two) -> None:
    office, phone = two.office, two.phone
    await two.says(Command("mydata"), "phone", "word", TextMessage("badger"))
    await two.becomes_lee()
    await two.says(Command("delete"), "delete")
    office.time.pass_(minutes=10)
    await office.forget.run()
    assert await office.count(ParticipantRow) == 1
    await two.comes_back("badger")
    await two.says(Command("mydata"))
    assert KIMS in phone.said


async def test_where_several_talk_a_yes_is_not_enough(two: Two) -> None:
    office, phone = two.office, two.phone
    await two.says(Command("mydata"), "phone", "word", TextMessage("badger"))
    await two.becomes_lee()
    await two.comes_back("badger")
    phone.heard.clear()
    await two.says(Command("start"), "same", TextMessage("badgers"))
    assert phone.said == office.words("word_wrong")
    await two.says(Command("mydata"))
    assert phone.said == office.words("mydata_none")
    assert heard_of(phone, KIMS) == []
    await two.says(Command("start"), "ask")
    await two.says(TextMessage("badger"))
    assert phone.said == office.words("story_open")
