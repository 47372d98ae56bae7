"""Tables of reporting: editions of the report, and announcements of what changed.

An edition contains no answers, only numbers that are safe to publish; see `bot.reports`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.column_types import RowId
from bot.store.tables.metadata import Base


class EditionRow(Base):
    """The numbers of one month's report as they were first published, such as "2026-10"."""

    __tablename__ = "editions"
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    body: Mapped[dict[str, Any]]
    made_at: Mapped[dt.datetime]


class AnnouncementRow(Base):
    """A lead's announcement of what was changed because of participants' answers."""

    __tablename__ = "news"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    words: Mapped[bytes]
    worker_id: Mapped[int] = mapped_column(sa.ForeignKey("workers.id"))
    at: Mapped[dt.datetime]


class AnnouncementHeardRow(Base):
    """One participant has received one announcement, so that they do not receive it twice."""

    __tablename__ = "news_heard"
    news_id: Mapped[int] = mapped_column(
        sa.ForeignKey("news.id", ondelete="CASCADE"), primary_key=True
    )
    participant_id: Mapped[int] = mapped_column(
        sa.ForeignKey("participants.id", ondelete="CASCADE"), primary_key=True, index=True
    )
