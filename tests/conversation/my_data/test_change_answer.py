"""One answer changed or taken back: the old value is gone from everywhere, also from the file.

Who may read an answer is changed elsewhere (`test_worker_reading`).
"""

from __future__ import annotations

import pytest

from bot.dispatch.dispatcher import Dispatcher
from bot.messages.callback_data import PhraseButton, to_base36
from bot.messages.incoming import (
    ButtonPress,
    Command,
    IncomingUpdate,
    TextMessage,
    UpdateContent,
    VoiceMessage,
)
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import ReadRow
from tests.conftest import Time
from tests.support.participants import everything
from tests.support.worker_scenario import WORDS, Ear, Office, an_office

NEW = "a door that locks"


async def opened(office: Office, phone: Ear, step: str) -> None:
    """Goes from my data to one answer."""
    await office.act([(phone, Command("mydata"))])
    await office.all([phone], "change")
    if "s" in phone.offered:
        await office.all([phone], "s")
    await office.all([phone], step)


async def answers(office: Office) -> dict[str, AnswerRow]:
    """What is kept of the newest check-in, by question."""
    session = (await office.sessions())[-1].id
    return {a.step: a for a in await office.rows(AnswerRow) if a.session_id == session}


async def alone(office: Office, *, words: str = WORDS) -> Ear:
    """Somebody who has finished a BEFORE."""
    phone = office.phone()
    await office.agree([phone])
    await office.before(phone, "only_me", words)
    return phone


async def sealed(office: Office, step: str) -> bytes:
    """The bytes that stand for the words of an answer."""
    words = (await answers(office))[step].words
    assert words is not None
    return words


async def gone(office: Office, old: bytes) -> None:
    """The old bytes are in no table, and after the next tick in no file either."""
    await office.tick()
    assert old not in await everything(office.store)


