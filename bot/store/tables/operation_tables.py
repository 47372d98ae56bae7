"""The tables of how the bot itself goes: its jobs' heartbeats, and what the sweep has looked at.

Holds nothing of anybody.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables import Base


class JobRow(Base):
    """How one job goes, as the bot that runs it saw it last; gone once that bot is stopped."""

    __tablename__ = "jobs"
    name: Mapped[str] = mapped_column(sa.String(30), primary_key=True)
    every: Mapped[int]
    well: Mapped[bool]
    begun_at: Mapped[dt.datetime]
    succeeded_at: Mapped[dt.datetime | None]
    failed_at: Mapped[dt.datetime | None]
    running_since: Mapped[dt.datetime | None]
    error: Mapped[str | None] = mapped_column(sa.String(60))
    written_at: Mapped[dt.datetime]


class SweepMarkRow(Base):
    """A moment at which the sweep looked at what is old; it deletes only what was old at one."""

    __tablename__ = "sweep_marks"
    at: Mapped[dt.datetime] = mapped_column(primary_key=True)


class LanguageWordsRow(Base):
    """What a language was offered with: the translations, packed, and whether it still is."""

    __tablename__ = "language_words"
    code: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    locale: Mapped[str] = mapped_column(sa.String(16))
    offered: Mapped[bool]
    draft: Mapped[bool]
    words: Mapped[bytes]
    at: Mapped[dt.datetime]
