"""One person, two phones: numbers move a story, the old phone is cut off, and can undo it.

Wrong numbers are in `test_transfer_code_guesses`; who of several people is here is in
`test_shared_phone`.
"""

from __future__ import annotations

import pytest

from bot.conversation.identity.move_phone import digits_in
from bot.domain.states import ParticipantState
from bot.messages.incoming import ButtonPress, Command, TextMessage, UpdateContent
from bot.store.tables.delivery_tables import ChatMessageRow, OutboxRow
from bot.store.tables.identity_tables import TransferCodeRow, TransferUndoRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.conversation.identity.two_people import KIMS
from tests.conversation.identity.two_phones import Moving, a_move, given
from tests.support.participants import TO_KEEP, agree, before, everything, swept
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram
from tests.support.worker_scenario import an_office, waiting


async def test_the_numbers_are_kept_as_a_hash_only(moving: Moving) -> None:
    held = await everything(moving.office.store)
    for kind in (moving.numbers, moving.numbers.replace(" ", "")):
        assert kind.encode() not in held
    assert len(moving.numbers.replace(" ", "")) == 15


async def test_a_story_moves_and_the_old_phone_is_cut_off(moving: Moving) -> None:
    office, old, new = moving.office, moving.old, moving.new
    last = [ButtonPress(k.data, 1, "1") for m in old.heard for k in (*m.choices, *m.controls)]
    said = await moving.types(new, moving.numbers)
    assert said == f"{office.words('safety')}\n\n{office.words('story_open')}"
    assert old.said.endswith(office.words("moved_away"))
    await office.all([new], Command("mydata"))
    assert KIMS in new.said
    old.heard.clear()
    acts: list[UpdateContent] = [
        TextMessage("are you there"),
        Command("mydata"),
        Command("start"),
        *last,
    ]
    for act in acts:
        await office.all([old], act)
    assert not any(KIMS in m.text for m in old.heard)
    (kim,) = await office.rows(ParticipantRow)
    assert kim.state is ParticipantState.ACTIVE
    office.hellos.clear()
    office.time.pass_(days=14)
    await office.tick()
    assert office.hellos == [new.chat]


async def test_numbers_work_once_and_a_new_one_takes_the_place_of_the_old(moving: Moving) -> None:
    office, third = moving.office, moving.office.phone()
    wrong = office.words("word_wrong")
    newer = await given(office, moving.old)
    assert await moving.types(moving.new, moving.numbers) == wrong
    assert wrong not in await moving.types(moving.new, newer)
    assert await moving.types(third, newer) == wrong
    assert await office.count(TransferCodeRow, TransferCodeRow.used_at.is_not(None)) == 1


async def test_numbers_are_too_old_after_seven_days(moving: Moving) -> None:
    moving.office.time.pass_(days=7)
    assert await moving.types(moving.new, moving.numbers) == moving.office.words("word_wrong")


@pytest.mark.parametrize(
    "written", ["{}-{}-{}-{}-{}", "{}{}{}{}{}", " {}. {}. {}. {}. {} ", "arabic", "bengali"]
)
async def test_numbers_can_be_written_in_any_way(moving: Moving, written: str) -> None:
    zero = {"arabic": 0x6F0, "bengali": 0x9E6}.get(written)
    text = (
        moving.numbers.translate({ord("0") + n: zero + n for n in range(10)})
        if zero
        else written.format(*moving.numbers.split())
    )
    await moving.office.say(moving.new, text)  # also without saying first that they were here
    assert moving.office.words("story_open") in moving.new.said


@pytest.mark.parametrize("state", ["mid-question", "paused", "stopped", "danger held"])
async def test_it_moves_in_every_state(database_url: str, time: Time, state: str) -> None:
    async with an_office(database_url, time) as office:
        kim, new = office.phone(), office.phone()
        await office.agree([kim])
        await office.allow_messages([kim])
        await office.say(kim, KIMS)
        numbers = await given(office, kim)
        if state == "paused":
            await office.all([kim], Command("pause"))
            await office.all([kim], "week2")
        elif state == "stopped":
            await office.say(kim, "stop")
        elif state == "danger held":
            await office.say(kim, "I want to die")
        await office.say(new, numbers)
        (row,) = await office.rows(ParticipantRow)
        expected = {"paused": ParticipantState.PAUSED, "stopped": ParticipantState.STOPPED}.get(
            state, ParticipantState.ACTIVE
        )
        assert row.state is expected
        time.pass_(minutes=1)
        if state == "stopped":
            assert office.words("story_stopped") in new.said
            for choice in TO_KEEP:
                await office.all([new], choice)
        else:
            await office.aside(new, "story_open", "carry_on")
        assert waiting(new) == "b2"
        await office.say(new, "loud")
        assert waiting(new) == "b3" or "done" in new.offered


async def test_what_was_owed_to_the_old_chat_is_never_sent(moving: Moving) -> None:
    office = moving.office
    async with office.store.unit_of_work() as uow:
        uow.outbox.enqueue(
            77, moving.old.chat, b"{}", office.time(), lasting=False, session_id=None, turn=0
        )
    await moving.types(moving.new, moving.numbers)
    assert await office.count(OutboxRow, OutboxRow.id == 77) == 0


