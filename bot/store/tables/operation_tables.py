"""Tables of the bot's own operation: the jobs' heartbeats, and the progress of the clean-up.

They contain no personal data.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.metadata import Base


class JobRow(Base):
    """How one job runs, as last seen by the bot that runs it; deleted once that bot is stopped."""

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
    """A moment at which the clean-up looked for expired rows.

    It deletes only what was expired then.
    """

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
