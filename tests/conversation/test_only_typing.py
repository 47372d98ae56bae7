"""A person who never taps, and only types, gets from their first hello to thanks."""

from __future__ import annotations

import pytest

from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.participant_tables import ConsentRow, ParticipantRow
from tests.conftest import Time
from tests.support.participants import answers_of
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram

BEFORE = ("b1", "b2", "b3", "first", "strength")
TYPED: dict[str, tuple[str, ...]] = {
    "en": (
        *("Hello", "I'm 45 years old", "yeah", "no, just me"),
        *("a door that locks", "the damp", "i would sleep", "nope", "my sister"),
        *("just me", "sure", "good"),
    ),
    "pl": (
        *("cześć", "mam 45 lat", "zgadzam sie", "tylko ja"),
        *("drzwi na klucz", "wilgoc", "spalbym", "nie", "moja siostra"),
        *("tylko ja", "jasne", "ok"),
    ),
    "ar": (
        *("السلام عليكم", "عمري ٤٥", "موافق", "بس انا"),
        *("باب يقفل", "الرطوبة", "انام مرتاح", "لا", "اختي"),
        *("انا فقط", "ايوه", "تمام"),
    ),
    "ur": (
        *("aoa", "main 45 saal ka hoon", "manzoor hai", "sirf main"),
        *("darwaza jo band ho", "geela ghar", "neend aati", "nahi", "meri behen"),
        *("sirf main", "ji haan", "theek hai"),
    ),
}
"""What is typed in each language; Urdu in Latin letters."""
THANKS = {"en": "thanks", "pl": "dzieki", "ar": "شكرا", "ur": "shukriya"}
NOT_UNDERSTOOD = ("unknown", "unknown_new", "unknown_tap", "unknown_again", "age_unclear")


@pytest.mark.parametrize("language", TYPED)
async def test_who_only_types_gets_from_hello_to_thanks(
    language: str, telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    async with Running(telegram, database_url, time, languages="en,pl,ar,ur") as running:
        await running.bot.started.wait()
        env = running.bot.env
        localizer = env.languages[language]
        sam = telegram.person("Sam", language_code=language, started=True)
        for said in TYPED[language]:
            await sam.says(said)
            new = "\n".join(bubble.text for bubble in sam.fresh)
            for name in NOT_UNDERSTOOD:
                start = localizer.phrase(name, {"help_word": ""})[:20]
                assert start not in new, (said, sam.transcript())
        (row,) = await running.rows(ParticipantRow)
        assert (row.language, row.shared_phone) == (language, False), sam.transcript()
        consents = {row.kind: row.given for row in await running.rows(ConsentRow)}
        assert consents == {"keep": True, "message": True}
        (checkin,) = await running.rows(CheckinRow)
        assert checkin.stage == "done", sam.transcript()
        found = await answers_of(running, sam)
        words = [found[step].words for step in BEFORE if step != "first"]
        answers = TYPED[language][4:9]
        assert words == [*answers[:3], answers[4]], sam.transcript()
        assert found["first"].choices == ("n",)
        await sam.says(THANKS[language])
        kind = localizer.phrase("take_care")[:6]
        assert kind in sam.last.text, sam.transcript()
