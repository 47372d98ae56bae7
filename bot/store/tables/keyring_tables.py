"""The system keys, wrapped by the master key."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.metadata import Base


class KeyringRow(Base):
    """System keys (not of a participant), wrapped by the master key."""

    __tablename__ = "keyring"
    name: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    wrapped: Mapped[bytes]
