"""A "no" to "Are you the same person?" by mistake can be undone, and by nobody after them."""

from __future__ import annotations

import pytest

from bot.conversation.identity.shared_phone import AFTER_ALL_FOR
from bot.messages.callback_data import PhraseButton
from bot.messages.incoming import ButtonPress, Command, TextMessage
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.conversation.identity.two_people import KIMS
from tests.support.participants import TO_KEEP
from tests.support.worker_scenario import Ear, Office, an_office, waiting

BUTTON = "It is me after all"


async def half_way(office: Office, time: Time) -> Ear:
    """Somebody who has said one thing, and is asked who they are."""
    phone = office.phone()
    await office.act([(phone, Command("start"))])
    for choice in TO_KEEP:
        await office.all([phone], choice)
    await office.say(phone, KIMS)
    await office.act([(phone, ButtonPress(PhraseButton("other_person", "new").encode(), 1, "1"))])
    assert phone.said == office.words("other_person")
    return phone


def undo(phone: Ear) -> ButtonPress:
    """A tap on the button that undoes it."""
    (found,) = [key for m in phone.messages for key in m.choices if key.label == BUTTON]
    return ButtonPress(found.data, phone.under, "1")


@pytest.mark.parametrize("no", ["new", "no", "nope"])
@pytest.mark.parametrize("typed", [False, True], ids=["tapped", "typed"])
async def test_it_is_undone_and_all_is_as_it_was(
    database_url: str, time: Time, no: str, typed: bool
) -> None:
    async with an_office(database_url, time) as office:
        phone = await half_way(office, time)
        await office.all([phone], "new" if no == "new" else TextMessage(no))
        assert "I am a computer" in phone.said
        time.pass_(minutes=9)
        await office.act([(phone, TextMessage(BUTTON) if typed else undo(phone))])
        assert office.words("me_after_all") in phone.said
        assert waiting(phone) == "b2", "the question that was open is open"
        (row,) = await office.rows(ParticipantRow)
        assert row.aside_hash is None
        assert row.waits is None
        await office.say(phone, "the noise")
        assert waiting(phone) == "b3"


@pytest.mark.parametrize("said", ["yes", "ok", "it is me", "Yes, it is me"])
async def test_a_yes_to_the_greeting_brings_nobody_back(
    database_url: str, time: Time, said: str
) -> None:
    async with an_office(database_url, time) as office:
        phone = await half_way(office, time)
        await office.all([phone], "new")
        await office.say(phone, said)
        assert KIMS not in phone.said
        (row,) = await office.rows(ParticipantRow)
        assert row.aside_hash is not None


async def test_after_ten_minutes_it_is_too_late(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        phone = await half_way(office, time)
        await office.all([phone], "new")
        old = undo(phone)
        time.pass_(seconds=AFTER_ALL_FOR.total_seconds() + 1)
        await office.act([(phone, old)])
        assert phone.toasts[-1:] == [office.words("stale")]
        (row,) = await office.rows(ParticipantRow)
        assert row.aside_hash is not None


@pytest.mark.parametrize(
    "steps", [["adult"], ["adult", "back"], ["under13"], ["adult", "more", "ok"]]
)
@pytest.mark.parametrize("typed", [False, True], ids=["tapped", "typed"])
async def test_once_somebody_else_is_past_the_greeting_it_is_too_late(
    database_url: str, time: Time, steps: list[str], typed: bool
) -> None:
    async with an_office(database_url, time) as office:
        phone = await half_way(office, time)
        await office.all([phone], "new")
        old = undo(phone)
        for choice in steps:
            await office.all([phone], choice)
        await office.act([(phone, TextMessage(BUTTON) if typed else old)])
        assert typed or phone.toasts[-1:] == [office.words("stale")]
        assert office.words("me_after_all") not in phone.said
        (row,) = await office.rows(ParticipantRow)
        assert row.aside_hash is not None
        assert row.waits is None, "nor in another process"


async def test_another_language_on_the_greeting_is_not_past_it(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        phone = await half_way(office, time)
        await office.all([phone], "new")
        old = undo(phone)
        await office.say(phone, "polski")
        await office.act([(phone, old)])
        (row,) = await office.rows(ParticipantRow)
        assert row.aside_hash is None


async def test_once_somebody_else_has_begun_it_is_too_late(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        phone = await half_way(office, time)
        await office.all([phone], "new")
        old = undo(phone)
        for choice in TO_KEEP:
            await office.all([phone], choice)
        await office.act([(phone, old)])
        assert phone.toasts[-1:] == [office.words("stale")]
        kim, lee = sorted(await office.rows(ParticipantRow), key=lambda row: row.joined_at)
        assert {kim.aside_hash is None, lee.aside_hash is None} == {True, False}
        # Nor once they have gone again.
        await office.act([(phone, Command("start"))])
        await office.all([phone], "new")
        phone.toasts.clear()
        await office.act([(phone, old)])
        assert phone.toasts == [office.words("stale")]
        assert all(row.aside_hash is not None for row in await office.rows(ParticipantRow))


async def test_who_has_a_private_word_is_asked_for_it(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        phone = await half_way(office, time)
        await office.all([phone], "same")
        await office.act(
            [(phone, ButtonPress(PhraseButton("safety_first", "word").encode(), 1, "1"))]
        )
        await office.say(phone, "badger")
        await office.act(
            [(phone, ButtonPress(PhraseButton("other_person", "new").encode(), 1, "1"))]
        )
        await office.all([phone], "new")
        await office.act([(phone, undo(phone))])
        assert phone.said.startswith(office.words("came_back"))
        await office.say(phone, "badger")
        assert phone.said == office.words("story_open")
