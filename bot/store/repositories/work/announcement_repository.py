"""Leads' announcements of what was changed, and who has received them, in a unit of work."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import new_id
from bot.domain.participant import Participant
from bot.domain.worker import Worker
from bot.store.crypto.system_keys import SystemKeys
from bot.store.maintenance.time_rounding import begin, day_of, is_rounded, zone_of
from bot.store.tables.report_tables import AnnouncementHeardRow, AnnouncementRow


class AnnouncementRepository:
    """Announcements of what was changed because of participants' answers."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys
        self._newest: dt.datetime | None = None
        self._looked = False

    async def add(self, worker: Worker, words: str, now: dt.datetime) -> None:
        """Stores an announcement, for all participants who get one later."""
        news_id = new_id()
        sealed = self._keys.key.seal(words.encode(), "news", news_id, "words")
        row = {"id": news_id, "words": sealed, "worker_id": worker.id, "at": now}
        await self._connection.execute(sa.insert(AnnouncementRow).values(**row))
        self._looked = False

    async def unheard_by(self, participant: Participant, most: int) -> list[str]:
        """The newest announcements a participant has not received, since they joined, in order.

        All of them count as received from now on.
        """
        if not self._looked:  # once for all in the batch: mostly there is nothing new
            newest = sa.select(sa.func.max(AnnouncementRow.at))
            self._newest = (await self._connection.execute(newest)).scalar_one()
            self._looked = True
        since, zone = participant.joined_at, zone_of(participant.timezone)
        if is_rounded(since, zone):  # later ones of the day they joined are included
            since = begin(day_of(since, zone), zone)
        if self._newest is None or self._newest < since:
            return []
        heard = sa.exists().where(
            AnnouncementHeardRow.news_id == AnnouncementRow.id,
            AnnouncementHeardRow.participant_id == participant.id,
        )
        statement = (
            sa.select(AnnouncementRow)
            .where(AnnouncementRow.at >= since, ~heard)
            .order_by(AnnouncementRow.at, AnnouncementRow.id)
        )
        rows = (await self._connection.execute(statement)).all()
        if rows:
            told = [{"news_id": row.id, "participant_id": participant.id} for row in rows]
            await self._connection.execute(sa.insert(AnnouncementHeardRow), told)
        key = self._keys.key
        return [key.open(row.words, "news", row.id, "words").decode() for row in rows[-most:]]
