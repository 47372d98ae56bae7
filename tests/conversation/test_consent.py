"""Nothing at all is kept before a yes; a yes is kept in the very words that were shown.

What is kept after the yes, and how it is sealed, is in other tests.
"""

from __future__ import annotations

import pytest

from bot.messages.incoming import (
    Command,
    TextMessage,
    UnsupportedMessage,
    UpdateContent,
    VoiceMessage,
)
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ConsentRow, ParticipantRow, TransitionRow
from tests.conftest import Time
from tests.support.participants import (
    CONSENT,
    FACTS,
    Crowd,
    agree,
    before,
    everything,
    grand_tour,
)
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

SECRET = "the heron by the weir"
KEPT = (ParticipantRow, CheckinRow, AnswerRow, ConsentRow, TransitionRow, FollowUpRow, OutboxRow)
TRIES: list[UpdateContent] = [
    TextMessage(SECRET),
    VoiceMessage({"file_id": SECRET}),
    UnsupportedMessage("not_words"),
    UnsupportedMessage("sticker"),
    Command("mydata"),
    Command("delete"),
    Command("language"),
    Command("help"),
    Command("nonsense", SECRET),
]


async def _nothing_is_kept(crowd: Crowd, chats: range) -> None:
    for table in KEPT:
        assert await crowd.count(table) == 0, table
    held = await everything(crowd.store)
    assert SECRET.encode() not in held
    for chat in chats:
        assert str(chat).encode() not in held
        assert chat.to_bytes(8, "big").lstrip(b"\0") not in held


async def test_nothing_is_kept_at_any_step_before_the_yes(database_url: str, time: Time) -> None:
    async with Crowd(database_url, time) as crowd:
        tour = grand_tour(crowd.env.library.current["welcome"], FACTS)
        chats = range(7_012_345_001, 7_012_345_001 + len(TRIES))
        phones = crowd.chats(len(TRIES), first=chats[0])
        await crowd.all(phones, Command("start"))
        for step, do in tour:
            onward = [phone.press(do) for phone in phones]
            await crowd.act(zip(phones, TRIES, strict=True))
            assert all(phone.messages for phone in phones), step
            await _nothing_is_kept(crowd, chats)
            await crowd.act(zip(phones, onward, strict=True))
        # The test would see it if something were kept: now it is.
        assert await crowd.count(ParticipantRow) == len(phones)


@pytest.mark.parametrize(
    ("way", "ends"),
    [
        (("under13",), "Childline"),
        (("adult", "disagree"), "Nothing is kept"),
        (("adult", "more", "not_now"), "Nothing is kept"),
        (("adult", "agree", "stop"), "I have stopped"),
    ],
)
async def test_a_no_of_any_kind_leaves_nothing_behind(
    way: tuple[str, ...], ends: str, database_url: str, time: Time
) -> None:
    async with Crowd(database_url, time) as crowd:
        phones = crowd.chats(1, first=7_012_345_001)
        await crowd.agree(phones, way)
        (message,) = phones[0].messages
        assert ends in message.text
        assert not message.choices
        assert not message.controls
        await _nothing_is_kept(crowd, range(7_012_345_001, 7_012_345_002))
        for days in (3, 20, 200):
            time.pass_(days=days)
            await crowd.tick()
        assert crowd.hellos == []


async def test_under_13_is_shown_childline_and_asked_nothing(
    telegram: FakeTelegram, running: Running
) -> None:
    kim = telegram.person("Quillfeather")
    kim.start()
    await running.quiet()
    await kim.says(SECRET)
    await kim.taps("Under 13")
    assert "0800 1111" in kim.last.text
    assert "I will not ask you questions" in kim.last.text
    assert kim.last.buttons == []
    await kim.answered()
    for table in KEPT:
        assert await running.rows(table) == []
    held = await everything(running.bot.store)
    for never in (SECRET, "Quillfeather", str(kim.chat_id)):
        assert never.encode() not in held


