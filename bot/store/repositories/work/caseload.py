"""The workers' half of a transaction, put together from its parts.

Decides nothing about who may do what; see `bot.workers`.
"""

from __future__ import annotations

from bot.domain.worker import Case, Invite
from bot.store.queries.case_lists import CaseLists
from bot.store.repositories.work.alert_repository import AlertRows
from bot.store.repositories.work.announcement_repository import NewsRows
from bot.store.repositories.work.case_repository import CaseRows
from bot.store.repositories.work.code_attempts import CodeTries
from bot.store.repositories.work.service_repository import ServiceRows
from bot.store.repositories.work.sharing_repository import SharedRows
from bot.store.repositories.work.worker_repository import CrewRows


class Caseload(
    CrewRows, CaseRows, CaseLists, ServiceRows, CodeTries, SharedRows, AlertRows, NewsRows
):
    """Workers, the people they know, what was shared with them, alerts, and news."""

    async def link(self, token: str) -> Case | Invite | None:
        """What a link leads to; None when there is no such link."""
        return next(iter(await self.cases(tokens=[token])), None) or await self.invite(token)
