"""Words are planted wherever anybody can put some, and looked for wherever a machine keeps things.

The bot is a process of its own that logs all it can, breaks, is killed and is backed up.
"""

from __future__ import annotations

import asyncio
import base64
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import asyncpg
import httpx
import pytest

from bot.settings import ROOT
from tests.reliability.crash.bot_process import GUARD, BotProcess, SharedTime
from tests.support.cli_process import checkin
from tests.support.database.databases import PostgresServer
from tests.support.qr_reader import codes, photo
from tests.support.running_bot import KEY, upgrade
from tests.support.telegram_fake import FakeTelegram, Person

STEM = "qzheron"
"""In every word that is planted, and in nothing else."""
AGREE = (
    "18 or over",
    "Yes, keep it",
    "No, just me",
)


class Planted:
    """Words that must not be found, counted by where they were put in."""

    def __init__(self) -> None:
        self.fields: list[str] = []
        self.secrets: list[bytes] = []
        self.chats: list[int] = []

    def word(self, field: str) -> str:
        """A word for one field; the letters beyond ASCII are escaped in some forms."""
        self.fields.append(field)
        return f"{STEM}{len(self.fields)}ß"

    def secret(self, field: str, value: str) -> None:
        """Something that is not a word of ours, such as a link's token."""
        self.fields.append(field)
        self.secrets.append(value.encode())

    def forms(self) -> dict[str, bytes]:
        """All the forms in which to look for them."""
        found: dict[str, bytes] = {}
        texts = [STEM.encode(), *self.secrets, *(str(chat).encode() for chat in self.chats)]
        for text in texts:
            name = text.decode()
            plain = text.decode()
            found |= {
                f"{name} as it is": text,
                f"{name} in capitals": plain.upper().encode(),
                f"{name} in UTF-16": plain.encode("utf-16-le"),
                f"{name} in UTF-16, the other way": plain.encode("utf-16-be"),
                f"{name} in hexadecimal": text.hex().encode(),
                f"{name} JSON-escaped": "".join(f"\\u{ord(c):04x}" for c in plain).encode(),
            }
            for shift in range(3):
                coded = base64.b64encode(b"\0" * shift + text)
                whole = coded[4 if shift else 0 : -4]
                if len(whole) >= 6:
                    found[f"{name} in base64 after {shift}"] = whole
        for chat in self.chats:
            found[f"{chat} as PostgreSQL sends it"] = chat.to_bytes(8, "big")
            found[f"{chat} as it keeps it"] = chat.to_bytes(8, "little")
            if 2**32 < chat < 2**47:
                found[f"{chat} as SQLite keeps it"] = chat.to_bytes(6, "big")
        return found


def scan(places: dict[str, bytes], planted: Planted) -> list[str]:
    """Where which of them is found, in which form."""
    forms = planted.forms()
    return [
        f"{form} in {place}"
        for place, data in places.items()
        for form, what in forms.items()
        if what in data
    ]


class Life:
    """People and a worker, who talk to the bot in its process."""

    def __init__(self, telegram: FakeTelegram, planted: Planted) -> None:
        self.telegram = telegram
        self.planted = planted

    def person(self, who: str) -> Person:
        """Somebody whose names in Telegram are planted, too."""
        person = self.telegram.person(self.planted.word(f"first name of {who}"))
        for part in ("last_name", "username"):
            person.user[part] = self.planted.word(f"{part} of {who}")
            self.telegram.chats[person.chat_id].body[part] = person.user[part]
        self.planted.chats.append(person.chat_id)
        return person

    async def press(self, person: Person, *labels: str) -> None:
        """Taps buttons, each when it is there."""
        for label in labels:
            there = await self.telegram.changes.until(
                lambda label=label: any(  # type: ignore[misc]
                    label == each for b in person.chat for row in b.buttons for each in row
                ),
                4 * GUARD,
            )
            assert there, f"{label!r}: {person.transcript()}"
            person.tap(label)
            await self.calm()

    async def calm(self) -> None:
        """Returns when all is taken in, and whatever comes of it has come."""
        await self.telegram.drained(4 * GUARD)

    async def say(self, person: Person, field: str, env: str = "{} and the stairs") -> None:
        """Says a planted word."""
        person.say(env.format(self.planted.word(field)))
        await self.calm()

    async def agree(self, person: Person, payload: str = "") -> None:
        """Says yes to everything."""
        person.start(payload)
        await self.press(person, *AGREE)


