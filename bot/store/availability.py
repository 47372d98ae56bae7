"""Whether the database can be reached, and whether transactions may begin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.store.sql.engine import HELD, code_of, may_be_cured, trouble


class DatabaseUnavailable(Exception):
    """The database cannot be reached just now; retrying later may help."""


class DatabaseLocked(DatabaseUnavailable):
    """A row stays locked by another transaction for too long; other rows are free."""


class WriteFailed(DatabaseUnavailable):
    """Some rows cannot be written, by a fault that may last; others can."""


class TransactionGate:
    """Counts transactions, can refuse new ones, and names why the database was not reached."""

    def __init__(self) -> None:
        self._resting = False
        self._under_way = 0
        self._none_under_way = asyncio.Event()
        self._none_under_way.set()

    async def pause(self) -> None:
        """Refuses transactions until `resume`, and returns when those in progress have ended.

        A task cancelled then is cancelled between two transactions. Within one, SQLite's driver
        leaves the lock behind, and every other one waits until it times out.
        """
        self._resting = True
        await self._none_under_way.wait()

    def resume(self) -> None:
        """Allows transactions again."""
        self._resting = False

    @asynccontextmanager
    async def reaching(self) -> AsyncIterator[None]:
        """Wraps access to the database, and translates its errors.

        Raises:
            DatabaseUnavailable, DatabaseLocked: it cannot be reached just now.
        """
        if self._resting:
            raise DatabaseUnavailable("the bot is stopping")
        self._under_way += 1
        self._none_under_way.clear()
        try:
            yield
        except (OperationalError, OSError, TimeoutError, PoolTimeout) as error:
            raise DatabaseUnavailable(trouble(error)) from error
        except DBAPIError as error:
            if code_of(error) == HELD:
                raise DatabaseLocked("another holds a row") from error
            if may_be_cured(error):
                raise DatabaseUnavailable(trouble(error)) from error
            raise
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._none_under_way.set()
