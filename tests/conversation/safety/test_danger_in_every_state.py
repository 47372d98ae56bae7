"""Danger is answered in every state, of every kind, in every language, and changes nothing else.

Whether the phrases are right is not tested here; some of the ways go over the fake Bot API.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.messages.callback_data import PhraseButton
from bot.messages.incoming import ButtonPress, Command
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ConsentRow, ParticipantRow, TransitionRow
from flows.engine.danger.detector import LISTED, DangerKind
from tests.conftest import Time
from tests.engine.danger import sentences as law
from tests.engine.danger.sentences import ADULT, UNKNOWN, YOUNG, Said, faults, sayings, ways
from tests.support.participants import (
    FACTS,
    TO_KEEP,
    TO_KEEP_YOUNG,
    Crowd,
    Phone,
    before,
    doing,
    grand_tour,
    told,
)
from tests.support.participants import agree as agrees
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram

SAYINGS = list({(s.language, s.kind): s for s in sayings()}.values())
SOME = 7
"""On PostgreSQL one sentence in so many: what is looked for is the same."""
UNTOUCHED = (AnswerRow, ConsentRow, FollowUpRow, TransitionRow, CheckinRow)
_NOT_STATE = {"waits", "waits_since", "asked", "asked_at", "unanswered", "state", "moved_at"}
"""What any message may change of a person's own row: who was quiet has been heard from.

What they typed, and which buttons stand under the answer, are held for a day at most, and sealed.
"""


def test_there_is_a_sentence_for_each_kind_and_language() -> None:
    languages = {s.language for s in SAYINGS}
    assert len(languages) == 12
    dangers = {k for k in LISTED if k is not DangerKind.MAYBE}
    for language in languages:
        assert {s.kind for s in SAYINGS if s.language == language} >= dangers, language


class Town(Crowd):
    """A crowd in which each person has one sentence to write, whatever is going on."""

    def __init__(self, database_url: str, time: Time) -> None:
        super().__init__(database_url, time)
        self.told = 0
        self.states: Counter[str] = Counter()
        self.kinds: set[tuple[str, DangerKind, str]] = set()
        self.sayings = SAYINGS if self.settings.sqlite_file else SAYINGS[::SOME]
        self._turn = 0

    def people(self, first: int) -> list[Phone]:
        """One person for each sentence, whose app speaks the language of it."""
        phones = self.chats(len(self.sayings), first)
        for phone, said in zip(phones, self.sayings, strict=True):
            phone.hint = said.language.replace("zh_hans", "zh-hans")
        return phones

    def shares(self, phone: Phone) -> bool:
        """Whether this one's phone is seen by others."""
        return phone.chat % 3 == 0

    async def share(self, phones: list[Phone]) -> None:
        """Some say that others see their phone."""
        data = PhraseButton("safety", "shared").encode()
        before = [(p.keys, p.under) for p in phones]
        await self.act((p, ButtonPress(data, 1, "1")) for p in phones if self.shares(p))
        for phone, (keys, under) in zip(phones, before, strict=True):
            phone.keys, phone.under = keys, under

    async def held(self) -> list[tuple[Any, ...]]:
        """Everything that danger must not touch."""
        found: list[tuple[Any, ...]] = []
        async with self.store.engine.connect() as connection:
            for table in UNTOUCHED:
                found += [tuple(r) for r in await connection.execute(table.__table__.select())]
            for row in await connection.execute(ParticipantRow.__table__.select()):
                found.append(tuple(v for k, v in row._asdict().items() if k not in _NOT_STATE))
        return sorted(found, key=repr)

    async def danger(self, state: str, phones: list[Phone], whose: str, *, stays: bool) -> None:
        """Everyone writes their sentence, each in another form than in the state before."""
        before = await self.held()
        seen = [(p.keys, p.under) for p in phones]
        acts, forms = [], list(ways(""))
        for place, (phone, said) in enumerate(zip(phones, self.sayings, strict=True)):
            form = forms[(place + self._turn) % len(forms)]
            acts.append((phone, ways(said.text)[form]))
            self.kinds.add((form, said.kind, said.language))
        self._turn += 1
        await self.act(acts)
        for phone, said, (_, what) in zip(phones, self.sayings, acts, strict=True):
            self._looked_at(state, phone, said, whose, str(what))
        assert await self.held() == before, state
        if stays:
            for phone, (keys, under) in zip(phones, seen, strict=True):
                phone.keys, phone.under = keys, under
        self.told += len(phones)
        self.states[state] += 1

    def _looked_at(self, state: str, phone: Phone, said: Said, whose: str, what: str) -> None:
        where = (state, said, what)
        reply = phone.reply
        assert reply is not None, where
        assert reply.urgent, where
        shared = whose in {ADULT, YOUNG} and self.shares(phone)
        (message,) = phone.messages  # nothing else is said, so no "tap one of the buttons"
        wrong = faults(message, said.kind, whose, self.env.languages, said.language, shared=shared)
        assert wrong == [], where

    def report(self, name: str) -> None:
        """Prints how much was tried."""
        sys.stdout.write(
            f"\ndanger, {name}: {len(self.states)} states, {len(self.sayings)} sentences,"
            f" {self.told} told, {len(self.kinds)} of form x kind x language\n"
        )


