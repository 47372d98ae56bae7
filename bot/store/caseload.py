"""The workers' half of a transaction, put together from its parts.

Decides nothing about who may do what; see `bot.workers`.
"""

from __future__ import annotations

from bot.store.alerts import AlertRows
from bot.store.case_lists import CaseLists
from bot.store.cases import CaseRows
from bot.store.code_tries import CodeTries
from bot.store.crew import CrewRows
from bot.store.news import NewsRows
from bot.store.services import ServiceRows
from bot.store.shared import SharedRows
from bot.store.workers import Case, Invite


class Caseload(
    CrewRows, CaseRows, CaseLists, ServiceRows, CodeTries, SharedRows, AlertRows, NewsRows
):
    """Workers, the people they know, what was shared with them, alerts, and news."""

    async def link(self, token: str) -> Case | Invite | None:
        """What a link leads to; None when there is no such link."""
        return next(iter(await self.cases(tokens=[token])), None) or await self.invite(token)
