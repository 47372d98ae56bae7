"""A whole BEFORE and, two weeks later, a whole AFTER, as a person with a phone meets them."""

from __future__ import annotations

from pathlib import Path

from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ConsentRow, ParticipantRow
from tests.conftest import Time
from tests.support.participants import agree
from tests.support.running_bot import Running, copied
from tests.support.telegram_fake import FakeTelegram, Person


async def test_a_whole_before_and_after(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    assert "7 December" in sam.last.text

    time.pass_(days=14)
    await running.tick()
    await sam.sees("Is now an OK time?")
    sam.tap("Yes")
    asked = await sam.sees("Can I ask how it went")
    assert "Somewhere safe, and quiet" not in asked.text
    assert ["Someone else sees this phone"] in asked.buttons
    sam.tap("Start")
    first = await sam.sees("“Somewhere safe, and quiet”")
    assert "“I would sleep the whole night”" in first.text
    assert "has been a success for you" in first.text
    await running.quiet()
    assert sam.last.text == first.text
    sam.tap("In some ways")
    await sam.sees("What makes you say that")
    sam.say("I have a room now but the stairs are loud")
    await sam.sees("safe and settled")
    sam.tap("Some of the time")
    await sam.sees("Last time you told me that drink or drugs")
    sam.tap("Rather not say")
    await sam.sees("Last time you told me that things with family or people")
    sam.tap("No")
    await sam.sees("be done better")
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


async def test_what_was_tapped_is_quoted_in_the_words_it_had(
    telegram: FakeTelegram, database_url: str, time: Time, tmp_path: Path
) -> None:
    sam = telegram.person("Sam")
    async with Running(telegram, database_url, time) as running:
        await agree(sam)
        await sam.taps("A safe place to live", "Help with money", "Done")
        await sam.taps("Money", "Done", "Not sure yet", "No", "Skip", "Only me", "Yes", "OK")
    time.pass_(days=14)
    changed = copied(tmp_path)
    file = changed / "before.yaml"
    words = file.read_text().replace("A safe place to live", "A home").replace(" Money", " Cash")
    file.write_text(words)
    async with Running(telegram, database_url, time, flows=changed) as running:
        await running.bot.started.wait()
        await running.tick()
        await sam.taps("Yes", "Start")
        (quoting,) = [b.text for b in sam.chat if "You said:" in b.text]
        assert quoting.startswith(
            "Last time I asked what you would like this service to give you. You said:\n\n"
            "A safe place to live and Help with money\n\n1 of 5."
        )
        await sam.taps("Yes", "Skip", "Yes", "No", "No")
        await sam.sees("You said:\n\nMoney\n\nHow is that now?")
