"""Stop works at every question, in every language, at once, and only START brings anyone back.

The crowd is at the desk itself, over a real database; a few of the ways go over the fake Bot API.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from bot.domain.states import CheckinState, FollowUpState, ParticipantState
from bot.messages.callback_data import PhraseButton, parse
from bot.messages.incoming import Command, TextMessage, UpdateContent
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.data_rights_tables import ComplaintRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow, TransitionRow
from tests.conftest import Time
from tests.support.participants import (
    CONSENT,
    FACTS,
    TO_KEEP,
    TO_KEEP_YOUNG,
    Crowd,
    Do,
    Phone,
    doing,
    grand_tour,
    told,
    waits,
)
from tests.support.running_bot import Running
from tests.support.stop_ways import every_stop
from tests.support.telegram_fake import FakeTelegram, Person

STOPPED = "Done. I have stopped. I will not message you again. This does not change your help."
CHOICE = [("Keep them", "keep"), ("Delete them all", "delete")]
UNDO = ("That was my answer", "was_answer")
OPEN = (FollowUpState.WAITING, FollowUpState.CLAIMED, FollowUpState.SENDING)


WAYS: list[Do | UpdateContent] = [
    "stop",
    Command("stop"),
    *(TextMessage(word) for word in every_stop()),
]
"""The Stop button, /stop, and a typed way of every pattern of every language."""
SOME = 8
"""What comes after a stop does not hang on how it was said: one in so many tries it."""
TURNS = 48
"""One way in so many is tried at a question; that each is heard is in `tests/engine/stops`."""
A_FEW = [*WAYS[:2], *WAYS[2::TURNS]]
EVERY = bool(os.environ.get("STOP_EVERY"))
"""Whether every word is tried at every question, which takes minutes; else each at some of them."""


def _ways(place: int) -> list[Do | UpdateContent]:
    """The button, /stop, and some of the words: others at each question, so all have a turn."""
    if EVERY:
        return WAYS
    words = WAYS[2:]
    return [*WAYS[:2], *(words[(place + TURNS * n) % len(words)] for n in range(len(A_FEW) - 2))]


def test_every_word_has_a_turn() -> None:
    tried = [way for place in range(TURNS) for way in _ways(place)]
    assert all(way in tried for way in WAYS)


def _stopping(
    phones: list[Phone], ways: list[Do | UpdateContent]
) -> list[tuple[Phone, UpdateContent]]:
    """Each person stops in a way of their own."""
    pairs = zip(phones, ways, strict=True)
    return [(p, p.press(way) if isinstance(way, str) else way) for p, way in pairs]


def _confirmed(phones: list[Phone], ways: list[Do | UpdateContent], *, bare: bool) -> None:
    for phone, way in zip(phones, ways, strict=True):
        (message,) = phone.messages
        choices = [(key.label, key.data.split(":")[2]) for key in message.choices]
        if bare:
            assert (message.text, choices) == (STOPPED, []), way
        else:
            assert message.text.startswith(STOPPED), way
            # Under a word that may have been an answer, one button takes the stop back.
            assert choices in (CHOICE, [*CHOICE, UNDO]), way
        assert not message.controls, way


def _asks_nothing(phones: list[Phone]) -> None:
    for phone in phones:
        for message in phone.messages:
            for key in (*message.choices, *message.controls):
                button = parse(key.data)
                assert isinstance(button, PhraseButton), (phone.chat, message.text)
                assert button.phrase in ("stopped", "stop_undo"), (phone.chat, message.text)


async def _nothing_is_left(crowd: Crowd, phones: list[Phone]) -> None:
    stopped = await crowd.count(ParticipantRow, ParticipantRow.state == ParticipantState.STOPPED)
    assert stopped == await crowd.count(ParticipantRow) == len(phones)
    assert await crowd.count(CheckinRow, CheckinRow.stage == CheckinState.WAITING) == 0
    assert await crowd.count(FollowUpRow, FollowUpRow.state.in_(OPEN)) == 0


async def _stays_stopped(crowd: Crowd, phones: list[Phone], old: Sequence[UpdateContent]) -> None:
    """Months pass, they write, they tap the button of a question from before: nothing is asked."""
    some, taps = phones[::SOME], old[::SOME]
    answers = await crowd.count(AnswerRow)
    crowd.hellos.clear()
    for days in (3, 20, 100):
        crowd.time.pass_(days=days)
        await crowd.tick()
    assert crowd.hellos == []
    await crowd.all(some, TextMessage("are you there?"))
    _asks_nothing(some)
    await crowd.act(zip(some, taps, strict=True))
    _asks_nothing(some)
    assert all(phone.reply is not None and phone.reply.toast for phone in some)
    assert await crowd.count(AnswerRow) == answers
    await _nothing_is_left(crowd, phones)


async def _stop_at_each_question(
    crowd: Crowd, phones: list[Phone], tour: list[tuple[str, Do]], consent: tuple[str, ...]
) -> int:
    """Walks on together; at every new question all stop, stay stopped, and come back to it."""
    met: set[str] = set()
    for step, do in tour:
        if step not in met:
            ways = _ways(len(met))
            met.add(step)
            asked = phones[0].messages[-1].text
            old = [p.press(p.offered[0]) for p in phones]
            await crowd.act(_stopping(phones, ways))
            _confirmed(phones, ways, bare=False)
            await _nothing_is_left(crowd, phones)
            await _stays_stopped(crowd, phones, old)
            await crowd.agree(phones, consent)
            assert {p.messages[-1].text.rpartition("\n\n")[2] for p in phones} == {
                asked.rpartition("\n\n")[2]
            }, step
        await crowd.act((p, doing(p, do)) for p in phones)
    return len(met)


@pytest.mark.parametrize("audience", ["adult", "young"])
async def test_stop_works_at_every_question_and_in_every_way(
    audience: str, database_url: str, time: Time
) -> None:
    young = audience == "young"
    consent = TO_KEEP_YOUNG if young else TO_KEEP
    first, second = ("before_young", "after_young") if young else ("before", "after")
    async with Crowd(database_url, time) as crowd:
        flows = crowd.env.library.current
        tour = grand_tour(flows[first], FACTS)
        later = grand_tour(flows[second], FACTS, {first: told(flows[first], tour, FACTS)})
        assert {step for step, _ in tour} == waits(flows[first])
        assert {step for step, _ in later} == waits(flows[second])

        phones = crowd.chats(len(_ways(0)))
        await crowd.agree(phones, consent)
        states = await _stop_at_each_question(crowd, phones, tour, consent)
        await crowd.allow_messages(phones)  # the stop at the last question had taken that back
        time.pass_(days=14)
        await crowd.tick()
        assert sorted(crowd.hellos) == [p.chat for p in phones]
        await crowd.all(phones, "open")
        states += await _stop_at_each_question(crowd, phones, later, consent)
    print(  # noqa: T201 - the count is what the law is about
        f"\nstop law, {audience}: 2 flows, {states} questions, {len(phones)} ways:"
        f" {states * len(phones)} stops"
    )


async def test_stop_works_before_anything_is_agreed(database_url: str, time: Time) -> None:
    async with Crowd(database_url, time) as crowd:
        welcome = crowd.env.library.current["welcome"]
        tour = grand_tour(welcome, FACTS)
        # With one language there is no question about languages.
        assert {step for step, _ in tour} == waits(welcome) - {"lang"}
        ways = _ways(0)
        for place in range(len(tour)):
            ways = _ways(place)
            phones = crowd.chats(len(ways), first=1000 * (place + 1))
            await crowd.all(phones, Command("start"))
            for _, do in tour[:place]:
                await crowd.all(phones, do)
            old = [p.press(p.offered[0]) for p in phones]
            await crowd.act(_stopping(phones, ways))
            _confirmed(phones, ways, bare=True)
            await crowd.all(phones, TextMessage("thank you"))
            _asks_nothing(phones)
            await crowd.act(zip(phones, old, strict=True))
            _asks_nothing(phones)
            assert await crowd.count(ParticipantRow) == 0
            await crowd.all(phones, Command("start"))
            assert all("Hello. I am a computer" in p.messages[-1].text for p in phones)
    print(  # noqa: T201
        f"\nstop law, welcome: 1 flow, {len(tour)} questions, {len(ways)} ways:"
        f" {len(tour) * len(ways)} stops"
    )


@pytest.mark.parametrize(
    "where",
    [
        *("nothing waits", "a hello was said", "not now", "deleting", "quiet", "my data"),
        *("changing an answer", "not happy"),
    ],
)
async def test_stop_works_between_the_questions(where: str, database_url: str, time: Time) -> None:
    async with Crowd(database_url, time) as crowd:
        tour = grand_tour(crowd.env.library.current["before"], FACTS)
        ways = A_FEW
        phones = crowd.chats(len(ways))
        await crowd.agree(phones)
        old = [p.press(p.offered[0]) for p in phones]
        stop_buttons = [p.press("stop") for p in phones]
        if where == "not now":
            await crowd.all(phones, "not_now")
        elif where == "deleting":
            await crowd.all(phones, Command("delete"))
        else:
            for _, do in tour:
                if not do.startswith("+") or do == "+else":
                    await crowd.act((p, doing(p, do)) for p in phones)
        if where in ("my data", "changing an answer", "not happy"):
            await crowd.all(phones, Command("mydata"))
        for choice in {"changing an answer": ("change", "b1"), "not happy": ("unhappy",)}.get(
            where, ()
        ):
            await crowd.all(phones, choice)
        for days in {"a hello was said": (14,), "quiet": (14, 90, 100)}.get(where, ()):
            time.pass_(days=days)
            await crowd.tick()
        # Where no question stands, the Stop button of an old one is what they find.
        await crowd.act(
            (p, way if not isinstance(way, str) else button)
            for p, way, button in zip(phones, ways, stop_buttons, strict=True)
        )
        _confirmed(phones, ways, bare=False)
        await _nothing_is_left(crowd, phones)
        await _stays_stopped(crowd, phones, old)
        assert await crowd.count(TransitionRow, TransitionRow.event == "stop") == len(phones)


MAY_BE_ANSWERS = ("توقّف", "  Arrêt ")
"""What stops is taken back by a button where it may be an answer in another sense."""


@pytest.mark.parametrize("way", ["Stop", "/stop", "STOP!!", "توقّف", "Стоп.", "  Arrêt "])
async def test_stop_over_telegram(
    way: str, telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    question = sam.last
    if way == "Stop":
        sam.tap(way)
    else:
        sam.say(way)
    await sam.sees(STOPPED)
    await running.quiet()
    assert len(sam.fresh) == 1
    undo = [["That was my answer"]] if way in MAY_BE_ANSWERS else []
    assert sam.last.buttons == [["Keep them", "Delete them all"], *undo]
    await sam.answered()

    for days in (3, 20, 200):
        time.pass_(days=days)
        await running.tick()
    assert sam.last.text.startswith(STOPPED)
    await sam.says("hello?")
    assert "You have stopped" in sam.last.text
    sam.tap_old(question, "Skip")
    await running.quiet()
    await sam.answered()
    assert "You have stopped" in sam.last.text

    await sam.taps("Keep them")
    await sam.says("start")
    await sam.taps("Yes, it is me")
    assert "I am a computer" in sam.last.text
    await sam.taps("18 or over", "Yes, keep it")
    (someone,) = await running.rows(ParticipantRow)
    assert someone.state is ParticipantState.STOPPED
    await sam.taps("No, just me")
    assert "What would you like this service to give you" in sam.last.text


async def test_an_old_button_from_before_consent_does_not_bring_anyone_back(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await running.quiet()
    first = sam.last
    await sam.taps(*CONSENT)
    await sam.says("stop")
    for _ in range(2):
        sam.tap_old(first, "18 or over")
        await running.quiet()
        assert sam.last.text.startswith(STOPPED)
        await running.stop()
        await running.start()
    await sam.says("/start")
    await sam.taps("Yes, it is me", "18 or over")
    await running.stop()  # the way back is in the buttons, not in the memory of a process
    await running.start()
    await sam.taps("Yes, keep it", "No, just me")
    assert "1 of 5" in sam.last.text


async def test_stop_of_a_stopped_person_is_confirmed_again(
    telegram: FakeTelegram, running: Running, sam_after_before: Person
) -> None:
    sam = sam_after_before
    for _ in range(2):
        await sam.says("stop")
        assert sam.last.text.startswith(STOPPED)
    assert [m.event for m in await running.rows(TransitionRow)] == ["agree", "stop"]


async def test_a_stop_after_a_stop_ends_what_was_asked_for(
    running: Running, sam_after_before: Person
) -> None:
    sam = sam_after_before
    await sam.says("stop")
    await sam.says("/mydata")
    await sam.taps("I am not happy about this")
    await sam.says("stop")
    await sam.says("Leave me alone")
    assert await running.rows(ComplaintRow) == []
