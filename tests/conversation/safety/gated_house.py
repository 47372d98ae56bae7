"""A participant in every state in which an opening line may stand on a shared phone.

It checks nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from bot.conversation.safety.late_replies import instead
from bot.domain.states import FollowUpState, ParticipantState
from bot.messages.incoming import (
    Command,
    IncomingUpdate,
    TextMessage,
)
from bot.schedule import follow_ups
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import CaseRow
from tests.conftest import Time
from tests.support.participants import TO_KEEP
from tests.support.worker_scenario import Ear, Office

HERS = "the thing with the red door"
SHARED = tuple("shared" if step == "alone" else step for step in TO_KEEP)
HELLOS = ("unfinished", "not_now", "pause", "after", "ask_after", "handed_over")
STATES = (*HELLOS, "held", "two", "nobody", "stopped", "quiet")


@dataclass
class House:
    """One office, and a phone in each state and language."""

    office: Office
    phones: dict[str, list[Ear]]
    buttons: dict[int, list[str]]

    def all(self) -> list[tuple[str, Ear]]:
        return [(state, phone) for state, phones in self.phones.items() for phone in phones]


async def _set(office: Office, table: type, values: dict[str, object], *where: object) -> None:
    async with office.store.engine.begin() as connection:
        await connection.execute(sa.update(table).where(*where).values(**values))  # type: ignore[arg-type]


async def id_of(office: Office, phone: Ear) -> int:
    async with office.store.unit_of_work() as uow:
        found = await uow.participants.load([phone.chat])
    return found[phone.chat].id if phone.chat in found else 0


async def house(office: Office, time: Time, each: int) -> House:
    """People half-way and people who are done, each with a first line that stands."""
    wanda = await office.worker("Wanda")
    phones: dict[str, list[Ear]] = {}
    for state in STATES:
        names = [f"KIT{state.upper()}{n}" for n in range(each)]
        phones[state] = []
        for _, token in zip(names, await office.links(wanda, names), strict=True):
            phone = office.phone()
            await office.joins(phone, token, SHARED)
            phones[state].append(phone)
    everyone = [phone for found in phones.values() for phone in found]
    done = [p for state in ("after", "ask_after", "handed_over") for p in phones[state]]
    rest = [p for p in everyone if p not in done]
    for phone in done:
        await office.before(phone, "worker", words=HERS)
    await office.allow_messages(rest)
    await office.all(rest, TextMessage(HERS))
    buttons = {
        p.chat: [k.data for m in p.heard for k in (*m.choices, *m.controls)] for p in everyone
    }
    for phone in (*phones["two"], *phones["nobody"]):
        await office.act([(phone, Command("start"))])
        await office.all([phone], "new")
    for phone in phones["two"]:
        for choice in SHARED:
            await office.all([phone], choice)
        await office.all([phone], "later")
        await office.all([phone], TextMessage(f"lee and {HERS}"))
    await _languages(office, each)
    time.pass_(days=2)
    await _say_hello(office, phones, time)
    return House(office, phones, buttons)


async def _languages(office: Office, each: int) -> None:
    codes = office.env.languages.codes
    for at, row in enumerate(await office.rows(ParticipantRow)):
        language = codes[at % min(each, len(codes))]
        await _set(office, ParticipantRow, {"language": language}, ParticipantRow.id == row.id)


async def _say_hello(office: Office, phones: dict[str, list[Ear]], time: Time) -> None:
    """Makes one follow-up of each kind due, and lets the real tick say it."""
    cases = {row.participant_id: row.id for row in await office.rows(CaseRow)}
    await _set(office, FollowUpRow, {"state": FollowUpState.DROPPED, "outcome": "law"})
    rows = []
    absent = {r.id for r in await office.rows(ParticipantRow) if r.aside_hash is not None}
    for state, found in phones.items():
        for phone in found:
            whose = await id_of(office, phone)
            if state in ("two", "nobody"):
                whose = 0
            if whose and state != "held":
                kind = state if state in HELLOS else "unfinished"
                rows.append((whose, kind))
    rows += [(whose, "unfinished") for whose in absent]
    sessions = {row.participant_id: row.id for row in await office.rows(CheckinRow)}
    async with office.store.unit_of_work() as uow:
        people = await uow.participants.load_by_id([whose for whose, _ in rows])
        uow.follow_ups.add(
            follow_ups._due(
                office.env.plan,
                people[whose],
                kind,
                f"law:{whose}",
                sessions.get(whose),
                time.now,
                time.now,
                cases.get(whose),
            )
            for whose, kind in rows
        )
    await office.ticking.run()
    sent = {r.participant_id: r.state for r in await office.rows(FollowUpRow) if "law:" in r.scope}
    assert set(sent.values()) == {FollowUpState.SENT}, sent
    for phone in phones["held"]:
        await _hold(office, phone)
    for phone in phones["stopped"]:
        await office.say(phone, "stop")
    for phone in phones["quiet"]:
        mine = ParticipantRow.id == await id_of(office, phone)
        await _set(office, ParticipantRow, {"state": ParticipantState.QUIET}, mine)


async def _hold(office: Office, phone: Ear) -> None:
    """A reply with her words that comes too late: only its first line is said."""
    office._number += 1
    number = office._number
    came = IncomingUpdate(number, phone.chat, Command("mydata"), office.time(), "en", number)
    (reply,) = await office.dispatcher.process([came])
    async with office.store.unit_of_work() as uow:
        person = (await uow.participants.load([phone.chat]))[phone.chat]
    late = instead(reply, person, office.env, office.time())
    assert late is not None
    assert late.is_placeholder
    phone.take(late, office._number)
    row = {"id": late.id, "chat": late.chat, "session_id": None, "turn": 0, "message_id": None}
    await office.store.mark_delivered([{**row, "held": True}])