@pytest.mark.parametrize("how", ["words", "voice", "choices", "taken back"])
async def test_the_old_value_is_really_gone(how: str, database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        kim = await alone(office)
        old = await sealed(office, "b1")
        await office.store.checkpoint()
        assert old in await everything(office.store)
        await opened(office, kim, "b1")
        assert f"“{WORDS}”" in kim.said
        assert all(m.protect_content for m in kim.messages if WORDS in m.text)
        if how == "words":
            await office.say(kim, NEW)
        elif how == "voice":
            await office.act([(kim, VoiceMessage({"file_id": "new"}))])
        elif how == "choices":
            for label in ("0+", "0-", "0+", "money", "done"):
                await choose(office, kim, label)
        else:
            await office.all([kim], "take_back")
        said = "change_taken_back" if how == "taken back" else "change_done"
        assert kim.said == office.words(said)
        await gone(office, old)
        kept = (await answers(office)).get("b1")
        assert (kept is None) is (how == "taken back")
        await office.act([(kim, Command("mydata"))])
        shown = {"words": f"“{NEW}”", "voice": "a voice note", "choices": "A safe place to live"}
        assert kim.said.count(WORDS) == 3, "the others still stand"
        assert shown.get(how, "") in kim.said
        (row,) = await office.rows(ParticipantRow)
        assert (row.waits, row.taken_back) == (None, 1)


async def choose(office: Office, phone: Ear, what: str) -> None:
    """Taps one of several choices, or Done."""
    keys = {"0+": 0, "0-": 0, "money": 2}
    if what == "done":
        key = next(k for k in phone.keys if k.label == "Done")
    else:
        key = phone.keys[keys[what]]
        assert key.label.startswith("✓") is (what == "0-")
    await office.act([(phone, ButtonPress(key.data, phone.under, "1"))])


@pytest.mark.parametrize("how", ["changed", "taken back"])
async def test_the_next_check_in_quotes_what_stands_now(
    how: str, database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        kim = await alone(office, words="only this once")
        await opened(office, kim, "b1")
        if how == "changed":
            await office.say(kim, NEW)
        else:
            await office.all([kim], "take_back")
        time.pass_(days=14)
        await office.tick()
        await office.all([kim], "open")
        await office.all([kim], "start")
        assert "only this once" not in kim.said
        assert (NEW in kim.said) is (how == "changed")
        assert "1 of 5." in kim.messages[-1].text


async def test_a_worker_never_reads_the_old_one_and_who_read_stays_told(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        await office.before(kim, words="only this once")
        case, session = await office.case(), (await office.sessions())[-1].id
        await office.does(sam, "read", case, to_base36(session))
        assert "only this once" in sam.said
        await opened(office, kim, "b1")
        await office.say(kim, NEW)
        await office.does(sam, "read", case, to_base36(session))
        assert NEW in sam.said
        assert "only this once" not in sam.said
        assert await office.count(ReadRow) == 2
        await office.act([(kim, Command("mydata"))])
        await office.all([kim], "readers")
        assert kim.said.count("Sam") == 2


async def test_what_hung_on_an_answer_goes_with_it(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        kim = office.phone()
        await office.agree([kim])
        for _ in range(3):
            await office.say(kim, WORDS)
        await office.all([kim], "y")
        await office.say(kim, "what comes first")
        await office.say(kim, WORDS)
        assert {"first", "first_more"} <= (await answers(office)).keys()
        await opened(office, kim, "first")
        no = next(k for k in kim.keys if k.label == "No")
        await office.act([(kim, ButtonPress(no.data, kim.under, "1"))])
        kept = await answers(office)
        assert "first_more" not in kept
        assert kept["first"].choices == ["n"]
        assert kim.messages[-1].text.startswith("Here is what you said"), "it waited"
        assert "what comes first" not in kim.messages[-1].text


async def test_the_very_question_that_waits(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        kim = office.phone()
        await office.agree([kim])
        for _ in range(3):
            await office.say(kim, WORDS)
        await office.say(kim, "not a button of this question")
        await opened(office, kim, "first")
        await office.all([kim], "take_back")
        assert "first" not in await answers(office)
        assert "done" not in kim.offered, "as if nothing had been said to it"
        await office.all([kim], "n")
        assert (await answers(office))["first"].words is None


OLD: dict[str, UpdateContent] = {
    "another question": ButtonPress(PhraseButton("change_one", "3.y", 0).encode(), 1, "1"),
    "of another check-in": ButtonPress(PhraseButton("change_one", "take_back", 5).encode(), 1, "1"),
    "forged": ButtonPress(PhraseButton("change_one", "zz.zz", 0).encode(), 1, "1"),
    "forged step": ButtonPress(PhraseButton("change_which", "check", 0).encode(), 1, "1"),
    "forged check-in": ButtonPress(PhraseButton("change_pick", "s", 0).encode(), 1, "1"),
}


async def test_old_double_and_forged_taps_change_nothing(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        kim, lee = await alone(office), await alone(office)
        await opened(office, kim, "first")
        yes = next(k for k in kim.keys if k.label == "Yes")
        back = kim.press("take_back")
        was = await office.rows(AnswerRow)
        for name, what in OLD.items():
            await office.act([(kim, what)])
            assert kim.toasts[-1] == office.words("stale"), name
            await office.act([(lee, ButtonPress(yes.data, 1, "1"))])
            assert lee.toasts[-1] == office.words("stale")
            assert await office.rows(AnswerRow) == was
        # Doing something else ends it; what comes after is no new answer.
        for other in (
            Command("mydata"),
            ButtonPress(PhraseButton("mydata", "readers").encode(), 1, "1"),
        ):
            await opened(office, kim, "first")
            await office.act([(kim, other)])
            await office.say(kim, NEW)
            await office.act([(kim, back)])
            assert await office.rows(AnswerRow) == was
        await opened(office, kim, "first")
        await office.say(kim, "stop")
        await office.say(kim, NEW)
        await office.act([(kim, ButtonPress(yes.data, 1, "1"))])
        assert await office.rows(AnswerRow) == was
        # It works after a stop all the same, also over a restart, and once.
        await opened(office, kim, "first")
        office.dispatcher = Dispatcher(office.store, office.env, time)
        await office.act([(kim, ButtonPress(yes.data, 1, "1")), (lee, TextMessage("x"))])
        assert kim.said == office.words("change_done")
        changed = await office.rows(AnswerRow)
        assert changed != was
        await office.act([(kim, ButtonPress(yes.data, 1, "1"))])
        assert kim.toasts[-1] == office.words("done_already")
        assert await office.rows(AnswerRow) == changed


async def test_help_and_danger_come_first_and_what_was_written_is_kept_only_on_a_yes(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        kim = await alone(office)
        await opened(office, kim, "b1")
        await office.say(kim, "HELP")
        assert "Samaritans" in kim.said
        await office.say(kim, "I want to die")
        assert kim.said.startswith("Thank you for telling me.")
        old = (await answers(office))["b1"].words
        await office.all([kim], "carry_on")
        assert kim.said == office.words("danger_keep")
        await office.all([kim], "leave")
        assert (await answers(office))["b1"].words == old
        assert office.label("change_one", "take_back") in [k.label for k in kim.keys]
        await office.say(kim, "I want to die")
        await office.all([kim], "carry_on")
        await office.all([kim], "keep")
        assert kim.said == office.words("change_done")
        assert (await answers(office))["b1"].words != old


async def test_what_is_owed_and_quotes_it_is_struck_off(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        kim = await alone(office)
        time.pass_(days=14)
        await office.tick()
        await office.all([kim], "open")
        start = kim.press("start")
        # The process ends before the question with the quotes is delivered.
        await office.dispatcher.process([IncomingUpdate(9_001, kim.chat, start, time())])
        assert len(await office.rows(OutboxRow)) == 1
        await opened(office, kim, "b1")
        assert len(await office.rows(OutboxRow)) == 1
        await office.say(kim, NEW)
        assert await office.rows(OutboxRow) == []
        assert kim.messages[-1].text.startswith("1 of 5."), "and the question is asked again"


async def test_the_log_is_emptied_once_nobody_reads(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        if office.store.engine.dialect.name != "sqlite":
            assert await office.store.checkpoint(), "there is no such log to fold"
            return
        kim = await alone(office)
        old = await sealed(office, "b1")
        async with office.store.read_snapshot() as connection:  # as a backup does
            await connection.exec_driver_sql("SELECT count(*) FROM answers")
            await opened(office, kim, "b1")
            await office.all([kim], "take_back")
            await office.tick()  # does not wait for whoever reads
            assert old in await everything(office.store)
        await gone(office, old)


async def test_nothing_to_change(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        kim = office.phone()
        await office.aside(kim, "mydata", "change")
        assert kim.said == office.words("change_none")
        await office.agree([kim])
        await office.act([(kim, Command("mydata"))])
        assert "change" not in kim.offered
        assert {"copy", "unhappy", "delete"} <= set(kim.offered)


@pytest.mark.parametrize(("typed", "stays"), [("leave", True), ("take_back", False)])
async def test_what_leaves_it_or_takes_it_back_can_be_typed(
    typed: str, stays: bool, database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        kim = await alone(office)
        await opened(office, kim, "b1")
        await office.say(kim, office.label("change_one", typed))
        assert ("b1" in await answers(office)) is stays
        assert kim.said == office.words("change_left" if stays else "change_taken_back")
        if stays:
            await office.act([(kim, Command("mydata"))])
            assert WORDS in kim.said, "and not the label that was typed"


@pytest.mark.parametrize("may_write", ["agree", "disagree"])
async def test_what_is_more_than_an_answer_is_not_changed_here(
    may_write: str, database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        kim = office.phone()
        await office.agree([kim])
        for text in (WORDS, WORDS, WORDS):
            await office.say(kim, text)
        await office.all([kim], "n")
        await office.say(kim, WORDS)
        for choice in ("only_me", may_write):
            await office.all([kim], choice)
        await office.act([(kim, Command("change"))])
        assert "b1" in kim.offered
        assert not {"message", "who_may_read"} & set(kim.offered)
