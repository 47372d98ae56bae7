"""Encrypted voice notes: those to be downloaded, and those stored.

The download is in `voice_downloader`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.store.crypto.vault import KeyMissing, WrongKey
from bot.store.database import Database
from bot.store.tables.checkin_tables import AnswerRow, VoiceRow
from bot.store.tables.participant_tables import ParticipantRow

PAUSES = tuple(dt.timedelta(minutes=m) for m in (1, 5, 30, 120, 480, 1440))
"""The pause after each try; after the last it is given up."""


class VoiceNoteDeleted(Exception):
    """The participant has changed or withdrawn the answer: the note may no longer be played."""


MOST_AN_ANSWER = 10
"""Notes of one answer of which we store a copy."""
MOST_A_DAY = 20_000_000
"""Bytes stored of one participant's answers of one day."""


@dataclass(frozen=True, slots=True)
class VoiceDownload:
    """A voice note to download; `reference` is None if its answer cannot be decrypted.

    Of one that is `too_much` no copy is stored: one account must not fill the disk.
    """

    id: int
    last_try: bool
    reference: Mapping[str, Any] | None
    too_much: bool = False


async def claim(store: Database, now: dt.datetime, most: int) -> list[VoiceDownload]:
    """Claims voice notes for this process; until its pause is over no other claims one."""
    due = (
        sa.select(VoiceRow.id)
        .where(VoiceRow.next_at <= now)
        .order_by(VoiceRow.next_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    keys = await store.system_keys()
    found: list[VoiceDownload] = []
    async with store.transaction() as connection:
        ids = list((await connection.execute(due)).scalars())
        if not ids:
            return []
        rows = await connection.execute(
            sa.select(VoiceRow, AnswerRow.voice, AnswerRow.at, ParticipantRow.data_key)
            .join(AnswerRow, _of_its_answer())
            .join(ParticipantRow, ParticipantRow.id == VoiceRow.participant_id)
            .where(VoiceRow.id.in_(ids))
        )
        for row in rows.all():
            last = row.tries + 1 >= len(PAUSES)
            values = {"tries": row.tries + 1, "next_at": now + PAUSES[min(row.tries, 5)]}
            await connection.execute(_of(row.id).values(**values))
            try:
                at = ("answers", row.participant_id, row.session_id, row.step, "voice")
                notes = json.loads(keys.vault.key(row.data_key).open(row.voice or b"", *at))
            except KeyMissing:
                continue  # it may succeed at the next try
            except WrongKey:
                notes = []
            reference = next((note for note in notes if note.get("id") == row.id), None)
            many = reference is not None and notes.index(reference) >= MOST_AN_ANSWER
            too_much = many or await _of_one_day(connection, row) >= MOST_A_DAY
            found.append(VoiceDownload(row.id, last, reference, too_much))
    return found


async def save(store: Database, voice_id: int, sound: bytes) -> bool:
    """Stores a note's bytes, encrypted; False where its answer was deleted meanwhile."""
    keys = await store.system_keys()
    async with store.transaction() as connection:
        row = await _with_key(connection, voice_id)
        if row is None:
            return False
        sealed = keys.vault.key(row.data_key).seal(sound, *_at(row))
        await connection.execute(_of(voice_id).values(body=sealed, next_at=None))
    return True


async def fail(store: Database, voice_id: int) -> None:
    """Gives up a note; Telegram's own copy is still played, while it exists."""
    async with store.transaction() as connection:
        await connection.execute(_of(voice_id).values(next_at=None))


async def retry_later(store: Database, voice_id: int, until: dt.datetime) -> None:
    """Postpones a note until then, without counting this as a try."""
    values = {"next_at": until, "tries": VoiceRow.tries - 1}
    async with store.transaction() as connection:
        await connection.execute(_of(voice_id).values(**values))


async def load_body(store: Database, voice_id: int) -> bytes | None:
    """The bytes of a note; None where they were never downloaded.

    Raises:
        VoiceNoteDeleted: the answer it belonged to is deleted, or cannot be decrypted.
        DatabaseUnavailable: the database cannot be reached.
    """
    keys = await store.system_keys()
    async with store.transaction() as connection:
        row = await _with_key(connection, voice_id)
    if row is None:
        raise VoiceNoteDeleted
    if row.body is None:
        return None
    try:
        return keys.vault.key(row.data_key).open(row.body, *_at(row))
    except WrongKey:
        raise VoiceNoteDeleted from None


async def _of_one_day(connection: Any, row: Any) -> int:
    """Bytes stored already of a participant's answers of the day before this one of theirs."""
    statement = (
        sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(VoiceRow.body)), 0))
        .join(AnswerRow, _of_its_answer())
        .where(
            VoiceRow.participant_id == row.participant_id,
            AnswerRow.at > row.at - dt.timedelta(days=1),
        )
    )
    return int((await connection.execute(statement)).scalar_one())


async def _with_key(connection: Any, voice_id: int) -> Any:
    statement = (
        sa.select(VoiceRow, ParticipantRow.data_key)
        .join(ParticipantRow, ParticipantRow.id == VoiceRow.participant_id)
        .where(VoiceRow.id == voice_id)
    )
    return (await connection.execute(statement)).one_or_none()


def _at(row: Any) -> Sequence[object]:
    return ("voices", row.participant_id, row.session_id, row.step, row.id, "body")


def _of(voice_id: int) -> sa.Update:
    return sa.update(VoiceRow).where(VoiceRow.id == voice_id)


def _of_its_answer() -> sa.ColumnElement[bool]:
    return sa.and_(AnswerRow.session_id == VoiceRow.session_id, AnswerRow.step == VoiceRow.step)
