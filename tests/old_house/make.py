# mypy: ignore-errors
"""Makes the fixture. Runs only with the code of commit 13dd9f1; README.md says how."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
import logging
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import structlog

from bot import backups
from bot.conversation.arrival import Pressed
from bot.conversation.buttons import Aside, Question, Welcome, Work
from bot.conversation.hear import owe
from bot.conversation.reply import (
    Card,
    Cards,
    Clear,
    Copy,
    Key,
    Line,
    Message,
    Page,
    Qr,
    Reply,
    Voice,
)  # fmt: skip
from bot.database import begin_store
from bot.settings import read_settings
from bot.store.people import Whose
from tests.old_house import acts, constants, phones, product, stored_names
from tests.old_house.play import DATA, END, MASTER, ONLY_HELD, SETTINGS, Clock, playing
from tests.old_house.town import DAY, Town
from tests.running import Running
from tests.telegram_fake import FakeTelegram

OWED_AT = END - dt.timedelta(minutes=4)
LINK = "https://t.me/check_in_bot?start=AbCdEfGhIjKlMnOpQrStUv"


def replies(town, rows):
    """Replies of every kind, each to somebody else."""
    people, ids = town.people, iter(range(1001, 2000))

    def stranger(name):
        town.people[f"Out {name}"] = town.telegram.person(f"Out {name}", started=True)
        return town.people[f"Out {name}"].chat_id

    def to(name, *messages, chat=None, **more):
        chat = people[chat].chat_id if chat else stranger(name)
        return Reply(next(ids), chat, messages, **more)

    keys = (
        Key("A question", Question(77, "b1", 3, "talk").data()),
        Key("On the way", Welcome("abcdef12", "en", "", "01", "next").data()),
        Key("A phrase", Aside("hello", "open", 9).data()),
        Key("A worker's", Work("one", 5).data()),
        Key("A worker's reading", Work("read", 5, "zik0zj").data()),
    )
    words = Message("Words <b>as they are</b> & more")
    full = Message("Asked", "Because", keys, (Key("Stop", Question(77, "b1", 3, "stop").data()),))
    cards = Cards(
        (
            Card(LINK, ("A title", "And words"), "1", "en", False, "@check_in_bot", "123456"),
            Card(LINK, ("Tytuł", "Słowa"), None, "pl"),
        ),
        False,
        "2026-11-23",
    )
    lines = (
        Line("head", "Before"),
        Line("asked", "What?"),
        Line("said", "This"),
        Line("note", "n"),
    )
    voice = next(f for f in town.telegram.files.values() if f.path.startswith("voice/"))
    dora = rows["Dora"]
    old = int((END - dt.timedelta(hours=20)).timestamp())
    hold_said = people["Hold"].chat[-1].message_id
    stood = people["Flat"].chat[-1].message_id
    found = [
        to("plain", words),
        to("full", full, chat="Hal", session_id=rows["live"].id, turn=rows["live"].session.turn),
        to("two messages", words, full),
        to("to the left", Message("שלום", right_to_left=True)),
        to("protected", Message("Keep this", protect=True)),
        to("Qr", Message("A link", attach=Qr(LINK))),
        to("Cards", Message("Cards", attach=cards)),
        to("Page picture", Message("Yours", attach=Page(lines, "en", False))),
        to("Page paper", Message("Yours", attach=Page(lines, "pl", False, True))),
        to("Voice by name", Message("Heard", attach=Voice(voice.file_id))),
        to("Voice kept", Message("Heard", attach=Voice("lost", rows["voice"]))),
        to("Copy page", Message("", attach=Copy(dora, "page", "en")), whose=Whose(dora)),
        to(
            "Copy data",
            Message("", attach=Copy(dora, "data", "en")),
            chat="Dora",
            whose=Whose(dora),
        ),
        to("toast", words, pressed=Pressed(keys[2].data, 1, "old-query-1"), toast="From before"),
        to(
            "chosen",
            words,
            chosen="Yes",
            chat="Teen",
            pressed=Pressed(*under(people["Teen"]), "old-query-2"),
        ),
        to("redraw", full, redraw=True, chat="Wim", pressed=Pressed(*under(people["Wim"]), "")),
        to("menu", words, menu=(("start", "Start"), ("help", "Help"))),
        to("whose", words, whose=Whose(rows["Cora"])),
        to(
            "clear",
            Message("All gone"),
            Message("Some left"),
            lasting=True,
            clear=Clear("Hello.", ((stood, True, old), (stood - 1, False, old))),
        ),
        to(
            "heard",
            words,
            chat="Lin",
            heard=((people["Lin"].chat[-2].message_id, old),),
            forgets=True,
        ),
        to("holds", Message("Hi there.", choices=keys[2:3]), holds=True),
        to("closes", words, closes=True, clears="Hello."),
        to("stops", words, stops=True),
        to("silent", words, silent=True),
        to("urgent", words, urgent=True),
        to("stranger", words, stranger=True),
        to("lasting", words, lasting=True),
    ]
    held = to("held", Message("What came too late"), chat="Hold", heard=((hold_said, old),))
    return found, held


def under(person):
    """The data of a button on a phone, as the program reads it, and where it stands."""
    bubble = next(b for b in reversed(person.chat) if b.data)
    return next(iter(bubble.data.values())), bubble.message_id


async def owed(settings, town):
    """Leaves what a program that was killed owes."""
    store = begin_store(settings)
    await store.open(END, ())
    with closing(sqlite3.connect(settings.sqlite_file)) as file:
        rows = {"voice": file.execute("SELECT id FROM voices WHERE body IS NOT NULL").fetchone()[0]}
    async with store.begin() as batch:
        for name in ("Dora", "Hold", "Cora"):
            chat = town.people[name].chat_id
            rows[name] = (await batch.load([chat], lock=False))[chat].id
        chat = town.people["Hal"].chat_id
        rows["live"] = (await batch.load([chat], lock=False))[chat].live
    found, held = replies(town, rows)
    async with store.begin() as batch:
        owe(batch, found, OWED_AT)
        # One of the version before attachments had kinds, and one that is late on a shared phone.
        chat = town.telegram.person("Out before", started=True)
        town.people["Out before"] = chat
        body = {"id": 1999, "chat": chat.chat_id, "pressed": None, "messages": [
            {"text": "From before", "why": None, "choices": [], "controls": [],
             "right_to_left": False, "attach": {"kind": "Qr", "link": LINK}}]}  # fmt: skip
        batch.owe(
            1999,
            chat.chat_id,
            json.dumps(body).encode(),
            OWED_AT,
            lasting=False,
            session_id=None,
            turn=0,
            participant_id=None,
        )
        late = Reply(2000, town.people["Who"].chat_id, (Message("Late words"),))
        owe(batch, [late], END - dt.timedelta(minutes=30))
    async with store.begin() as batch:
        owe(batch, [held], END - dt.timedelta(hours=2))
    await store.hold([held.id])
    await store.close()


def states(file):
    """States of follow-ups that only a crash leaves, and rows that are made once a month."""
    with closing(sqlite3.connect(file)) as connection, connection:
        for name, state, lease in (
            ("Finn", "claimed", "2026-11-23 09:59:00.000000"),
            ("Late", "sending", "2026-11-23 09:59:00.000000"),
            ("Later", "failed", None),
            ("Dora", "uncertain", None),
        ):
            connection.execute(
                "UPDATE follow_ups SET state = ?, lease_until = ? WHERE id = (SELECT f.id FROM"
                " follow_ups f JOIN participants p ON p.id = f.participant_id WHERE p.id = ?"
                " AND f.state = 'waiting' ORDER BY f.due_at DESC LIMIT 1)",
                (state, lease, IDS[name]),
            )
        now = "2026-11-01 06:00:00.000000"
        connection.execute(
            "INSERT INTO tallies VALUES ('before', ?, 'first', 'answered', 'y', '2025-10', 3)",
            ("0123456789abcdef",),
        )
        connection.execute(
            "INSERT INTO editions VALUES ('2026-10', '{\"numbers\": [1]}', ?)", (now,)
        )
        connection.execute("INSERT INTO past_access VALUES (11, 12, 1, 'read', ?)", (now,))


IDS = {}
PACKED = ("phones.json", "opened.json", "act-phrases.json", "act-deeds.json")


async def make(folder: Path) -> None:  # noqa: PLR0915 - one thing after another
    """The whole fixture, in a folder of its own first."""
    file, clock = folder / "house.db", Clock(DAY)
    async with FakeTelegram(clock=clock, seed=17) as telegram:
        running = Running(telegram, f"sqlite:///{file}", clock, **SETTINGS)
        await running.start()
        await running.bot.started.wait()
        town = Town(telegram, running, clock)
        await town.two_weeks_ago()
        await town.pass_to(20, 12)
        await town.some_days_ago()
        await town.pass_to(22, 13)
        await running.tick()
        await running.bot.go_round()
        await running.bot.settled()
        await town.pass_to(23, 9, 40)
        await town.today()
        await town.pass_to(23, 9, 55)
        broken = {
            "message_id": 1,
            "date": "not a number",
            "from": dict(town.people["Teen"].user),
            "chat": {"id": town.people["Teen"].chat_id, "type": "private"},
            "text": "heron",
        }
        telegram.push({"update_id": telegram.inbox.take_id(), "message": broken})
        await running.quiet()
        await town.states()
        await running.bot.sweep.run()
        await running.bot._tell_beats()
        async with running.bot.store.begin() as batch:
            for name, person in town.people.items():
                for each in (await batch.load([person.chat_id], lock=False)).values():
                    IDS[name] = each.id
        await running.stop()
        assert telegram.complaints == [], telegram.complaints
        clock.now = END
        settings = read_settings(_env_file=None, **running.settings)
        await owed(settings, town)
        states(file)
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("VACUUM")
        packed = phones.pack(telegram, town.people)
        packed["secrets"] = town.secrets
        shutil.rmtree(DATA, ignore_errors=True)
        DATA.mkdir()
        (DATA / "house.db.gz").write_bytes(gzip.compress(file.read_bytes(), mtime=0))
        (DATA / "house.db.key").write_text(MASTER + "\n")
        write("phones.json", packed)
        await backups.back_up(settings, clock, DATA / "house.backup", DATA / "house.keys")
    write("opened.json", await product.read_everything(f"sqlite:///{file}"))
    shutil.copyfile(file, folder / "again.db")
    url = f"sqlite:///{folder / 'again.db'}"
    write("constants.json", constants.of_today(file, await stored_names.hashes(url)))
    known, seen = constants.callbacks(packed)
    lines = [f"{data}\t{json.dumps(stored_names.parsed(data))}" for data in known]
    (DATA / "callbacks.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    pairs = zip(seen, await stored_names.shown(url, seen), strict=True)
    text = "".join(f"{hidden}\t{shown}\n" for hidden, shown in pairs)
    (DATA / "hidden.txt").write_text(text, encoding="utf-8")
    await record_all(folder)


async def record_all(folder):
    """What the old program does in every chapter."""
    packed = json.loads(gzip.decompress((DATA / "phones.json.gz").read_bytes()))
    recorded = {}
    for name, steps in acts.chapters(packed).items():
        first, second = [await record(folder, name, steps) for _ in range(2)]
        for one, other in zip(first, second, strict=True):
            if one != other:
                told = [t for t in (*one["told"], *other["told"]) if one["do"] != "after"]
                odd = [t for t in told if t not in one["told"] or t not in other["told"]]
                raise SystemExit(f"not the same twice: {one['do']} {odd or (one, other)}")
        recorded[name] = first
    for name, what in recorded.items():
        write(f"act-{name}.json", what)


async def record(folder, name, steps):
    """What the old program does in one chapter, on a copy of the fixture."""
    file = folder / "played.db"
    for each in folder.glob("played.db*"):
        each.unlink()
    file.write_bytes(gzip.decompress((DATA / "house.db.gz").read_bytes()))
    if name != "outbox":
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute(ONLY_HELD)
    url, found = f"sqlite:///{file}", []
    async with playing(url) as play:
        for step in steps:
            try:
                told = await play.act(step)
            except AssertionError as error:
                raise SystemExit(f"{name}: {step}: {error}"[:900]) from error
            found.append({"do": step, "told": sorted(told, key=_answers_first)})
    after = product.summary(await product.read_everything(url))
    return [*found, {"do": "after", "told": after | {"in columns": constants.counted(file)}}]


def _answers_first(told):
    """Two taps of one person are answered in no order."""
    answers = told["does"] == "answerCallbackQuery"
    return str(told["to"]), not answers, told.get("text", "") if answers else ""


def write(name, what):
    """One entry, or step, on a line."""
    if isinstance(what, list):
        text = "[\n" + ",\n".join(map(_line, what)) + "\n]\n"
    else:
        text = "{\n" + ",\n".join(f"{_line(k)}: {_line(v)}" for k, v in what.items()) + "\n}\n"
    if name in PACKED:
        (DATA / f"{name}.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    else:
        (DATA / name).write_text(text, encoding="utf-8")


def _line(what):
    return json.dumps(what, ensure_ascii=False, sort_keys=True)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as place:
        asyncio.run((record_all if sys.argv[1:] == ["acts"] else make)(Path(place)))
    sys.exit(0)
