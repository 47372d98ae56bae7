"""What an operator is told by `backup` and `restore`, and which key file counts for how much."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.states import FollowUpState, ParticipantState
from bot.messages.incoming import Command
from bot.store.crypto.vault import Vault
from bot.store.maintenance.backup import (
    KEYS_MAGIC,
    KEYS_NAME,
    KEYS_WITHOUT_LEDGER,
    write_backup,
    write_keys,
)
from bot.store.maintenance.consent_ledger import KIND, mark_of_waits
from bot.store.maintenance.encrypted_file import (
    EncryptedFile,
    FileNotWritten,
    InvalidBackup,
    read_lines,
)
from bot.store.maintenance.ledger_enforcement import IN_ORDER, less_of
from bot.store.maintenance.restore import restore_backup
from bot.store.opening import open_vault
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import WorkerInviteRow
from tests.conftest import Time
from tests.support.cli_process import checkin
from tests.support.running_bot import KEY
from tests.support.worker_scenario import an_office

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)

moments = st.none() | st.integers(0, 5).map(lambda days: NOON + dt.timedelta(days=days))
blobs = st.binary(min_size=1, max_size=2)
rows = st.fixed_dictionaries(
    {
        "state": st.sampled_from(list(ParticipantState)),
        "paused_until": moments,
        "may_message": st.booleans(),
        "safe": st.fixed_dictionaries({"never": st.booleans(), "parts": st.just([])}),
        "unanswered": st.integers(0, 3),
        "last_hello_at": moments,
        "chat_hash": blobs,
        "aside_hash": st.none() | blobs,
        "chat": blobs,
        "word_hash": st.none() | blobs,
        "closed_before": moments,
        "shared_phone": st.booleans(),
        "phone_at": moments,
        "line": st.none(),
        "clear_after": st.booleans(),
        "clear_all_at": moments,
        "language": st.sampled_from(["en", "pl"]),
        "zone": st.just("Europe/London"),
        "keep_months": st.integers(1, 24),
        "delete_at": moments,
        "receipt": st.none() | blobs,
        "taken_back": st.integers(0, 3),
        "waits": st.none() | blobs,
        "waits_since": moments,
    }
)


@given(row=rows, other=rows, newer=st.booleans())
def test_nobody_is_made_more_than_the_row_or_the_ledger_says(
    row: dict[str, Any], other: dict[str, Any], *, newer: bool
) -> None:
    said = {**other, "waits": mark_of_waits(other["waits"])}
    became = {**row, **less_of(row, said, newer=newer)}
    for each in (row, other):
        assert IN_ORDER.index(ParticipantState(became["state"])) >= IN_ORDER.index(
            ParticipantState(each["state"])
        )
        assert not became["may_message"] or each["may_message"]
        assert became["safe"]["never"] or not each["safe"]["never"]
        assert became["shared_phone"] or not each["shared_phone"]
        assert each["closed_before"] is None or became["closed_before"] >= each["closed_before"]
        if became["state"] is ParticipantState.PAUSED is each["state"] and became["paused_until"]:
            assert became["paused_until"] >= each["paused_until"]
    if newer:
        assert all(became[name] == other[name] for name in ("chat", "word_hash", "delete_at"))
        assert became["waits"] in (None, other["waits"])
    assert not less_of(became, {**became, "waits": mark_of_waits(became["waits"])}, newer=newer)


# --- which key file ------------------------------------------------------------------------------


def without_ledger(keys: Path) -> None:
    """Makes a key file one of an older version."""
    vault = Vault([KEY])
    lines = [line for line in read_lines(vault, keys, KEYS_MAGIC) if line[0] != KIND]
    with EncryptedFile(vault, keys, KEYS_WITHOUT_LEDGER) as file:
        for line in lines:
            file.write(line)
        file.close()
        file.rename()


@pytest.mark.parametrize("kind", ["of then", "older", "without a ledger", "newer"])
async def test_whatever_the_key_file_nobody_is_written_to_who_does_not_write_first(
    database_url: str, tmp_path: Path, time: Time, kind: str
) -> None:
    path, keys = tmp_path / "a.backup", tmp_path / KEYS_NAME
    async with an_office(database_url, time) as office:
        lea = await office.worker("Lea", lead=True)
        kits = [await office.joined(lea, name) for name in ("Kit", "Kim")]
        for kit in kits:
            await office.before(kit)
        await office.invite("Nora")
        vault = open_vault(office.settings)
        await write_keys(office.store, vault, keys, now=time())
        older = keys.read_bytes()
        time.pass_(hours=1)
        await write_backup(office.store, vault, path, keys, now=time())
        time.pass_(hours=1)
        await office.act([(kits[0], Command("stop"))])
        if kind == "newer":
            await write_keys(office.store, vault, keys, now=time())
        elif kind == "older":
            keys.write_bytes(older)
        elif kind == "without a ledger":
            without_ledger(keys)
    other = f"sqlite:///{tmp_path / 'other.db'}"
    async with an_office(other, time) as again:
        if kind in ("older", "without a ledger"):
            with pytest.raises(InvalidBackup, match="has none" if kind != "older" else "is older"):
                await restore_backup(again.store, vault, path, keys, time(), nothing_was_lost=True)
            assert await again.rows(ParticipantRow) == []
        found = await restore_backup(again.store, vault, path, keys, time())
        assert (found.only_first, found.skipped, found.invites) == (2, 0, 1)
        assert (found.older, found.ledger_at is None) == (
            kind == "older",
            kind == "without a ledger",
        )
        assert found.lessened == (kind == "newer")
        states = sorted(row.state for row in await again.rows(ParticipantRow))
        assert states == (["active", "stopped"] if kind == "newer" else ["active", "active"])
        assert all(
            row.expires_at <= time()
            for row in await again.rows(WorkerInviteRow)
            if not row.worker_id
        )
        await again.store.open(time(), again.env.library.current.values())
        for _ in range(20):
            time.pass_(days=3, hours=1)
            await again.tick()
        assert again.hellos == []
        assert FollowUpState.SENT not in {row.state for row in await again.rows(FollowUpRow)}


# --- in words ------------------------------------------------------------------------------------


async def test_the_commands_name_what_is_wrong_and_what_is_to_be_known(
    tmp_path: Path, time: Time
) -> None:
    url, other = (f"sqlite:///{tmp_path / name}.db" for name in ("checkin", "other"))
    about: dict[str, Any] = {"database_url": url, "secret_keys": KEY, "now": time()}
    async with an_office(url, time) as office:
        await office.agree(office.chats(2))
    nowhere, path = tmp_path / "nowhere" / "a.backup", tmp_path / "a.backup"
    no_folder = f"there is no folder {nowhere.parent}: make it, or name another place"
    for words in (("backup", str(nowhere)), ("keys", "save", str(nowhere))):
        done = await checkin(tmp_path, *words, **about)
        assert (done.code, done.err) == (2, f"{no_folder}\n")
    done = await checkin(tmp_path, "backup", str(path), "--keys", str(nowhere), **about)
    assert (done.code, done.err) == (2, f"{no_folder}\n")
    assert not path.exists()
    done = await checkin(tmp_path, "backup", str(path), **about)
    assert done.code == 0
    about["database_url"] = other
    done = await checkin(tmp_path, "restore", str(tmp_path), **about)
    assert (done.code, done.err) == (2, f"{tmp_path} is a folder and no file: name a file\n")
    done = await checkin(tmp_path, "restore", str(path), "--keys", str(nowhere), **about)
    assert (done.code, done.err) == (2, f"{no_folder}\n")
    done = await checkin(tmp_path, "restore", str(path), **about)
    assert done.code == 0, done.err
    assert "2 people are now written to only if they write first" in done.out
    assert "knew what everybody allowed at 2026-11-23 10:00 UTC" in done.out
    assert "checkin workers list" in done.out
    (tmp_path / "other.db").unlink()
    done = await checkin(tmp_path, "restore", "--nothing-was-lost", str(path), **about)
    assert done.code == 0, done.err
    assert "only if they write first" not in done.out


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    vault, file = Vault([KEY]), tmp_path / "file"
    file.touch()
    with pytest.raises(FileNotWritten, match=r"file/a\.backup cannot be written: Not a directory"):
        EncryptedFile(vault, file / "a.backup", KEYS_MAGIC)
