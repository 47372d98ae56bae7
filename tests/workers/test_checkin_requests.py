"""Asking for a check-in: what the worker is told is what then happens, for everyone, at any time.

How a follow-up is claimed and sent is in `test_follow_ups`.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from bot.domain.states import FollowUpState
from bot.messages.incoming import Command
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.worker_tables import CaseRow
from tests.conftest import Time
from tests.support.participants import TO_KEEP
from tests.support.requested_states import HOUR, STATES, only_first, paused
from tests.support.worker_scenario import Ear, Office, all_tables, an_office, refusing, waiting

TIMES = ("now", "tomorrow", "week", "date")


async def someone(
    office: Office, sam: Ear, what: str, may_write: str = "agree", name: str = "Kim"
) -> Ear:
    """Somebody who may be asked this by their worker: BEFORE with nothing open, or AFTER."""
    kim = office.phone()
    if what == "after":
        await office.joins(kim, await office.link(sam, name))
        await office.before(kim, may_write=may_write)
    else:
        # A second case: joined while the first check-in of their own was under way, then finished.
        await office.joins(kim, await office.link(await office.worker("Old"), "Before"))
        await office.open(kim, await office.link(sam, name))
        await office.before(kim, may_write=may_write)
    return kim


async def ask(office: Office, sam: Ear, what: str, choice: str) -> str:
    """Asks for a check-in as a worker does; gives what they were told."""
    await office.does(sam, "when", await office.case(), f"{what}.{choice}")
    if choice == "date":
        await office.say(sam, "26/11/2026")
    return sam.said


async def test_what_is_told_comes_true(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, old = await office.worker("Sam"), await office.worker("Old")
        names = [f"{s} {w} {c}" for s in STATES for w in ("before", "after") for c in TIMES]
        links = dict(zip(names, await office.links(sam, names), strict=True))
        phones = {name: office.phone() for name in names}
        # Who is asked BEFORE has done it for another worker, and opened the second link meanwhile.
        firsts = [n for n in names if " before " in n]
        others = dict(zip(firsts, await office.links(old, firsts), strict=True))
        start = ((phones[n], Command("start", others.get(n, links[n]))) for n in names)
        await office.act(list(start))
        for choice in TO_KEEP:
            await office.all(phones.values(), choice)
        await office.act([(phones[n], Command("start", links[n])) for n in firsts])
        await office.all([phones[n] for n in firsts], "same")
        await office.all_before(list(phones.values()))
        told: dict[str, str] = {}
        for name in names:
            state, what, choice = name.rsplit(" ", 2)
            await STATES[state][0](office, phones[name], time)
            case = await office.case(name, sam)
            await office.does(sam, "when", case, f"{what}.{choice}")
            if choice == "date":
                await office.say(sam, "26/11/2026")
            told[name] = sam.said
        began, came = time(), dict[int, dt.datetime]()
        while time() < began + dt.timedelta(days=9):
            await office.tick()
            for chat in office.hellos:
                came.setdefault(chat, time())
            time.pass_(minutes=30)
        lines = []
        for name, phone in phones.items():
            state, what, choice = name.rsplit(" ", 2)
            at, said = came.get(phone.chat), told[name]
            if (reason := STATES[state][1]) is not None:
                assert said == office.words(reason, name=name)
                assert at is None
            else:
                now = office.words("w_asked_now", name=name)
                assert at is not None, (name, said)
                assert office.moment(at) in said or (said == now and at == began), (name, at, said)
            lines.append(f"{name:26} {f'{at:%a %d %b %H:%M}' if at else reason}")
        print("\n" + "\n".join(lines))  # noqa: T201


async def test_before_is_not_asked_of_who_is_at_it(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        case = await office.case()
        for how in ("before", "when"):
            await office.does(sam, how, case, "before.now" if how == "when" else "")
            assert sam.said == office.words("w_cannot_begun", name="Kim")
        await office.does(sam, "after", case)
        assert sam.said == office.words("w_cannot_after", name="Kim")
        await office.before(kim)
        await office.does(sam, "before", case)
        assert sam.said == office.words("w_cannot_before", name="Kim")


async def test_nothing_is_asked_of_who_has_not_joined_or_said_no(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        await office.link(sam)
        for what in ("before", "after"):
            await office.does(sam, what, await office.case())
            assert sam.said == office.words("w_cannot_joined", name="Kim")
        for what in ("before", "after"):
            await someone(office, sam, what, may_write="disagree", name=what)
            await office.does(sam, what, await office.case(what))
            assert sam.said == office.words("w_cannot_no", name=what)
        assert await office.count(FollowUpRow, FollowUpRow.kind.like("ask%")) == 0


async def test_who_writes_first_is_asked_when_they_do_and_once(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await someone(office, sam, "after")
        await only_first(office, kim, time)
        assert await ask(office, sam, "after", "now") == office.words(
            "w_asked_when_they_write", name="Kim"
        )
        await office.tick()
        time.pass_(days=3)
        await office.tick()
        assert office.hellos == []
        await office.act([(kim, Command("start"))])
        assert waiting(kim) == "intro"
        await office.after(kim)
        await office.act([(kim, Command("start"))])
        assert waiting(kim) != "intro"
        assert "start" not in kim.offered


async def test_half_way_and_paused_waits_until_both_are_over(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await someone(office, sam, "after")
        time.pass_(days=15)
        await office.act([(kim, Command("start"))])
        await paused(office, kim, time)
        said, asked_at = await ask(office, sam, "after", "now"), time()
        # Nothing is said before the moment that was named.
        expected = asked_at + dt.timedelta(days=8)
        assert office.moment(expected) in said
        hellos = [row for row in await office.rows(FollowUpRow) if row.kind == "ask_after"]
        while time() < expected - HOUR:
            time.pass_(hours=1)
            await office.tick()
            (row,) = [r for r in await office.rows(FollowUpRow) if r.id == hellos[0].id]
            assert row.state is FollowUpState.WAITING
        assert kim.heard


async def test_asked_twice_is_said_once_and_for_each_case_alone(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await someone(office, sam, "after")
        for choice in ("tomorrow", "now", "now"):
            await ask(office, sam, "after", choice)
        await office.tick()
        time.pass_(days=2)
        await office.tick()
        assert office.hellos == [kim.chat]


TYPED = {
    "24/12/2026": dt.date(2026, 12, 24),
    "24.12.": None,
    "24.12": dt.date(2026, 12, 24),
    "24 12 2026": dt.date(2026, 12, 24),
    "2026-12-24": dt.date(2026, 12, 24),
    "٢٤/١٢/٢٠٢٦": dt.date(2026, 12, 24),
    "۲۴/۱۲/۲۰۲۶": dt.date(2026, 12, 24),
    "২৪/১২/২০২৬": dt.date(2026, 12, 24),
    "5/1": dt.date(2027, 1, 5),
    "23/11/2026": dt.date(2026, 11, 23),
    "22/11/2026": None,
    "31/2/2027": None,
    "29/2": None,
    "0/0": None,
    "24/12/2028": None,
    "24/12/9999": None,
    "24/12/0001": None,
    "²4/12/2026": None,
    "①/12": None,
    "tomorrow": None,
    "99999999999999999999/1": None,
    "24/12/2026 24/12/2026": None,
    "🙂": None,
}


async def test_dates_as_people_type_them(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        await someone(office, sam, "after")
        case = await office.case()
        for typed, date in TYPED.items():
            await office.does(sam, "when", case, "after.date")
            await office.say(sam, typed)
            rows = await office.rows(FollowUpRow)
            waits = [r for r in rows if r.kind == "ask_after" and r.state is FollowUpState.WAITING]
            if date is None:
                assert sam.said == office.words("w_date_wrong"), typed
                assert not waits
                await office.say(sam, "1/12/2026")  # still waited for
                assert sam.said != office.words("w_unknown"), typed
            else:
                assert [r.due_at.date() for r in waits] == [date], typed
            await clear(office)


async def clear(office: Office) -> None:
    async with office.store.transaction() as connection:
        kinds = FollowUpRow.kind.in_(("ask_before", "ask_after"))
        await connection.execute(sa.delete(FollowUpRow).where(kinds))


async def test_the_service_began_and_ended(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await someone(office, sam, "after")
        case = await office.case()

        async def afters() -> list[dt.datetime]:
            rows = await office.rows(FollowUpRow)
            return sorted(
                r.due_at for r in rows if r.kind == "after" and r.state is FollowUpState.WAITING
            )

        finished = time()
        plan = office.env.plan
        assert (await afters())[0] - finished == dt.timedelta(days=14)
        await office.does(sam, "began", case, "date")
        await office.say(sam, "1/12/2026")
        assert (await afters())[0].date() == dt.date(2026, 12, 15)
        assert "15 December" in sam.said
        assert len(await afters()) == len(plan.after)
        await office.does(sam, "ended", case, "date")
        await office.say(sam, "30/11/2026")
        assert sam.said == office.words("w_date_order")
        assert (await afters())[0].date() == dt.date(2026, 12, 15)
        await office.does(sam, "ended", case, "date")
        await office.say(sam, "10/12/2026")
        assert (await afters())[0].date() == dt.date(2026, 12, 11)
        time.pass_(days=18, hours=1)
        await office.tick()
        assert office.hellos == [kim.chat]
        await office.all([kim], "open")
        await office.after(kim)
        # Told again, or a day put right: who has been asked since is not asked again.
        await office.does(sam, "ended", case, "yesterday")
        await office.does(sam, "ended", case, "date")
        await office.say(sam, "10/12/2026")
        time.pass_(days=7)
        await office.tick()
        assert office.hellos == [kim.chat]


async def test_a_day_put_right_at_night_asks_nobody_again(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await someone(office, sam, "after")
        time.pass_(days=5)
        await office.does(sam, "ended", await office.case(), "yesterday")
        time.pass_(days=2)
        await office.all([kim], Command("start"))
        await office.after(kim)
        time.now = time().replace(hour=22)  # what is due now would be sent in the morning
        await office.does(sam, "ended", await office.case(), "date")
        await office.say(sam, "27/11/2026")
        assert "27 February" in sam.said
        for _ in range(10):
            time.pass_(hours=12)
            await office.tick()
        assert office.hellos == []


async def test_a_date_and_its_plan_are_one(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        await someone(office, sam, "after")
        before = await all_tables(office, "updates_seen", "set_aside", "owed")
        async with refusing(office, "follow_ups"):
            await office.does(sam, "began", await office.case(), "today")
        assert sam.said == office.words("set_aside")
        assert await all_tables(office, "updates_seen", "set_aside", "owed") == before
        (case,) = [c for c in await office.rows(CaseRow) if c.participant_id]
        assert case.began_on is None


async def test_two_workers_of_one_person_do_not_cancel_each_other(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam, ali, kim = await office.worker("Sam"), await office.worker("Ali"), office.phone()
        await office.joins(kim, await office.link(sam, "Kim"))
        await office.before(kim)
        await office.open(kim, await office.link(ali, "K"))
        await office.before(kim)
        for worker, name in ((sam, "Kim"), (ali, "K")):
            await office.does(worker, "when", await office.case(name), "after.week")
        waits = [r for r in await office.rows(FollowUpRow) if r.state is FollowUpState.WAITING]
        assert [r.kind for r in waits].count("ask_after") == 2
