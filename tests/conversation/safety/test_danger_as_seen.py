"""What is seen over Telegram of danger, of the question that comes back, and of what is kept."""

from __future__ import annotations

import sys

import pytest

from bot.domain.states import ParticipantState
from bot.store.tables.participant_tables import ParticipantRow
from tests.support.participants import (
    answers_of,
)
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person


@pytest.mark.parametrize("then", ["Carry on", "Stop messaging me", "Something is hard"])
async def test_i_want_it_all_to_stop(
    then: str, telegram: FakeTelegram, running: Running, sam_agreed: Person
) -> None:
    sam = sam_agreed
    question = sam.last.text
    await sam.says("i want it all to stop")
    assert [label for row in sam.last.buttons for label in row] == [
        "Stop messaging me",
        "Something is hard",
        "Carry on",
    ]
    await running.stop()  # a restart changes nothing
    await running.start()
    await sam.taps(then)
    (person,) = await running.rows(ParticipantRow)
    if then == "Stop messaging me":
        assert sam.last.text.startswith("Done. I have stopped.")
        assert (person.state, person.waits) == (ParticipantState.STOPPED, None)
    elif then == "Carry on":
        await sam.taps("No, leave it out")
        assert sam.last.text.startswith("1 of 5")
        assert question.endswith(f"\n\n{sam.last.text}"), "without what comes before the first"
        assert person.state == ParticipantState.ACTIVE
    else:
        assert "Samaritans: 116 123" in sam.last.text
        await sam.taps("I am OK, carry on", "Yes, keep it")
        assert (await answers_of(running, sam))["b1"].words == "i want it all to stop"
        assert "2 of 5" in sam.last.text
    await sam.answered()
    sys.stdout.write("\n" + "\n".join(sam.transcript().splitlines()[-44:]) + "\n")
