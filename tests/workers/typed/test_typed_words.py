"""Workers' questions take typed words; what gives away or destroys takes only clear ones.

Every label and every short reply of every language is tried in `test_typed_words_law`.
"""

from __future__ import annotations

import pytest

from bot.dispatch.chat_memory import ChatMemory
from bot.messages.incoming import Command, TextMessage, UnsupportedMessage, VoiceMessage
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.report_tables import AnnouncementRow
from bot.store.tables.worker_tables import AlertRow, CaseRow, WorkerRow
from tests.conftest import Time
from tests.support.worker_scenario import Ear, Office
from tests.workers.typed.removing import NOT_CLEAR, about_to_remove, active, asks_to_remove


@pytest.mark.parametrize("said", ["yes", "ok", "no", "take off", "drop", "they have", "sure"])
async def test_what_gives_away_takes_the_words_on_the_button(office: Office, said: str) -> None:
    sam = await office.worker("Sam")
    await office.worker("Ali")
    await office.link(sam, "Lee")
    await office.act([(sam, Command("people"))])
    await office.say(sam, "Lee")
    assert sam.said.startswith("Lee: ")
    before = [(row.id, row.worker_id) for row in await office.rows(CaseRow)]
    await office.say(sam, said)
    assert [(row.id, row.worker_id) for row in await office.rows(CaseRow)] == before
    await office.act([(sam, Command("people"))])
    await office.say(sam, "lee")
    await office.say(sam, "Hand over to someone")
    assert sam.said == office.words("w_hand")
    await office.say(sam, said)
    assert [(row.id, row.worker_id) for row in await office.rows(CaseRow)] == before


async def test_a_name_hands_over_unless_two_have_it(office: Office) -> None:
    sam, ali = await office.worker("Sam"), await office.worker("Ali")
    await office.worker("Eve")
    await office.worker("Eve")
    await office.link(sam, "Lee")
    lee = await office.case("Lee")
    await office.does(sam, "hand", lee)
    await office.say(sam, "Eve")
    (row,) = await office.rows(CaseRow)
    assert row.worker_id == await office.number(sam), "which Eve?"
    await office.does(sam, "hand", lee)
    await office.say(sam, "ali")
    (row,) = await office.rows(CaseRow)
    assert row.worker_id == await office.number(ali)


async def test_take_off_the_list_by_its_label(office: Office) -> None:
    sam = await office.worker("Sam")
    await office.link(sam, "Lee")
    await office.does(sam, "one", await office.case("Lee"))
    await office.say(sam, "take off the list")
    assert sam.said == office.words("w_dropped", name="Lee")


async def test_of_two_people_of_one_name_neither_is_shown(office: Office) -> None:
    sam = await office.worker("Sam")
    for name in ("Lee", "Lee", "Kim"):
        await office.link(sam, name)
    await office.act([(sam, Command("people"))])
    await office.say(sam, "Lee")
    assert sam.said == office.words("w_unknown")
    await office.act([(sam, Command("people"))])
    await office.say(sam, "kim")
    assert sam.said.startswith("Kim: ")


@pytest.mark.parametrize("said", ["yes", "No", "later", "not sure", "Kim", "Make a link", "34"])
async def test_what_is_asked_for_as_a_name_stays_a_name(office: Office, said: str) -> None:
    sam = await office.worker("Sam")
    await office.act([(sam, Command("new"))])
    await office.say(sam, said)
    assert sam.said == office.words("w_service_first")
    await office.say(sam, said)
    (row,) = await office.rows(CaseRow) or [None]
    if row is None:
        await office.say(sam, "not sure")  # of the language: a choice, and no name
        (row,) = await office.rows(CaseRow)
    async with office.store.unit_of_work() as uow:
        (case,) = await uow.cases.find(ids=[row.id])
    assert (case.name, case.service) == (said, said)
    await office.act([(sam, Command("new"))])
    await office.say(sam, "leave it")
    assert sam.said == office.words("w_left")


async def test_what_was_changed_is_told_by_a_clear_yes_only(office: Office) -> None:
    lou = await office.worker("Lou", lead=True)
    await office.does(lou, "did")
    await office.say(lou, "The lights are on at night")
    check = lou.said
    assert "The lights are on at night" in check
    for said in (*NOT_CLEAR, "yes?"):
        await office.say(lou, said)
        assert lou.said == check, (said, "asked again, and it is not what they changed")
    office.dispatcher.memory = ChatMemory()
    await office.say(lou, "yes")
    assert lou.said == check, "after a restart it is asked again"
    assert await office.rows(AnnouncementRow) == []
    await office.say(lou, "The lights are on all night")
    assert "all night" in lou.said, "other words are written again"
    await office.say(lou, "yes")
    assert lou.said == office.words("w_did_done")
    assert len(await office.rows(AnnouncementRow)) == 1
    await office.does(lou, "did")
    await office.say(lou, "A new door")
    await office.say(lou, "no")
    assert lou.said == office.words("w_crew")
    await office.say(lou, "yes")
    assert len(await office.rows(AnnouncementRow)) == 1


