"""One transaction over several participants: what is loaded, changed and written together."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.crypto.system_keys import SystemKeys
from bot.store.queries.case_lists import CaseListQuery
from bot.store.queries.question_feedback import QuestionFeedbackQuery
from bot.store.repositories.delivery.chat_message_repository import ChatMessageRepository
from bot.store.repositories.delivery.dead_letter_repository import DeadLetterRepository
from bot.store.repositories.delivery.inbox_repository import InboxRepository
from bot.store.repositories.delivery.outbox_repository import OutboxRepository
from bot.store.repositories.operation.flow_sources import FlowSourceRepository
from bot.store.repositories.operation.wording_note_repository import WordingNoteRepository
from bot.store.repositories.people.checkin_repository import CheckinRepository
from bot.store.repositories.people.complaint_repository import ComplaintRepository
from bot.store.repositories.people.early_stops import EarlyStopRepository
from bot.store.repositories.people.erasure_repository import ErasureRepository
from bot.store.repositories.people.follow_up_repository import FollowUpRepository
from bot.store.repositories.people.identity_repository import IdentityRepository
from bot.store.repositories.people.participant_repository import ParticipantRepository
from bot.store.repositories.work.alert_messages import AlertMessageRepository
from bot.store.repositories.work.alert_repository import AlertRepository
from bot.store.repositories.work.announcement_repository import AnnouncementRepository
from bot.store.repositories.work.card_codes import CardCodeRepository
from bot.store.repositories.work.case_repository import CaseRepository
from bot.store.repositories.work.code_attempts import CodeAttemptRepository
from bot.store.repositories.work.service_repository import ServiceRepository
from bot.store.repositories.work.sharing_repository import SharingRepository
from bot.store.repositories.work.shown_messages import ShownMessageRepository
from bot.store.repositories.work.worker_repository import WorkerRepository
from bot.store.write_buffer import WriteBuffer


class UnitOfWork:
    """The repositories of one transaction. Use `Database.unit_of_work()` to get one.

    Each repository is made when it is first used. What they collect is written by `flush`.
    """

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys
        self.writes = WriteBuffer(connection)

    async def flush(self) -> None:
        """Writes what the repositories have collected."""
        await self.writes.flush()

    async def flush_participants(self) -> None:
        """Writes new participants now, so that rows of other tables can refer to them."""
        await self.writes.flush_participants()

    # --- participants and what is theirs ---------------------------------------------------------

    @cached_property
    def participants(self) -> ParticipantRepository:
        """Participants, with their check-ins and cases."""
        return ParticipantRepository(self._connection, self._keys, self.writes, self.cases)

    @cached_property
    def checkins(self) -> CheckinRepository:
        """Check-ins and their answers."""
        return CheckinRepository(self._keys, self.writes, self.outbox)

    @cached_property
    def follow_ups(self) -> FollowUpRepository:
        """What is to be sent later."""
        return FollowUpRepository(self._connection, self.writes)

    @cached_property
    def identity(self) -> IdentityRepository:
        """Who uses a chat, and how a participant comes back."""
        return IdentityRepository(self._connection, self._keys)

    @cached_property
    def complaints(self) -> ComplaintRepository:
        """Complaints."""
        return ComplaintRepository(self._connection, self._keys)

    @cached_property
    def erasure(self) -> ErasureRepository:
        """Deleting participants."""
        return ErasureRepository(self._connection, self._keys, self.writes, self.identity)

    @cached_property
    def early_stops(self) -> EarlyStopRepository:
        """Stops before a yes."""
        return EarlyStopRepository(self._connection, self._keys)

    # --- updates and replies ---------------------------------------------------------------------

    @cached_property
    def inbox(self) -> InboxRepository:
        """Updates that were processed."""
        return InboxRepository(self._connection, self._keys)

    @cached_property
    def outbox(self) -> OutboxRepository:
        """Replies to be sent."""
        return OutboxRepository(self._connection, self._keys, self.writes, self.participants)

    @cached_property
    def dead_letters(self) -> DeadLetterRepository:
        """Updates that could not be processed."""
        return DeadLetterRepository(self._keys, self.writes)

    @cached_property
    def chat_messages(self) -> ChatMessageRepository:
        """Messages that are in chats."""
        return ChatMessageRepository(self._connection, self._keys, self.writes)

    # --- workers and their cases ------------------------------------------------------------------

    @cached_property
    def workers(self) -> WorkerRepository:
        """Workers and their invites."""
        return WorkerRepository(self._connection, self._keys)

    @cached_property
    def cases(self) -> CaseRepository:
        """Cases: participants as their workers know them."""
        return CaseRepository(self._connection, self._keys)

    @cached_property
    def case_lists(self) -> CaseListQuery:
        """Lists of a worker's cases."""
        return CaseListQuery(self._connection, self._keys)

    @cached_property
    def services(self) -> ServiceRepository:
        """Services."""
        return ServiceRepository(self._connection, self._keys)

    @cached_property
    def card_codes(self) -> CardCodeRepository:
        """Digits on cards."""
        return CardCodeRepository(self._connection, self._keys)

    @cached_property
    def code_attempts(self) -> CodeAttemptRepository:
        """Wrong digits, counted."""
        return CodeAttemptRepository(self._connection, self._keys)

    @cached_property
    def sharing(self) -> SharingRepository:
        """What a worker may read, and has read."""
        return SharingRepository(self._connection, self._keys)

    @cached_property
    def shown_messages(self) -> ShownMessageRepository:
        """Messages that show a participant's text to a worker."""
        return ShownMessageRepository(self._connection, self._keys)

    @cached_property
    def alerts(self) -> AlertRepository:
        """Requests for a worker."""
        return AlertRepository(self._connection, self._keys)

    @cached_property
    def alert_messages(self) -> AlertMessageRepository:
        """Messages to participants about their requests."""
        return AlertMessageRepository(self._connection, self._keys, self.writes)

    @cached_property
    def announcements(self) -> AnnouncementRepository:
        """Announcements of what was changed because of participants' answers."""
        return AnnouncementRepository(self._connection, self._keys)

    # --- questions and wordings ------------------------------------------------------------------

    @cached_property
    def flow_sources(self) -> FlowSourceRepository:
        """Flow versions stored in the database."""
        return FlowSourceRepository(self._connection)

    @cached_property
    def question_feedback(self) -> QuestionFeedbackQuery:
        """How the questions were for participants."""
        return QuestionFeedbackQuery(self._connection, self._keys)

    @cached_property
    def wording_notes(self) -> WordingNoteRepository:
        """Notes that a wording sounds wrong."""
        return WordingNoteRepository(self._connection, self._keys, self.writes)
