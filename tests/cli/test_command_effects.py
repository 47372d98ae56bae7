"""Every command over a live database: only what it is for changes, and nobody is written to.

The tree of commands is walked, so a new one has to say here what it may change. What each is for is
tested elsewhere.
"""

from __future__ import annotations

import asyncio
import random
import re
import shutil
import signal
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from bot.cli.main import cli
from bot.clock import system_clock
from bot.languages.environment_loader import load_environment
from bot.messages.incoming import Command, IncomingUpdate
from bot.settings import ROOT, CannotBeDone, read_settings
from bot.store.crypto.vault import new_master
from bot.store.opening import begin_store
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import AlertRow, CaseRow, WorkerInviteRow
from bot.terminal.local_chat import LocalChat, OffsetClock
from tests.conftest import Time
from tests.conversation.my_data.test_complaints import code_in, unhappy
from tests.preview.test_terminal_chat import TO_FIRST
from tests.support.cli_process import checkin, ended, start
from tests.support.running_bot import KEY, copied
from tests.support.telegram_fake import FakeTelegram
from tests.support.worker_scenario import Office, all_tables, an_office

NEWER = new_master()
PRACTISED = f"{TO_FIRST}1\nsomewhere\n/wait 3 weeks\n/stop\n/wait 6 months\n"


@dataclass(frozen=True)
class Deed:
    """A command as it is typed, and which tables it may change; `asks` is what it asks Telegram.

    Where it opens no database at all, it is tried beside one of the two only.
    """

    words: str
    may: Collection[str] = ()
    code: int = 0
    typed: str = ""
    asks: Collection[str] = ()
    keys: str = KEY
    opens: bool = True


REMOVING = ("workers", "cases", "follow_ups", "alerts", "alert_steps", "shown", "past_access")
DEEDS = {
    "chat": Deed("chat", typed=PRACTISED),
    "run": Deed(
        "run", code=2, typed=PRACTISED
    ),  # without a token and a terminal; see its own tests
    "web": Deed("web --port 0", opens=False),
    "doctor": Deed("doctor", code=1, asks={"getMe"}),
    "backup": Deed("backup a.backup"),
    "restore": Deed("restore a.backup", code=2),  # there are people in it
    "migrate": Deed("migrate"),
    "report": Deed("report --out r.html", {"editions"}),
    "export": Deed("export --out e"),
    "receipt": Deed("receipt AAAA-BBBB"),
    "routes": Deed("routes", opens=False),
    "flows check": Deed("flows check --against-live"),
    "flows draw": Deed("flows draw --to drawn", opens=False),
    "flows messages": Deed("flows messages", opens=False),
    "flows play": Deed(
        "flows play", opens=False, typed="somewhere\n/hello\n/wait 6 months\n/stop\n"
    ),
    "flows replay": Deed("flows replay", opens=False),
    "flows notes": Deed("flows notes"),
    "flows to-xlsform": Deed("flows to-xlsform before -o before.xlsx", opens=False),
    "flows from-xlsform": Deed("flows from-xlsform before.xlsx -o x.yaml", opens=False),
    "flows feedback": Deed("flows feedback"),
    "flows same": Deed("flows same before/b2"),
    "flows let-go": Deed("flows let-go xx", code=2),  # there is no such language
    "danger try": Deed("danger try none.csv", code=2, opens=False),  # there is no such list
    # It takes a minute, and would write beside the real lines: see `tests/danger_model`.
    "danger train": Deed("danger train --help", opens=False),
    "services list": Deed("services list"),
    "services add": Deed("services add Hostel", {"services"}),
    "services rename": Deed("services rename hostel House", {"services", "cases"}),
    "services merge": Deed("services merge house Nowhere", code=2),
    "workers list": Deed("workers list"),
    "workers invite": Deed("workers invite Pat", {"worker_invites"}, asks={"getMe"}),
    "complaints list": Deed("complaints list"),
    "complaints acknowledge": Deed("complaints acknowledge CODE", {"complaints"}),
    "complaints answered": Deed("complaints answered CODE", {"complaints"}),
    "keys new": Deed("keys new", opens=False),
    "keys save": Deed("keys save some.keys"),
    "workers remove": Deed("workers remove 2 --to 1", REMOVING),
    "keys rotate": Deed("keys rotate", {"keyring", "participants"}, keys=f"{NEWER},{KEY}"),
}
"""In the order in which they are tried; what one writes, the next may read."""


