"""The pictures of a small phone show what is really sent, in three languages.

`DRAW=write pytest tests/documents/test_phone_pictures.py` draws them anew, with a Chromium.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from pathlib import Path

import pytest

from bot.settings import ROOT
from tests.conftest import Time
from tests.support.browser import HOW, chromium
from tests.support.running_bot import Running
from tests.support.small_phone.layout import shown_as
from tests.support.small_phone.picture import draw, drawn_from, name_of, page
from tests.support.telegram_fake import FakeTelegram, Person

DOCS = ROOT / "docs"
SHOWN = 3
"""Messages, of which the first may be above the screen."""
LARGEST = 40_000
"""Bytes of a picture."""
SAID = {
    "en": ("Somewhere safe, and quiet at night", "I would sleep the whole night", "My sister"),
    "ar": ("مكان آمن وهادئ في الليل", "أنام طوال الليل", "أختي"),
    "bn": ("একটা নিরাপদ জায়গা, রাতে শান্ত", "সারা রাত ঘুমাতে পারব", "আমার বোন"),
}


async def press(person: Person, *choices: str) -> None:
    """Presses the newest buttons that choose these, whatever their language calls them."""
    for choice in choices:
        label = next(
            label
            for bubble in reversed(person.chat)
            for label, data in bubble.data.items()
            if choice in re.split("[:.]", data)
        )
        await person.taps(label)


async def held(telegram: FakeTelegram, url: str, time: Time, language: str) -> dict[str, str]:
    """The pages of a conversation: at its first question, and at that of two weeks later."""
    good, better, strength = SAID[language]
    async with Running(telegram, url, time, languages="") as running:
        sam = telegram.person("Sam", language_code=language)
        sam.start()
        await sam.waits()
        await press(sam, "adult", "agree", "alone")
        pages = {f"phone-{language}-before.png": page(sam.chat[-SHOWN:])}
        assert shown_as(sam.last.text, len(sam.last.buttons)).fits
        await sam.says(good)
        await press(sam, "+drink_drugs", "done")
        await sam.says(better)
        await press(sam, "not_sure")
        await sam.says(strength)
        await press(sam, "service", "agree", "fine")
        time.pass_(days=14)
        await running.tick()
        await press(sam, "open", "start")
        assert good in sam.last.text
        assert shown_as(sam.last.text, len(sam.last.buttons)).fits
        return pages | {f"phone-{language}-after.png": page(sam.chat[-SHOWN:])}


@pytest.mark.parametrize("language", SAID)
async def test_the_pictures_in_the_docs_are_of_what_is_sent(
    language: str, telegram: FakeTelegram, sqlite_template: Path, tmp_path: Path, time: Time
) -> None:
    file = tmp_path / "checkin.db"
    await asyncio.to_thread(shutil.copyfile, sqlite_template, file)
    pages = await held(telegram, f"sqlite:///{file}", time, language)
    if os.environ.get("DRAW") == "write":
        where = await asyncio.to_thread(chromium)
        assert where is not None, HOW
        for name, html in pages.items():
            await draw(html, DOCS / name, where)
    for name, html in pages.items():
        assert drawn_from(DOCS / name) == name_of(html), (
            f"{name} is older: DRAW=write draws it anew"
        )
        assert (DOCS / name).stat().st_size < LARGEST
