"""Wrong numbers and words are slowed and then stopped, and of them nothing but a count is kept."""

from __future__ import annotations

import pytest

from bot.conversation.identity.move_phone import digits_in, grouped, new_digits
from bot.messages.incoming import Command, TextMessage, UpdateContent, VoiceMessage
from bot.store.repositories.operation.attempt_counts import locked_count
from bot.store.tables.participant_tables import ParticipantRow
from tests.conversation.identity.two_phones import Moving
from tests.support.participants import everything
from tests.support.worker_scenario import Ear


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
