"""A worker who never taps, over the fake Bot API, from the first link to an alert.

Each question by itself is in `test_typed_words`.
"""

from __future__ import annotations

from bot.store.tables.worker_tables import AlertRow
from tests.conftest import Time
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram
from tests.workers.test_shown_messages import shared_with, worker

SORRY = "Sorry, I did not understand"


async def test_a_worker_who_only_types(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    wanda = await worker(telegram, running)
    kim = await shared_with(telegram, running, wanda)
    for said, sees in (
        ("thanks", "Take care"),
        ("hello", "Hello Wanda"),
        ("make a link", "What shall I call them?"),
        ("No", "What is it about?"),
        ("leave it", "Nothing has changed"),
        ("My people", "Your people: 1"),
        ("kim", "Kim: "),
        ("Ask how it went", "When shall I ask Kim?"),
        ("not sure", "Kim: "),
        ("ask how it went", "When shall I ask Kim?"),
        ("24/12/2026", "I will say hello to Kim on Thursday 24 December"),
        ("ok", "Take care"),
        ("yes", "Take care"),
        ("/people", "Your people: 1"),
        ("yes", "Tap the button you mean"),
        ("Kim", "Kim: "),
        ("Change the name", "What shall I call Kim"),
        ("later", "OK. later it is."),
    ):
        await wanda.says(said)
        assert sees in wanda.last.text, (said, wanda.last.text)
        assert SORRY not in wanda.last.text
    await kim.says("/help")
    await kim.taps("Ask someone to contact me")
    time.pass_(minutes=31)
    await running.bot.send_worker_notifications()
    await running.quiet()
    assert "asked someone to get in touch" in wanda.last.text
    await wanda.says("I am on it")
    assert "Nobody else is told" in wanda.last.text
    (alert,) = await running.rows(AlertRow)
    assert alert.seen_at is not None
    await wanda.says("show me")
    assert wanda.last.text.startswith("later: ")
