"""The product's own parts as these tests know them, so that a rename changes few files.

Names that stand in bytes are in `stored_names`. Every row is opened by the product's readers; what
they give is told in plain JSON.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from bot.domain.participant import Checkin, Participant
from bot.domain.participant_inputs import PENDING_INPUT
from bot.domain.worker_inputs import to_json
from bot.messages.reply import Reply
from bot.messages.reply_codec import decode, encode
from bot.settings import ROOT, read_settings
from bot.store.crypto.vault import Vault
from bot.store.database import Database
from bot.store.maintenance.restore import restore_backup
from bot.store.opening import begin_store
from bot.store.repositories.delivery.voice_note_repository import load_body
from bot.store.sql.engine import open_engine
from bot.store.unit_of_work import UnitOfWork
from flows.engine import Answer, load_folder
from tests.old_house.play import END, MASTER
from tests.support.running_bot import FLOWS

Json = dict[str, Any]
T = TypeVar("T")


def upgrade_to(url: str, revision: str) -> None:
    """Brings the tables of an empty database to a revision, as `alembic upgrade` does."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic").replace("%", "%%"))
    config.attributes |= {"url": url, "secret_keys": MASTER}
    command.upgrade(config, revision)


@asynccontextmanager
async def database_at(url: str) -> AsyncIterator[Database]:
    """A database, opened as a start does."""
    store = Database(url, Vault([MASTER]), ROOT / "alembic")
    try:
        await store.open(END, load_folder(FLOWS).values())
        yield store
    finally:
        await store.close()


async def on_connection(url: str, work: Callable[[sa.Connection], T]) -> T:
    """What some work gives that is done with the database itself."""
    engine = open_engine(url)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


async def opened(url: str) -> None:
    """Opens a database as a start does, and closes it."""
    async with database_at(url):
        pass


async def opened_by_its_key_file(file: Path) -> None:
    """The same of a SQLite file, with the key that lies beside it."""
    store = begin_store(read_settings(_env_file=None, database_url=f"sqlite:///{file}"))
    try:
        await store.open(END, load_folder(FLOWS).values())
    finally:
        await store.close()


async def restored(url: str, backup: Path, keys: Path) -> int:
    """Restores a backup into an empty database; gives how many rows there were."""
    store = Database(url, Vault([MASTER]), ROOT / "alembic")
    try:
        return (await restore_backup(store, Vault([MASTER]), backup, keys, END)).rows
    finally:
        await store.close()


def as_written_now(body: bytes) -> bytes:
    """What is owed, read and written down again by today's program."""
    return encode(decode(body))


async def read_everything(url: str) -> Json:
    """All that is sealed in the database, opened by what opens it in the product."""
    async with database_at(url) as store:
        async with store.engine.connect() as connection:
            numbers = {
                name: list((await connection.execute(sa.text(statement))).scalars())
                for name, statement in _NUMBERS.items()
            }
            aside = (await connection.execute(sa.text("SELECT * FROM set_aside"))).all()
        async with store.unit_of_work() as uow:
            found = await _of_people(uow, numbers["people"])
            found |= await _of_workers(uow, numbers["cases"])
            found |= await _of_the_house(uow)
        house = await store.system_keys()
        found["set_aside"] = [
            house.key.open(row.body, "set_aside", row.update_id).decode() for row in aside
        ]
        found["voices"] = {str(n): _text(await load_body(store, n)) for n in numbers["voices"]}
        owed = [
            body
            for _, body in await store.due_outbox(END + dt.timedelta(days=1), dt.timedelta(0), ())
        ]
        found["owed"] = sorted(map(_owed, owed), key=lambda each: int(each["id"]))
        found["hidden"] = [store.mask(n) for n in (1, 77, 2**61)]
        return found


_NUMBERS = {
    "people": "SELECT id FROM participants ORDER BY id",
    "cases": "SELECT id FROM cases ORDER BY id",
    "voices": "SELECT id FROM voices ORDER BY id",
}


def _text(body: bytes | None) -> str | None:
    return body.decode() if body is not None else None


async def _of_people(uow: UnitOfWork, ids: list[int]) -> Json:
    people = (await uow.participants.load([], ids=ids, lock=False)).values()
    held = await uow.outbox.deferred_for(people)
    news = {str(p.id): await uow.announcements.unheard_by(p, 9) for p in people}
    return {
        "people": {str(person.id): _person(person) for person in people},
        "held": {str(number): len(replies) for number, replies in held.items()},
        "news": {number: words for number, words in news.items() if words},
    }


