"""Unit of work: one transaction over the participants of a batch of updates.

Collects writes as rows and sends each table's at once; one participant is the special case of many.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import lifecycle
from bot.domain.ids import new_id
from bot.domain.lifecycle import Transition
from bot.domain.participant import FollowUp, OpenCheckin, Participant
from bot.domain.states import CheckinState, FollowUpState, ParticipantState
from bot.domain.visible_message import VisibleMessage
from bot.store.crypto.system_keys import SystemKeys
from bot.store.repositories.people.erasure_repository import ErasureRepository
from bot.store.repositories.people.sealed_session import (
    NO_ANSWER,
    NO_WAY,
    SessionPosition,
    seal_choices,
    seal_position,
)
from bot.store.repositories.people.stop_by_chat import stop_blindly
from bot.store.sql import statements
from bot.store.sql.bulk_writer import BulkWriter
from bot.store.tables import Base
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow, VoiceRow
from bot.store.tables.delivery_tables import (
    ChatMessageRow,
    DeadLetterRow,
    NotifiedGroupRow,
    OutboxRow,
    WordingNoteRow,
)
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ConsentRow, ParticipantRow, TransitionRow
from flows.engine import Answer

Row = dict[str, Any]


class UnitOfWork(ErasureRepository):
    """Several participants in one transaction. Use `Database.unit_of_work()` to get one."""

    def __init__(self, connection: AsyncConnection, house: SystemKeys) -> None:
        super().__init__(connection, house)
        self._dialect = connection.dialect.name
        self.rows = BulkWriter(connection)
        self._new: dict[type[Base], list[Row]] = {}
        self._people: dict[int, Row] = {}
        self._sessions: dict[int, Row] = {}
        self._answers: dict[tuple[int, str], Row] = {}
        self._voices: dict[tuple[int, str], list[Row]] = {}
        self._dropped: list[Row] = []
        self._statements: list[tuple[sa.Delete | sa.Update, list[Row]]] = []
        self._planned_for: set[int] = set()

    async def deduplicate(self, update_ids: Sequence[int], now: dt.datetime) -> set[int]:
        """Marks updates as processed; returns those that were not processed before."""
        if not update_ids:
            return set()
        rows = [{"update_id": u, "at": now} for u in sorted(set(update_ids))]
        return set(
            (await self._connection.execute(statements.fresh(self._dialect), rows)).scalars()
        )

    async def mark_group_told(self, chat: int, now: dt.datetime) -> bool:
        """Marks a group as notified; True the first time."""
        statement = (
            statements.insert(self._dialect, NotifiedGroupRow)
            .values(chat_hash=self._keys.chat_hash(chat), at=now)
            .on_conflict_do_nothing()
            .returning(NotifiedGroupRow.chat_hash)
        )
        return (await self._connection.execute(statement)).first() is not None

    def add_participant(
        self,
        chat: int,
        now: dt.datetime,
        *,
        language: str,
        audience: str,
        timezone: str,
        may_message: bool,
        retention_months: int,
        shared_phone: bool = False,
    ) -> Participant:
        """Adds a participant, with a key of their own."""
        participant_id = new_id()
        _, wrapped = self._keys.vault.new_key()
        participant = Participant(
            id=participant_id,
            chat_id=chat,
            wrapped_key=wrapped,
            state=ParticipantState.ACTIVE,
            joined_at=now,
            moved_at=now,
            language=language,
            audience=audience,
            timezone=timezone,
            may_message=may_message,
            retention_months=retention_months,
            shared_phone=shared_phone,
        )
        key = self._key(wrapped)
        row = self._person_row(participant)
        row["chat_hash"] = self._keys.chat_hash(chat)
        row["chat"] = key.seal(str(chat).encode(), "participants", participant_id, "chat")
        row["data_key"] = wrapped
        row["joined_at"] = now
        self._add(ParticipantRow, row)
        return participant

    def update_participant(self, participant: Participant) -> None:
        """Writes the participant's own row at the end."""
        self._people[participant.id] = self._person_row(participant)

    def _person_row(self, participant: Participant) -> Row:
        waits = None
        if participant.pending_input:
            text = json.dumps(participant.pending_input).encode()
            waits = self._key(participant.wrapped_key).seal(
                text, "participants", participant.id, "waits"
            )
        return {
            "id": participant.id,
            "state": participant.state,
            "language": participant.language,
            "audience": participant.audience,
            "zone": participant.timezone,
            "may_message": participant.may_message,
            "safe": participant.contact_times.to_json(),
            "paused_until": participant.paused_until,
            "last_hello_at": participant.last_follow_up_at,
            "unanswered": participant.unanswered,
            "keep_months": participant.retention_months,
            "shared_phone": participant.shared_phone,
            "phone_at": participant.phone_checked_at,
            "line": participant.opening_line,
            "clear_after": participant.clears_after_checkin,
            "clear_all_at": participant.clear_chat_at,
            "waits": waits,
            "waits_since": participant.pending_since if waits else None,
            "moved_at": participant.moved_at,
            "delete_at": participant.delete_at,
            "receipt": participant.receipt_hash,
            "taken_back": participant.content_version,
            "known_at": participant.known_at,
        }

    def move(self, participant: Participant, event: str, now: dt.datetime) -> bool:
        """Changes a participant's state and records it; False when there is no such move."""
        transition = lifecycle.move(participant, event, now)
        if transition is None:
            return False
        self.record_transition(transition)
        return True

    def record_transition(self, transition: Transition) -> None:
        """Adds to the history of a participant's states, and writes their row."""
        row = {"participant_id": transition.participant.id, "event": transition.event}
        states = {"before": transition.before, "after": transition.after}
        self._add(TransitionRow, {**row, **states, "at": transition.at})
        self.update_participant(transition.participant)

    def record_consent(self, participant: Participant, consent: Row, now: dt.datetime) -> None:
        """Adds one consent, given or not, with the text that was shown."""
        self._add(ConsentRow, {"participant_id": participant.id, "at": now, **consent})

    def save_checkin(
        self,
        participant: Participant,
        live: OpenCheckin,
        now: dt.datetime,
        stage: CheckinState = CheckinState.WAITING,
    ) -> None:
        """Writes the state of a check-in. Until its participant decides, it is shared with none."""
        session = live.session
        way = SessionPosition(session.step, session.trail, session.passed, session.picks)
        self._sessions[live.id] = {
            "id": live.id,
            "participant_id": participant.id,
            "flow": session.flow,
            "version": session.version,
            **NO_WAY,
            "way": seal_position(self._key(participant.wrapped_key), participant.id, live.id, way),
            "turn": session.turn,
            "begun": session.begun,
            "stage": stage,
            "about": live.follows_id,
            "started_at": live.started_at,
            "moved_at": now,
            "ended_at": None if stage is CheckinState.WAITING else now,
            "sharing": live.sharing,
            "shared_with": live.shared_with,
            "case_id": live.case_id,
            "heard": live.last_answer_message_id,
            "said_turn": live.shown_turn,
            "said_message": live.shown_message_id,
        }

    def save_answers(
        self,
        participant: Participant,
        live: OpenCheckin,
        answers: Iterable[Answer],
        now: dt.datetime,
    ) -> None:
        """Writes answers, each replacing the previous one."""
        key = self._key(participant.wrapped_key)
        for answer in answers:
            at = ("answers", participant.id, live.id, answer.step)
            words = answer.words
            # A note gets its id when first written: its copy is found by that.
            voice = [{**note, "id": note.get("id") or new_id()} for note in answer.voice]
            self._voices[live.id, answer.step] = [
                {"id": note["id"], "participant_id": participant.id, "next_at": now}
                for note in voice
            ]
            self._answers[live.id, answer.step] = {
                "session_id": live.id,
                "step": answer.step,
                "participant_id": participant.id,
                **NO_ANSWER,
                "said": seal_choices(key, *at[1:], answer.state.value, answer.choices),
                "words": key.seal(words.encode(), *at, "words") if words else None,
                "voice": key.seal(json.dumps(voice).encode(), *at, "voice") if voice else None,
                "language": participant.language,
                "at": now,
            }

    def drop_answers(self, live: OpenCheckin, steps: Iterable[str]) -> None:
        """Deletes answers that no longer apply."""
        self._dropped += [{"b_session": live.id, "b_step": step} for step in steps]

    def withdraw_answers(
        self, participant: Participant, session_id: int, steps: Collection[str]
    ) -> None:
        """Deletes withdrawn answers, and outbox entries that may show them."""
        self._do(
            sa.delete(AnswerRow).where(
                AnswerRow.session_id == session_id,
                AnswerRow.participant_id == participant.id,
                AnswerRow.step.in_(steps),
            )
        )
        self.withdraw_from_outbox(participant)

    def withdraw_from_outbox(self, participant: Participant) -> None:
        """Deletes outbox entries that contain a participant's answers.

        Replies in flight are dropped too: their `content_version` is older. An alert, which is no
        answer to a tap, is still sent: it contains no answers.
        """
        participant.content_version += 1
        self.update_participant(participant)
        self.took_away = True
        own = self._keys.chat_hash(participant.chat_id)
        holds = sa.and_(
            OutboxRow.participant_id == participant.id, OutboxRow.chat_hash.is_not(None)
        )
        gone = sa.delete(OutboxRow).where(sa.or_(holds, OutboxRow.chat_hash == own))
        self._do(gone)

    def add_follow_ups(self, rows: Iterable[Row]) -> None:
        """Adds follow-ups; one that is already scheduled for its scope stays as it is."""
        for row in rows:
            self._add(FollowUpRow, row)
            self._planned_for.add(row["participant_id"])

    def mark_opened(self, found: FollowUp) -> None:
        """Marks a follow-up as opened by the participant, so that its button does nothing twice."""
        self.update_follow_up(found, outcome="opened")

    def postpone(self, found: FollowUp) -> None:
        """Marks a follow-up as postponed to another day, for which there is another row."""
        self.update_follow_up(found, outcome="another day")

    async def still_claimed(self, ids: Collection[int], now: dt.datetime) -> set[int]:
        """Which follow-ups are still claimed.

        Read after loading (and so locking) their participants.
        """
        statement = sa.select(FollowUpRow.id).where(
            FollowUpRow.id.in_(ids),
            FollowUpRow.state == FollowUpState.CLAIMED,
            FollowUpRow.lease_until >= now,
        )
        return set((await self._connection.execute(statement)).scalars())

    def update_follow_up(self, found: FollowUp, **values: Any) -> None:
        """Updates a follow-up's row."""
        statement = sa.update(FollowUpRow).where(FollowUpRow.id == found.id)
        self._do(statement.values(**values))

    def cancel_follow_ups(
        self,
        participant: Participant,
        why: str,
        now: dt.datetime,
        kind: str | None = None,
        due_by: dt.datetime | None = None,
        about: int | None = None,
        case: int | None = None,
    ) -> None:
        """Cancels follow-ups not being sent yet: all, or by kind, due time, check-in or case."""
        wanted = {
            "participant_id": participant.id,
            "kind": kind,
            "session_id": about,
            "case_id": case,
        }
        same = {name: value for name, value in wanted.items() if value is not None}
        given: Row = {f"b_{name}": value for name, value in same.items()}
        if due_by is not None:
            given["b_due_by"] = due_by
        cancelling = statements.cancelling(tuple(same), by_time=due_by is not None)
        self._do(cancelling, b_why=why, b_now=now, **given)

        def dropped(row: Row) -> bool:
            late = due_by is None or row["due_at"] <= due_by
            return late and all(row[name] == value for name, value in same.items())

        if participant.id not in self._planned_for:
            return  # as for most: not each looks through what all the others schedule
        self._new[FollowUpRow] = [r for r in self._new.get(FollowUpRow, []) if not dropped(r)]

    def enqueue(
        self, owed_id: int, chat: int, body: bytes, at: dt.datetime, *, lasting: bool, **about: Any
    ) -> None:
        """Enqueues a reply that is to be sent once this is committed.

        It replaces the chat's earlier outbox entries, except an open question: sent after a crash,
        they would come after the answer to them, or after a stop. A `lasting` one is no answer to
        anything, so nothing later replaces it.
        """
        row = {
            "id": owed_id,
            "chat_hash": None if lasting else self._keys.chat_hash(chat),
            "body": self._keys.key.seal(body, "owed", owed_id),
            "first_at": at,
            "at": at,
        }
        self._add(OutboxRow, {**row, **about})

    def clear_outbox(self, chat: int) -> None:
        """Deletes a chat's outbox entries, also deferred ones; replies enqueued later stay."""
        self._do(_OUTBOX_OF, b_chat=self._keys.chat_hash(chat))

    async def stop_blindly(self, chat: int, now: dt.datetime) -> None:
        """Ends all contact with a chat at once, also where its participants cannot be decrypted."""
        await stop_blindly(self._connection, self._keys.chat_hash(chat), now)

    async def deferred_for(self, people: Iterable[Participant]) -> dict[int, list[int]]:
        """The deferred replies of each of these participants, oldest first."""
        chats = {
            self._keys.chat_hash(participant.chat_id): participant.id for participant in people
        }
        found: dict[int, list[int]] = {}
        if chats:
            statement = sa.select(OutboxRow.id, OutboxRow.chat_hash).order_by(OutboxRow.first_at)
            statement = statement.where(OutboxRow.chat_hash.in_(chats), OutboxRow.held)
            for row in (await self._connection.execute(statement)).all():
                found.setdefault(chats[row.chat_hash], []).append(row.id)
        return found

    async def take_deferred(self, participant: Participant) -> list[bytes]:
        """Takes all deferred replies of a participant out of the outbox, oldest first."""
        mine = OutboxRow.chat_hash == self._keys.chat_hash(participant.chat_id)
        statement = sa.delete(OutboxRow).where(OutboxRow.held, mine)
        taken = statement.returning(OutboxRow.id, OutboxRow.body, OutboxRow.first_at)
        rows = (await self._connection.execute(taken)).all()
        rows = sorted(rows, key=lambda row: row.first_at)
        return [self._keys.key.open(row.body, "owed", row.id) for row in rows]

    def add_wording_note(
        self, language: str, place: str, note: str | None, at: dt.datetime
    ) -> None:
        """Stores a note for the operator that a text sounds wrong, without its author."""
        note_id = new_id()
        sealed = self._keys.key.seal(note.encode(), "wording_notes", note_id) if note else None
        row = {"id": note_id, "language": language, "place": place[:60], "note": sealed, "at": at}
        self._add(WordingNoteRow, row)

    async def wording_notes(self) -> list[tuple[dt.datetime, str, str, str]]:
        """Notes on texts: when, language, place, and the note, oldest first."""
        rows = await self._connection.execute(sa.select(WordingNoteRow).order_by(WordingNoteRow.at))
        key = self._keys.key
        return [
            (
                row.at,
                row.language,
                row.place,
                key.open(row.note, "wording_notes", row.id).decode() if row.note else "",
            )
            for row in rows.all()
        ]

    def add_dead_letter(
        self, update_id: int, chat: int, error: str, body: bytes, at: dt.datetime
    ) -> None:
        """Stores an update that cannot be processed, for the operator."""
        sealed = self._keys.key.seal(body, "set_aside", update_id)
        row = {"update_id": update_id, "error": error[:200], "body": sealed, "at": at}
        self._add(DeadLetterRow, {**row, "chat_hash": self._keys.chat_hash(chat) if chat else None})

    def record_visible_message(
        self, participant: Participant, said: Iterable[VisibleMessage]
    ) -> None:
        """Records messages that are visible in a participant's chat, theirs and the bot's."""
        for each in said:
            row = self.chats.row(participant.chat_id, each, shared=participant.shared_phone)
            self._add(ChatMessageRow, row)

    async def flush_participants(self) -> None:
        """Writes new participants now, so that rows of other tables can refer to them."""
        self._insert_all(ParticipantRow)
        self._new.pop(ParticipantRow, None)
        await self.rows.flush()

    async def flush(self) -> None:
        """Sends everything collected, table by table, parents first."""
        self._insert_all(ParticipantRow)
        if self._people:
            self._update(ParticipantRow, list(self._people.values()))
        await self._do_all()
        if self._sessions:
            sessions = sorted(self._sessions.values(), key=lambda row: int(row["id"]))
            self._upsert(CheckinRow, ("id",), sessions)
        self.rows.add(statements.DROP_ANSWER, self._dropped)
        if self._answers:
            self._upsert(AnswerRow, ("session_id", "step"), list(self._answers.values()))
            await self._keep_voices()
        self._no_longer_owed()
        for table in (TransitionRow, ConsentRow, OutboxRow, WordingNoteRow):
            self._insert_all(table)
        for once in (FollowUpRow, DeadLetterRow, ChatMessageRow):
            self.rows.add(statements.insert_ignore(self._dialect, once), self._new.get(once, []))
        await self.rows.flush()

    async def _keep_voices(self) -> None:
        """Adds the voice notes of the answers written, and deletes those no longer in an answer."""
        rows = [
            {"session_id": session, "step": step, **note}
            for (session, step), notes in self._voices.items()
            if (session, step) in self._answers
            for note in notes
        ]
        spoken = {(row["session_id"], row["step"]) for row in rows}
        unspoken = sorted(self._answers.keys() - spoken)
        self.rows.add(
            statements.NO_VOICE, [{"b_session": at[0], "b_step": at[1]} for at in unspoken]
        )
        if rows:
            at = sa.tuple_(VoiceRow.session_id, VoiceRow.step)
            others = VoiceRow.id.not_in([row["id"] for row in rows])
            await self.rows.flush()
            await self._connection.execute(sa.delete(VoiceRow).where(at.in_(list(spoken)), others))
            self.rows.add(statements.insert_ignore(self._dialect, VoiceRow), rows)

    def _do(self, statement: sa.Delete | sa.Update, **given: Any) -> None:
        """Adds a statement in order; the same one twice in a row is merged with the previous."""
        if not self._statements or self._statements[-1][0] is not statement:
            self._statements.append((statement, []))
        if given:
            self._statements[-1][1].append(given)

    async def _do_all(self) -> None:
        for statement, given in self._statements:
            if given:
                self.rows.add(statement, given)
            else:
                await self.rows.flush()
                await self._connection.execute(statement)

    def _no_longer_owed(self) -> None:
        """Deletes outbox entries that newer replies replace."""
        chats = {row["chat_hash"] for row in self._new.get(OutboxRow, [])} - {None}
        # One by one in one go, not a list: a list of each length is another statement.
        self.rows.add(statements.DELETE_SUPERSEDED, [{"b_chat": chat} for chat in sorted(chats)])

    def _insert_all(self, table: type[Base]) -> None:
        self.rows.add(statements.insert_rows(table), self._new.get(table, []))

    def _update(self, table: type[Base], rows: list[Row]) -> None:
        named = [{f"b_{name}": value for name, value in row.items()} for row in rows]
        self.rows.add(statements.update_by_id(table, tuple(rows[0])), named)

    def _upsert(self, table: type[Base], keys: tuple[str, ...], rows: list[Row]) -> None:
        self.rows.add(statements.upsert(self._dialect, table, keys, tuple(rows[0])), rows)

    def _add(self, table: type[Base], row: Row) -> None:
        self._new.setdefault(table, []).append(row)


_OUTBOX_OF = sa.delete(OutboxRow).where(OutboxRow.chat_hash == sa.bindparam("b_chat"))
