"""You said, we did: a lead writes it, people hear it once after a hello, and the report has it.

Who may press the buttons is in `test_worker_law`.
"""

from __future__ import annotations

from bot.messages.incoming import Command
from bot.store.tables.report_tables import AnnouncementHeardRow, AnnouncementRow
from bot.workers.write_announcement import LONGEST
from tests.conftest import Time
from tests.support.database.synthetic_data import report_of
from tests.support.participants import everything
from tests.support.worker_scenario import Ear, Office, an_office

DID = "The heating now comes on at six"
NEWS = "This is what was done"


async def did(office: Office, lead: Ear, words: str = DID) -> None:
    """A lead writes what was changed."""
    await office.does(lead, "did")
    await office.say(lead, words)
    assert words in lead.said
    await office.act([(lead, lead.does("tell"))])
    assert lead.said == office.words("w_did_done")


async def hello(office: Office, people: list[Ear], days: int = 15) -> None:
    """Time passes until everybody is due a hello."""
    office.time.pass_(days=days)
    for person in people:
        person.messages = []
    await office.tick()


async def test_people_hear_it_once_after_the_tap(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        lead = await office.worker("Lou", lead=True)
        kim = office.phone()
        await office.agree([kim])
        await office.before(kim, "only_me")
        await did(office, lead)
        assert DID.encode() not in await everything(office.store)
        await hello(office, [kim])
        assert kim.said == office.words("hello")  # the first line says nothing
        await office.all([kim], "open")
        assert kim.messages[0].text.startswith(office.words("news"))
        assert f"“{DID}”" in kim.messages[0].text
        assert len(kim.messages) == 2
        assert "Can I ask how it went" in kim.messages[1].text
        assert await office.count(AnnouncementHeardRow) == 1
        assert "shared" in kim.offered  # who sees this phone can be said before any own words
        assert "You said" not in kim.said
        # An answer to the question still counts: it was the last message.
        await office.all([kim], "start")
        assert "You said" in kim.said
        for _ in range(3):
            await office.say(kim, "later")
        await hello(office, [kim], days=120)
        if "open" in kim.offered:
            await office.all([kim], "open")
        assert NEWS not in kim.said
        assert await office.count(AnnouncementHeardRow) == 1


async def test_who_did_not_agree_to_be_messaged_or_came_later_does_not_hear(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        lead = await office.worker("Lou", lead=True)
        kim, lee = office.phone(), office.phone()
        await office.agree([kim])
        await office.before(kim, "only_me", may_write="disagree")
        await did(office, lead)
        time.pass_(days=1)
        await office.agree([lee])
        await office.before(lee, "only_me")
        await hello(office, [kim, lee])
        assert kim.messages == []
        await office.act([(kim, Command("start"))])
        assert NEWS not in kim.said
        await office.all([lee], "open")
        assert "Can I ask how it went" in lee.said
        assert NEWS not in lee.said


async def test_it_is_shown_before_it_is_told_and_may_be_written_again(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        lead = await office.worker("Lou", lead=True)
        await office.does(lead, "crew")
        await office.act([(lead, lead.does("did"))])
        assert lead.said == office.words("w_did")
        for words in ("x" * (LONGEST + 1), "   "):
            await office.say(lead, words)
            assert lead.said == office.words("w_did_wrong")
        await office.say(lead, "We did nothing")
        tell = lead.does("tell")
        await office.act([(lead, lead.does("did"))])
        await office.act([(lead, tell)])  # an old button tells nobody
        assert lead.toasts[-1] == office.words("stale")
        await office.say(lead, DID)
        again = lead.does("tell")
        for _ in range(2):
            await office.act([(lead, again)])
        assert lead.toasts[-1] == office.words("stale")
        assert await office.count(AnnouncementRow) == 1


async def test_who_is_no_lead_any_more_tells_nobody(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        lead = await office.worker("Lou", lead=True)
        await office.does(lead, "did")
        await office.remove(lead)
        await office.worker("Lou", phone=lead)
        await office.does(lead, "did")
        await office.say(lead, DID)
        await office.does(lead, "tell")
        assert await office.count(AnnouncementRow) == 0


async def test_it_stands_in_the_report(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        lead = await office.worker("Lou", lead=True)
        await did(office, lead)
        report = await report_of(office)
        assert report.news == [("November 2026", DID)]
