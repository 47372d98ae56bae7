"""The first two questions, and whether they wait unharmed.

It checks nothing by itself.
"""

from __future__ import annotations

from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from tests.support.participants import answers_of
from tests.support.running_bot import Running
from tests.support.telegram_fake import Person

QUESTION = "What would you like this service to give you"
NEXT = "What feels like it is going wrong"
STALE = "That button is from before. Nothing has changed."


async def is_unharmed(sam: Person, running: Running) -> None:
    """The same question waits, nothing is kept, every tap was answered, and it can be answered."""
    (session,) = await running.rows(CheckinRow)
    assert (session.step, session.turn) == ("b1", 1)
    assert await running.rows(AnswerRow) == []
    await sam.answered()
    await sam.says("A door that locks")
    assert NEXT in sam.last.text
    assert (await answers_of(running, sam))["b1"].words == "A door that locks"