async def test_whoever_is_here_at_the_old_phone_by_then_is_left_alone(moving: Moving) -> None:
    office, old, new = moving.office, moving.old, moving.new
    for choice in ("else", "new", *TO_KEEP, "later"):
        await office.all([old], Command("start")) if choice == "else" else None
        await office.all([old], choice)
    heard = len(old.heard)
    assert office.words("story_open") in await moving.types(new, moving.numbers)
    assert len(old.heard) == heard
    await office.all([new], Command("mydata"))
    assert KIMS in new.said
    await office.all([old], Command("mydata"))
    assert old.said == office.words("mydata_none")


async def test_that_was_not_me_brings_it_back_without_what_was_said(moving: Moving) -> None:
    office, old, new = moving.office, moving.old, moving.new
    await moving.types(new, moving.numbers)
    undo = old.press("not_me")
    office.time.pass_(days=6)
    old.heard.clear()
    await office.all([old], undo)
    assert office.words("story_closed") in old.said
    assert new.said.endswith(office.words("moved_back"))
    await office.all([old], Command("mydata"))
    assert old.said == office.words("mydata_closed")
    assert not any(KIMS in m.text for m in old.heard)
    await office.all([new], Command("mydata"))
    assert new.said == office.words("mydata_none")
    await office.all([old], undo)  # twice
    assert old.reply is not None
    assert old.reply.toast == office.words("stale")


async def test_that_was_not_me_is_only_for_the_old_phone_and_seven_days(moving: Moving) -> None:
    office, third = moving.office, moving.office.phone()
    await moving.types(moving.new, moving.numbers)
    undo = moving.old.press("not_me")
    for phone in (third, moving.new):
        await office.all([phone], undo)
        assert phone.reply is not None
        assert phone.reply.toast == office.words("stale")
    office.time.pass_(days=7)
    await office.all([moving.old], undo)
    assert moving.old.reply is not None
    assert moving.old.reply.toast == office.words("stale")


async def test_on_a_phone_that_others_see_nothing_is_undone(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        moving = await a_move(office, shared=True)
        assert office.words("story_open") in await moving.types(moving.new, moving.numbers)
        assert moving.old.said.endswith(office.words("moved_back"))
        assert await office.count(TransferUndoRow) == 0


async def test_both_phones_at_one_moment(moving: Moving) -> None:
    office, old, new = moving.office, moving.old, moving.new
    for first, second in ((old, new), (new, old)):
        third = office.phone()
        await office.act([(first, TextMessage("hello")), (second, TextMessage(moving.numbers))])
        (kim,) = await office.rows(ParticipantRow)
        async with office.store.unit_of_work() as uow:
            people = await uow.participants.load([old.chat, new.chat, third.chat])
        assert [p.chat_id for p in people.values()] == [new.chat]
        assert kim.state is ParticipantState.ACTIVE


# --- over the fake Bot API -----------------------------------------------------------------------


async def test_a_new_phone_as_people_see_it(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    """The numbers are taken out of the new chat, and the old one says nothing about why."""
    old, new = telegram.person("Sam"), telegram.person("Sam, new phone")
    await agree(old)
    await before(old)
    await old.says("/mydata")
    await old.taps("My phone", "Move to another phone")
    numbers = next(line for line in old.last.text.split("\n") if digits_in(line))
    new.start()
    await running.quiet()
    await new.taps("I was here before")
    await new.says("482 937 105 526 181")
    await new.says(numbers)
    assert not any(numbers in bubble.text for bubble in new.chat)
    assert old.last.text == (
        "Hello. This chat is closed now. If that was not you, tap this within 7 days."
    )
    assert old.last.buttons == [["That was not me"]]
    assert len(old.chat) == 1, "what stood there before is gone"
    await new.taps("No, just me", "Carry on")
    assert "nothing to answer right now" in new.last.text
    assert len({row.chat_hash for row in await running.rows(ChatMessageRow)}) == 1, "the new one's"
    print(f"\n--- the old phone\n{old.transcript()}\n--- the new\n{new.transcript()}")  # noqa: T201


async def test_of_a_chat_that_was_left_nothing_is_known_for_long(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    old, new = telegram.person("Sam"), telegram.person("Sam, new phone")
    await agree(old)
    await old.says("/mydata")
    await old.taps("My phone", "Move to another phone")
    numbers = next(line for line in old.last.text.split("\n") if digits_in(line))
    telegram.stick(old.chat[-2])
    new.start()
    await running.quiet()
    await new.taps("I was here before")
    await new.says(numbers)
    house = await running.bot.store.system_keys()
    left = house.chat_hash(old.chat_id)
    assert left in {row.chat_hash for row in await running.rows(ChatMessageRow)}
    time.pass_(days=15)
    await swept(running.bot.clean_up_job, time)
    hashes = {row.chat_hash for row in await running.rows(ChatMessageRow)}
    assert hashes == {house.chat_hash(new.chat_id)}
