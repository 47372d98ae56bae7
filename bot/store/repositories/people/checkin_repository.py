"""Check-ins and their answers, written within a unit of work."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable

import sqlalchemy as sa

from bot.domain.ids import new_id
from bot.domain.participant import Checkin, Participant
from bot.domain.states import CheckinState
from bot.store.crypto.system_keys import SystemKeys
from bot.store.repositories.delivery.outbox_repository import OutboxRepository
from bot.store.repositories.people.sealed_session import (
    NO_ANSWER,
    NO_WAY,
    SessionPosition,
    seal_choices,
    seal_position,
)
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.write_buffer import WriteBuffer
from flows.engine import Answer


class CheckinRepository:
    """Check-ins and their answers; they are loaded with their participant."""

    def __init__(self, keys: SystemKeys, writes: WriteBuffer, outbox: OutboxRepository) -> None:
        self._keys = keys
        self._writes = writes
        self._outbox = outbox

    def save(
        self,
        participant: Participant,
        live: Checkin,
        now: dt.datetime,
        stage: CheckinState = CheckinState.WAITING,
    ) -> None:
        """Writes the state of a check-in. Until its participant decides, it is shared with none."""
        session = live.session
        way = SessionPosition(session.step, session.trail, session.passed, session.picks)
        row = {
            "id": live.id,
            "participant_id": participant.id,
            "flow": session.flow,
            "version": session.version,
            **NO_WAY,
            "way": seal_position(
                self._keys.vault.key(participant.wrapped_key), participant.id, live.id, way
            ),
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
        self._writes.save_checkin(row)

    def moved_at(self, live: Checkin, now: dt.datetime) -> dt.datetime | None:
        """When a check-in last moved, as it will be stored."""
        return now if self._writes.saves_checkin(live.id) else live.moved_at

    def save_answers(
        self,
        participant: Participant,
        live: Checkin,
        answers: Iterable[Answer],
        now: dt.datetime,
    ) -> None:
        """Writes answers, each replacing the previous one."""
        key = self._keys.vault.key(participant.wrapped_key)
        for answer in answers:
            at = ("answers", participant.id, live.id, answer.step)
            words = answer.words
            # A note gets its id when first written: its copy is found by that.
            voice = [{**note, "id": note.get("id") or new_id()} for note in answer.voice]
            voices = [
                {"id": note["id"], "participant_id": participant.id, "next_at": now}
                for note in voice
            ]
            row = {
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
            self._writes.save_answer(row, voices)

    def drop_answers(self, live: Checkin, steps: Iterable[str]) -> None:
        """Deletes answers that no longer apply."""
        for step in steps:
            self._writes.drop_answer(live.id, step)

    def withdraw_answers(
        self, participant: Participant, session_id: int, steps: Collection[str]
    ) -> None:
        """Deletes withdrawn answers, and outbox entries that may show them."""
        self._writes.change(
            sa.delete(AnswerRow).where(
                AnswerRow.session_id == session_id,
                AnswerRow.participant_id == participant.id,
                AnswerRow.step.in_(steps),
            )
        )
        self._outbox.withdraw(participant)
