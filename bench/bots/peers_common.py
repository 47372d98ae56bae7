"""What the bots beside ours share: the conversation's words, and a table with each answer.

Knows no library for Telegram.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench.conversation import TURNS, WORDS

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


class Base(DeclarativeBase):
    pass


class AnswerRow(Base):
    """One answer, in the clear."""

    __tablename__ = "bench_answers"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    chat: Mapped[int] = mapped_column(sa.BigInteger, index=True)
    turn: Mapped[int]
    words: Mapped[str]
    at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())


class Answers:
    """Keeps each answer with a commit of its own, on the disk before the reply."""

    def __init__(self, url: str) -> None:
        kind, _, rest = url.partition("://")
        self._engine: AsyncEngine = create_async_engine(
            f"{DRIVERS[kind]}://{rest}",
            connect_args={"timeout": 60} if kind == "sqlite" else {},
        )
        if kind == "sqlite":
            sa.event.listen(self._engine.sync_engine, "connect", _durable)
        self._session = async_sessionmaker(self._engine)

    async def open(self) -> None:
        """Makes the table."""
        async with self._engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    async def keep(self, chat: int, turn: int, words: str) -> None:
        """Returns when an answer is on the disk."""
        async with self._session() as session:
            session.add(AnswerRow(chat=chat, turn=turn, words=words))
            await session.commit()


def _durable(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def said(turn: int) -> str:
    """What is said back at a turn."""
    return TURNS[turn].sees + WORDS


def keys(turn: int, *, picked: str = "") -> list[list[tuple[str, str]]]:
    """The buttons at a turn, two in a row: what each says, and its data."""
    found = [
        (f"✓ {label}" if label == picked else label, f"{turn}:{label}"[:60])
        for label in TURNS[turn].buttons
    ]
    return [found[first : first + 2] for first in range(0, len(found), 2)]
