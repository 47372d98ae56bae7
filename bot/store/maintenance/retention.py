"""Retention: how long each table keeps its rows, and how expired ones are deleted.

A participant's own deletion takes effect at once, whatever the rules are (see
`erasure_repository`).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import UNREADABLE
from bot.store.database import Database
from bot.store.repositories.people.sealed_session import NO_WAY, open_choices
from bot.store.tables import Base
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.data_rights_tables import AnswerCountRow, ComplaintRow, ReceiptRow
from bot.store.tables.delivery_tables import (
    ChatMessageRow,
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
from bot.store.tables.participant_tables import EarlyStopRow, ParticipantRow, TransitionRow
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

log = structlog.get_logger()

DAY = dt.timedelta(days=1)
YEAR, TWO_YEARS = 365 * DAY, 730 * DAY
LINKS_FOR = 90 * DAY
"""How long the hash of a used link stays, by which a second use of it is noticed."""
_FULL_HASH = 32
_IS_OPEN = sa.text("follow_ups.state IN ('waiting', 'claimed', 'sending')")

IsExpired = Callable[[dt.datetime], sa.ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """A rule as a sentence.

    And for rows that simply expire, their table, the age, and the condition.
    """

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


async def delete_expired(store: Database, rule: RetentionRule, now: dt.datetime, most: int) -> int:
    """Deletes some rows expired by a rule; returns how many."""
    if rule.table is None or rule.is_expired is None:
        return 0
    (key,) = sa.inspect(rule.table).primary_key
    found = sa.select(key).where(rule.is_expired(now - rule.after)).limit(most)
    async with store.transaction() as connection:
        gone = await connection.execute(sa.delete(rule.table).where(key.in_(found)))
    store.needs_checkpoint |= gone.rowcount > 0
    return gone.rowcount


async def delete_old_links(store: Database, before: dt.datetime, most: int) -> int:
    """Deletes hashes of old links, and of chats that opened one and never consented."""
    held = (
        sa.update(CaseRow)
        .where(CaseRow.joined_at.is_(None), CaseRow.expires_at < before)
        .where(CaseRow.holder.is_not(None))
        .values(holder=None)
    )
    used = (
        sa.select(CaseRow.id)
        .where(CaseRow.joined_at.is_not(None), CaseRow.expires_at < before)
        .where(sa.func.length(CaseRow.token_hash) == _FULL_HASH)
        .limit(most)
    )
    async with store.transaction() as connection:
        count = (await connection.execute(held)).rowcount
        for case_id in (await connection.execute(used)).scalars().all():
            # The column is unique, so every row gets a value; this is no hash of anything.
            nothing = case_id.to_bytes(8, "big")
            statement = sa.update(CaseRow).where(CaseRow.id == case_id).values(token_hash=nothing)
            count += (await connection.execute(statement)).rowcount
    return count


async def retention_of(store: Database) -> list[int]:
    """The different retention periods, in months, that participants were promised."""
    statement = sa.select(ParticipantRow.keep_months).distinct()
    async with store.transaction() as connection:
        return list((await connection.execute(statement)).scalars())


async def delete_expired_answers(
    store: Database, months: int, before: dt.datetime, most: int
) -> int:
    """Deletes some answers of check-ins last changed before a moment; returns how many.

    Only of participants who were promised that many months. In the same transaction they are
    counted, without anything that leads to a participant. That there was a check-in, and when,
    stays: without it a participant would be asked BEFORE again.
    """
    old = (
        sa.select(AnswerRow.session_id, AnswerRow.step)
        .join(CheckinRow, CheckinRow.id == AnswerRow.session_id)
        .join(ParticipantRow, ParticipantRow.id == CheckinRow.participant_id)
        .where(ParticipantRow.keep_months == months, CheckinRow.moved_at < before)
        .limit(most)
    )
    # Counted is what this statement itself deleted: no other transaction counts it too.
    take = (
        sa.delete(AnswerRow)
        .where(sa.tuple_(AnswerRow.session_id, AnswerRow.step).in_(old))
        .returning(*AnswerRow.__table__.c)
    )
    house = await store.system_keys()
    async with store.transaction() as connection:
        gone = (await connection.execute(take)).all()
        if gone:
            await _count(connection, house, gone)
            await connection.execute(
                sa.update(CheckinRow)
                .where(
                    CheckinRow.id.in_({row.session_id for row in gone}),
                    CheckinRow.ended_at.is_not(None),
                    ~sa.exists().where(AnswerRow.session_id == CheckinRow.id),
                )
                .values(**NO_WAY, way=None)
            )
    store.needs_checkpoint |= bool(gone)
    return len(gone)


async def _count(connection: AsyncConnection, house: SystemKeys, gone: Sequence[Any]) -> None:
    """Counts answers that were just deleted; those that cannot be decrypted are not counted."""
    whose = sa.select(ParticipantRow.id, ParticipantRow.data_key).where(
        ParticipantRow.id.in_({row.participant_id for row in gone})
    )
    keys = {row.id: row.data_key for row in (await connection.execute(whose)).all()}
    said: list[tuple[Any, str, tuple[str, ...]]] = []
    for row in gone:
        try:
            said.append((row, *open_choices(house.vault.key(keys[row.participant_id]), row)))
        except UNREADABLE:
            log.warning("answer.not_opened", session=row.session_id, step=row.step)
    if not said:
        return
    ids = {row.session_id for row in gone}
    statement = sa.select(CheckinRow.id, CheckinRow.flow, CheckinRow.version)
    rows = (await connection.execute(statement.where(CheckinRow.id.in_(ids)))).all()
    asked = {row.id: (row.flow, row.version) for row in rows}
    counts = Counter(
        (*asked[row.session_id], row.step, state, choice, f"{row.at:%Y-%m}")
        for row, state, choices in said
        for choice in choices or [""]
    )
    names = ("flow", "version", "step", "state", "choice", "month")
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    insert = dialect.insert(AnswerCountRow)
    added = insert.on_conflict_do_update(
        index_elements=list(names), set_={"n": AnswerCountRow.n + insert.excluded.n}
    )
    # In one order for all, so that two transactions cannot wait for each other.
    values = [dict(zip(names, key, strict=True)) | {"n": n} for key, n in sorted(counts.items())]
    await connection.execute(added, values)


async def inactive_since(store: Database, now: dt.datetime, most: int) -> list[int]:
    """Ids of participants who have not written for long, and have no answers left."""
    before, mine = now - TWO_YEARS, ParticipantRow.id
    statement = (
        sa.select(ParticipantRow.id)
        .where(
            ParticipantRow.moved_at < before,
            ParticipantRow.delete_at.is_(None),
            sa.or_(ParticipantRow.last_hello_at.is_(None), ParticipantRow.last_hello_at < before),
            ~sa.exists().where(AnswerRow.participant_id == mine),
            ~sa.exists().where(CheckinRow.participant_id == mine, CheckinRow.moved_at >= before),
            ~sa.exists().where(FollowUpRow.participant_id == mine, _IS_OPEN),
        )
        .limit(most)
    )
    async with store.transaction() as connection:
        return list((await connection.execute(statement)).scalars())


async def delete_pending_texts(store: Database, before: dt.datetime) -> int:
    """Deletes pending texts that participants never chose to keep, from before a moment."""
    statement = (
        sa.update(ParticipantRow)
        .where(ParticipantRow.waits_since < before)
        .values(waits=None, waits_since=None)
    )
    async with store.transaction() as connection:
        return (await connection.execute(statement)).rowcount


async def delete_message_ids(store: Database, months: int, before: dt.datetime) -> int:
    """Deletes the message ids in chats of participants who were promised that many months."""
    theirs = sa.select(ParticipantRow.chat_hash).where(ParticipantRow.keep_months == months)
    statement = sa.delete(ChatMessageRow).where(
        ChatMessageRow.at < before, ChatMessageRow.chat_hash.in_(theirs)
    )
    async with store.transaction() as connection:
        return (await connection.execute(statement)).rowcount


async def delete_left_chats(store: Database, before: dt.datetime) -> int:
    """Deletes old message ids of chats without a participant, such as an old phone's.

    Clearing them was requested when they were left, and is as done as it can be.
    """
    here = sa.exists().where(ParticipantRow.chat_hash == ChatMessageRow.chat_hash)
    statement = sa.delete(ChatMessageRow).where(ChatMessageRow.at < before, ~here)
    async with store.transaction() as connection:
        return (await connection.execute(statement)).rowcount


async def delete_deferred(store: Database, before: dt.datetime) -> int:
    """Deletes deferred replies that were not requested since."""
    statement = sa.delete(OutboxRow).where(OutboxRow.held, OutboxRow.first_at < before)
    async with store.transaction() as connection:
        return (await connection.execute(statement)).rowcount
