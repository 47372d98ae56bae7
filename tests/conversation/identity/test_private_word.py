"""A private word is chosen, tried and typed; without it nobody is let in."""

from __future__ import annotations

import pytest

from bot.messages.incoming import (
    Command,
    TextMessage,
)
from bot.store.tables.participant_tables import ParticipantRow
from flows.engine.normalise import normalise
from tests.conversation.identity.two_people import KIMS, WORD, Two, heard_of
from tests.support.participants import TO_KEEP


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
