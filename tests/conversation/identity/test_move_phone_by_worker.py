"""Numbers from a worker move a participant too, and show nothing of what was said before."""

from __future__ import annotations

import pytest

from bot.messages.callback_data import to_base36
from bot.messages.incoming import ButtonPress, Command
from bot.store.queries.subject_access import load_subject_access
from bot.store.tables.identity_tables import PastAccessRow, TransferCodeRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.conversation.identity.two_people import KIMS
from tests.conversation.identity.two_phones import numbers_in
from tests.support.worker_scenario import WORDS, an_office


async def test_numbers_from_a_worker_show_nothing_of_before(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, new = await office.worker("Sam"), office.phone()
        kim = await office.joined(sam)
        await office.before(kim, words=KIMS)
        time.pass_(days=1)
        case = await office.case()
        async with office.store.unit_of_work() as uow:
            (person,) = (await uow.participants.load([kim.chat])).values()
            await uow.complaints.make(person.id, f"{KIMS} hurt", None, "en", time())
        await office.does(sam, "phone", case)
        numbers = numbers_in(sam)
        (row,) = await office.rows(TransferCodeRow)
        assert row.worker_id == await office.number(sam)
        await office.say(new, numbers)
        assert new.said == office.words("word_wrong"), "not before a yes, or a day"
        time.pass_(days=1)
        await office.say(new, numbers)
        assert office.words("story_closed") in new.said
        for act in (Command("mydata"), "share", Command("mydata"), "readers"):
            await office.all([new], act)
        time.pass_(days=14)
        await office.tick()
        for choice in ("open", "open"):  # on a phone that others may see
            await office.all([new], choice)
        await office.aside(new, "safety", "alone")  # nor is it shown on one of their own
        await office.after(new)
        assert not any(KIMS in m.text for m in new.heard)
        copy = await load_subject_access(office.store, person.id)
        assert copy is not None
        assert copy.complaints == [], "nor is it in a copy"
        assert KIMS not in repr(copy.participant.checkins[0].session.answers)
        # It is lost to nobody: the worker reads what was shared before, and after.
        await office.does(sam, "shared", case)
        for button in [b for b in sam.work if b.verb == "read"]:
            await office.act([(sam, ButtonPress(button.encode(), 1, "1"))])
        assert any(KIMS in m.text for m in sam.heard)
        assert any(WORDS in m.text for m in sam.heard)


@pytest.mark.parametrize("answer", ["mine", "not_mine"])
async def test_the_old_chat_is_asked_whether_it_was_them(
    answer: str, database_url: str, time: Time
) -> None:
    """A neutral hello, then the question: a yes lets the numbers work, a no kills them."""
    async with an_office(database_url, time) as office:
        sam, lead, new = await office.worker("Sam"), office.phone(), office.phone()
        await office.worker("Lea", lead=True, phone=lead)
        kim = await office.joined(sam)
        await office.before(kim, words=KIMS)
        time.pass_(hours=4)
        await office.does(sam, "phone", await office.case())
        numbers = numbers_in(sam)
        await office.tick()
        assert kim.said.endswith(office.words("hello"))
        await office.all([kim], "open")
        assert kim.said == office.words("numbers_ask")
        lead.heard.clear()
        await office.all([kim], answer)
        told = office.words("w_phone_no", name="Kim")
        assert (told in sam.said, told in lead.said) == (answer != "mine", answer != "mine")
        await office.say(new, numbers)
        opened = office.words("story_closed") in new.said
        assert opened is (answer == "mine")
        time.pass_(days=2)
        if not opened:
            await office.say(new, numbers)
            assert new.said == office.words("word_wrong"), "dead for good"


async def test_who_read_and_who_asked_outlives_a_deletion_from_a_moved_phone(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam, new = await office.worker("Sam"), office.phone()
        kim = await office.joined(sam)
        await office.before(kim, words=KIMS)
        case = await office.case()
        (session,) = await office.sessions()
        await office.does(sam, "read", case, to_base36(session.id))
        await office.does(sam, "phone", case)
        numbers = numbers_in(sam)
        time.pass_(days=1)
        await office.say(new, numbers)
        await office.aside(new, "delete_ask", "delete")
        await office.deleted()
        assert await office.count(ParticipantRow) == 0
        kept = await office.rows(PastAccessRow)
        assert sorted(row.what for row in kept) == ["numbers", "read"]
        assert {row.worker_id for row in kept} == {await office.number(sam)}
        assert len({row.subject for row in kept} - {session.participant_id, session.id}) == 1


async def test_in_the_middle_of_a_check_in_it_is_closed_too(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, new = await office.worker("Sam"), office.phone()
        kim = await office.joined(sam)
        for text in (KIMS, WORDS, WORDS):
            await office.say(kim, text)
        await office.does(sam, "phone", await office.case())
        numbers = numbers_in(sam)
        time.pass_(days=1)
        await office.say(new, numbers)
        time.pass_(minutes=1)
        await office.all([new], "carry_on")
        await office.all([new], "n")
        await office.say(new, "my sister")
        for choice in ("worker", "agree", "fine"):
            await office.all([new], choice)
        assert not any(KIMS in m.text for m in new.heard)
        (done,) = [s for s in await office.sessions() if s.participant_id]
        assert (done.stage, done.sharing) == ("done", "worker")
