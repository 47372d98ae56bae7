"""A lead invites, lists and removes workers in Telegram, as the command line does.

Who may do it is in `test_worker_law`.
"""

from __future__ import annotations

import random

from bot.messages.incoming import Command
from bot.store.tables.worker_tables import CaseRow, WorkerInviteRow, WorkerRow
from bot.workers.worker_pending_input import LEAVE
from tests.conftest import Time
from tests.support.worker_scenario import Ear, Office, an_office


async def crew(office: Office, lead: Ear) -> None:
    """Opens the list of workers."""
    await office.act([(lead, Command("start"))])
    await office.act([(lead, lead.does("crew"))])


async def invites(office: Office, lead: Ear, name: str) -> str:
    """Invites somebody; gives the token of the link to pass on."""
    await crew(office, lead)
    await office.act([(lead, lead.does("invite"))])
    await office.say(lead, name)
    return lead.said.partition("start=")[2].split()[0]


def newest(phone: Ear) -> str:
    """What a phone heard last."""
    return phone.heard[-1].text


async def active(office: Office) -> list[int]:
    """Who is a worker now."""
    rows = await office.rows(WorkerRow)
    return sorted(row.id for row in rows if row.standing == "active")


async def test_an_invite_works_once_and_can_be_taken_back(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        lou = await office.worker("Lou", lead=True)
        token = await invites(office, lou, "  Sam \u00a0 B ")
        await crew(office, lou)
        labels = [key.label for key in lou.keys]
        assert any("Sam B" in label for label in labels)
        sam = office.phone()
        await office.open(sam, token, None)
        (row,) = [r for r in await office.rows(WorkerRow) if r.id != 1]
        assert not row.lead  # nobody is made a lead here
        late = office.phone()
        await office.open(late, token, None)
        assert office.words("link_closed") in late.said
        gone = await invites(office, lou, "Ali")
        await office.act([(lou, lou.does("withdraw"))])
        assert lou.said == office.words("w_withdrawn", name="Ali")
        again = await invites(office, lou, "Eve")
        await crew(office, lou)
        await office.act([(lou, lou.does("invited"))])
        tap = lou.does("withdraw")
        await office.act([(lou, tap)])
        await office.act([(lou, tap)])
        assert lou.toasts[-1:] == [office.words("stale")]
        ended = await invites(office, lou, "Old")
        time.pass_(days=7)
        for token in (gone, again, ended):
            await office.open(late, token, None)
            assert office.words("link_closed") in late.said
        assert len(await office.rows(WorkerRow)) == 2
        assert len(await office.rows(WorkerInviteRow)) == 3  # two used, one too old


async def test_removed_with_their_people_handed_on(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        lou = await office.worker("Lou", lead=True)
        sam, ali = await office.worker("Sam"), await office.worker("Ali")
        kim = await office.joined(sam, "Kim")
        await office.before(kim)
        await office.link(sam, "Lee")
        numbers = await office.number(sam), await office.number(ali)
        await office.does(lou, "mate", numbers[0])
        assert lou.said == office.words("w_crew_row", name="Sam", joined=1, total=2)
        await office.act([(lou, lou.does("fire"))])
        assert lou.said == office.words("w_remove", name="Sam")
        assert LEAVE in {button.verb for button in lou.work}
        await office.act([(lou, lou.does("fire", str(numbers[1])))])
        assert lou.said == office.words("w_remove_check", name="Sam", worker="Ali")
        assert await active(office) == [1, *numbers]  # nothing yet
        await office.act([(lou, lou.does("remove"))])
        assert lou.said == office.words("w_remove_done", name="Sam")
        assert newest(sam) == office.words("w_removed")
        assert sam.reply is not None
        assert [name for name, _ in sam.reply.commands] == list(office.env.library.phrases.menu)
        assert newest(ali) == office.words("w_people_to_you", total=2)
        assert await active(office) == [1, numbers[1]]
        assert {row.worker_id for row in await office.rows(CaseRow)} == {numbers[1]}
        await office.act([(sam, Command("people"))])
        assert "Kim" not in sam.said
        await office.does(ali, "read", await office.case("Kim"))
        assert "stairs" not in ali.said  # only what Kim shares with Ali


async def test_there_is_always_a_lead(database_url: str, time: Time) -> None:
    """Whatever leads do to each other, in any order, one stays."""
    for seed in range(4):
        pick = random.Random(seed)  # noqa: S311
        async with an_office(database_url, time) as office:
            lead = await office.worker(f"Lou {seed}", lead=True)
            leads = [lead, *[await office.worker(f"Lea {n}", lead=True) for n in range(2)]]
            staff = [*leads, await office.worker("Sam")]
            for _ in range(12):
                who, whom = pick.choice(leads), pick.choice(staff)
                number = await office.number(whom)
                how = pick.choice(["nobody", str(await office.number(pick.choice(staff)))])
                await office.does(who, "remove", number, how)
            rows = [row for row in await office.rows(WorkerRow) if row.standing == "active"]
            assert any(row.lead for row in rows)


async def test_a_worker_hears_when_a_lead_moves_their_person(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        lou = await office.worker("Lou", lead=True)
        sam, ali = await office.worker("Sam"), await office.worker("Ali")
        await office.joined(sam, "Kim")
        case = await office.case("Kim")
        await office.does(lou, "move", case, str(await office.number(ali)))
        assert newest(sam) == office.words("w_moved_away", name="Kim", worker="Ali")
        await office.does(ali, "hand", case, str(await office.number(sam)))
        assert newest(ali) == office.words("w_handed", name="Kim", worker="Sam")  # and nothing more


async def test_a_worker_hears_who_joined_and_what_was_shared(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam, "Kim")
        assert newest(sam) == office.words("w_joined_now", name="Kim")
        assert sam.reply is not None
        assert sam.reply.silent
        heard = len(sam.heard)
        lee = await office.joined(sam, "Lee")
        await office.before(lee, sharing="only_me")
        assert [m.text for m in sam.heard[heard:]].count(
            office.words("w_shared_now", name="Lee")
        ) == 0
        await office.before(kim)
        assert newest(sam) == office.words("w_shared_now", name="Kim")
        await office.act([(sam, sam.does("one"))])
        assert "Kim" in sam.said
        await office.act([(sam, Command("people"))])
        assert sam.keys[0].label.endswith(office.words("w_why_unread"))  # unread comes first
        (session,) = [s for s in await office.sessions() if s.sharing == "worker"]
        await office.does(sam, "shared", await office.case("Kim"))
        await office.act([(sam, sam.does("read"))])
        await office.act([(sam, Command("people"))])
        assert not any(office.words("w_why_unread") in key.label for key in sam.keys)
        assert session.shared_with is not None
