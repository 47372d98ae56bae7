"""Whatever is sealed opens only where it was sealed: every value, put in every other's place.

What then becomes of the person whose row was spoilt, and of the others, is looked at too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.participant_inputs import PendingText
from bot.domain.worker import Worker
from bot.messages.incoming import Command, TextMessage, VoiceMessage
from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import DataKey, WrongKey
from bot.store.repositories.delivery import voice_note_repository
from bot.store.tables import Base
from bot.store.tables.checkin_tables import VoiceRow
from bot.store.tables.delivery_tables import DeadLetterRow, OutboxRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import CaseRow
from tests.conftest import Time
from tests.support.worker_scenario import Ear, Office, an_office

HASHES = {
    *("chat_hash", "token_hash", "holder", "code_hash", "receipt"),
    *("aside_hash", "word_hash", "phrase_hash"),
}
"""Bytes that nothing can be opened from."""
WRAPPED = {"keyring.wrapped", "participants.data_key"}
"""Wrapped by the master key, which binds to no place: see the tests below for those."""
PACKED = {"language_words.words"}
"""The product's own words, of nobody: packed, not sealed."""
ONE, TWO = "heronword", "weirword"

Place = Callable[[Any], tuple[DataKey, Sequence[object]]]


def places(
    house: SystemKeys, keys: dict[int, DataKey], cases: dict[int, DataKey]
) -> dict[str, Place]:
    """For each sealed column the key and the place that a row's value was sealed for."""

    def person(table: str, *fields: str) -> Place:
        return lambda r: (keys[r.id], (table, r.id, *fields))

    def answer(field: str) -> Place:
        return lambda r: (
            keys[r.participant_id],
            ("answers", r.participant_id, r.session_id, r.step, field),
        )

    def case(field: str) -> Place:
        return lambda r: (cases[r.id], ("cases", r.id, field))

    def at_house(table: str, *fields: str, by: str = "id") -> Place:
        def place(r: Any) -> tuple[DataKey, Sequence[object]]:
            known = getattr(r, by)
            name = known.hex() if isinstance(known, bytes) else known
            return house.key, (table, name, *fields)

        return place

    return {
        "participants.chat": person("participants", "chat"),
        "participants.waits": person("participants", "waits"),
        "participants.asked": person("participants", "asked"),
        "answers.said": answer("said"),
        "answers.words": answer("words"),
        "answers.voice": answer("voice"),
        "sessions.way": lambda r: (
            keys[r.participant_id],
            ("sessions", r.participant_id, r.id, "way"),
        ),
        "voices.body": lambda r: (
            keys[r.participant_id],
            ("voices", r.participant_id, r.session_id, r.step, r.id, "body"),
        ),
        "owed.body": at_house("owed"),
        "set_aside.body": at_house("set_aside", by="update_id"),
        "wording_notes.note": at_house("wording_notes"),
        "complaints.words": at_house("complaints", "words"),
        "complaints.voice": at_house("complaints", "voice"),
        "workers.chat": at_house("workers", "chat", by="chat_hash"),
        "workers.name": at_house("workers", "name", by="chat_hash"),
        "workers.waits": at_house("workers", "waits"),
        "worker_invites.name": at_house("worker_invites", by="token_hash"),
        "cases.data_key": at_house("cases", "data_key"),
        "cases.name": case("name"),
        "cases.service": case("service"),
        "news.words": at_house("news", "words"),
        "services.name": at_house("services", "name"),
        "records.words": lambda r: (cases[r.case_id], ("records", r.id, "words")),
    }


def sealed_columns() -> list[str]:
    """Every column of bytes that is neither a hash nor a wrapped key."""
    found = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, sa.LargeBinary) and column.name not in HASHES
    ]
    return [name for name in found if name not in WRAPPED | PACKED]


async def two_people(office: Office) -> tuple[Ear, Ear, Ear]:
    """A worker and two people, and something in every sealed column of each."""
    sam = await office.worker("Sam", lead=True)
    lou = await office.worker("Lou")
    await office.invite("Pat")
    await office.invite("Ola")
    found = []
    for word in (ONE, TWO):
        phone = await office.joined(sam, f"{word} name")
        await office.allow_messages([phone])
        case = await office.case(f"{word} name")
        await office.act([(phone, VoiceMessage({"file_id": f"{word} voice", "caption": ""}))])
        await office.say(phone, f"{word} said")
        await office.does(sam, "record", case, "left")
        await office.does(sam, "record", case, "add.left")
        await office.say(sam, f"{word} recorded")
        found.append(phone)
    for note in await office.rows(VoiceRow):
        await voice_note_repository.save(office.store, note.id, f"{note.id} sound".encode())
    for worker in (sam, lou):
        await office.act([(worker, Command("new"))])
    async with office.store.unit_of_work() as uow:
        people = await uow.participants.load([phone.chat for phone in found])
        lead = (await uow.workers.by_chat([sam.chat]))[sam.chat]
        for word in (ONE, TWO):
            await uow.announcements.add(lead, f"{word} changed", office.time())
        for person, word in zip(people.values(), (ONE, TWO), strict=True):
            person.pending_input, person.pending_since = (
                PendingText(1, "b1", word),
                office.time(),
            )
            asked = {"at": office.time().isoformat(), "buttons": [f"p:{word}:x:0"]}
            person.last_asked = asked  # a phrase that is not known any more
            uow.participants.save(person)
            spoken = {"file_id": f"{word} spoken"}
            await uow.complaints.make(person.id, f"{word} hurt", spoken, "en", office.time())
            uow.wording_notes.add("pl", "b1", f"{word} sounds wrong", office.time())
            await uow.services.add(f"Service {word}")
            uow.dead_letters.add(person.id, person.chat_id, "Broken", word.encode(), office.time())
            uow.outbox.enqueue(
                person.id, person.chat_id, word.encode(), office.time(),
                lasting=True, session_id=None, turn=0,
            )  # fmt: skip
    return sam, found[0], found[1]