async def test_a_day_is_typed_where_it_could_be_tapped(office: Office) -> None:
    sam = await office.worker("Sam")
    await office.before(await office.joined(sam))
    kim = await office.case()
    for verb, said, shown in (
        ("began", "1.11.2026", "Noted: the service started for Kim on 1 November"),
        ("ended", "yesterday", "Noted: the service ended for Kim"),
        ("began", "31.12.2026", office.words("w_date_order")),
        ("after", "24-12-2026", "OK. I will say hello to Kim on Thursday 24 December"),
    ):
        await office.does(sam, verb, kim)
        await office.say(sam, said)
        assert shown in sam.said, said
    await office.does(sam, "after", kim)
    await office.say(sam, "99.99.2026")
    assert sam.said == office.words("w_date_wrong")


async def test_an_alert_is_seen_by_its_words(office: Office, time: Time) -> None:
    sam = await office.worker("Sam")
    kim = await office.joined(sam)
    for said in ("I am on it", "i am on it!"):
        time.pass_(days=1)
        await office.act([(kim, Command("help"))])
        await office.all([kim], "contact")
        for unclear in ("cool", "yes", "ok"):  # it may not be there yet: only its label says it
            await office.say(sam, unclear)
        assert [row.seen_at for row in await office.rows(AlertRow)].count(None) == 1, said
        time.pass_(minutes=31)
        assert await office.go_round() == [sam]
        await office.say(sam, said)
        assert sam.said == office.words("w_seen", name="Kim"), said


async def test_an_alert_that_interrupts_a_question_is_not_seen_by_a_yes(office: Office) -> None:
    lou, _ = await about_to_remove(office)
    kim = await office.joined(lou)
    await asks_to_remove(office, lou, office.phones[lou.chat + 1])  # type: ignore[arg-type]
    await office.act([(kim, Command("help"))])
    await office.all([kim], "contact")
    await office.say(lou, "yes")
    assert lou.said == office.words("w_which"), "of which is it?"
    assert await active(office) == 2
    assert [row.seen_at for row in await office.rows(AlertRow)] == [None]


async def test_the_words_of_an_alert_are_no_name(office: Office) -> None:
    sam = await office.worker("Sam")
    kim = await office.joined(sam)
    await office.act([(sam, Command("new"))])
    await office.act([(kim, Command("help"))])
    await office.all([kim], "contact")
    await office.say(sam, "I am on it")
    assert sam.said == office.words("w_seen", name="Kim")


async def test_nothing_is_sorry_twice(office: Office) -> None:
    sam = await office.worker("Sam")
    said = []
    for what in (
        TextMessage("the stairs"),
        TextMessage("are loud"),
        VoiceMessage({"file_id": "v"}),
        UnsupportedMessage("sticker"),
    ):
        await office.act([(sam, what)])
        said.append(sam.said)
    assert said == [office.words("w_unknown"), *[office.words("w_which")] * 3]
    for text, answer in (
        ("thank you", office.words("take_care")),
        ("ok", office.words("take_care")),
        ("hello", office.words("w_hello", name="Sam")),
        ("yes", office.words("w_which")),
        ("later", office.words("w_left")),
        ("bye", office.words("take_care")),
    ):
        await office.say(sam, text)
        assert sam.said == answer, text
    await office.say(sam, "who are you?")
    assert office.words("w_help") in sam.said


async def test_the_numbers_and_the_note_are_typed(office: Office) -> None:
    sam, stranger = await office.worker("Sam"), office.phone()
    await office.say(stranger, "help")
    await office.act([(sam, Command("help"))])
    await office.say(sam, "Numbers to call")
    assert sam.said == stranger.said
    await office.does(sam, "morning", 0, "on")
    await office.say(sam, "no")
    assert sam.said == office.words("w_morning_off")
    await office.does(sam, "morning", 0, "on")
    await office.say(sam, "Stop the note")
    assert sam.said in (office.words("w_morning_off"), office.words("w_stopped"))
    assert [row.morning for row in await office.rows(WorkerRow)] == [False]


async def test_a_worker_who_is_a_participant_answers_the_worker_question(office: Office) -> None:
    lou, _ = await about_to_remove(office)
    sam = office.phones[lou.chat + 1]
    assert isinstance(sam, Ear)
    other = await office.worker("Eve", lead=True)
    await office.joins(lou, await office.link(other, "A friend"))
    answers = await office.count(AnswerRow)
    for said in ("no", "yes?", "not sure"):
        await asks_to_remove(office, lou, sam)
        await office.say(lou, said)
        assert await office.count(AnswerRow) == answers, said
    await office.link(lou, "Lee")
    await office.does(lou, "hand", await office.case("Lee"))
    await office.say(lou, "yes")
    assert lou.said == office.words("w_which"), "whose worker is no yes, and no answer of theirs"
    assert await office.count(AnswerRow) == answers
    await asks_to_remove(office, lou, sam)
    await office.say(lou, "yes")
    assert lou.said == office.words("w_remove_done", name="Sam")
    assert await office.count(AnswerRow) == answers
    await office.say(lou, "a door that locks")
    assert await office.count(AnswerRow) == answers + 1
    await office.act([(lou, Command("people"))])
    await office.say(lou, "stop")
    assert [row.state for row in await office.rows(ParticipantRow)] == ["stopped"]
