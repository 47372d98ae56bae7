"""Somebody is not happy about this: kept with its dates, whatever else they say or do.

That it stays when its person goes is in `test_deleting`.
"""

from __future__ import annotations

import pytest

from bot.cli import manage_complaints
from bot.cli.doctor.doctor import examine
from bot.domain.states import ParticipantState
from bot.messages.incoming import Command, TextMessage, VoiceMessage
from bot.settings import CannotBeDone
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.data_rights_tables import ComplaintRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.conversation.my_data.deleting import CODE
from tests.support.participants import everything
from tests.support.worker_scenario import Ear, Office, an_office

WRONG = "nobody rang back"


async def unhappy(office: Office, phone: Ear) -> None:
    """Goes to where it is asked what is wrong."""
    await office.act([(phone, Command("mydata"))])
    await office.all([phone], "unhappy")
    assert phone.said == office.words("complaint")


def code_in(phone: Ear) -> str:
    """The code they were given."""
    found = CODE.search(phone.said)
    assert found, phone.said
    return found.group()


@pytest.mark.parametrize("stopped", [False, True])
async def test_its_way_from_the_person_to_the_answer(
    stopped: bool, database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        lead, sam = await office.worker("Lou", lead=True), await office.worker("Sam")
        kim = await office.joined(sam)
        if stopped:
            await office.say(kim, "stop")
        await unhappy(office, kim)
        lead.heard.clear()
        sam.heard.clear()
        await office.say(kim, WRONG)
        code = code_in(kim)
        assert [m.text for m in lead.heard] == [office.words("w_complaint")]
        assert WRONG not in office.words("w_complaint")
        assert sam.heard == [], "a worker who is no lead hears nothing"
        assert WRONG.encode() not in await everything(office.store)
        (row,) = await office.rows(ParticipantRow)
        assert (row.waits, row.state is ParticipantState.STOPPED) == (None, stopped)
        lines = "\n".join(await manage_complaints.complaints(office.settings, time))
        for part in (code, WRONG, "made 23 November 2026", "due by 23 December 2026", "not yet"):
            assert part in lines
        told: list[str] = []
        assert await examine(office.settings, time, told.append) == 1
        assert "1 to acknowledge, the first by 23 December 2026" in "\n".join(told)
        time.pass_(days=3)
        await manage_complaints.acknowledge(office.settings, time, code.lower().replace("-", " "))
        time.pass_(days=3)
        await manage_complaints.acknowledge(office.settings, time, code)  # the first time counts
        await manage_complaints.answered(office.settings, time, code)
        lines = "\n".join(await manage_complaints.complaints(office.settings, time))
        assert "acknowledged: 26 November 2026; answered: 29 November 2026" in lines
        told.clear()
        await examine(office.settings, time, told.append)
        assert "complaints  all acknowledged" in told
        with pytest.raises(CannotBeDone):
            await manage_complaints.answered(office.settings, time, "no-such-one")


async def test_in_the_middle_of_a_check_in_the_question_comes_back(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        kim = office.phone()
        await office.agree([kim])
        _, _, question = kim.messages[-1].text.partition("\n\n")  # without what comes before
        assert question.startswith("1 of 5")
        await unhappy(office, kim)
        await office.act([(kim, VoiceMessage({"file_id": "v"}))])
        assert kim.messages[-1].text == question
        assert code_in(kim)
        (row,) = await office.rows(ComplaintRow)
        assert (row.words, row.voice is not None) == (None, True)
        await office.say(kim, "an answer")
        assert await office.count(ComplaintRow) == 1
        assert await office.count(AnswerRow) == 1
        await unhappy(office, kim)
        await office.all([kim], "leave")
        assert kim.messages[0].text == office.words("complaint_left")
        await unhappy(office, kim)
        await office.act([(kim, Command("times"))])
        await office.say(kim, "an answer to what waits")
        assert await office.count(ComplaintRow) == 1, "only what was said when it was asked"
        await unhappy(office, kim)
        await office.say(kim, "x" * 13_000)
        assert kim.said == office.words("too_long")
        await office.say(kim, "stop")
        await office.say(kim, WRONG)
        assert await office.count(ComplaintRow) == 1


async def test_danger_in_it_is_answered_first_and_none_of_it_is_lost(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        kim = office.phone()
        await office.agree([kim])
        await unhappy(office, kim)
        await office.act([(kim, TextMessage("I want to die, and nobody rang back"))])
        assert kim.messages[0].text.startswith("Thank you for telling me.")
        assert code_in(kim)
        assert await office.count(AnswerRow) == 0
        lines = "\n".join(await manage_complaints.complaints(office.settings, time))
        assert "nobody rang back" in lines