@pytest.mark.parametrize("age", ["13 to 17", "Rather not say"])
async def test_the_young_version_is_asked_in_other_words(
    age: str, telegram: FakeTelegram, running: Running
) -> None:
    kim = telegram.person("Kim")
    await agree(kim, age)
    assert "You are not in trouble" in kim.last.text
    said = "\n".join(bubble.text for bubble in kim.chat)
    assert "they may tell an adult" in said
    assert "drink, drugs" not in said
    (session,) = await running.rows(CheckinRow)
    assert session.flow == "before_young"


async def test_consent_is_kept_as_it_was_shown(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    (consent,) = await running.rows(ConsentRow)
    shown = [bubble.text for bubble in telegram.sent_to(sam.chat_id)]
    assert (consent.kind, consent.step, consent.given) == ("keep", "keep", True)
    assert consent.version == running.bot.env.library.current["welcome"].version
    assert (consent.language, consent.at) == ("en", time.now)
    # Word for word what stood on the screens up to the yes, and no later one.
    assert consent.wording == "\n\n".join([*shown[:2], "[Yes, keep it]"])
    for told in ("I am a computer", "from Aspen House", "health, drink, drugs, home or safety"):
        assert told in consent.wording
    for told in ("deleted after 12 months", "Telegram and your phone keep a copy", "tell someone"):
        assert told in consent.wording


async def test_what_was_read_behind_tell_me_more_is_kept_with_the_yes(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await sam.waits()
    await sam.taps("18 or over", "Tell me more", "OK", "Yes, keep it", "No, just me")
    (consent,) = await running.rows(ConsentRow)
    assert "Telegram keeps this chat too" in consent.wording
    assert consent.wording.endswith("[Yes, keep it]")


async def test_the_yes_to_later_messages_is_asked_last_and_kept_as_it_was_shown(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await before(sam)
    consents = {c.kind: c for c in await running.rows(ConsentRow)}
    asked = next(b.text for b in sam.chat if "May I write to you again later?" in b.text)
    consent = consents["message"]
    assert consent.wording == f"{asked}\n\n[Yes]"
    assert consent.version == running.bot.env.library.current["before"].version
    assert (consent.step, consent.given, consent.language) == ("message", True, "en")
    assert consent.at == time.now
    assert "I will say hello again around" in sam.last.text


async def test_a_yes_under_a_question_in_another_language_is_not_taken(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    async with Running(telegram, database_url, time, languages="en,pl") as running:
        sam = telegram.person("Sam")
        await agree(sam)
        await sam.taps(*["Skip"] * 6)
        asked = sam.last
        assert "May I write to you again" in asked.text
        await sam.says("/language")
        await sam.taps("Polski")
        here = sam.last
        sam.tap_old(asked, "Yes")
        await running.quiet()
        assert [c.kind for c in await running.rows(ConsentRow)] == ["keep"]
        await sam.taps("Tak")
        consent = next(c for c in await running.rows(ConsentRow) if c.kind == "message")
        assert (consent.given, consent.language) == (True, "pl")
        assert consent.wording.partition("\n\n[")[0] in here.text


async def test_a_yes_under_that_phrase_in_another_language_is_asked_again(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    async with Running(telegram, database_url, time, languages="en,pl") as running:
        sam = telegram.person("Sam")
        await agree(sam)
        await sam.says("/pause")
        asked = sam.last
        await sam.says("/language")
        await sam.taps("Polski")
        sam.tap_old(asked, "Yes, you may write")
        await running.quiet()
        assert [c.kind for c in await running.rows(ConsentRow)] == ["keep"]
        here = sam.last
        await sam.taps(here.buttons[0][0])
        consent = next(c for c in await running.rows(ConsentRow) if c.kind == "message")
        assert consent.language == "pl"
        assert consent.wording.partition("\n\n[")[0] in here.text


async def test_just_this_time_means_no_hello_ever(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await agree(sam)
    for _ in range(6):
        await sam.taps("Skip")
    await sam.taps("No, just this time", "Skip")
    consents = {c.kind: c for c in await running.rows(ConsentRow)}
    assert (consents["keep"].given, consents["message"].given) == (True, False)
    assert consents["message"].wording.endswith("[No, just this time]")
    assert sam.last.text.endswith("Thank you. I have kept it, so you need not tell me again.")
    assert await running.rows(FollowUpRow) == []
    said = len(sam.chat)
    for days in (3, 14, 90, 200):
        time.pass_(days=days)
        await running.tick()
    assert len(sam.chat) == said


async def test_not_now_until_tomorrow_is_a_yes_to_that_one_message(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.taps("Not now", "Tomorrow")
    assert "I will say hello on" in sam.last.text
    said = len(sam.chat)
    time.pass_(days=1, hours=1)
    await running.tick()
    assert len(sam.chat) == said + 1
    for days in (3, 14, 90, 200):
        time.pass_(days=days)
        await running.tick()
    assert len(sam.chat) == said + 1


@pytest.mark.parametrize("again", ["Later", "Not today"])
async def test_under_that_one_message_another_time_is_said_and_kept(
    again: str, telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.taps("Not now", "Tomorrow")
    time.pass_(days=1, hours=1)
    await running.tick()
    await sam.taps(again)
    assert "I will say hello on" in sam.last.text
    said = len(sam.chat)
    time.pass_(days=1, hours=1)
    await running.tick()
    assert len(sam.chat) == said + 1, "as it was said"
    for days in (3, 14, 90, 200):
        time.pass_(days=days)
        await running.tick()
    assert len(sam.chat) == said + 1


async def test_who_says_yes_and_leaves_before_the_end_is_reminded_once(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    for _ in range(6):
        await sam.taps("Skip")
    for answer in ("Yes", "No, just this time", "Yes"):  # they think it over
        await sam.taps(answer)
        assert "How were these questions for you?" in sam.last.text
        await sam.taps("Back")
    await sam.taps("Yes")
    said = len(sam.chat)
    for days in (2, 1, 1, 1, 9):
        time.pass_(days=days, hours=1)
        await running.tick()
    assert len(sam.chat) == said + 1, "no word but one hello"
    await sam.taps("Yes")
    assert "How were these questions for you?" in sam.last.text
    await sam.taps("OK")
    assert "I will say hello again around" in sam.last.text


async def test_coming_back_asks_again_and_keeps_both_consents(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await before(sam)
    await sam.says("stop")
    time.pass_(days=1)
    await sam.says("START")
    await sam.taps("Yes, it is me", *CONSENT)
    await sam.taps("No")  # to "May I write to you?": the stop had taken that back
    kept = [(c.kind, c.given, c.at) for c in await running.rows(ConsentRow)]
    first, second = time.now.replace(day=time.now.day - 1), time.now
    assert kept == [
        ("keep", True, first),
        ("message", True, first),
        ("keep", True, second),
        ("message", False, second),
    ]
    moves = [(m.event, m.before, m.after) for m in await running.rows(TransitionRow)]
    assert moves == [
        ("agree", "new", "active"),
        ("stop", "active", "stopped"),
        ("agree", "stopped", "active"),
    ]


async def test_who_goes_back_from_tell_me_more_is_asked_all_of_it_again(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await sam.waits()
    await sam.taps("18 or over", "Tell me more", "Back", "Back", "18 or over")
    assert "Is it OK" in sam.last.text
    await sam.taps("Yes, keep it", "No, just me")
    assert "1 of 5" in sam.last.text


async def test_who_is_under_13_after_all_has_agreed_to_nothing(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await sam.waits()
    await sam.taps("18 or over", "Yes, keep it", "Back", "Back", "Under 13")
    assert "Childline" in sam.last.text
    for table in (ParticipantRow, ConsentRow, CheckinRow):
        assert await running.rows(table) == []
