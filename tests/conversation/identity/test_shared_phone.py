"""Two people, one account: each has a story of their own, and neither sees a word of the other's.

How a story moves to another phone is in `test_rejoin`.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bot.domain.states import FollowUpState, ParticipantState
from bot.messages.incoming import (
    BotBlocked,
    ButtonPress,
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
from flows.engine.normalise import normalise
from tests.conftest import Time
from tests.support.participants import TO_KEEP
from tests.support.worker_scenario import Ear, Office, an_office, waiting

KIMS = "kims own words about the stairs"
LEES = "lees own words about the garden"
WORD = "hedgehog"


@dataclass
class Two:
    """One phone, on which Kim has said all of BEFORE, and now somebody else has begun."""

    office: Office
    phone: Ear
    old: list[ButtonPress] = field(default_factory=list)

    async def says(self, *acts: UpdateContent | str) -> None:
        for act in acts:
            await self.office.all([self.phone], act)

    async def becomes_lee(self, word: str | None = WORD) -> None:
        """Somebody else takes the phone, agrees, and gives a word or none."""
        await self.says(Command("start"))
        await self.says(*(("new",) if "new" in self.phone.offered else ("else", "new")), *TO_KEEP)
        assert self.phone.said.endswith(self.office.words("word_ask"))
        await self.says(TextMessage(word) if word else "later")

    async def comes_back(self, word: str) -> None:
        """Whoever holds the phone says that they were here before, and types a word."""
        await self.says(Command("start"))
        if "new" in self.phone.offered:
            await self.says("new")
        await self.says("ask", TextMessage(word))


def remember(phone: Ear) -> list[ButtonPress]:
    """Every button this phone has ever been shown."""
    keys = [key for m in phone.heard for key in (*m.choices, *m.controls)]
    return [ButtonPress(data, 1, "1") for data in dict.fromkeys(key.data for key in keys)]


@pytest.fixture
async def two(database_url: str, time: Time) -> AsyncIterator[Two]:
    async with an_office(database_url, time) as office:
        kim = office.phone()
        await office.agree([kim])
        await office.before(kim, "only_me", words=KIMS)
        found = Two(office, kim, remember(kim))
        time.pass_(days=1)
        yield found


def heard_of(phone: Ear, words: str) -> list[str]:
    """What was said since that holds these words."""
    return [m.text for m in phone.heard if words in m.text]


async def test_somebody_else_begins_and_both_come_back(two: Two) -> None:
    office, phone = two.office, two.phone
    await two.says(Command("mydata"))
    assert KIMS in phone.said
    await two.says("phone", "word", TextMessage("Badger!"))
    assert phone.said == office.words("word_kept")
    phone.heard.clear()
    await two.becomes_lee()
    assert waiting(phone) == "intro"
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
    await two.says("alone", "start")
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


async def test_who_claims_without_a_word_begins_an_empty_story(two: Two) -> None:
    """The old one stays aside, and nothing of it is shown, shared, deleted or moved from there."""
    office, phone = two.office, two.phone
    await two.becomes_lee()
    kim = next(r for r in await office.rows(ParticipantRow) if r.word_hash is None)
    phone.heard.clear()
    await two.says(Command("start"), "new")
    await two.says("ask", "none")
    assert phone.said == office.words("no_word")
    await two.says("claim")
    assert phone.said.startswith(office.words("story_closed"))
    await two.says(*TO_KEEP, TextMessage("otter"), Command("mydata"))
    assert phone.said == office.words("mydata_none")
    assert await office.count(ParticipantRow) == 3
    (kims,) = [s for s in await office.sessions() if s.participant_id == kim.id]
    for choice in ("service", "only_me", "worker.1"):
        await office.aside(phone, "share", choice, kims.id)
    await two.says(Command("delete"), "delete")
    await office.deleted()
    (after,) = [r for r in await office.rows(ParticipantRow) if r.id == kim.id]
    assert after == kim, "not even touched"
    assert [s for s in await office.sessions() if s.id == kims.id] == [kims]
    assert heard_of(phone, KIMS) == []


async def test_words_that_cannot_be_used_are_asked_for_again(two: Two) -> None:
    office, phone = two.office, two.phone
    await two.says(Command("mydata"), "phone", "word", TextMessage("badger"))
    await two.says(Command("start"), "else", "new", *TO_KEEP)
    for word in ("ab", "!!!", "x" * 65):
        await two.says(TextMessage(word))
        assert phone.said == office.words("word_other"), word
    await two.says(TextMessage("stop"))
    assert office.words("stopped").split("\n")[0] in phone.said
    assert [row.word_hash is None for row in await office.rows(ParticipantRow)].count(True) == 1


async def test_choosing_a_word_tells_nothing_of_the_others(two: Two) -> None:
    """The word of the first is taken like any other; then it opens neither of the two."""
    office, phone = two.office, two.phone
    await two.says(Command("mydata"), "phone", "word", TextMessage("badger"))
    await two.says(Command("start"), "else", "new", *TO_KEEP, TextMessage("rover"))
    other = phone.said
    await two.says(Command("mydata"), "phone", "word", TextMessage(" BADGER. "))
    assert phone.said.startswith(office.words("word_kept"))
    assert other.startswith(office.words("word_kept"))
    phone.heard.clear()
    await two.comes_back("badger")
    assert phone.said == office.words("word_wrong")
    assert heard_of(phone, KIMS) == []


async def test_trying_words_is_slowed_on_every_way(two: Two) -> None:
    """Guessing, and coming back by one's own word in between; and choosing one after another."""
    office, phone = two.office, two.phone
    await two.says(Command("mydata"), "phone", "word", TextMessage("badger"))
    await two.says(Command("start"), "else", "new", *TO_KEEP, TextMessage(WORD))
    for guess in ("rover", "bella"):
        await two.comes_back(guess)
        assert phone.said == office.words("word_wrong")
        await two.says(TextMessage(WORD))
        assert phone.said == office.words("story_open")
    await two.comes_back("molly")
    await two.says(TextMessage("badger"))
    assert phone.said == office.words("word_wrong"), "not looked at for a minute"
    office.time.pass_(minutes=2)
    await two.says(TextMessage(WORD))
    assert phone.said == office.words("story_open")
    kept = 0
    for number in range(40):
        await two.says(Command("mydata"), "phone", "word", TextMessage(f"guess{number}"))
        kept += phone.said.startswith(office.words("word_kept"))
    assert kept < 4


@pytest.mark.parametrize(
    ("chosen", "typed"),
    [
        ("Mum\u2019s tea", "mum's tea"),
        ("Mum's tea", "MUM\u02bcS  TEA."),
        ("half-moon", "half\u2011moon"),
        ("half moon", "half-moon"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc \u062e\u0648\u0627\u0647\u0645",
        ),
    ],
)
@pytest.mark.parametrize("old", [False, True])
async def test_another_keyboard_opens_too(two: Two, chosen: str, typed: str, old: bool) -> None:
    """Also for a word whose hash was made by an earlier version, with its signs as typed."""
    office = two.office
    await two.says(Command("mydata"), "phone", "word", TextMessage(chosen))
    if old:
        (kim,) = await office.rows(ParticipantRow)
        async with office.store.unit_of_work() as uow:
            found = uow.identity._keys.private_word_hash(kim.id, normalise(chosen))
            await uow.identity._set(kim.id, word_hash=found)
    await two.becomes_lee(None)
    await two.comes_back(typed)
    if old and "\u200c" in chosen:
        return  # which joiner stood there is in no hash of then: as it was, by the same letters
    assert two.phone.said == office.words("story_open")


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
        assert waiting(phone) == "intro"
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
