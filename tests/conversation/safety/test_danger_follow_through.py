"""After danger the question comes back; what was written is kept only by a yes, else it is nowhere.

What is said at once is tested elsewhere.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.dispatch.dispatcher import Dispatcher
from bot.domain.participant import Participant
from bot.messages.callback_data import PhraseButton, parse, to_base36
from bot.messages.incoming import ButtonPress, Command, TextMessage, UpdateContent, VoiceMessage
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow, VoiceRow
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow, TransitionRow
from flows.engine import Answer
from flows.engine.danger.detector import Danger, DangerFound
from tests.conftest import Time
from tests.engine.danger.sentences import ways
from tests.support.database.opened_rows import rows_of
from tests.support.participants import (
    FACTS,
    TO_KEEP,
    TO_KEEP_YOUNG,
    Crowd,
    Phone,
    doing,
    everything,
    grand_tour,
    told,
)

CANARY = "zebrafinch"
WORDS = f"I want to die, {CANARY}"
KEPT, LEFT = "Thank you. I have kept it.", "OK. I have not kept it."
VOICE = ways(WORDS)["under a voice note"]


class Blind(Danger):
    """Sees no danger anywhere, as a bot without any of this would."""

    def __init__(self) -> None:
        """Knows no phrases."""

    def find(self, text: str) -> DangerFound | None:
        """Nothing, whatever it is."""
        return None


class Pair(Crowd):
    """Two who do the same, but one of them is heard by a bot that knows no danger."""

    async def unheard(self, phone: Phone, what: UpdateContent) -> None:
        """Does something at a desk that knows no danger."""
        seeing, self.dispatcher = self.dispatcher, self._blind()
        await self.all([phone], what)
        self.dispatcher = seeing

    def _blind(self) -> Dispatcher:
        return Dispatcher(self.store, replace(self.env, danger=Blind()), self.time)

    async def person(self, phone: Phone) -> Participant:
        """Somebody, as they are in the database."""
        async with self.store.unit_of_work() as uow:
            return (await uow.participants.load([phone.chat], [phone.chat]))[phone.chat]

    async def answers(self, phone: Phone) -> dict[str, Answer]:
        """What they have said so far in the check-in under way."""
        live = (await self.person(phone)).open_checkin
        return await self.unnumbered(live.session.answers) if live else {}

    async def told(self, phone: Phone) -> dict[str, Answer]:
        """What they have said in the check-in that is done."""
        return await self.unnumbered((await self.person(phone)).checkins[-1].session.answers)

    async def unnumbered(self, said: Mapping[str, Answer]) -> dict[str, Answer]:
        """The same without the numbers of voice notes, no two alike; all are to be fetched."""
        found = {step: [dict(note) for note in answer.voice] for step, answer in said.items()}
        for step, notes in found.items():
            for note in notes:
                waits = VoiceRow.next_at.is_not(None)
                here = (VoiceRow.id == note.pop("id"), VoiceRow.step == step, waits)
                assert await self.count(VoiceRow, *here) == 1, step
        return {step: replace(said[step], voice=tuple(notes)) for step, notes in found.items()}

    async def waiting(self) -> int:
        """How many have words held until they say what is to become of them."""
        return await self.count(ParticipantRow, ParticipantRow.waits.is_not(None))

    async def untouched(self) -> list[str]:
        """All rows that a button must not change when it should do nothing.

        But for what was asked last: a button that is from before may be answered by a message.
        """
        found: list[str] = []
        async with self.store.engine.connect() as connection:
            for table in (AnswerRow, CheckinRow, FollowUpRow, TransitionRow, ParticipantRow):
                for row in await connection.execute(table.__table__.select()):
                    held = {k: v for k, v in row._asdict().items() if not k.startswith("asked")}
                    found.append(str(held))
        return sorted(found)


def texts(phone: Phone) -> list[str]:
    """What was said, without the note that the words are kept."""
    return [m.text for m in phone.messages if m.text != KEPT]


def labels(phone: Phone) -> list[str]:
    """What the buttons just seen say."""
    return [k.label for m in phone.messages for k in (*m.choices, *m.controls)]


@pytest.mark.parametrize("what", [TextMessage(WORDS), VOICE], ids=["words", "voice"])
@pytest.mark.parametrize("flow", ["before", "after", "before_young", "after_young"])
async def test_what_is_kept_is_kept_as_if_it_had_just_been_said(
    flow: str, what: TextMessage | VoiceMessage, database_url: str, time: Time
) -> None:
    first = flow.replace("after", "before")
    way = TO_KEEP_YOUNG if "young" in flow else TO_KEEP
    async with Pair(database_url, time) as crowd:
        flows = crowd.env.library.current
        tour = grand_tour(flows[first], FACTS)
        one, two = both = crowd.chats(2)
        await crowd.agree(both, way)
        if flow != first:
            for _, do in tour:
                await crowd.act((p, doing(p, do)) for p in both)
            time.pass_(days=14)
            await crowd.tick()
            await crowd.all(both, "open")
            known = {**FACTS, "may_message": "yes"}  # asked in the first
            tour = grand_tour(flows[flow], known, {first: told(flows[first], tour, FACTS)})
        met, kept = set[str](), 0
        for step, do in tour:
            live = (await crowd.person(one)).open_checkin
            if live is None or live.session.step != step:
                continue  # the words were answer enough, or led elsewhere
            if step in met:
                await crowd.act((p, doing(p, do)) for p in both)
                continue
            met.add(step)
            question = one.messages[-1].text.rpartition("\n\n")[2]
            await crowd.all([one], what)
            assert (await crowd.waiting() == 1) == flows[flow].by_id[step].can_decline, step
            await crowd.all([one], "carry_on")
            if not flows[flow].by_id[step].can_decline:
                # A gate takes no words: the question is simply there again.
                assert one.messages[-1].text.endswith(question), step
                await crowd.act((p, doing(p, do)) for p in both)
                continue
            assert "Shall I keep what you wrote as your answer?" in one.messages[-1].text
            await crowd.all([one], "keep")
            assert one.messages[0].text == KEPT
            await crowd.unheard(two, what)
            assert texts(one) == texts(two), step
            assert labels(one) == labels(two), step
            assert await crowd.answers(one) == await crowd.answers(two), step
            assert await crowd.waiting() == 0
            kept += 1
            if not flows[flow].by_id[step].takes_words:
                await crowd.act((p, doing(p, do)) for p in both)
        assert kept >= 4
        assert await crowd.told(one) == await crowd.told(two)
        sys.stdout.write(f"\nkept as if said, {flow}: {kept} of {len(met)} questions\n")


@pytest.mark.parametrize("what", [TextMessage(WORDS), VOICE], ids=["words", "voice"])
async def test_what_is_left_out_is_nowhere(
    what: TextMessage | VoiceMessage, database_url: str, time: Time
) -> None:
    async with Pair(database_url, time) as crowd:
        phones = crowd.chats(2)
        await crowd.agree(phones)
        _, _, asked = phones[0].messages[-1].text.partition("\n\n")  # without what comes before
        await crowd.all(phones, what)
        assert CANARY.encode() not in await everything(crowd.store), "held, but sealed"
        await crowd.all(phones, "carry_on")
        await crowd.all(phones, "leave")
        assert [m.text for m in phones[0].messages] == [LEFT, asked]
        assert await crowd.waiting() == 0
        assert await crowd.count(AnswerRow) == 0
        assert await crowd.count(OutboxRow) == 0
        assert CANARY.encode() not in await everything(crowd.store)
        assert CANARY not in json.dumps([m.text for p in phones for m in p.messages])


GOING_ON: dict[str, UpdateContent | str] = {
    "answered in words": TextMessage("a room of my own"),
    "skipped": "skip",
    "answered by voice": VoiceMessage({"file_id": "o", "caption": ""}),
    "back": "back",
    "stopped": Command("stop"),
    "stop as a word": TextMessage("stop"),
    "deleted": "delete",
}


@pytest.mark.parametrize("how", GOING_ON)
async def test_going_on_in_another_way_forgets_it(how: str, database_url: str, time: Time) -> None:
    async with Pair(database_url, time) as crowd:
        (phone,) = phones = crowd.chats(1)
        await crowd.agree(phones)
        if how == "back":
            await crowd.all(phones, "skip")  # the first has nothing before it
        keys, under = phone.keys, phone.under
        await crowd.all(phones, TextMessage(WORDS))
        carry_on = phone.press("carry_on")
        await crowd.all(phones, carry_on)
        keep = phone.press("keep")
        phone.keys, phone.under = keys, under
        if how == "deleted":
            await crowd.all(phones, Command("delete"))
        await crowd.all(phones, GOING_ON[how])
        if how == "deleted":
            await crowd.deleted()
            assert await crowd.count(ParticipantRow) == 0
            return
        assert await crowd.waiting() == 0
        before = await crowd.untouched()
        await crowd.all(phones, keep)
        assert phone.reply is not None
        assert phone.reply.toast
        assert await crowd.untouched() == before
        await crowd.all(phones, carry_on)
        assert await crowd.untouched() == before
        assert "Shall I keep" not in phone.messages[-1].text
        stopped = "stop" in how
        assert ("You have stopped" in phone.messages[-1].text) == stopped
        states = [row.state for row in await rows_of(crowd.store, AnswerRow)]
        assert states.count("answered") == ("answered" in how)


@pytest.mark.parametrize("between", ["help", "sticker", "/mydata", "/start", "restart", "edit"])
async def test_what_does_not_answer_loses_nothing(
    between: str, database_url: str, time: Time
) -> None:
    acts: dict[str, UpdateContent] = {
        "help": TextMessage("help"),
        "sticker": ways("")["in an edit"],
        "/mydata": Command("mydata"),
        "/start": Command("start"),
        "edit": ways("I want to die!")["in an edit"],
    }
    async with Pair(database_url, time) as crowd:
        (phone,) = phones = crowd.chats(1)
        await crowd.agree(phones)
        await crowd.all(phones, TextMessage(WORDS))
        carry_on = phone.press("carry_on")
        if between in acts:
            await crowd.all(phones, acts[between])
        else:
            crowd.dispatcher = Dispatcher(crowd.store, crowd.env, time)
        await crowd.all(phones, carry_on)
        await crowd.all(phones, "keep")
        assert (await crowd.answers(phone))["b1"].words == WORDS


async def test_a_thought_in_several_messages_is_kept_whole(database_url: str, time: Time) -> None:
    async with Pair(database_url, time) as crowd:
        (phone,) = phones = crowd.chats(1)
        await crowd.agree(phones)
        for text in ("I want to die", "nobody would miss me if I was gone"):
            await crowd.all(phones, TextMessage(text))
        await crowd.all(phones, "carry_on")
        await crowd.all(phones, "keep")
        words = (await crowd.answers(phone))["b1"].words
        assert words == "I want to die\nnobody would miss me if I was gone"


async def test_forged_and_foreign_buttons_do_nothing(database_url: str, time: Time) -> None:
    async with Pair(database_url, time) as crowd:
        sam, kim = phones = crowd.chats(2)
        await crowd.agree(phones)
        await crowd.all(phones, TextMessage(WORDS))
        await crowd.all(phones, "carry_on")
        foreign = kim.press("keep")
        button = parse(foreign.data)
        assert isinstance(button, PhraseButton)
        before = await crowd.untouched()
        tries = [
            foreign.data,
            PhraseButton("danger_keep", "keep", 0).encode(),
            PhraseButton("danger_keep", "keep", button.about + 1).encode(),
            PhraseButton("danger_keep", "steal", 0).encode(),
            f"p:danger_keep:keep:{to_base36(2**64)}",
            "p:danger_keep:keep",
            f"p:danger_kept:keep:{to_base36(button.about)}",
        ]
        for data in tries:
            await crowd.all([sam], ButtonPress(data, 1, "1"))
            assert await crowd.untouched() == before, data
            assert sam.reply is not None, data
            assert sam.reply.toast, data
        own = parse((await _keep_again(crowd, sam)).data)
        assert isinstance(own, PhraseButton)
        await crowd.all([sam], ButtonPress(replace(own, choice="steal").encode(), 1, "1"))
        assert await crowd.untouched() == before, "not a choice there is"


async def _keep_again(crowd: Pair, phone: Phone) -> ButtonPress:
    await crowd.all(
        [phone], ButtonPress(PhraseButton("danger_self_harm", "carry_on", 0).encode(), 1, "1")
    )
    return phone.press("keep")


async def test_a_second_tap_keeps_nothing_twice(database_url: str, time: Time) -> None:
    async with Pair(database_url, time) as crowd:
        (phone,) = phones = crowd.chats(1)
        await crowd.agree(phones)
        await crowd.all(phones, TextMessage(WORDS))
        await crowd.all(phones, "carry_on")
        keep = phone.press("keep")
        await crowd.all(phones, keep)
        before = await crowd.untouched()
        await crowd.all(phones, keep)
        assert await crowd.untouched() == before
        assert phone.reply is not None
        assert phone.reply.toast