async def _a_long_life(life: Life, token: str) -> tuple[Person, Person]:
    """All that people and workers can put in."""
    planted, telegram = life.planted, life.telegram
    sam, worker = life.person("Sam"), life.person("the worker")
    worker.start(token)
    planted.secret("token of the invite", token)
    await worker.sees("/new")
    worker.say(f"/new {planted.word('name of a person')}\n{planted.word('another name')}")
    await life.calm()
    await life.say(worker, "what it is about")
    worker.say(f"/new {planted.word('name of a third')}")
    await life.calm()
    await life.say(worker, "what that is about")
    await life.press(worker, "I do not know")
    await telegram.changes.until(lambda: any(b.kind == "photo" for b in worker.chat), GUARD)
    picture = next(b.file for b in reversed(worker.chat) if b.kind == "photo")
    assert picture is not None
    link = codes(photo(picture))[0].partition("start=")[2]
    planted.secret("token of the link", link)
    await life.agree(sam, link)
    await life.say(sam, "an answer")
    await life.say(sam, "a long answer", "{} " + "and the stairs are loud " * 300)
    sam.voice(
        caption=planted.word("caption of a voice note"),
        data=f"OggS {planted.word('voice note')}".encode() * 50,
    )
    await life.calm()
    sam.photo(caption=planted.word("caption of a picture"))
    sam.document(name=planted.word("name of a file"), caption=planted.word("caption of a file"))
    sam.forward(planted.word("forwarded words"), said_by=planted.word("who said them"))
    sam.contact()
    sam.poll(question=planted.word("question of a poll"))
    sam.say(planted.word("words edited later"))
    sam.edit(next(b for b in reversed(sam.chat) if not b.from_bot), planted.word("edited words"))
    sam.say(f"/start {planted.word('words behind START')}")
    sam.say(f"/{STEM}command")
    sam.tap_data(f"{planted.word('data of a button')}:1")
    await life.calm()
    await life.say(sam, "words of danger", "I want to die, {}")
    for how in ("break the handler", "break a thread", "break the loop"):
        await life.say(sam, f"words in an error: {how}", how + " {}")
    unknown = {"text": planted.word("update of an unknown form"), "chat": {"id": sam.chat_id}}
    telegram.push({"update_id": telegram.inbox.take_id(), "message": unknown})
    await life.calm()
    stranger = life.person("a stranger")
    stranger.start(planted.word("a link that is none").replace("ß", ""))
    await life.say(stranger, "words before a yes")
    for label in ("name of a person", "third"):
        worker.say("/people")
        await life.calm()
        await life.say(worker, f"words nobody waits for ({label})")
    return sam, worker


@pytest.fixture
def server(request: pytest.FixtureRequest, database_url: str) -> PostgresServer | None:
    """The server of the database, where it has one."""
    if database_url.startswith("sqlite"):
        return None
    found: PostgresServer = request.getfixturevalue("postgresql_server")
    return found


