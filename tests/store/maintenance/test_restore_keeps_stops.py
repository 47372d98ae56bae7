"""Restoring brings nobody back against their will, whatever they did after the backup.

Lives of several people of one worker are generated, with backups and key files saved at random
moments; then the machine is lost, and any of the backups is restored with the newest key file.
What stood when that was written is read from the tables themselves, not from the ledger.
`RESTORE_LAW=60 pytest -s` on this file tries more, `RESTORE_SEED` others.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain.participant import Participant
from bot.domain.states import ParticipantState, WorkerState
from bot.messages.incoming import ButtonPress, Command
from bot.store.maintenance.backup import write_backup, write_keys
from bot.store.maintenance.restore import restore_backup
from bot.store.opening import open_vault
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import CaseRow, WorkerInviteRow, WorkerRow
from tests.conftest import Time
from tests.store.maintenance.deeds_after_backup import LIFE, STEPS, Kit
from tests.support.worker_scenario import Ear, Office, an_office

PEOPLE = 5
DEEDS = 40


@dataclass
class Stood:
    """What stood at one moment, read from the tables: the model of the law."""

    people: dict[int, Participant]
    sharing: dict[int, tuple[str | None, int | None]]
    answers: set[tuple[int, str, str]]
    readable: set[tuple[int, int]]
    removed: set[int]
    invites: set[bytes]

    @property
    def may_hear(self) -> set[int]:
        """The chats of those who want to be written to, at which they are."""
        return {
            p.chat_id
            for p in self.people.values()
            if p.state in (ParticipantState.ACTIVE, ParticipantState.PAUSED)
            and p.may_message
            and not p.contact_times.never
            and p.delete_at is None
        }


async def stands(office: Office) -> Stood:
    """What stands now."""
    ids = [row.id for row in await office.rows(ParticipantRow)]
    async with office.store.unit_of_work() as uow:
        loaded = await uow.participants.load([], ids=ids) if ids else {}
    people = {person.id: person for person in loaded.values()}
    sessions = await office.rows(CheckinRow)
    owners = {row.id: row.worker_id for row in await office.rows(CaseRow)}
    workers = await office.rows(WorkerRow)
    active = {row.id for row in workers if row.standing is WorkerState.ACTIVE}
    return Stood(
        people=people,
        sharing={row.id: (row.sharing, row.shared_with) for row in sessions},
        answers={
            (past.id, step, repr((a.state, a.choices, a.words)))
            for person in people.values()
            for past in person.checkins
            for step, a in {**past.session.answers, **past.hidden_answers}.items()
        },
        readable={
            (row.id, row.shared_with)
            for row in sessions
            if row.sharing == "worker"
            and row.shared_with in active
            and owners.get(row.case_id) == row.shared_with
        },
        removed={row.id for row in workers} - active,
        invites={r.token_hash for r in await office.rows(WorkerInviteRow) if r.worker_id is None},
    )


async def crowd(office: Office, worker: Ear) -> list[Kit]:
    """People who came by a worker's links and said all of BEFORE, shared at random later."""
    texts = [f"words of kit {n} alone" for n in range(PEOPLE)]
    phones = await office.all_of_before(worker, [f"KIT{n}X" for n in range(PEOPLE)], texts)
    async with office.store.unit_of_work() as uow:
        people = await uow.participants.load([p.chat for p in phones], [p.chat for p in phones])
    made = []
    for phone, text in zip(phones, texts, strict=True):
        person = people[phone.chat]
        past = person.checkins[0]
        STEPS[:] = sorted(past.session.answers)
        made.append(Kit(office, phone, text, past.id, person.id, phones=[phone]))
    return made


async def of_the_house(office: Office, chance: random.Random, workers: list[Ear]) -> None:
    """A worker is removed, hands somebody over, or is invited."""
    lead, *others = workers
    what = chance.randrange(4)
    if what == 0 and len(others) > 1:
        await office.remove(others.pop(0), to=others[0] if chance.random() < 0.5 else None)
        workers[:] = [lead, *others]
    elif what == 1:
        cases = await office.rows(CaseRow)
        if cases:
            await office.does(lead, "move", chance.choice(cases).id, str(await office.number(lead)))
    elif what == 2:
        await office.invite("Nora")
    else:
        workers.append(await office.worker("Olga"))