@pytest.fixture
def all_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHECKIN_LANGUAGES")


pytestmark = pytest.mark.usefixtures("all_languages")


async def test_before_anything_is_agreed(database_url: str, time: Time) -> None:
    async with Town(database_url, time) as town:
        never = town.people(1_000)
        await town.danger("never seen", never, UNKNOWN, stays=False)
        phones = town.people(2_000)
        await town.all(phones, Command("start"))
        for choice in TO_KEEP:
            await town.danger(f"before {choice}", phones, UNKNOWN, stays=True)
            await town.all(phones, choice)
        young = town.people(3_000)
        await town.all(young, Command("start"))
        await town.all(young, "under13")
        await town.danger("under 13", young, UNKNOWN, stays=False)
        gone = town.people(4_000)
        await town.all(gone, Command("start"))
        await town.all(gone, "stop")
        await town.danger("stopped before a yes", gone, UNKNOWN, stays=False)
        await town.all(gone, "carry_on")
        assert all("START" in p.messages[-1].text for p in gone), "only START brings them back"
        assert await town.count(ParticipantRow) == len(phones)
        town.report("before a yes")


@pytest.mark.parametrize("audience", [ADULT, YOUNG])
async def test_at_every_question(audience: str, database_url: str, time: Time) -> None:
    first, second = ("before", "after") if audience == ADULT else ("before_young", "after_young")
    async with Town(database_url, time) as town:
        flows = town.env.library.current
        tour = grand_tour(flows[first], FACTS)
        known = {**FACTS, "may_message": "yes"}  # asked in the first
        later = grand_tour(flows[second], known, {first: told(flows[first], tour, FACTS)})
        phones = town.people(1_000)
        await town.agree(phones, TO_KEEP if audience == ADULT else TO_KEEP_YOUNG)
        await town.share(phones)
        met: set[str] = set()
        for flow, way in ((first, tour), (second, later)):
            for step, do in way:
                if f"{flow}/{step}" not in met:
                    met.add(f"{flow}/{step}")
                    await town.danger(f"{flow}/{step}", phones, audience, stays=True)
                await town.act((p, doing(p, do)) for p in phones)
                assert await town.count(ParticipantRow, ParticipantRow.waits.is_not(None)) == 0
            if flow == first:
                await town.danger("finished", phones, audience, stays=False)
                time.pass_(days=14)
                await town.tick()
                await town.danger("under a hello", phones, audience, stays=True)
                await town.all(phones, "open")
                await town.all([p for p in phones if town.shares(p)], "open")  # it is them
        town.report(audience)


async def _finish(town: Town, phones: list[Phone]) -> None:
    for _, do in grand_tour(town.env.library.current["before"], FACTS):
        await town.act((p, doing(p, do)) for p in phones)


async def _stopped(town: Town, phones: list[Phone]) -> None:
    await town.all(phones, Command("stop"))


async def _paused(town: Town, phones: list[Phone]) -> None:
    await town.allow_messages(phones)
    await town.all(phones, Command("pause"))
    await town.all(phones, "week2")


async def _times(town: Town, phones: list[Phone]) -> None:
    await town.allow_messages(phones)
    await town.all(phones, Command("times"))


