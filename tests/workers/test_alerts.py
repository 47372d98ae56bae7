"""Asking for a person: who hears when, until somebody has seen it; and what it never says.

That it is no emergency service is in the phrases, and looked at here.
"""

from __future__ import annotations

import pytest

from bot.messages.incoming import Command
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.worker_tables import AlertRow, AlertStepRow, CaseRow, RefusalRow
from tests.conftest import Time
from tests.support.worker_scenario import SERVICE, WORDS, Ear, Office, an_office


async def asks(office: Office, kim: Ear) -> str:
    """Asks for a person from the help."""
    await office.act([(kim, Command("help"))])
    await office.all([kim], "contact")
    return kim.said


async def two_hours(office: Office, time: Time, names: dict[int, str]) -> list[str]:
    """Who hears in the next two hours, minute by minute."""
    lines = []
    for _ in range(24):
        time.pass_(minutes=5)
        if heard := await office.go_round():
            lines.append(f"{time():%H:%M}  " + ", ".join(names[phone.chat] for phone in heard))
    return lines


async def test_who_hears_when(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, ali = await office.worker("Sam"), await office.worker("Ali")
        lou, pat = await office.worker("Lou", lead=True), await office.worker("Pat", lead=True)
        names = {sam.chat: "Sam", ali.chat: "Ali", lou.chat: "Lou (lead)", pat.chat: "Pat (lead)"}
        kim = await office.joined(sam)
        await office.before(kim)
        said = await asks(office, kim)
        assert said == office.words("contact_asked", worker_name="Sam", again="10:30")
        assert "not an emergency" in said
        # At once, and to the worker alone.
        alert = office.words("w_alert", name="Kim")
        assert [phone.heard[-1].text == alert for phone in (sam, ali, lou, pat)] == [
            True,
            False,
            False,
            False,
        ]
        lines = ["10:00  Sam", *await two_hours(office, time, names)]
        print("\nnobody says that they are on it:\n" + "\n".join(lines))  # noqa: T201
        assert lines[1:] == [
            f"{at}  Sam, Lou (lead), Pat (lead)" for at in ("10:30", "11:00", "11:30", "12:00")
        ]
        assert not any(WORDS in m.text or SERVICE in m.text for p in (lou, pat) for m in p.heard)
        await office.act([(lou, lou.does("seen"))])
        assert lou.said == office.words("w_seen", name="Kim")
        assert not any(
            m.choices for m in lou.messages
        )  # not a person of theirs: no page to look at
        await office.act([(sam, sam.does("seen"))])
        assert sam.said == office.words("w_seen_already", worker="Lou")
        after = await two_hours(office, time, names)
        print("Lou says that they are on it:\n" + ("\n".join(after) or "silence"))  # noqa: T201
        assert after == []
        steps = [row.step for row in await office.rows(AlertStepRow)]
        assert steps == ["asked", *["again"] * 12, "seen"]


async def test_asked_twice_tells_how_it_stands(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        said = await asks(office, kim)
        assert said == office.words("contact_asked_only", worker_name="Sam", again="10:30")
        time.pass_(minutes=10)
        said = await asks(office, kim)
        assert said == office.words("contact_waits", worker_name="Sam", time="10:00")
        assert await office.count(AlertRow) == 1
        await office.act([(sam, sam.does("seen"))])
        assert await asks(office, kim) == office.words(
            "contact_asked_only", worker_name="Sam", again="10:40"
        )
        assert await office.count(AlertRow) == 2


async def test_before_the_yes_after_a_stop_and_with_nobody(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        stranger = office.phone()
        await office.aside(stranger, "helplines", "contact")
        assert stranger.said == office.words("contact_nobody")
        sam, kim = await office.worker("Sam"), office.phone()
        await office.open(kim, await office.link(sam))
        assert "Sam" in await asks(office, kim)
        assert sam.heard[-1].text == office.words("w_alert", name="Kim")
        (case,) = await office.rows(CaseRow)
        assert case.participant_id is None
        lee = await office.joined(sam, "Lee")
        await office.say(lee, "stop")
        assert "Sam" in await asks(office, lee)
        assert sam.heard[-1].text == office.words("w_alert", name="Lee")


async def test_without_a_worker_it_goes_to_the_leads(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        eve = await office.worker("Eve")
        kim = await office.joined(eve)
        await office.remove(eve)
        await office.aside(kim, "helplines", "contact")  # not offered by now, but an old button
        assert kim.said == office.words("contact_nobody")
        lou, pat = await office.worker("Lou", lead=True), await office.worker("Pat", lead=True)
        said = await asks(office, kim)
        assert said == office.words("contact_asked_only", worker_name="Lou and Pat", again="10:30")
        heard = len(eve.heard)
        for lead in (lou, pat):
            assert lead.heard[-1].text == office.words("w_alert", name="Kim")
        assert len(eve.heard) == heard
        await office.act([(pat, pat.does("seen"))])
        assert await office.go_round() == []


async def test_from_the_questions_of_after(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        for name, way in (
            ("Kim", ("y", "y", "y", "worker")),
            ("Lee", ("y", "y", "n", "y", "worker")),
        ):
            kim = await office.joined(sam, name)
            await office.before(kim)
            await office.does(sam, "when", await office.case(name), "after.now")
            await office.tick()
            await office.all([kim], "open")
            await office.all([kim], "start")
            first, *rest = way
            await office.all([kim], first)
            await office.say(kim, WORDS)
            for choice in rest:
                await office.all([kim], choice)
            assert office.words("contact_asked_only", worker_name="Sam", again="10:30") in kim.said
            assert sam.heard[-1].text == office.words("w_alert", name=name)
            assert WORDS not in sam.heard[-1].text


async def test_a_hand_over_takes_the_alert_along(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, ali = await office.worker("Sam"), await office.worker("Ali")
        kim = await office.joined(sam)
        await asks(office, kim)
        await office.does(sam, "hand", await office.case(), str(await office.number(ali)))
        time.pass_(minutes=30)
        assert await office.go_round() == [ali]
        refusals = await office.count(RefusalRow)
        await office.act([(ali, ali.does("seen"))])
        assert ali.said == office.words("w_seen", name="Kim")
        assert await office.count(RefusalRow) == refusals


async def test_it_is_owed_until_it_is_there(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        # Committed, and the process dies before anything is sent.
        with pytest.MonkeyPatch.context() as dying:
            dying.setattr(office.store, "mark_delivered", _lost)
            await asks(office, kim)
        await office.act([(sam, Command("people"))])
        await office.act([(sam, Command("new"))])
        owed = await office.store.due_outbox(time(), time() - time())
        texts = [body.decode() for _, body in owed]
        assert sum(office.words("w_alert", name="Kim") in text for text in texts) == 1
        assert await office.count(OutboxRow) >= 1


async def _lost(_replies: object) -> None:
    """Nothing is known to be delivered."""
