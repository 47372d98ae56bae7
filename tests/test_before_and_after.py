"""A whole BEFORE and, two weeks later, a whole AFTER, as a person with a phone meets them."""

from __future__ import annotations

from bot.store.tables import AnswerRow, ConsentRow, FollowUpRow, ParticipantRow
from tests.conftest import Time
from tests.people import agree, before
from tests.running import Running
from tests.telegram_fake import FakeTelegram


async def test_a_whole_before_and_after(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await agree(sam, running)
    await before(sam, running)
    assert "7 December" in sam.last.text

    time.pass_(days=14)
    await running.tick()
    await sam.sees("Is now an OK time?")
    sam.tap("Yes")
    await sam.sees("Can anyone else see this phone")
    sam.tap("No, just me")
    await sam.sees("Can I ask how it went")
    sam.tap("Start")
    await sam.sees("“Somewhere safe, and quiet”")
    await sam.sees("“I would sleep the whole night”")
    await sam.sees("has been a success for you")
    await running.quiet()
    sam.tap("In some ways")
    await sam.sees("What makes you say that")
    sam.say("I have a room now but the stairs are loud")
    await sam.sees("safe and settled")
    sam.tap("Some of the time")
    await sam.sees("Last time you told me that drink or drugs")
    sam.tap("Rather not say")
    await sam.sees("Last time you told me that things with family or people")
    sam.tap("No")
    await sam.sees("do better")
    sam.say("Ask sooner")
    await sam.sees("Who may read this")
    sam.tap("The service, without my name")
    await sam.sees("How were these questions")
    sam.tap("OK")
    await sam.sees("What you said matters")
    await running.quiet()
    (participant,) = await running.rows(ParticipantRow)
    assert participant.state == "active"
    assert {c.kind: c.given for c in await running.rows(ConsentRow)} == {
        "keep": True,
        "message": True,
    }
    answers = {(a.step, a.state) for a in await running.rows(AnswerRow)}
    assert ("a3", "rather_not_say") in answers
    assert ("first", "not_sure") in answers
    follow_ups = {f.kind + f.scope[-2:]: f.state for f in await running.rows(FollowUpRow)}
    assert follow_ups["after:1"] == "sent"
