"""The tables: what is stored, in which form, and what is never stored in clear.

Free text, voice references and chat ids are bytes sealed by `vault`; nothing here opens them.
Importing this package loads all tables, which Alembic needs; migrations use `UtcTime` and `Id`.
"""

from __future__ import annotations

from bot.store.tables import (
    checkin_tables,
    data_rights_tables,
    delivery_tables,
    follow_up_tables,
    identity_tables,
    keyring_tables,
    operation_tables,
    participant_tables,
    report_tables,
    worker_tables,
)
from bot.store.tables.column_types import Id, UtcTime
from bot.store.tables.metadata import Base

__all__ = [
    "Base",
    "Id",
    "UtcTime",
    "checkin_tables",
    "data_rights_tables",
    "delivery_tables",
    "follow_up_tables",
    "identity_tables",
    "keyring_tables",
    "operation_tables",
    "participant_tables",
    "report_tables",
    "worker_tables",
]
