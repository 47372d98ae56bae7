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
from tests.support.participants import CONSENT, FACTS, Crowd, agree, everything, grand_tour
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
        (("more", "under13"), "Childline"),
        (("more", "adult", "next", "safety", "alone", "disagree"), "Nothing is kept"),
        (("more", "not_now"), "Nothing is kept"),
        (("more", "adult", "next", "safety", "alone", "agree", "stop"), "I have stopped"),
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
    await kim.taps("Tell me more", "Under 13")
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
    assert "we may need to tell an adult" in said
    assert "drink, drugs" not in said
    (session,) = await running.rows(CheckinRow)
    assert session.flow == "before_young"


async def test_consent_is_kept_as_it_was_shown(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    consents = {c.kind: c for c in await running.rows(ConsentRow)}
    assert set(consents) == {"keep", "message"}
    shown = [bubble.text for bubble in telegram.sent_to(sam.chat_id)]
    keep_question = next(text for text in shown if "keep what you tell me?" in text)
    for kind, consent in consents.items():
        assert consent.given is True
        assert consent.version == running.bot.env.library.current["welcome"].version
        assert consent.step == kind
        assert consent.language == "en"
        assert consent.at == time.now
        assert "Telegram keeps a copy too" in consent.wording
        assert "We keep them for 12 months" in consent.wording
        assert keep_question in consent.wording
    assert consents["keep"].wording.endswith("[Yes, keep my answers]")
    assert "Can I message you again later?" not in consents["keep"].wording
    assert consents["message"].wording.endswith("I would ask how things are.\n\n[Yes]")


async def test_just_this_time_means_no_hello_ever(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await running.quiet()
    await sam.taps(
        "Tell me more", "18 or over", "Next", "Safety first", "No, just me", "Yes, keep my answers"
    )
    await sam.taps("No, just this time", "Start")
    consents = {c.kind: c for c in await running.rows(ConsentRow)}
    assert (consents["keep"].given, consents["message"].given) == (True, False)
    assert consents["message"].wording.endswith("[No, just this time]")
    await sam.taps("Not now")
    assert "Send START when you want to carry on" in sam.last.text
    assert sam.last.buttons == []
    await sam.says("start")
    for _ in range(5):
        await sam.taps("Skip")
    await sam.taps("Yes", "Skip", "Skip")
    assert sam.last.text.endswith("Thank you. You will not have to say it all again.")
    assert await running.rows(FollowUpRow) == []
    said = len(sam.chat)
    for days in (3, 14, 90, 200):
        time.pass_(days=days)
        await running.tick()
    assert len(sam.chat) == said


async def test_coming_back_asks_again_and_keeps_both_consents(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.says("stop")
    time.pass_(days=1)
    await sam.says("START")
    await sam.taps("Yes, it is me", *CONSENT[:-1])
    await sam.taps("No, just this time")
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
