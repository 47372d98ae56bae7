"""The rows that one unit of work writes, collected and sent table by table, parents first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql import statements
from bot.store.sql.bulk_writer import BulkWriter
from bot.store.tables import Base
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow, VoiceRow
from bot.store.tables.delivery_tables import (
    ChatMessageRow,
    DeadLetterRow,
    OutboxRow,
    WordingNoteRow,
)
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ConsentRow, ParticipantRow, TransitionRow

Row = dict[str, Any]

INSERTED = (TransitionRow, ConsentRow, OutboxRow, WordingNoteRow)
INSERTED_ONCE = (FollowUpRow, DeadLetterRow, ChatMessageRow)
"""Rows of these that exist already stay as they are."""


class WriteBuffer:
    """What the repositories of one unit of work want written; `flush` writes it, in one order."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.dialect = connection.dialect.name
        self.bulk = BulkWriter(connection)
        self.erased = False
        """Whether something was deleted that copies of the database may still hold."""
        self._new: dict[type[Base], list[Row]] = {}
        self._participants: dict[int, Row] = {}
        self._checkins: dict[int, Row] = {}
        self._answers: dict[tuple[int, str], Row] = {}
        self._voices: dict[tuple[int, str], list[Row]] = {}
        self._dropped: list[Row] = []
        self._changes: list[tuple[sa.Delete | sa.Update, list[Row]]] = []

    def insert(self, table: type[Base], row: Row) -> None:
        """Adds a row."""
        self._new.setdefault(table, []).append(row)

    def discard(self, table: type[Base], unwanted: Callable[[Row], bool]) -> None:
        """Removes rows that were added and are not written yet."""
        self._new[table] = [row for row in self._new.get(table, []) if not unwanted(row)]

    def save_participant(self, row: Row) -> None:
        """Writes a participant's row, as it was given last."""
        self._participants[row["id"]] = row

    def save_checkin(self, row: Row) -> None:
        """Writes a check-in's row, as it was given last."""
        self._checkins[row["id"]] = row

    def saves_checkin(self, checkin_id: int) -> bool:
        """Whether a check-in's row is to be written."""
        return checkin_id in self._checkins

    def save_answer(self, row: Row, voices: list[Row]) -> None:
        """Writes an answer in place of the one before, with its voice notes."""
        at = row["session_id"], row["step"]
        self._answers[at], self._voices[at] = row, voices

    def drop_answer(self, checkin_id: int, step: str) -> None:
        """Deletes an answer, before those that are written."""
        self._dropped.append({"b_session": checkin_id, "b_step": step})

    def change(self, statement: sa.Delete | sa.Update, **given: Any) -> None:
        """Runs a statement, in order; one that repeats is run with many rows at once."""
        if not self._changes or self._changes[-1][0] is not statement:
            self._changes.append((statement, []))
        if given:
            self._changes[-1][1].append(given)

    async def flush_participants(self) -> None:
        """Writes new participants now, so that rows of other tables can refer to them."""
        self._insert_all(ParticipantRow)
        self._new.pop(ParticipantRow, None)
        await self.bulk.flush()

    async def flush(self) -> None:
        """Sends everything collected, table by table, parents first."""
        self._insert_all(ParticipantRow)
        if self._participants:
            self._update(ParticipantRow, list(self._participants.values()))
        await self._run_changes()
        if self._checkins:
            checkins = sorted(self._checkins.values(), key=lambda row: int(row["id"]))
            self._upsert(CheckinRow, ("id",), checkins)
        self.bulk.add(statements.DROP_ANSWER, self._dropped)
        if self._answers:
            self._upsert(AnswerRow, ("session_id", "step"), list(self._answers.values()))
            await self._save_voices()
        self._delete_superseded()
        for table in INSERTED:
            self._insert_all(table)
        for once in INSERTED_ONCE:
            self.bulk.add(statements.insert_ignore(self.dialect, once), self._new.get(once, []))
        await self.bulk.flush()

    async def _save_voices(self) -> None:
        """Adds the voice notes of the answers written, and deletes those they no longer have."""
        rows = [
            {"session_id": checkin, "step": step, **note}
            for (checkin, step), notes in self._voices.items()
            for note in notes
        ]
        spoken = {(row["session_id"], row["step"]) for row in rows}
        unspoken = sorted(self._answers.keys() - spoken)
        self.bulk.add(
            statements.NO_VOICE, [{"b_session": at[0], "b_step": at[1]} for at in unspoken]
        )
        if rows:
            at = sa.tuple_(VoiceRow.session_id, VoiceRow.step)
            others = VoiceRow.id.not_in([row["id"] for row in rows])
            await self.bulk.flush()
            await self._connection.execute(sa.delete(VoiceRow).where(at.in_(list(spoken)), others))
            self.bulk.add(statements.insert_ignore(self.dialect, VoiceRow), rows)

    async def _run_changes(self) -> None:
        for statement, given in self._changes:
            if given:
                self.bulk.add(statement, given)
            else:
                await self.bulk.flush()
                await self._connection.execute(statement)

    def _delete_superseded(self) -> None:
        """Deletes the replies that newer ones to the same chat replace."""
        chats = {row["chat_hash"] for row in self._new.get(OutboxRow, [])} - {None}
        # One by one in one go, not a list: a list of each length is another statement.
        self.bulk.add(statements.DELETE_SUPERSEDED, [{"b_chat": chat} for chat in sorted(chats)])

    def _insert_all(self, table: type[Base]) -> None:
        self.bulk.add(statements.insert_rows(table), self._new.get(table, []))

    def _update(self, table: type[Base], rows: list[Row]) -> None:
        named = [{f"b_{name}": value for name, value in row.items()} for row in rows]
        self.bulk.add(statements.update_by_id(table, tuple(rows[0])), named)

    def _upsert(self, table: type[Base], keys: tuple[str, ...], rows: list[Row]) -> None:
        self.bulk.add(statements.upsert(self.dialect, table, keys, tuple(rows[0])), rows)