def commands(group: Any, above: str = "") -> Iterator[str]:
    """Every command there is, by what is typed for it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{above}{name} ")
        else:
            yield f"{above}{name}"


def test_every_command_says_what_it_may_change() -> None:
    assert sorted(commands(typer.main.get_command(cli))) == sorted(DEEDS)


async def lived_in(office: Office, time: Time) -> str:
    """People, links, an alert, a complaint, hellos long due and replies owed; gives a code."""
    lead, sam = await office.worker("Lou", lead=True), await office.worker("Sam")
    assert await office.number(sam) == 2
    await office.invite("Pat")
    people = [await office.joined(worker, f"Kim {n}") for n, worker in enumerate((sam, sam, lead))]
    await office.before(people[0], "service")
    await office.before(people[1], "worker")
    await office.links(sam, ["Unused"])
    await office.agree(office.chats(2))
    await office.all([people[2]], Command("help"))
    await office.aside(people[2], "helplines", "contact")
    await unhappy(office, people[0])
    await office.say(people[0], "nobody rang back")
    code = code_in(people[0])
    await office.dispatcher.process(
        [IncomingUpdate(900_001, 900_001, Command("start"), time(), "en")]
    )
    time.pass_(days=15)
    for table in (ParticipantRow, FollowUpRow, AlertRow, CaseRow, OutboxRow, WorkerInviteRow):
        assert await office.rows(table), table
    return code


async def test_only_what_a_command_is_for_changes(
    telegram: FakeTelegram, database_url: str, tmp_path: Path, time: Time
) -> None:
    known: dict[str, Any] = {
        "telegram_token": telegram.token,
        "telegram_api_url": telegram.url,
        "database_url": database_url,
        "env_file": tmp_path / ".env",
        "flows": copied(tmp_path),
        "locales": shutil.copytree(ROOT / "locales", tmp_path / "locales"),
    }
    (tmp_path / ".env").write_text("CHECKIN_ORG_NAME=Aspen House\n")
    changed: dict[str, set[str]] = {}
    async with an_office(database_url, time) as office:
        code = await lived_in(office, time)
        before = await all_tables(office)
        for name, deed in DEEDS.items():
            if not deed.opens and not database_url.startswith("sqlite"):
                continue
            asked = len(telegram.calls)
            given = {**known, "secret_keys": deed.keys}
            if name == "run":
                given["telegram_token"] = ""
            words = deed.words.replace("CODE", code).split()
            if name == "web":
                await looked_at(tmp_path, words, given)
            else:
                done = await checkin(tmp_path, *words, typed=deed.typed, now=time(), **given)
                assert done.code == deed.code, (name, done.out, done.err)
                assert "Traceback" not in done.err
                assert "a fault of ours" not in done.err
            after = await all_tables(office)
            changed[name] = {table for table in before if before[table] != after[table]}
            assert changed[name] <= set(deed.may), (name, changed[name])
            assert {c.method for c in telegram.calls[asked:]} <= set(deed.asks), name
            before = after
    did = {name for name, tables in changed.items() if tables}
    assert did == {name for name, deed in DEEDS.items() if deed.may}, "each did its work"


async def looked_at(folder: Path, words: list[str], given: dict[str, Any]) -> None:
    """Opens the page, and ends it."""
    process = await start(folder, *words, **given)
    assert process.stdout is not None
    async with asyncio.timeout(60):
        first = await process.stdout.readline()
        assert first.startswith(b"Practice: nobody real is here")
        assert re.search(rb"http://127\.0\.0\.1:\d+", await process.stdout.readline())
    process.send_signal(signal.SIGINT)
    assert (await ended(process)).code == 0


# --- practice ------------------------------------------------------------------------------------


async def test_time_never_moves_for_real_people(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        await lived_in(office, time)
        before = await all_tables(office)
        talk = LocalChat(
            office.env, office.store, OffsetClock(time), lambda _: None, lambda _: None
        )
        with pytest.raises(CannotBeDone, match="nobody practises in it"):
            await talk.open()
        assert await all_tables(office) == before


@pytest.mark.parametrize("token", [True, False])
async def test_practice_leaves_the_bots_own_file_as_it_is(token: bool, tmp_path: Path) -> None:
    """Also where somebody practised in it before practice had one of its own."""
    live = tmp_path / "checkin.db"
    settings = read_settings(_env_file=None, database_url=f"sqlite:///{live}")
    talk = talk_in(settings)
    await talk.open()
    await talk.receive(Command("start"))
    await talk.close()
    (tmp_path / "checkin.db.clock").write_text("86400.0\n")
    before = held(tmp_path)
    chance, said = random.Random(7), []  # noqa: S311 - what is typed, no secret
    for _ in range(2):
        typed = "".join(
            chance.choices(["1\n", "2\n", "/wait 2 weeks\n", "words\n", "/stop\n"], k=25)
        )
        given = {"telegram_token": "1:a"} if token else {}
        done = await checkin(tmp_path, "chat", typed=typed, **given)  # type: ignore[arg-type]
        assert done.code == 0, done.err
        said.append(done.out)
    for out in said:
        assert (
            out.splitlines()[0] == "Practice: nobody real is here, and nothing is sent to anybody."
        )
        told = " ".join(out.split())
        assert f"{tmp_path}/checkin.practice.db".replace(" ", "") in told.replace(" ", "")
        assert "is the bot's own, and stays as it is." in told
        assert ("@BotFather" in out) != token
    after = held(tmp_path)
    assert {name: after.pop(name) for name in before} == before
    assert {name.partition(".practice.db")[0] for name in after} == {"checkin"}


def held(folder: Path) -> dict[str, bytes]:
    """The files of a folder, and what is in them."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def talk_in(settings: Any) -> LocalChat:
    """A talk as the older program held it: in the bot's own database."""
    store = begin_store(settings)
    return LocalChat(
        load_environment(settings), store, OffsetClock(system_clock), lambda _: None, lambda _: None
    )
