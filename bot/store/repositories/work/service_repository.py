"""The list of services that leads maintain, and the services of cases, in a unit of work.

Two names are one service where they are the same but for case, spaces and hyphens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import new_id
from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import UNREADABLE
from bot.store.tables.worker_tables import CaseRow, ServiceRow
from flows.engine.normalise import normalise

log = structlog.get_logger()
NEWEST = 2000
"""Cases that are searched when a worker types a service."""


@dataclass(frozen=True, slots=True)
class ListedService:
    """A service: its name, the number of its links, and whether a lead put it on the list."""

    name: str
    cases: int
    listed: bool


def one_name_each(listed: Iterable[str], used: Iterable[str]) -> dict[str, str]:
    """For each folded name the one to show: the lead's, or else the one most often used."""
    counts = Counter(used)
    names: dict[str, str] = {}
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        names.setdefault(normalise(name), name)
    return {**names, **{normalise(name): name for name in listed}}


def opened_service(keys: SystemKeys, row: Any) -> str | None:
    """The service of a case; None where it is empty, or cannot be decrypted."""
    if row.service is None:
        return None
    try:
        key = keys.case_key(row.id, row.data_key)
        return key.open(row.service, "cases", row.id, "service").decode()
    except UNREADABLE:  # one row must not hold up the others
        log.warning("case.not_opened", case=row.id)
        return None


def listed_services(keys: SystemKeys, rows: Iterable[Any]) -> list[tuple[int, str]]:
    """The rows of the list, decrypted; one that cannot be is logged."""
    found = []
    for row in rows:
        try:
            found.append((row.id, keys.key.open(row.name, "services", row.id, "name").decode()))
        except UNREADABLE:
            log.warning("service.not_opened", service=row.id)
    return found


OF_CASES = sa.select(CaseRow.id, CaseRow.data_key, CaseRow.service)
OF_LIST = sa.select(ServiceRow.id, ServiceRow.name).order_by(ServiceRow.id)


class ServiceRepository:
    """Services, by their names."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys

    async def all(self) -> list[ListedService]:
        """Every service, by name."""
        listed = [name for _, name in await self._listed()]
        used = [name for _, name in self._used(await self._rows(OF_CASES))]
        counts, on_list = Counter(map(normalise, used)), {normalise(name) for name in listed}
        names = one_name_each(listed, used)
        found = [ListedService(name, counts[key], key in on_list) for key, name in names.items()]
        return sorted(found, key=lambda service: normalise(service.name))

    async def known(self, text: str) -> str:
        """The known service that a text refers to, or else the text."""
        newest = OF_CASES.order_by(CaseRow.made_at.desc(), CaseRow.id).limit(NEWEST)
        listed = [name for _, name in await self._listed()]
        used = [name for _, name in self._used(await self._rows(newest))]
        return one_name_each(listed, used).get(normalise(text), text) if normalise(text) else text

    async def add(self, name: str) -> None:
        """Adds a service to the list."""
        number = new_id()
        sealed = self._keys.key.seal(name.encode(), "services", number, "name")
        await self._connection.execute(sa.insert(ServiceRow).values(id=number, name=sealed))

    async def rename(self, old: str, new: str) -> int:
        """Renames a service, on the list and in all cases; returns the number of cases."""
        for number, name in await self._listed():
            if normalise(name) in (normalise(old), normalise(new)):
                await self._connection.execute(sa.delete(ServiceRow).where(ServiceRow.id == number))
        await self.add(new)
        changed = 0
        # One order for all, so that two that write cannot deadlock.
        for row, name in self._used(await self._rows(OF_CASES.order_by(CaseRow.id))):
            if normalise(name) in (normalise(old), normalise(new)) and name != new:
                key = self._keys.case_key(row.id, row.data_key)
                sealed = key.seal(new.encode(), "cases", row.id, "service")
                statement = sa.update(CaseRow).where(CaseRow.id == row.id)
                await self._connection.execute(statement.values(service=sealed))
                changed += 1
        return changed

    def _used(self, rows: Iterable[Any]) -> Iterator[tuple[Any, str]]:
        for row in rows:
            if (name := opened_service(self._keys, row)) is not None:
                yield row, name

    async def _listed(self) -> list[tuple[int, str]]:
        return listed_services(self._keys, await self._rows(OF_LIST))

    async def _rows(self, statement: sa.Executable) -> list[Any]:
        return list((await self._connection.execute(statement)).all())