async def test_no_planted_word_is_found_anywhere(  # noqa: PLR0915 - one life
    server: PostgresServer | None, database_url: str, tmp_path: Path
) -> None:
    planted, time, url = Planted(), SharedTime(tmp_path), database_url
    if server is not None:
        await asyncio.to_thread(upgrade, url)
    async with FakeTelegram(clock=time, seed=3) as telegram:
        life = Life(telegram, planted)
        listen = f"127.0.0.1:{_free_port()}"
        bot = BotProcess(telegram, url, time, listen=listen, tick_seconds="1")
        bot.module = "tests.support.canary_bot"
        settings = {
            "database_url": url,
            "secret_keys": KEY,
            "telegram_token": telegram.token,
            "telegram_api_url": telegram.url,
        }
        bot.start()
        # Only a bot that has started has made the database that an invite is written to.
        assert await telegram.changes.until(lambda: bool(telegram.calls_of("getUpdates")), 60), (
            bot.log()
        )
        name = planted.word("name of the worker")
        made = await checkin(tmp_path, "workers", "invite", name, "--lead", now=time(), **settings)
        token = made.out.strip().partition("start=")[2]
        assert token, made
        sam, _ = await _a_long_life(life, token)
        places = {"metrics": await _get(f"http://{listen}/metrics")}
        assert b"checkin_updates_total" in places["metrics"]
        # Killed with replies owed; started anew; killed by an error that nobody catches.
        telegram.faults.add(kind="500", method="sendMessage", times=None)
        await life.say(sam, "words whose reply is owed")
        bot.kill()
        places |= {f"killed: {name}": data for name, data in _files(tmp_path).items()}
        telegram.faults.clear()
        bot.start()
        await life.say(sam, "words after a restart")
        doctor = await checkin(tmp_path, "doctor", now=time(), **settings)
        places["doctor"] = (doctor.out + doctor.err).encode()
        backed_up = await checkin(tmp_path, "backup", "a.backup", now=time(), **settings)
        assert backed_up.code == 0, backed_up
        rotated = await checkin(tmp_path, "keys", "rotate", now=time(), **settings)
        places["commands"] = (backed_up.out + backed_up.err + rotated.out + rotated.err).encode()
        telegram.faults.add(kind="500", method="sendMessage", times=None)
        sam.say(f"break it all {planted.word('words of the last error')}")
        assert await asyncio.to_thread(bot.ended) == 1
        telegram.faults.clear()
        log = bot.log()
        planted.secrets += [telegram.token.encode(), KEY.encode()]
    for word in ("update.set_aside", "what=thread", "what=task", "what=crash", "canary_bot.py:"):
        assert word in log, word
    assert "name=telegram.Bot" in log
    assert "level=debug event=library name=aiosqlite" in log or server is not None
    places |= _files(tmp_path)
    assert {"a.backup", "checkin.keys"} <= set(places)
    if server is not None:
        await _checkpoint(url)
        places |= _files(server.folder)
    else:
        assert len(places["killed: checkin.db-wal"]) > 100_000
        assert places["killed: checkin.db-shm"]
    found = scan(places, planted)
    assert found == []
    await _prove_that_it_would_be_found(url, tmp_path, server, planted)
    size = sum(map(len, places.values())) / 1e6
    print(  # noqa: T201 - the figures are what the scan is for
        f"\n{url.partition(':')[0]}: {len(planted.fields)} fields planted,"
        f" {len(planted.chats)} chats, {len(planted.forms())} forms, {len(places)} places"
        f" ({size:.0f} MB): {len(found)} finds"
    )


async def _prove_that_it_would_be_found(
    url: str, folder: Path, server: PostgresServer | None, planted: Planted
) -> None:
    """Plants a word in clear in a table, and finds it; and in every form, in a string of bytes."""
    word, chat = planted.word("a column in clear"), max(planted.chats)
    if server is None:
        with sqlite3.connect(folder / "checkin.db") as connection:
            connection.execute("CREATE TABLE plain (word TEXT, chat INTEGER)")
            connection.execute("INSERT INTO plain VALUES (?, ?)", (word, chat))
        connection.close()
        places = _files(folder)
    else:
        connection_ = await asyncpg.connect(url)
        await connection_.execute("CREATE TABLE plain (word TEXT, chat BIGINT)")
        await connection_.execute("INSERT INTO plain VALUES ($1, $2)", word, chat)
        await connection_.close()
        await _checkpoint(url)
        places = _files(server.folder)
    found = scan(places, planted)
    assert any(f"{STEM} as it is" in each for each in found)
    assert any(str(chat) in each for each in found), "a chat's number, as the database keeps it"
    for name, form in planted.forms().items():
        assert scan({"here": b"\1\2" + form + b"\3"}, planted), name


async def _checkpoint(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CHECKPOINT")
    await connection.close()


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and "pginstall" not in path.parts
    }


async def _get(url: str) -> bytes:
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).content


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_command_that_fails_tells_where_and_nothing_else(tmp_path: Path) -> None:
    program = (
        "import bot.cli.doctor.doctor, bot.cli.main as m\n"
        "async def fails(*_): raise RuntimeError('what they said')\n"
        "bot.cli.doctor.doctor.examine = fails\n"
        "m.main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, "doctor"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "a fault of ours: RuntimeError at" in ended.stderr
    assert "bot/cli/main.py:" in ended.stderr
    assert "what they said" not in ended.stderr + ended.stdout
