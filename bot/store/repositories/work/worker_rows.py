"""Maps rows of the workers' tables to values: names and chats decrypted."""

from __future__ import annotations

import json
from typing import Any

from bot.domain.states import WorkerState
from bot.domain.worker import Case, Worker
from bot.domain.worker_inputs import WORKER_INPUT, since_of
from bot.store.crypto.system_keys import SystemKeys


def open_worker(keys: SystemKeys, row: Any) -> Worker:
    """A worker from their row."""
    key = keys.key
    waits: dict[str, Any] = {}
    if row.waits is not None:
        waits = json.loads(key.open(row.waits, "workers", row.id, "waits"))
    chat = key.open(row.chat, "workers", row.chat_hash.hex(), "chat")
    return Worker(
        id=row.id,
        chat_id=int(chat),
        name=open_worker_name(keys, row.chat_hash, row.name),
        lead=row.lead,
        state=row.standing,
        language=row.language,
        timezone=row.zone,
        daily_digest=row.morning,
        pending_input=WORKER_INPUT.decode(waits),
        pending_since=since_of(waits),
        unreachable=row.unreachable_since is not None,
    )


def seal_worker_name(keys: SystemKeys, chat_hash: bytes, name: str) -> bytes:
    """A worker's name, sealed for their row."""
    return keys.key.seal(name.encode(), "workers", chat_hash.hex(), "name")


def open_worker_name(keys: SystemKeys, chat_hash: bytes, sealed: bytes) -> str:
    """A worker's name from their row."""
    return keys.key.open(sealed, "workers", chat_hash.hex(), "name").decode()


def open_case_name(keys: SystemKeys, row: Any) -> str:
    """A participant's name as their worker wrote it."""
    key = keys.case_key(row.id, row.data_key)
    return key.open(row.name, "cases", row.id, "name").decode()


def open_case(keys: SystemKeys, row: Any) -> Case:
    """A case from its row, which holds its worker's name too."""
    key, case = keys.case_key(row.id, row.data_key), row
    active = row.standing is WorkerState.ACTIVE
    service = None
    if case.service is not None:
        service = key.open(case.service, "cases", case.id, "service").decode()
    return Case(
        id=case.id,
        worker_id=case.worker_id,
        worker_name=open_worker_name(keys, row.chat_hash, row.worker_name) if active else None,
        name=open_case_name(keys, case),
        service=service,
        language=case.language,
        expires_at=case.expires_at,
        made_at=case.made_at,
        participant_id=case.participant_id,
        holder=case.holder,
        second_use_at=case.second_use_at,
        joined_at=case.joined_at,
        began_on=case.began_on,
        ended_on=case.ended_on,
        told_age=case.told_age,
        data_key=case.data_key,
        number=case.number,
        is_heard=active or row.has_lead,
    )
