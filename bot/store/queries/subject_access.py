"""Everything stored about one participant, read as of one moment, for the copy they may request.

What a service wrote about them in free text is not read: it may be about others too, and other
people may see the phone; the participant can ask the service for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from bot.domain.participant import Participant
from bot.store.database import Database
from bot.store.repositories.people.complaint_repository import Complaint
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ConsentRow, TransitionRow
from bot.store.tables.worker_tables import AlertRow, RecordRow
from bot.store.unit_of_work import UnitOfWork

Rows = Sequence[sa.Row[Any]]


@dataclass(frozen=True, slots=True)
class SubjectAccess:
    """What is stored about one participant. `given` is time and language of each answer."""

    participant: Participant
    given: dict[tuple[int, str], tuple[dt.datetime, str]]
    consents: Rows
    moves: Rows
    follow_ups: Rows
    alerts: Rows
    records: Rows
    readers: list[tuple[str, int, dt.datetime]]
    complaints: list[Complaint]
    sources: list[tuple[str, str]] = field(default_factory=list)


async def load_subject_access(store: Database, participant_id: int) -> SubjectAccess | None:
    """Loads all of it; None if there is nothing, or it is to be deleted.

    Raises:
        DatabaseUnavailable: the database cannot be reached.
    """
    async with store.read_with_keys() as (connection, keys):
        uow = UnitOfWork(connection, keys)
        people = await uow.participants.load((), ids=[participant_id], lock=False)
        participant = next(iter(people.values()), None)
        if participant is None or participant.delete_at is not None:
            return None

        async def rows(*columns: Any, order: Any, where: Any) -> Rows:
            statement = sa.select(*columns).where(where).order_by(order)
            return (await connection.execute(statement)).all()

        # Data before a move that a worker could have made is in no copy: neither the answers, nor
        # when, nor with whom.
        since = participant.hidden_before
        participant.checkins = [
            past for past in participant.checkins if not participant.hides(past)
        ]
        participant.cases = [
            c for c in participant.cases if since is None or (c.joined_at or since) > since
        ]

        def mine(table: Any, at: Any) -> Any:
            own = table.participant_id == participant_id
            return own if since is None else sa.and_(own, at > since)

        answers = await rows(
            *(AnswerRow.session_id, AnswerRow.step, AnswerRow.at, AnswerRow.language),
            where=AnswerRow.participant_id == participant_id,
            order=AnswerRow.at,
        )
        cases = [case.id for case in participant.cases]
        readers = await uow.sharing.readers_of(participant, most=None)
        return SubjectAccess(
            participant=participant,
            given={(row.session_id, row.step): (row.at, row.language) for row in answers},
            consents=await rows(
                ConsentRow, where=mine(ConsentRow, ConsentRow.at), order=ConsentRow.at
            ),
            moves=await rows(
                TransitionRow, where=mine(TransitionRow, TransitionRow.at), order=TransitionRow.at
            ),
            follow_ups=await rows(
                FollowUpRow, where=mine(FollowUpRow, FollowUpRow.made_at), order=FollowUpRow.due_at
            ),
            alerts=await rows(AlertRow, where=AlertRow.case_id.in_(cases), order=AlertRow.asked_at),
            records=await rows(
                *(RecordRow.case_id, RecordRow.outcome, RecordRow.at),
                where=RecordRow.case_id.in_(cases),
                order=RecordRow.at,
            ),
            readers=[found for found in readers if since is None or found[2] > since],
            complaints=[
                found
                for found in await uow.complaints.of(participant_id)
                if since is None or found.made_at > since
            ],
            sources=await uow.flow_sources.of({past.version for past in participant.checkins}),
        )
