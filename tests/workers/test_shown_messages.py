"""What a worker was shown leaves their chat once it may not stand there any more.

Over the fake Bot API: whoever takes it back, deletes it, or is handed over, and however Telegram
fails meanwhile, no word of theirs stands in a chat in which it may not be read.
"""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.messages.callback_data import PhraseButton, WorkerButton, to_base36
from bot.messages.deep_links import WORKS_FOR, new_token
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import CaseRow, ShownRow
from tests.conftest import Time
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

WORDS = "the stairs are loud at night"


async def worker(telegram: FakeTelegram, running: Running, name: str = "Wanda") -> Person:
    """Somebody who has become a worker by an invite."""
    await running.bot.started.wait()
    token, now = new_token(), running.clock()
    async with running.bot.store.unit_of_work() as uow:
        await uow.workers.make_invite(token, name, lead=False, now=now, expires_at=now + WORKS_FOR)
    phone = telegram.person(name)
    phone.start(token)
    await running.quiet()
    return phone


async def shared_with(telegram: FakeTelegram, running: Running, wanda: Person) -> Person:
    """Kim, who came by this worker's link, and shares a whole BEFORE with them."""
    await wanda.says("/new Kim")
    await wanda.says("A room")
    await wanda.taps("I do not know")  # how old they are
    ids = [row.id for row in await running.rows(CaseRow)]
    async with running.bot.store.unit_of_work() as uow:
        (case,) = await uow.cases.find(ids=ids)
        token = new_token()
        await uow.cases.new_link(case, token, running.clock() + WORKS_FOR)
    kim = telegram.person("Kim")
    kim.start(token)
    await running.quiet()
    way = ("18 or over", "Yes, keep it", "No, just me")
    await kim.taps(*way)
    for text in (WORDS, WORDS, WORDS):
        await kim.says(text)
    await kim.taps("Not sure")
    kim.voice()
    await running.quiet()
    await kim.taps("Wanda", "Yes", "OK")
    return kim


async def reads(running: Running, wanda: Person) -> None:
    """The worker reads it, beside and as a page too."""
    (case,), (session,) = await running.rows(CaseRow), await running.rows(CheckinRow)
    for verb, how in (("read", to_base36(session.id)), ("beside", ""), ("sheet", "")):
        wanda.tap_data(WorkerButton(verb, case.id, how).encode())
        await running.quiet()


def words_in(chat: Person) -> list[str]:
    """What stands in a chat that shows her words: texts, voice notes and pages."""
    return [
        b.text or b.kind for b in chat.chat if WORDS in b.text or b.kind in ("voice", "document")
    ]


async def unshare(kim: Person, running: Running) -> None:
    (session,) = await running.rows(CheckinRow)
    kim.tap_data(PhraseButton("share", "only_me", session.id).encode())
    await running.quiet()


async def delete(kim: Person, running: Running) -> None:
    await kim.says("/delete")
    await kim.taps("Yes, delete them")


async def take_one_back(kim: Person, running: Running) -> None:
    async with running.bot.store.unit_of_work() as uow:
        person = (await uow.participants.load([kim.chat_id], [kim.chat_id]))[kim.chat_id]
        uow.checkins.withdraw_answers(person, person.checkins[0].id, ["b1"])


async def remove(kim: Person, running: Running) -> None:
    async with running.bot.store.unit_of_work() as uow:
        await uow.workers.remove(1, None, running.clock())


async def a_day(kim: Person, running: Running) -> None:
    running.clock.pass_(hours=24, minutes=1)  # type: ignore[attr-defined]


async def nothing(kim: Person, running: Running) -> None:
    """What is shared still stands."""


DEEDS = {f.__name__: f for f in (unshare, delete, take_one_back, remove, a_day, nothing)}
FAULTS = ("", "429", "500", "400", "restart")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", DEEDS)
async def test_what_may_not_be_read_stands_in_no_chat(
    name: str, fault: str, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    wanda = await worker(telegram, running)
    kim = await shared_with(telegram, running, wanda)
    time.pass_(minutes=5)
    await reads(running, wanda)
    assert len(words_in(wanda)) > 3, "words, a voice note and a page"
    await running.bot.clear()
    assert len(words_in(wanda)) > 3, "while it is shared it stands"
    await DEEDS[name](kim, running)
    if fault in ("429", "500", "400"):
        for method in ("deleteMessages", "deleteMessage", "editMessageText"):
            telegram.faults.add(kind=fault, method=method, times=1, chat=wanda.chat_id)
    elif fault == "restart":
        await running.stop()
        await running.start()
        await running.bot.started.wait()
    for _ in range(4):
        await running.bot.clear()
        await running.quiet()
        time.pass_(minutes=11)
    found = words_in(wanda)
    assert bool(found) is (name == "nothing"), found
    if name != "nothing":
        rows = [r for r in await running.rows(ShownRow) if r.session_id is not None]
        assert rows == [], "nothing is left to be done"


async def test_the_person_is_told_who_has_read_it(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    wanda = await worker(telegram, running)
    kim = await shared_with(telegram, running, wanda)
    await reads(running, wanda)
    await unshare(kim, running)
    assert [b.text for b in kim.chat][-2:] == [
        "Changed.",
        "Wanda read it on 23 November. I take it off their chat.",
    ]
    await delete(kim, running)
    said = [b.text for b in kim.chat][-2:]
    assert said[0] == "Wanda read it on 23 November. I take it off their chat."
    assert "Nobody can read it" not in said[1]
    await kim.taps("Undo")
    assert "Nothing is deleted" in kim.last.text


async def test_where_nobody_read_it_nobody_can(telegram: FakeTelegram, running: Running) -> None:
    wanda = await worker(telegram, running)
    kim = await shared_with(telegram, running, wanda)
    await delete(kim, running)
    assert "Nobody can read it now" in kim.last.text


async def test_a_name_in_an_alert_goes_with_its_person(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    wanda = await worker(telegram, running)
    kim = await shared_with(telegram, running, wanda)
    await kim.says("/help")
    await kim.taps("Ask someone to contact me")
    alerts = [b for b in wanda.chat if "Kim" in b.text and "touch" in b.text]
    assert len(alerts) == 1, [b.text for b in wanda.chat]
    time.pass_(hours=30)
    await running.bot.clear()
    assert alerts[0].message_id in {b.message_id for b in wanda.chat}
    await delete(kim, running)
    time.pass_(minutes=11)
    await running.tick()
    await running.bot.clear()
    assert alerts[0].message_id not in {b.message_id for b in wanda.chat}
    async with running.bot.store.engine.connect() as connection:
        people = await connection.execute(sa.select(ParticipantRow.id))
        assert people.all() == []
