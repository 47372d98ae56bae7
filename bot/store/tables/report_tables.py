"""The tables of what is given back: editions of the report, and what was done because of answers.

An edition holds no answer of anybody, only numbers that are safe to publish; see `bot.reports`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables import Base, RowId


class EditionRow(Base):
    """The numbers of one month's report as they were first published, such as "2026-10"."""

    __tablename__ = "editions"
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    body: Mapped[dict[str, Any]]
    made_at: Mapped[dt.datetime]


class AnnouncementRow(Base):
    """What a lead wrote was changed because of what people said."""

    __tablename__ = "news"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    words: Mapped[bytes]
    worker_id: Mapped[int] = mapped_column(sa.ForeignKey("workers.id"))
    at: Mapped[dt.datetime]


class AnnouncementHeardRow(Base):
    """One person has heard one piece of news, so that nobody hears it twice."""

    __tablename__ = "news_heard"
    news_id: Mapped[int] = mapped_column(
        sa.ForeignKey("news.id", ondelete="CASCADE"), primary_key=True
    )
    participant_id: Mapped[int] = mapped_column(
        sa.ForeignKey("participants.id", ondelete="CASCADE"), primary_key=True, index=True
    )
