"""A database of before the redesign is opened, sent from, tapped, restored, and gone on with.

What is expected was recorded by the program of that commit; README.md says what may be changed.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.old_house import product
from tests.old_house.conftest import aware
from tests.old_house.play import DATA, MASTER, ONLY_HELD, playing, read_json
from tests.support.database.filled_tables import Rows, contents, lost

ACTS = sorted(path.name.split(".")[0].removeprefix("act-") for path in DATA.glob("act-*"))
ON_SQLITE_ONLY = ("deeds", "phrases")
"""Buttons tapped as they were before their numbers were hidden; nothing hangs on the database."""
OPENED = read_json("opened.json")
NOT_IN_A_BACKUP = {
    *("keyring", "updates_seen", "owed", "set_aside", "groups_told", "refusals", "messages"),
    *("rejoins", "farewells", "tries", "shown", "jobs", "sweep_marks", "early_stops"),
    "alembic_version",
}
CHANGED_BY_A_RESTORE = {
    "participants": {"safe", "waits", "waits_since", "data_key"},
    "follow_ups": {"state", "outcome", "ended_at", "lease_until"},
    "workers": {"waits"},
    "complaints": {"participant_id"},
    "cases": {"data_key"},
    "worker_invites": {"expires_at"},
}
"""What a restore changes on purpose, or what the backup leaves out."""


def plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


# --- opened --------------------------------------------------------------------------------------


async def test_all_that_is_sealed_reads_as_it_did(house_url: str) -> None:
    found = plain(await product.read_everything(house_url))
    for part, expected in OPENED.items():
        assert found[part] == expected, part


async def test_no_row_is_lost_or_changed_by_opening_it(house_url: str, old_rows: Rows) -> None:
    await product.opened(house_url)
    after: Rows = await product.on_connection(house_url, contents)
    assert lost(comparable(old_rows), comparable(after)) == {}
    grown = {name for name, rows in after.items() if len(rows) > len(old_rows[name])}
    assert grown <= {"flow_versions"}


def comparable(rows: Rows, but: dict[str, set[str]] | None = None) -> Rows:
    """With all times as moments, and without some columns."""
    left = but or {}
    return {
        table: [
            {k: aware(v) for k, v in row.items() if k not in left.get(table, ())} for row in each
        ]
        for table, each in rows.items()
    }


async def test_the_key_file_beside_the_database_opens_it(old_house: Path, tmp_path: Path) -> None:
    for name, data in (("house.db", old_house), ("house.db.key", DATA / "house.db.key")):
        (tmp_path / name).write_bytes(data.read_bytes())
    assert (DATA / "house.db.key").read_text().strip() == MASTER
    await product.opened_by_its_key_file(tmp_path / "house.db")


# --- gone on with --------------------------------------------------------------------------------


@pytest.mark.parametrize("act", [act for act in ACTS if act not in ON_SQLITE_ONLY])
async def test_a_real_bot_does_what_the_old_one_did(house_url: str, act: str) -> None:
    await does_the_same(house_url, act)


@pytest.mark.parametrize("act", ON_SQLITE_ONLY)
async def test_buttons_of_before_do_what_they_did(
    old_house: Path, tmp_path: Path, act: str
) -> None:
    shutil.copyfile(old_house, tmp_path / "house.db")
    await does_the_same(f"sqlite:///{tmp_path / 'house.db'}", act)


async def does_the_same(url: str, act: str) -> None:
    """Plays an act, step by step: what is sent, and in the end what became of everybody."""
    *steps, after = read_json(f"act-{act}.json")
    if act != "outbox":
        await product.on_connection(url, lambda c: c.execute(sa.text(ONLY_HELD)))
    async with playing(url) as play:
        for step in steps:
            told = plain(await play.act(step["do"]))
            assert told == step["told"], step["do"]
    found = plain(product.summary(await product.read_everything(url)))
    found["in columns"] = await product.on_connection(url, counted)
    for part, expected in after["told"].items():
        assert found[part] == expected, part


def counted(connection: sa.Connection) -> dict[str, dict[str, int]]:
    """How often each word stands in the columns that hold a word of ours in clear."""
    found: dict[str, dict[str, int]] = {}
    for place in read_json("constants.json")["in columns"]:
        table, _, column = place.partition(".")
        rows = connection.execute(
            sa.text(f'SELECT "{column}", COUNT(*) FROM "{table}" GROUP BY 1')  # noqa: S608
        )
        found[place] = {str(word): count for word, count in rows}
    return found


def test_every_kind_of_button_is_tapped_in_an_act() -> None:
    """So that a verb or a phrase that nobody handles any more is noticed, not only one unread."""
    tapped = {
        part
        for act in ACTS
        for step in read_json(f"act-{act}.json")[:-1]
        for data in step["do"][2:]
        if step["do"][1] in ("data", "choose")
        for part in data.split(":")[:2]
    }
    kinds = {line.split(":")[1] for line in lines("callbacks.txt") if line[0] in "pk"}
    assert kinds - tapped == {"times_day"}, "a day of the week, which has no words of its own"


async def test_what_was_asked_of_those_who_write_first_is_taken_up(house_url: str) -> None:
    """The one outcome that is looked for again; time alone brings it about."""
    await product.on_connection(house_url, lambda c: c.execute(sa.text(ONLY_IF_THEY_WRITE)))
    async with playing(house_url) as play:
        await play.act(["", "start_bot"])
        await play.act(["Kim", "start"])
        kim = play.people["Kim"].chat_id
    found = product.summary(await product.read_everything(house_url))
    assert found["people"][str(kim)][2][0] == "after"


ONLY_IF_THEY_WRITE = """UPDATE follow_ups
SET state = 'dropped', outcome = 'only if they write first', due_at = '2026-11-22 10:00:00+00:00'
WHERE kind = 'ask_after'"""


def lines(name: str) -> list[str]:
    """A file's lines."""
    return (DATA / name).read_text(encoding="utf-8").splitlines()


# --- restored ------------------------------------------------------------------------------------


async def test_the_backup_is_restored_whole(empty_database_url: str, old_rows: Rows) -> None:
    rows = await product.restored(empty_database_url, DATA / "house.backup", DATA / "house.keys")
    kept = {t: each for t, each in old_rows.items() if t not in NOT_IN_A_BACKUP}
    assert rows == sum(map(len, kept.values()))
    after: Rows = await product.on_connection(empty_database_url, contents)
    before = comparable(kept, CHANGED_BY_A_RESTORE)
    assert lost(before, comparable(after, CHANGED_BY_A_RESTORE)) == {}
    found = plain(await product.read_everything(empty_database_url))
    for part in ("cases", "records", "services", "news", "wording notes", "complaints", "voices"):
        assert found[part] == OPENED[part], part
    for number, person in OPENED["people"].items():
        restored = found["people"][number]
        for part in ("chat", "here", "state", "half-way", "check-ins", "language", "has a word"):
            assert restored[part] == person[part], (number, part)


async def test_a_bot_on_what_was_restored_goes_on(empty_database_url: str) -> None:
    await product.restored(empty_database_url, DATA / "house.backup", DATA / "house.keys")
    async with playing(empty_database_url) as play:
        await play.act(["", "start_bot"])
        (said,) = [
            told
            for told in await play.act(["Hal", "start"])
            if told["to"] == "Hal" and told["does"] == "sendMessage"
        ]
        assert "2 of 5." in said["text"]
        told = await play.act(["Hal", "choose", "skip"])
        assert "3 of 5." in told[-1]["text"]
