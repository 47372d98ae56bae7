"""One person, two phones: numbers move a story, the old phone is cut off, and can undo it.

Wrong numbers are slowed and then stopped; who of several people is here is in `test_stories`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.conversation.identity.move_phone import digits_in, grouped, new_digits
from bot.domain.states import ParticipantState
from bot.messages.callback_data import to_base36
from bot.messages.incoming import ButtonPress, Command, TextMessage, UpdateContent, VoiceMessage
from bot.store.queries.subject_access import load_subject_access
from bot.store.repositories.operation.attempt_counts import locked_count
from bot.store.tables.delivery_tables import ChatMessageRow, OutboxRow
from bot.store.tables.identity_tables import PastAccessRow, TransferCodeRow, TransferUndoRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.support.participants import TO_KEEP, agree, before, everything, swept
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram
from tests.support.worker_scenario import WORDS, Ear, Office, an_office, waiting

KIMS = "kims own words about the stairs"


@dataclass
class Moving:
    """Somebody with numbers in their hand, and an empty new phone."""

    office: Office
    old: Ear
    new: Ear
    numbers: str

    async def types(self, phone: Ear, text: str) -> str:
        """Says on a phone that they have talked to us, and types this; gives what is said."""
        await self.office.all([phone], Command("start"))
        await self.office.all([phone], "ask")
        await self.office.say(phone, text)
        return phone.said


def numbers_in(phone: Ear) -> str:
    """The numbers that a phone was just shown."""
    return next(line for line in phone.said.split("\n") if digits_in(line))


async def given(office: Office, phone: Ear) -> str:
    """The numbers for another phone, as somebody asks for them."""
    await office.all([phone], Command("mydata"))
    await office.all([phone], "phone")
    await office.all([phone], "move")
    return numbers_in(phone)


@pytest.fixture
async def moving(database_url: str, time: Time) -> AsyncIterator[Moving]:
    async with an_office(database_url, time) as office:
        yield await a_move(office)


async def a_move(office: Office, *, shared: bool = False) -> Moving:
    """Somebody who has said all of BEFORE, on a phone of their own or one that others see."""
    kim = office.phone()
    seen = "shared" if shared else "alone"
    await office.agree([kim], tuple(seen if step == "alone" else step for step in TO_KEEP))
    await office.before(kim, "only_me", words=KIMS)
    office.time.pass_(days=1)
    return Moving(office, kim, office.phone(), await given(office, kim))


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
        await office.all([kim], "start")
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


async def test_numbers_from_a_worker_show_nothing_of_before(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, new = await office.worker("Sam"), office.phone()
        kim = await office.joined(sam)
        await office.before(kim, words=KIMS)
        time.pass_(days=1)
        case = await office.case()
        async with office.store.unit_of_work() as uow:
            (person,) = (await uow.participants.load([kim.chat])).values()
            await uow.complaints.make(person.id, f"{KIMS} hurt", None, "en", time())
        await office.does(sam, "phone", case)
        numbers = numbers_in(sam)
        (row,) = await office.rows(TransferCodeRow)
        assert row.worker_id == await office.number(sam)
        await office.say(new, numbers)
        assert new.said == office.words("word_wrong"), "not before a yes, or a day"
        time.pass_(days=1)
        await office.say(new, numbers)
        assert office.words("story_closed") in new.said
        for act in (Command("mydata"), "share", Command("mydata"), "readers"):
            await office.all([new], act)
        time.pass_(days=14)
        await office.tick()
        for choice in ("open", "open", "alone"):  # on a phone that others may see
            await office.all([new], choice)
        await office.after(new)
        assert not any(KIMS in m.text for m in new.heard)
        copy = await load_subject_access(office.store, person.id)
        assert copy is not None
        assert copy.complaints == [], "nor is it in a copy"
        assert KIMS not in repr(copy.participant.checkins[0].session.answers)
        # It is lost to nobody: the worker reads what was shared before, and after.
        await office.does(sam, "shared", case)
        for button in [b for b in sam.work if b.verb == "read"]:
            await office.act([(sam, ButtonPress(button.encode(), 1, "1"))])
        assert any(KIMS in m.text for m in sam.heard)
        assert any(WORDS in m.text for m in sam.heard)


@pytest.mark.parametrize("answer", ["mine", "not_mine"])
async def test_the_old_chat_is_asked_whether_it_was_them(
    answer: str, database_url: str, time: Time
) -> None:
    """A neutral hello, then the question: a yes lets the numbers work, a no kills them."""
    async with an_office(database_url, time) as office:
        sam, lead, new = await office.worker("Sam"), office.phone(), office.phone()
        await office.worker("Lea", lead=True, phone=lead)
        kim = await office.joined(sam)
        await office.before(kim, words=KIMS)
        time.pass_(hours=4)
        await office.does(sam, "phone", await office.case())
        numbers = numbers_in(sam)
        await office.tick()
        assert kim.said.endswith(office.words("hello"))
        await office.all([kim], "open")
        assert kim.said == office.words("numbers_ask")
        lead.heard.clear()
        await office.all([kim], answer)
        told = office.words("w_phone_no", name="Kim")
        assert (told in sam.said, told in lead.said) == (answer != "mine", answer != "mine")
        await office.say(new, numbers)
        opened = office.words("story_closed") in new.said
        assert opened is (answer == "mine")
        time.pass_(days=2)
        if not opened:
            await office.say(new, numbers)
            assert new.said == office.words("word_wrong"), "dead for good"


async def test_on_a_phone_that_others_see_nothing_is_undone(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        moving = await a_move(office, shared=True)
        assert office.words("story_open") in await moving.types(moving.new, moving.numbers)
        assert moving.old.said.endswith(office.words("moved_back"))
        assert await office.count(TransferUndoRow) == 0


async def test_who_read_and_who_asked_outlives_a_deletion_from_a_moved_phone(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam, new = await office.worker("Sam"), office.phone()
        kim = await office.joined(sam)
        await office.before(kim, words=KIMS)
        case = await office.case()
        (session,) = await office.sessions()
        await office.does(sam, "read", case, to_base36(session.id))
        await office.does(sam, "phone", case)
        numbers = numbers_in(sam)
        time.pass_(days=1)
        await office.say(new, numbers)
        await office.aside(new, "delete_ask", "delete")
        await office.deleted()
        assert await office.count(ParticipantRow) == 0
        kept = await office.rows(PastAccessRow)
        assert sorted(row.what for row in kept) == ["numbers", "read"]
        assert {row.worker_id for row in kept} == {await office.number(sam)}
        assert len({row.subject for row in kept} - {session.participant_id, session.id}) == 1


async def test_in_the_middle_of_a_check_in_it_is_closed_too(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, new = await office.worker("Sam"), office.phone()
        kim = await office.joined(sam)
        await office.all([kim], "start")
        for text in (KIMS, WORDS, WORDS):
            await office.say(kim, text)
        await office.does(sam, "phone", await office.case())
        numbers = numbers_in(sam)
        time.pass_(days=1)
        await office.say(new, numbers)
        time.pass_(minutes=1)
        await office.all([new], "carry_on")
        await office.all([new], "n")
        await office.say(new, "my sister")
        for choice in ("right", "worker", "fine"):
            await office.all([new], choice)
        assert not any(KIMS in m.text for m in new.heard)
        (done,) = [s for s in await office.sessions() if s.participant_id]
        assert (done.stage, done.sharing) == ("done", "worker")


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


# --- wrong ones ----------------------------------------------------------------------------------


async def tries(moving: Moving, phone: Ear) -> int:
    """How many wrong ones are counted for a phone."""
    async with moving.office.store.unit_of_work() as uow:
        by = uow.identity._keys.chat_hash(phone.chat)
        row = await locked_count(uow.identity._connection, by, moving.office.time())
    return int(row.wrong)


async def test_ten_wrong_ones_are_slowed_and_then_stopped(moving: Moving) -> None:
    """The same words for each, whether it was looked at or not; the right one waits too."""
    office, new, wrong = moving.office, moving.new, moving.office.words("word_wrong")
    for _ in range(3):
        assert await moving.types(new, grouped(new_digits())) == wrong
    assert await moving.types(new, moving.numbers) == wrong  # not looked at for a minute
    assert await tries(moving, new) == 3
    for number, minutes in enumerate([1, 5, 30, 30, 30, 30, 30], 4):
        office.time.pass_(minutes=minutes, seconds=-1)
        assert await moving.types(new, moving.numbers) == wrong
        office.time.pass_(seconds=1)
        assert await moving.types(new, grouped(new_digits())) == wrong
        assert await tries(moving, new) == number
    office.time.pass_(hours=23)
    assert await moving.types(new, moving.numbers) == wrong
    office.time.pass_(hours=1)
    assert wrong not in await moving.types(new, moving.numbers)
    assert await tries(moving, new) == 0


async def test_of_a_wrong_one_nothing_is_kept_but_a_count(moving: Moving) -> None:
    office, new = moving.office, moving.new
    people = await office.count(ParticipantRow)
    await moving.types(new, "my secret hedgehog")
    assert await office.count(ParticipantRow) == people
    held = await everything(office.store)
    assert b"hedgehog" not in held
    assert str(new.chat).encode() not in held


async def test_others_who_guess_lock_nobody_out(moving: Moving) -> None:
    office = moving.office
    phones = office.chats(120, first=90_001)
    for _ in range(10):
        await office.all(phones, TextMessage(grouped(new_digits())))
        office.time.pass_(minutes=31)
    assert office.words("story_open") in await moving.types(moving.new, moving.numbers)


async def test_stop_help_and_danger_come_before_a_word(moving: Moving) -> None:
    office, new = moving.office, moving.new
    for text, phrase in (("I want to die", "danger_self_harm"), ("stop", "stopped_bare")):
        said = await moving.types(new, text)
        assert said.startswith(office.words(phrase, lines="").split("\n")[0]), text
    assert await tries(moving, new) == 0


@pytest.mark.parametrize("what", [VoiceMessage({"file_id": "v"}), Command("mydata")])
async def test_something_else_than_a_word_is_no_try(moving: Moving, what: UpdateContent) -> None:
    await moving.types(moving.new, "x" * 4)
    await moving.office.all([moving.new], what)
    assert await tries(moving, moving.new) == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("482 937 105 526 181", "482937105526181"),
        ("٤٨٢ ٩٣٧ ١٠٥ ٥٢٦ ١٨١", "482937105526181"),
        ("४८२-९३७-१०५-५२६-१८१", "482937105526181"),
        ("482 937 105 526 18", None),
        ("482 937 105 526 1811", None),
        ("482 937 105 526 18a", None),
        ("²" * 15, None),
        ("1" * 10_000, None),
        ("", None),
    ],
)
def test_digits_of_any_script_and_nothing_else(text: str, found: str | None) -> None:
    assert digits_in(text) == found


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
    await new.taps("I have talked to you before")
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
    await new.taps("I have talked to you before")
    await new.says(numbers)
    house = await running.bot.store.system_keys()
    left = house.chat_hash(old.chat_id)
    assert left in {row.chat_hash for row in await running.rows(ChatMessageRow)}
    time.pass_(days=15)
    await swept(running.bot.clean_up_job, time)
    hashes = {row.chat_hash for row in await running.rows(ChatMessageRow)}
    assert hashes == {house.chat_hash(new.chat_id)}
