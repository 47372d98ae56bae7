"""Retention rules: how long each table keeps its rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from bot.store.tables import Base
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.data_rights_tables import ComplaintRow, ReceiptRow
from bot.store.tables.delivery_tables import (
    DeadLetterRow,
    NotifiedGroupRow,
    OutboxRow,
    ProcessedUpdateRow,
    WordingNoteRow,
)
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.identity_tables import (
    CodeAttemptRow,
    PastAccessRow,
    TransferCodeRow,
    TransferUndoRow,
)
from bot.store.tables.operation_tables import JobRow
from bot.store.tables.participant_tables import EarlyStopRow, TransitionRow
from bot.store.tables.report_tables import AnnouncementRow
from bot.store.tables.worker_tables import (
    AlertRow,
    AlertStepRow,
    CaseRow,
    ReadRow,
    RecordRow,
    RefusalRow,
    ShownRow,
    WorkerInviteRow,
    WorkerRow,
)

DAY = dt.timedelta(days=1)
YEAR, TWO_YEARS = 365 * DAY, 730 * DAY
LINKS_FOR = 90 * DAY
"""How long the hash of a used link stays, by which a second use of it is noticed."""

IsExpired = Callable[[dt.datetime], sa.ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """A rule as a sentence; and for rows that expire, their table, the age, and the condition."""

    description: str
    table: type[Base] | None = None
    after: dt.timedelta = DAY
    is_expired: IsExpired | None = None


def _nobody_names(worker: type[WorkerRow]) -> sa.ColumnElement[bool]:
    named = (
        CaseRow.worker_id,
        RecordRow.worker_id,
        ReadRow.worker_id,
        AlertRow.seen_by,
        AlertStepRow.worker_id,
        WorkerInviteRow.worker_id,
        TransferCodeRow.worker_id,
        PastAccessRow.worker_id,
        CheckinRow.shared_with,
        AnnouncementRow.worker_id,
    )
    return sa.and_(*(~sa.exists().where(column == worker.id) for column in named))


FOR_GOOD = "for good"
RULES: dict[str, RetentionRule] = {
    "editions": RetentionRule(
        f"{FOR_GOOD}: numbers that are safe to publish, of nobody in particular"
    ),
    "news_heard": RetentionRule("as long as the person"),
    "keyring": RetentionRule(f"{FOR_GOOD}: without it nothing opens"),
    "flow_versions": RetentionRule(f"{FOR_GOOD}: the questions, not the answers"),
    "language_words": RetentionRule(f"{FOR_GOOD}: the translations, of nobody in particular"),
    "services": RetentionRule(f"{FOR_GOOD}: what leads call the services, of nobody in particular"),
    "tallies": RetentionRule(
        f"{FOR_GOOD}: how often what was chosen in a month, of nobody in particular"
    ),
    "participants": RetentionRule("until they delete it, or two years without a sign of them"),
    "consents": RetentionRule("as long as the person"),
    "sessions": RetentionRule("as long as the person; the way they went as long as the answers"),
    "answers": RetentionRule("the months that the person was promised; then only counted"),
    "records": RetentionRule("as long as the person"),
    "messages": RetentionRule(
        "where they stand, so that they can be cleared: as long as the answers"
    ),
    "shown": RetentionRule(
        "a day where they show words, and 30 days where they name somebody",
        ShownRow,
        30 * DAY,
        lambda before: ShownRow.at < before,
    ),
    "voices": RetentionRule("as long as the answer they belong to"),
    "alert_steps": RetentionRule("as long as the alert"),
    "cases": RetentionRule(
        "as long as the person; a link that nobody used, a year after it ended",
        CaseRow,
        YEAR,
        lambda before: sa.and_(CaseRow.participant_id.is_(None), CaseRow.expires_at < before),
    ),
    "jobs": RetentionRule(
        "until the bot is stopped, and a week at most",
        JobRow,
        7 * DAY,
        lambda before: JobRow.written_at < before,
    ),
    "sweep_marks": RetentionRule("two days: moments at which was looked at what is old"),
    "updates_seen": RetentionRule(
        "two days", ProcessedUpdateRow, 2 * DAY, lambda before: ProcessedUpdateRow.at < before
    ),
    "owed": RetentionRule(
        "14 days at most", OutboxRow, 14 * DAY, lambda before: OutboxRow.first_at < before
    ),
    "set_aside": RetentionRule(
        "14 days", DeadLetterRow, 14 * DAY, lambda before: DeadLetterRow.at < before
    ),
    "refusals": RetentionRule(
        "90 days", RefusalRow, 90 * DAY, lambda before: RefusalRow.at < before
    ),
    "worker_invites": RetentionRule(
        "90 days after they end",
        WorkerInviteRow,
        90 * DAY,
        lambda before: WorkerInviteRow.expires_at < before,
    ),
    "follow_ups": RetentionRule(
        "a year after they are done with",
        FollowUpRow,
        YEAR,
        lambda before: FollowUpRow.ended_at < before,
    ),
    "early_stops": RetentionRule(
        "half a year: a keyed hash of the chat and where in it the stop was, nothing else",
        EarlyStopRow,
        dt.timedelta(),
        lambda before: EarlyStopRow.until < before,
    ),
    "groups_told": RetentionRule(
        "a year", NotifiedGroupRow, YEAR, lambda before: NotifiedGroupRow.at < before
    ),
    "moves": RetentionRule(
        "two years", TransitionRow, TWO_YEARS, lambda before: TransitionRow.at < before
    ),
    "reads": RetentionRule("two years", ReadRow, TWO_YEARS, lambda before: ReadRow.at < before),
    "past_access": RetentionRule(
        "two years", PastAccessRow, TWO_YEARS, lambda b: PastAccessRow.at < b
    ),
    "wording_notes": RetentionRule(
        "two years", WordingNoteRow, TWO_YEARS, lambda before: WordingNoteRow.at < before
    ),
    "news": RetentionRule(
        "two years", AnnouncementRow, TWO_YEARS, lambda before: AnnouncementRow.at < before
    ),
    "alerts": RetentionRule(
        "two years after somebody saw them",
        AlertRow,
        TWO_YEARS,
        lambda before: AlertRow.seen_at < before,
    ),
    "rejoins": RetentionRule(
        "30 days after they end",
        TransferCodeRow,
        30 * DAY,
        lambda b: TransferCodeRow.expires_at < b,
    ),
    "farewells": RetentionRule(
        "seven days, in which it can be said that it was a mistake",
        TransferUndoRow,
        dt.timedelta(),
        lambda before: TransferUndoRow.until < before,
    ),
    "tries": RetentionRule(
        "30 quiet days", CodeAttemptRow, 30 * DAY, lambda before: CodeAttemptRow.at < before
    ),
    "receipts": RetentionRule(
        "two years", ReceiptRow, TWO_YEARS, lambda before: ReceiptRow.at < before
    ),
    "complaints": RetentionRule(
        "two years after they are answered",
        ComplaintRow,
        TWO_YEARS,
        lambda before: ComplaintRow.answered_at < before,
    ),
    "workers": RetentionRule(
        "two years after they are removed, once nothing names them any more",
        WorkerRow,
        TWO_YEARS,
        lambda before: sa.and_(WorkerRow.removed_at < before, _nobody_names(WorkerRow)),
    ),
}
"""How long each table keeps its rows. A table without a rule fails a test."""
