"""Links: used once, for a week, by whoever opens one first; and nothing kept of who says no.

What stands on the cards is in `test_cards`.
"""

from __future__ import annotations

import asyncio
import base64
from contextlib import AsyncExitStack

import pytest

from bot.messages.deep_links import new_token
from bot.messages.incoming import BotBlocked, Command, IncomingUpdate, TextMessage
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.participant_tables import EarlyStopRow, ParticipantRow
from bot.store.tables.worker_tables import CaseRow, WorkerInviteRow, WorkerRow
from tests.conftest import Time
from tests.support.participants import TO_KEEP, TO_KEEP_YOUNG, everything
from tests.support.running_bot import KEY
from tests.support.worker_scenario import Ear, Office, all_tables, an_office, waiting
from tests.workers.test_alerts import asks


async def closed(office: Office, phone: Ear, token: str) -> str:
    """Opens a link that must be closed to this person; gives what they were told."""
    await office.open(phone, token)
    assert office.words("link_closed") in phone.said
    assert "Kim" not in phone.said
    assert "Sam" not in phone.said
    return phone.said


async def test_every_dead_link_gets_the_same_words(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        used = await office.link(sam)
        await office.joins(office.phone(), used)
        held = await office.link(sam, "Held")
        await office.open(office.phone(), held)
        late = await office.link(sam, "Late")
        replaced = await office.link(sam, "Replaced")
        await office.does(sam, "link", await office.case("Replaced"))
        dropped = await office.link(sam, "Dropped")
        await office.does(sam, "drop", await office.case("Dropped"))
        made_up = [new_token(), "x" * 64, "-" * 64, "2", used[:-1], used.swapcase()]
        eve = await office.worker("Eve")
        orphan = await office.link(eve, "Orphan")
        await office.remove(eve)
        invite = await office.invite("Old")
        time.pass_(days=7)
        tokens = [used, held, late, replaced, dropped, *made_up, orphan, invite]
        said = {await closed(office, office.phone(), token) for token in tokens}
        assert len(said) == 1


async def test_a_link_works_until_its_last_second(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, kim = await office.worker("Sam"), office.phone()
        token = await office.link(sam)
        time.pass_(days=7, seconds=-1)
        await office.open(kim, token)
        time.pass_(days=3)
        await office.open(kim, token)  # whoever opened it in time may take their time
        for choice in TO_KEEP:
            await office.all([kim], choice)
        (case,) = await office.rows(CaseRow)
        assert case.joined_at is not None
        assert case.holder is None


async def test_the_worker_hears_of_a_second_use_once(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        token = await office.link(sam)
        await office.joins(office.phone(), token)
        two = [office.phone(), office.phone()]
        await office.all(two, Command("start", token))
        await closed(office, office.phone(), token)
        await closed(office, two[0], token)
        tried = office.words("w_second_use", name="Kim")
        assert [m.text for m in sam.heard].count(tried) == 1
        await office.does(sam, "eye")
        assert office.words("w_why_second") in sam.keys[0].label
        time.pass_(days=8)
        await office.does(sam, "eye")
        assert sam.said == office.words("w_eye_none")


async def test_their_own_link_and_a_workers_own(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, ali, kim = await office.worker("Sam"), await office.worker("Ali"), office.phone()
        token = await office.link(sam)
        await office.open(sam, token)
        assert sam.said == office.words("w_own_link")
        await office.joins(kim, token)
        await office.open(kim, token)
        assert office.words("link_closed") not in kim.said
        assert waiting(kim) == "b1"
        # Another worker may be somebody's person; their own work goes on beside it.
        await office.joins(ali, await office.link(sam, "Ali"))
        assert waiting(ali) == "b1"
        await office.act([(ali, Command("people"))])
        assert ali.said == office.words("w_people_none")
        assert [m.text for m in sam.heard].count(office.words("w_second_use", name="Kim")) == 0


async def test_somebody_who_came_alone_and_then_by_a_link(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, kim, lee = await office.worker("Sam"), office.phone(), office.phone()
        await office.agree([kim, lee])
        await office.open(kim, await office.link(sam))
        assert waiting(kim) == "b1"  # goes on where they were
        case = await office.case()
        assert {s.case_id for s in await office.sessions() if s.participant_id} >= {case}


async def test_somebody_who_stopped_is_asked_again(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, kim = await office.worker("Sam"), office.phone()
        await office.agree([kim])
        await office.say(kim, "stop")
        time.pass_(days=1)
        await office.open(kim, await office.link(sam))
        (case,) = await office.rows(CaseRow)
        assert case.joined_at is None
        for choice in TO_KEEP:
            await office.all([kim], choice)
        (case,) = await office.rows(CaseRow)
        assert case.joined_at is not None
        assert case.holder is None


async def test_what_was_answered_alone_is_not_asked_again(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, kim, lee = await office.worker("Sam"), office.phone(), office.phone()
        for phone in (kim, lee):
            await office.agree([phone])
            await office.before(phone, "only_me")
        await office.say(kim, "stop")
        time.pass_(days=1)
        await office.open(lee, await office.link(sam, "Lee"))
        assert waiting(lee) != "b1"
        await office.joins(kim, await office.link(sam, "Kim"))
        assert await office.count(CheckinRow) == 2


WAYS_OUT = {
    "no": ("adult", "disagree"),
    "no, once told more": ("adult", "more", "ok", "disagree"),
    "under 13": ("under13",),
    "stop button": ("adult", "stop"),
    "typed stop": ("adult", TextMessage("stop")),
    "stop command": (Command("stop"),),
    "a block": ("adult", BotBlocked()),
}


@pytest.mark.parametrize("way", WAYS_OUT)
async def test_nothing_stays_of_who_says_no(database_url: str, time: Time, way: str) -> None:
    async with an_office(database_url, time) as office:
        sam, kim = await office.worker("Sam"), office.phone()
        token = await office.link(sam)
        # Of a stop one thing stays: a keyed hash, so that a restart knows it.
        but = ("updates_seen", "owed", "keyring", "early_stops")
        before = await all_tables(office, *but)
        await office.open(kim, token)
        for do in WAYS_OUT[way]:
            await office.all([kim], do)
        assert await all_tables(office, *but) == before
        assert await office.count(EarlyStopRow) == ("stop" in way)
        # And it is free for whoever it was meant for.
        lee = office.phone()
        await office.joins(lee, token)
        assert waiting(lee) == "b1"


async def test_a_send_refused_for_good_lets_go_too(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, kim = await office.worker("Sam"), office.phone()
        await office.open(kim, await office.link(sam))
        await office.dispatcher.chat_blocked(kim.chat)
        (case,) = await office.rows(CaseRow)
        assert case.holder is None


async def test_of_two_links_opened_the_last_counts(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, ali, kim = await office.worker("Sam"), await office.worker("Ali"), office.phone()
        first, second = await office.link(sam, "One"), await office.link(ali, "Two")
        await office.open(kim, first)
        await office.joins(kim, second)
        joined = {case.id for case in await office.rows(CaseRow) if case.joined_at}
        assert joined == {await office.case("Two")}
        assert [case.holder for case in await office.rows(CaseRow)] == [None, None]
        lee = office.phone()
        await office.joins(lee, first)
        assert waiting(lee) == "b1"


async def test_a_new_link_kills_the_old_also_half_way(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, kim = await office.worker("Sam"), office.phone()
        await office.open(kim, await office.link(sam))
        await office.does(sam, "link", await office.case())
        for choice in TO_KEEP:
            await office.all([kim], choice)
        (case,) = await office.rows(CaseRow)
        assert case.joined_at is None


async def test_a_handed_over_link_leads_to_the_new_worker(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, ali, kim = await office.worker("Sam"), await office.worker("Ali"), office.phone()
        token = await office.link(sam)
        await office.open(kim, token)
        await office.does(sam, "hand", await office.case(), str(await office.number(ali)))
        for choice in TO_KEEP_YOUNG:
            await office.all([kim], choice)
        await office.act([(ali, Command("people"))])
        assert ali.keys[0].label == "Kim: " + office.words("w_is_joined")


async def test_a_restart_between_opening_and_consent(database_url: str, time: Time) -> None:
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(an_office(database_url, time))
        sam, kim = await office.worker("Sam"), office.phone()
        await office.open(kim, await office.link(sam))
    async with an_office(database_url, time) as again:
        again.phones |= office.phones
        again._number = 5_000
        for choice in TO_KEEP:
            await again.all([kim], choice)
        (case,) = await again.rows(CaseRow)
        assert case.joined_at is not None


async def test_two_open_one_link_at_the_same_moment(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        token = await office.link(sam)
        crowd = [office.phone() for _ in range(20)]
        await office.all(crowd, Command("start", token))
        let_in = [p for p in crowd if office.words("link_closed") not in p.said]
        assert len(let_in) == 1
        tried = office.words("w_second_use", name="Kim")
        assert [m.text for m in sam.heard].count(tried) == 1


async def test_two_open_one_invite_at_the_same_moment(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        token = await office.invite("Sam", lead=True)
        crowd = [office.phone() for _ in range(20)]
        await office.all(crowd, Command("start", token))
        assert await office.count(WorkerRow) == 1
        assert sum(office.words("link_closed") in p.said for p in crowd) == 19


async def test_two_processes_at_the_same_moment(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as one, an_office(database_url, time) as two:
        sam = await one.worker("Sam")
        for number in range(8):
            link = await one.link(sam, f"Person {number}")
            invite = await one.invite(f"Worker {number}")
            before = await one.count(WorkerRow)
            for token in (link, invite):
                updates = [
                    IncomingUpdate(
                        9_000 + 100 * number + at, 30_000 + 10 * number + at, what, time(), "en"
                    )
                    for at, what in enumerate([Command("start", token)] * 4)
                ]
                found = await asyncio.gather(
                    one.dispatcher.process(updates[:2]), two.dispatcher.process(updates[2:])
                )
                said = [m.text for replies in found for r in replies for m in r.messages]
                assert sum(one.words("link_closed") in text for text in said) in (0, 3)
            assert await one.count(WorkerRow) <= before + 1
        holders = [c.holder for c in await one.rows(CaseRow)]
        assert len(set(holders)) == len(holders) == 8


async def test_one_process_joins_while_another_renames(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as one, an_office(database_url, time) as two:
        sam = await one.worker("Sam")
        for number in range(8):
            name = f"Person {number}"
            kim, token = one.phone(), await one.link(sam, name)
            await one.joins(kim, token, TO_KEEP[:-1])
            await one.does(sam, "rename", await one.case(name))
            last = IncomingUpdate(
                9_000 + 2 * number, kim.chat, kim.press(TO_KEEP[-1]), time(), "en"
            )
            words = IncomingUpdate(
                9_001 + 2 * number, sam.chat, TextMessage(f"New {number}"), time(), "en"
            )
            await asyncio.gather(one.dispatcher.process([last]), two.dispatcher.process([words]))
            assert await one.case(f"New {number}")
        assert all(case.joined_at for case in await one.rows(CaseRow))


async def test_tokens_are_long_and_kept_nowhere(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        invite = await office.invite("Samantha Worker")
        sam = office.phone()
        await office.open(sam, invite)
        token = await office.link(sam, "Kimberley Person")
        kim = office.phone()
        await office.joins(kim, token)
        await office.before(kim)
        await office.does(sam, "record", await office.case("Kimberley Person"), "left")
        await office.does(sam, "record", await office.case("Kimberley Person"), "add.left")
        await office.say(sam, "moved to her sister's")
        await office.act([(sam, Command("new", "Half-way Person"))])
        await asks(office, kim)
        held = await everything(office.store)
        secrets = [invite, token, "Samantha", "Kimberley", "Half-way", "sister", "Aspen House\x00"]
        assert [word for word in secrets if word.encode() in held] == []
        for found in (invite, token):
            assert len(base64.urlsafe_b64decode(found + "=" * (-len(found) % 4))) * 8 >= 128
            assert len(found) <= 64
        assert len({new_token() for _ in range(1000)}) == 1000
        assert len((await office.rows(WorkerInviteRow))[0].token_hash) == 32
        assert await office.count(ParticipantRow) == 1
        assert KEY.encode() not in held
