"""The workers' side of a unit of work, composed of its repositories.

Permissions are in `bot.workers`.
"""

from __future__ import annotations

from bot.domain.worker import Case, WorkerInvite
from bot.store.queries.case_lists import CaseListQuery
from bot.store.repositories.work.alert_repository import AlertRepository
from bot.store.repositories.work.announcement_repository import AnnouncementRepository
from bot.store.repositories.work.case_repository import CaseRepository
from bot.store.repositories.work.code_attempts import CodeAttemptRepository
from bot.store.repositories.work.service_repository import ServiceRepository
from bot.store.repositories.work.sharing_repository import SharingRepository
from bot.store.repositories.work.worker_repository import WorkerRepository


class Caseload(
    WorkerRepository,
    CaseRepository,
    CaseListQuery,
    ServiceRepository,
    CodeAttemptRepository,
    SharingRepository,
    AlertRepository,
    AnnouncementRepository,
):
    """Workers, cases, sharing, alerts, and announcements."""

    async def case_of_link(self, token: str) -> Case | WorkerInvite | None:
        """The target of a link; None when there is no such link."""
        return next(iter(await self.cases(tokens=[token])), None) or await self.invite(token)