async def _who_sees_the_phone(town: Town, phones: list[Phone]) -> None:
    await town.all(phones, Command("times"))
    await town.all(phones, "phone")


async def _quiet(town: Town, phones: list[Phone]) -> None:
    await _finish(town, phones)
    for days in (14, 90, 100):
        town.time.pass_(days=days)
        await town.tick()


async def _not_now(town: Town, phones: list[Phone]) -> None:
    await town.all(phones, "not_now")


async def _reported(town: Town, phones: list[Phone]) -> None:
    await town.all(phones, ButtonPress(PhraseButton("draft", "wrong").encode(), 1, "1"))


async def _deleting(town: Town, phones: list[Phone]) -> None:
    await town.all(phones, Command("delete"))
    await town.all(phones, "delete")


async def _changing(town: Town, phones: list[Phone]) -> None:
    await _finish(town, phones)
    await town.all(phones, Command("mydata"))
    await town.all(phones, "change")
    await town.all(phones, "b1")


def _by(command: str) -> Callable[[Town, list[Phone]], Awaitable[None]]:
    async def bring(town: Town, phones: list[Phone]) -> None:
        await town.all(phones, Command(command))

    return bring


STATES: dict[str, Callable[[Town, list[Phone]], Awaitable[None]]] = {
    "stopped": _stopped,
    "paused": _paused,
    "quiet": _quiet,
    "not now": _not_now,
    "words sound wrong": _reported,
    "about to be deleted": _deleting,
    "changing an answer": _changing,
    "times": _times,
    "who sees the phone": _who_sees_the_phone,
    **{name: _by(name) for name in ("mydata", "delete", "language")},
}


async def test_between_the_questions(database_url: str, time: Time) -> None:
    async with Town(database_url, time) as town:
        for place, (state, bring) in enumerate(STATES.items()):
            phones = town.people(1_000 * (place + 1))
            await town.agree(phones)
            await town.share(phones)
            await bring(town, phones)
            await town.danger(state, phones, ADULT, stays=False)
        town.report("between the questions")


# --- over Telegram -------------------------------------------------------------------------------


async def test_in_every_kind_of_message(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    async with Running(telegram, database_url, time) as running:
        sam = telegram.person("Sam")
        await agrees(sam)
        forms: dict[str, Callable[[], int]] = {
            "typed": lambda: sam.say("I want to die"),
            "edited": lambda: sam.edit(
                next(b for b in reversed(sam.chat) if not b.from_bot and b.text), "I want to die!"
            ),
            "forwarded": lambda: sam.forward("I want to die"),
            "voice": lambda: sam.voice(caption="I want to die"),
            "photo": lambda: sam.photo("I want to die"),
            "file": lambda: sam.document(caption="I want to die"),
            "a slash by mistake": lambda: sam.say("/i want to die"),
            "a command": lambda: sam.say("/mydata I want to die"),
        }
        for form, send in forms.items():
            send()
            await running.quiet()
            said = sam.fresh
            assert said[0].text.startswith("Thank you for telling me."), form
            assert law.SAMARITANS in said[0].text, form
            assert "I am OK, carry on" in [label for row in said[0].buttons for label in row], form
            assert len(said) == (2 if form == "a command" else 1), form
            assert not any("tap" in b.text.lower() for b in said), form
        assert await running.rows(AnswerRow) == []
        (person,) = await running.rows(ParticipantRow)
        assert person.state == "active"
        await sam.says("/stop I want to die")
        assert [b.text.split(".")[0] for b in sam.fresh] == ["Thank you for telling me", "Done"]
        (person,) = await running.rows(ParticipantRow)
        assert (person.state, person.waits) == ("stopped", None)


async def test_words_beside_the_point_are_answered_as_ever(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    async with Running(telegram, database_url, time) as running:
        sam = telegram.person("Sam")
        await agrees(sam)
        await before(sam)
        time.pass_(days=14)
        await running.tick()
        await sam.taps("Yes")
        assert "Can I ask how it went" in sam.last.text
        await _say(running, sam.say, "dying for a brew")
        assert "Tap one of these" in sam.last.text
        sam.forward("dying for a brew")
        await running.quiet()
        assert "someone else" in sam.last.text


async def _say(running: Running, say: Callable[[str], int], text: str) -> None:
    say(text)
    await running.quiet()