async def lived(
    office: Office, chance: random.Random, folder: Path, counted: Counter[str]
) -> tuple[list[Kit], list[Path], Stood]:
    """A life with backups; gives them, and what stood when the newest key file was written."""
    office.time.pass_(days=1)
    workers = [await office.worker(name, lead=name == "Lea") for name in ("Lea", "Wanda", "Vera")]
    kits = await crowd(office, workers[1])
    vault, keys, backups = open_vault(office.settings), folder / "checkin.keys", list[Path]()

    async def back_up() -> None:
        path = folder / f"{len(backups)}.backup"
        await write_backup(office.store, vault, path, keys, now=office.time())
        backups.append(path)

    for number in range(DEEDS):
        office.time.pass_(minutes=chance.choice((1, 7, 90, 60 * 30)))
        if number == DEEDS // 4 or chance.random() < 0.06:
            await back_up()
        elif chance.random() < 0.1:
            await write_keys(office.store, vault, keys, now=office.time())
        elif chance.random() < 0.1:
            await of_the_house(office, chance, workers)
        elif chance.random() < 0.1:
            await office.tick()
        else:
            each = chance.choice(LIFE)
            counted[each.__name__] += 1
            await each(chance.choice(kits), chance)
    office.time.pass_(minutes=1)
    await write_keys(office.store, vault, keys, now=office.time())
    return kits, backups, await stands(office)


async def held_to(office: Office, stood: Stood, kits: list[Kit], *, lost: bool) -> None:
    """What was restored is no more than what stood, for all that it says and does."""
    there = await stands(office)
    assert there.people.keys() <= stood.people.keys(), "who was deleted is not there"
    for number, person in there.people.items():
        was = stood.people[number]
        assert (person.chat_id, person.is_active_at_chat) == (was.chat_id, was.is_active_at_chat), (
            "nobody is where they had left"
        )
        assert person.private_word_hash == was.private_word_hash
        assert was.state is not ParticipantState.STOPPED or person.state is ParticipantState.STOPPED
        assert was.delete_at is None or person.delete_at == was.delete_at
        assert was.hidden_before is None or person.hidden_before == was.hidden_before
    for session, (sharing, worker) in there.sharing.items():
        assert sharing in (None, "only_me") or (sharing, worker) == stood.sharing[session]
    assert there.readable <= stood.readable
    assert there.answers <= stood.answers, "nothing that was changed or taken back is back"
    assert there.removed >= stood.removed
    open_ones = {
        r.token_hash
        for r in await office.rows(WorkerInviteRow)
        if r.worker_id is None and r.expires_at > office.time()
    }
    assert open_ones <= stood.invites
    # What the phones show, before anybody says who they are.
    for kit in kits:
        found = there.people.get(kit.participant)
        for phone in [p for each in kits for p in each.phones]:
            at_home = found is not None and found.is_active_at_chat and found.chat_id == phone.chat
            assert at_home or kit.secret not in "\n".join(m.text for m in phone.heard)
    wanted = set() if lost else stood.may_hear
    for _ in range(20):
        office.time.pass_(days=3, hours=1)
        await office.tick()
    assert set(office.hellos) <= wanted, "nobody is written to whose last word was no"


async def looked(office: Office, kits: list[Kit]) -> None:
    """Everybody asks for all there is of them, at every phone they ever had."""
    for kit in kits:
        for phone in kit.phones:
            office.phones[phone.chat] = phone
            phone.heard.clear()
            for command in ("mydata", "story", "help"):
                await office.act([(phone, Command(command))])
            await office.aside(phone, "share_pick", "s", kit.session)
            await office.act([(phone, ButtonPress(f"q:{kit.session}", 1, "1"))])


@pytest.fixture
def databases(new_database: Callable[[], str]) -> Callable[[], str]:
    """Databases made one after another; the first, outside the test's loop, makes the template."""
    new_database()
    return new_database


async def test_restoring_brings_nobody_back_against_their_will(
    databases: Callable[[], str], tmp_path: Path, kind_of_database: str
) -> None:
    wanted = int(os.environ.get("RESTORE_LAW", "4" if kind_of_database == "sqlite" else "2"))
    seed, tried, counted = int(os.environ.get("RESTORE_SEED", "1")), 0, Counter[str]()
    lessened = 0
    for number in range(wanted):
        chance = random.Random(seed * 10_000 + number)  # noqa: S311 - the same in every run
        folder, time = tmp_path / str(number), Time()
        folder.mkdir(exist_ok=True)
        async with an_office(await asyncio.to_thread(databases), time) as office:
            kits, backups, stood = await lived(office, chance, folder, counted)
        crash = time.now
        for path in backups:
            lost, time.now = chance.random() < 0.5, crash
            async with an_office(await asyncio.to_thread(databases), time) as again:
                lessened += await _restored(again, path, time, lost=lost)
                await looked(again, kits)
                await held_to(again, stood, kits, lost=lost)
            tried += PEOPLE
    print(f"\nrestore law: {tried} lives restored, {lessened} lessened: {dict(counted)}")  # noqa: T201
    assert lessened > tried // 4, "the law has something to hold to"
    assert set(counted) == {each.__name__ for each in LIFE} or wanted < 4


async def _restored(office: Office, path: Path, time: Time, *, lost: bool) -> int:
    keys, vault = path.with_name("checkin.keys"), open_vault(office.settings)
    found = await restore_backup(office.store, vault, path, keys, time(), nothing_was_lost=not lost)
    await office.store.open(time(), office.env.library.current.values())
    return found.lessened