def _person(person: Participant) -> Json:
    return {
        "chat": person.chat_id,
        "here": person.is_active_at_chat,
        "state": person.state.value,
        "language": person.language,
        "zone": person.timezone,
        "next words": PENDING_INPUT.encode(person.pending_input),
        "half-way": _session(person.open_checkin.session) if person.open_checkin else None,
        "check-ins": [_past(past) for past in person.checkins],
        "safe": person.contact_times.to_json(),
        "others see the phone": person.shared_phone,
        "first line": person.opening_line,
        "deletion": person.delete_at.isoformat() if person.delete_at else None,
        "has a word": person.private_word_hash is not None,
        "cases": [case.name for case in person.cases],
    }


def _session(session: Any) -> Json:
    return {
        "flow": session.flow,
        "step": session.step,
        "turn": session.turn,
        "trail": list(session.trail),
        "picks": list(session.picks),
        "answers": _answers(session.answers.items()),
    }


def _past(past: Checkin) -> Json:
    return {
        "stage": past.state.value,
        "sharing": past.sharing,
        "about": past.follows_id,
        "session": _session(past.session),
        "closed": _answers(past.hidden_answers.items()),
    }


def _answers(found: Iterable[tuple[str, Answer]]) -> Json:
    return {
        step: [a.state.value, list(a.choices), a.words, [dict(v) for v in a.voice]]
        for step, a in sorted(found)
    }


async def _of_workers(uow: UnitOfWork, ids: list[int]) -> Json:
    cases = await uow.cases.find(ids=ids)
    records = {str(case.id): await uow.sharing.latest_outcome(case) for case in cases}
    return {
        "workers": {
            worker.name: [
                worker.chat_id,
                worker.lead,
                worker.state.value,
                to_json(worker.pending_input, worker.pending_since),
            ]
            for worker in await uow.workers.all()
        },
        "cases": {str(c.id): [c.name, c.service, c.worker_name, c.participant_id] for c in cases},
        "records": {k: [r.outcome, r.words] for k, r in records.items() if r is not None},
        "invites": sorted(i.name for i in await uow.workers.open_invites(END)),
        "services": sorted(s.name for s in await uow.services.all()),
    }


async def _of_the_house(uow: UnitOfWork) -> Json:
    return {
        "wording notes": [list(note[1:]) for note in await uow.wording_notes.all()],
        "complaints": [[c.words, c.code] for c in await uow.complaints.all()],
    }


def _owed(body: bytes | Reply) -> Json:
    reply = decode(body) if isinstance(body, bytes) else body
    return {"id": reply.id, "chat": reply.chat, "texts": [m.text for m in reply.messages]}


def summary(everything: Json) -> Json:
    """What became of everybody, without the numbers of rows made since."""
    return {
        "people": {
            f"{each['chat']}{'' if each['here'] else ' (not here)'}": [
                each["state"],
                {k: v for k, v in each["next words"].items() if k not in ("about", "session")},
                each["half-way"] and _where(each["half-way"]),
                [[p["stage"], p["sharing"], _where(p["session"])] for p in each["check-ins"]],
                bool(each["deletion"]),
                each["others see the phone"],
            ]
            for each in everything["people"].values()
        },
        "workers": {
            name: {k: v for k, v in waits.items() if k != "draft"}
            for name, (_, _, _, waits) in everything["workers"].items()
        },
        "cases": sorted(map(str, (each[:3] for each in everything["cases"].values()))),
        "records": sorted(map(str, everything["records"].values())),
        "invites": everything["invites"],
        "wording notes": everything["wording notes"],
        "complaints": sorted(str(words) for words, _ in everything["complaints"]),
        "set aside": len(everything["set_aside"]),
        "held": everything["held"],
        "voices": sorted(map(str, everything["voices"].values())),
        "owed": sorted(str(reply["texts"]) for reply in everything["owed"]),
    }


def _where(session: Json) -> list[Any]:
    answers = {
        step: [*said, [{k: v for k, v in voice.items() if k != "id"} for voice in voices]]
        for step, (*said, voices) in session["answers"].items()
    }
    return [*(session[name] for name in ("flow", "step", "turn", "picks")), answers]