async def test_every_sealed_value_in_every_others_place_is_refused(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        await two_people(office)
        house = await office.store.system_keys()
        keys = {r.id: house.vault.key(r.data_key) for r in await office.rows(ParticipantRow)}
        cases = {r.id: house.case_key(r.id, r.data_key) for r in await office.rows(CaseRow)}
        by_column = places(house, keys, cases)
        assert sorted(by_column) == sorted(sealed_columns()), "a new column needs its place here"
        values: list[tuple[str, Any, bytes]] = []
        for column in by_column:
            table, name = column.split(".")
            rows = [r for r in await office.rows(_row(table)) if getattr(r, name) is not None]
            assert len(rows) >= 2, f"nothing to swap in {column}"
            values += [(column, row, getattr(row, name)) for row in rows]
    refused = 0
    for column, row, own in values:
        key, place = by_column[column](row)
        key.open(own, *place)
        for _, _, other in values:
            if other is not own:
                with pytest.raises(WrongKey):
                    key.open(other, *place)
                refused += 1
    assert refused == len(values) * (len(values) - 1)
    print(  # noqa: T201 - the count is what the law is about
        f"\n{len(by_column)} sealed columns, {len(values)} values, each in every other's place:"
        f" {refused} tried, {refused} refused"
    )


def _row(table: str) -> type[Any]:
    wanted = Base.metadata.tables[table]
    return next(m.class_ for m in Base.registry.mappers if m.local_table is wanted)


# --- what the bot does then ----------------------------------------------------------------------

SWAPS = [
    "participants.chat",
    "participants.data_key",
    "participants.chat_hash",
    "participants.waits",
    "participants.asked",
    "answers.said",
    "answers.words",
    "answers.voice",
    "sessions.way",
    "cases.name",
    "cases.service",
    "cases.data_key",
    "records.words",
    "workers.name",
    "workers.chat",
    "owed.body",
]


async def swap(office: Office, column: str) -> None:
    """Exchanges a column of rows of the two people, as who can write to the database might."""
    table, name = column.split(".")
    model = _row(table)
    rows = [r for r in await office.rows(model) if getattr(r, name) is not None]
    one, two = rows[0], rows[-1]
    keys = [c.name for c in model.__table__.primary_key.columns]

    def at(row: Any) -> list[Any]:
        return [getattr(model, key) == getattr(row, key) for key in keys]

    async with office.store.engine.begin() as connection:
        spare = getattr(one, name)[::-1]  # a unique column never holds the same twice
        for row, value in ((one, spare), (two, getattr(one, name)), (one, getattr(two, name))):
            await connection.execute(sa.update(model).where(*at(row)).values({name: value}))


@pytest.mark.parametrize("column", SWAPS)
async def test_nobody_is_shown_anothers_words_and_others_are_served(
    column: str, tmp_path: Any, time: Time
) -> None:
    async with an_office(f"sqlite:///{tmp_path / 'checkin.db'}", time) as office:
        sam, one, two = await two_people(office)
        cases = {word: await office.case(f"{word} name") for word in (ONE, TWO)}
        bystander = office.phone()
        await office.agree([bystander])
        await swap(office, column)
        for phone, mine, other in ((one, ONE, TWO), (two, TWO, ONE)):
            for what in (Command("mydata"), Command("start"), TextMessage("hello")):
                phone.heard.clear()
                await office.act([(phone, what), (bystander, Command("mydata"))])
                assert bystander.messages, "the others are served, though they came together"
                assert phone.messages, "and nobody is left without a word"
                told = " ".join(m.text for m in phone.heard)
                assert other not in told, f"{mine} is shown what {other} said"
        for word, case in cases.items():
            await office.does(sam, "one", case)
            other = TWO if word == ONE else ONE
            assert f"{other} recorded" not in sam.said
            assert sam.messages
        # What is due to others goes on: hellos, alerts and what is owed.
        time.pass_(days=15)
        await office.tick()
        await office.go_round()
        await office.store.due_outbox(time(), time() - time())
        spoilt = {row.error for row in await office.rows(DeadLetterRow)}
        assert spoilt <= {"Broken", "WrongKey"}, spoilt


async def test_an_owed_reply_put_elsewhere_is_not_sent_and_holds_up_no_other(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        await two_people(office)
        rows = await office.rows(OutboxRow)
        await swap(office, "owed.body")
        found = await office.store.due_outbox(time(), time() - time())
        assert len(found) == len(rows) - 2


async def test_keys_of_the_house_that_are_exchanged_stop_the_start(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        await swap(office, "keyring.wrapped")
        with pytest.raises(WrongKey, match="not in order"):
            await office.store.open(time(), [])


async def test_a_worker_whose_row_was_spoilt_does_not_silence_the_leads(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        await office.worker("Sam", lead=True)
        await office.worker("Lou", lead=True)
        async with office.store.engine.begin() as connection:
            worker = _row("workers")
            change = sa.update(worker).where(worker.id == 1).values(name=b"x" * 40)
            await connection.execute(change)
        async with office.store.unit_of_work() as uow:
            found: list[Worker] = await uow.workers.all()
        assert [worker.name for worker in found] == ["Lou"]
