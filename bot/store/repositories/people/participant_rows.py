"""Participants from their rows, and rows from participants."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from bot.domain.participant import ContactTimes, Participant
from bot.domain.participant_inputs import PENDING_INPUT, PendingInput
from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import DataKey
from bot.store.write_buffer import Row


def participant_of(keys: SystemKeys, row: Any, chat: int) -> Participant:
    """A participant without check-ins and cases."""
    key = keys.vault.key(row.data_key)
    return Participant(
        id=row.id,
        chat_id=chat,
        wrapped_key=row.data_key,
        state=row.state,
        language=row.language,
        audience=row.audience,
        timezone=row.zone,
        may_message=row.may_message,
        contact_times=ContactTimes.from_json(row.safe),
        paused_until=row.paused_until,
        last_follow_up_at=row.last_hello_at,
        retention_months=row.keep_months,
        joined_at=row.joined_at,
        moved_at=row.moved_at,
        unanswered=row.unanswered,
        shared_phone=row.shared_phone,
        phone_checked_at=row.phone_at,
        opening_line=row.line,
        clears_after_checkin=row.clear_after,
        clear_chat_at=row.clear_all_at,
        pending_input=_pending_input(key, row),
        pending_since=row.waits_since,
        delete_at=row.delete_at,
        receipt_hash=row.receipt,
        content_version=row.taken_back,
        is_active_at_chat=row.aside_hash is None,
        private_word_hash=row.word_hash,
        hidden_before=row.closed_before,
        known_at=row.known_at,
        last_asked=_opened(key, row.id, "asked", row.asked),
    )


def row_of(keys: SystemKeys, participant: Participant) -> Row:
    """The columns of a participant that may change."""
    waits = _sealed(keys, participant, "waits", PENDING_INPUT.encode(participant.pending_input))
    asked = participant.last_asked
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
        "asked": _sealed(keys, participant, "asked", asked),
        "asked_at": dt.datetime.fromisoformat(asked["at"]) if asked else None,
    }


def chat_of(keys: SystemKeys, row: Any) -> int:
    """The chat of a participant's row, opened."""
    return int(keys.vault.key(row.data_key).open(row.chat, "participants", row.id, "chat"))


def _pending_input(key: DataKey, row: Any) -> PendingInput | None:
    stored = _opened(key, row.id, "waits", row.waits)
    return None if stored is None else PENDING_INPUT.decode(stored)


def _sealed(
    keys: SystemKeys, participant: Participant, column: str, stored: Mapping[str, Any] | None
) -> bytes | None:
    if not stored:
        return None
    text = json.dumps(stored).encode()
    key = keys.vault.key(participant.wrapped_key)
    return key.seal(text, "participants", participant.id, column)


def _opened(key: DataKey, person_id: int, column: str, sealed: bytes | None) -> Any:
    if sealed is None:
        return None
    return json.loads(key.open(sealed, "participants", person_id, column))
