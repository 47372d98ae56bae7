"""Makes a town of made-up people who were asked before and after a service, for a year.

Nobody in it is real, and no sentence was said by anybody. The same seed gives the same people, who
say the same; only the keys their words are sealed with are new each time. Writes straight into the
tables, through the product's own sealing: the conversation itself is measured elsewhere.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.domain.states import CheckinState, ParticipantState  # noqa: E402
from bot.messages.deep_links import new_token  # noqa: E402
from bot.store.crypto.system_keys import SystemKeys  # noqa: E402 - the path comes first
from bot.store.database import Database  # noqa: E402
from bot.store.repositories.people.sealed_session import (  # noqa: E402
    NO_ANSWER,
    NO_WAY,
    SessionPosition,
    seal_choices,
    seal_position,
)
from bot.store.tables import Base  # noqa: E402
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow  # noqa: E402
from bot.store.tables.participant_tables import ParticipantRow, TransitionRow  # noqa: E402
from bot.store.tables.worker_tables import CaseRow, RecordRow  # noqa: E402
from flows.engine import Flow  # noqa: E402

NOW = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)
YEAR = dt.timedelta(days=360)
SERVICES = {
    "A room at Aspen House": 34,
    "Drop-in, Mill Street": 28,
    "Home visits": 20,
    "Group on Thursdays": 14,
}
SMALL_SERVICE = "The night bus"
"""Exactly four people of the town came by it."""
LANGUAGES = {"en": 70, "ar": 10, "bn": 7, "pl": 8, "fa": 5}
SMALL_LANGUAGE = "uk"
"""Exactly four people of the town speak it."""
WORDS = (
    "Somewhere quiet to sleep",
    "Someone who listens and does not rush me",
    "I would like to see my kids more",
    "My back hurts, and the forms are too long",
    "I would cook my own dinner again",
    "Ask me sooner, and tell me who will come",
    "I have a key now. The stairs are loud at night",
    "Nobody told me the bus had changed",
    "My sister helps. So does the allotment",
    "=1+1 is what my landlord's sum looks like",
    "+44 is how my old number began",
    "@ the hostel it was cold",
    "-- I do not know, honestly",
    "Two lines:\none about the room,\tone about the heating",
    "أريد مكاناً هادئاً للنوم",
    "আমি একটু শান্তি চাই",
    "Chcę spać spokojnie, „po prostu”",
    "می‌خواهم کسی گوش بدهد",
    "Better now 🙂 thank you",
)


@dataclass
class Town:
    """How many of the made-up people are what, and the rows waiting to be written."""

    seed: int
    flows: Mapping[str, Flow]
    house: SystemKeys
    worker: int
    now: dt.datetime
    answers: int = 0
    rows: dict[type[Base], list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - made-up people, no secrets

    def add(self, table: type[Base], **row: Any) -> None:
        self.rows.setdefault(table, []).append(row)

    def number(self) -> int:
        return self.random.getrandbits(62) or 1

    def weighed(self, weights: Mapping[str, int]) -> str:
        return self.random.choices(list(weights), list(weights.values()))[0]

    def case(self, person: int | None, service: str, at: dt.datetime) -> int:
        case_id = self.number()
        sealed = self.house.new_case_key(case_id)
        key = self.house.case_key(case_id, sealed)
        self.add(
            CaseRow,
            id=case_id,
            worker_id=self.worker,
            data_key=sealed,
            participant_id=person,
            name=key.seal(b"somebody", "cases", case_id, "name"),
            service=key.seal(service.encode(), "cases", case_id, "service"),
            language=None,
            token_hash=self.house.token_hash(new_token()),
            expires_at=at + dt.timedelta(days=7),
            joined_at=at if person else None,
            made_at=at,
        )
        return case_id

    def person(self, place: int) -> None:
        """Somebody who joined. `place` decides the awkward ones, so that each kind is there."""
        who, joined = self.number(), self.now - YEAR * self.random.random()
        raw_wrapped = self.house.vault.new_key()[1]
        key = self.house.vault.key(raw_wrapped)
        young = place % 14 == 5
        language = SMALL_LANGUAGE if place < 4 else self.weighed(LANGUAGES)
        state = ParticipantState.ACTIVE
        if place % 9 == 4:
            state = ParticipantState.STOPPED
        elif place % 11 == 3:
            state = ParticipantState.QUIET
        chat = 1_000_000 + place
        self.add(
            ParticipantRow,
            id=who,
            chat_hash=self.house.chat_hash(chat),
            chat=key.seal(str(chat).encode(), "participants", who, "chat"),
            data_key=raw_wrapped,
            state=state,
            language=language,
            audience="young" if young else "adult",
            zone="Europe/London",
            may_message=place % 6 != 1,
            safe={},
            keep_months=12,
            shared_phone=place % 10 == 2,
            joined_at=joined,
            moved_at=joined,
        )
        if state is ParticipantState.STOPPED and place % 2:  # came back once, and stopped again
            for event, before, after in (("stop", "active", "stopped"), ("agree",) * 3):
                self.add(
                    TransitionRow,
                    participant_id=who,
                    event=event,
                    before=before,
                    after=after,
                    at=joined,
                )
        service = None
        if 4 <= place < 8:
            service = SMALL_SERVICE
        elif place % 13:  # the others came by themselves
            service = self.weighed(SERVICES)
        case_id = self.case(who, service, joined) if service else None
        if place % 17 != 7:  # else joined, and has not said a word
            self._checkins(Told(who, key, language, young, place, case_id, joined))

    def _checkins(self, told: Told) -> None:
        before = self._checkin(told, told.joined, "before", None)
        if told.place % 19 == 6:
            return  # stopped in the middle of the first questions
        better = self.random.random()
        for days in (14, 91, 182):
            at = told.joined + dt.timedelta(days=days + self.random.randrange(9))
            if at >= self.now or self.random.random() < 0.25:
                continue  # not yet, or did not answer
            if told.place % 10 == 8:
                told.language = "en"  # speaks another language with us by now
            self._checkin(told, at, "after", before, better)
            better = min(1.0, better + 0.15)
        if told.case_id and self.random.random() < 0.6:
            recorded = {"reached": 6, "partly": 2, "not_reached": 1, "left": 2, "other": 1}
            self.add(
                RecordRow,
                id=self.number(),
                case_id=told.case_id,
                worker_id=self.worker,
                outcome=self.weighed(recorded),
                words=None,
                at=told.joined + dt.timedelta(days=60),
            )

    def _checkin(
        self, told: Told, at: dt.datetime, kind: str, about: int | None, better: float = 0.5
    ) -> int:
        flow = self.flows[f"{kind}_young" if told.young else kind]
        unfinished = about is None and told.place % 19 == 6
        sharing = self.weighed({"service": 75, "worker": 15, "only_me": 10})
        if told.place % 23 == 9:
            sharing = "only_me"  # took it back later
        session = self.number()
        self.add(
            CheckinRow,
            id=session,
            participant_id=told.who,
            flow=flow.name,
            version=flow.version,
            **NO_WAY,
            way=seal_position(told.key, told.who, session, SessionPosition(flow.steps[-1].id)),
            turn=9,
            begun=False,
            stage=CheckinState.STOPPED if unfinished else CheckinState.DONE,
            sharing=None if unfinished else sharing,
            about=about,
            case_id=told.case_id,
            shared_with=self.worker if sharing == "worker" else None,
            started_at=at,
            moved_at=at,
            ended_at=at + dt.timedelta(minutes=4),
        )
        steps = [s for s in flow.steps if s.asks and not s.gate and s.meaning != "sharing"]
        for step in steps[:2] if unfinished else steps:
            self._answer(told, session, step, better, at)
        return session

    def _answer(self, told: Told, session: int, step: Any, better: float, at: dt.datetime) -> None:
        chance, state, choices, words = self.random.random(), "answered", [], None
        ids = [choice.id for choice in step.choices if choice.id not in ("not_sure", "worker")]
        if told.place % 29 == 11 or chance < 0.08:  # some only ever skip
            state = "skipped" if step.decline == "skip" else step.decline
        elif not ids:
            words = self.random.choice(WORDS)
        elif step.kind == "choices":
            choices = sorted(set(self.random.choices(ids, k=2)), key=ids.index)
            words = self.random.choice(WORDS) if chance > 0.7 else None
        elif chance < 0.15 and step.choice("not_sure"):
            state = "not_sure"
        else:
            # The first choice is the good one at some questions, the hard one at others.
            good = better if step.meaning == "success" or step.id == "a2" else 1 - better
            if step.meaning == "felt":
                good = 0.9
            place = min(len(ids) - 1, int((1 - good) * len(ids) + self.random.random() * 0.8))
            choices = [ids[place]]
        bound = ("answers", told.who, session, step.id)
        voice = [{"file_id": "made up"}] if words and chance > 0.97 else None
        self.answers += 1
        self.add(
            AnswerRow,
            session_id=session,
            step=step.id,
            participant_id=told.who,
            **NO_ANSWER,
            said=seal_choices(told.key, told.who, session, step.id, state, choices),
            words=told.key.seal(words.encode(), *bound, "words") if words else None,
            voice=told.key.seal(json.dumps(voice).encode(), *bound, "voice") if voice else None,
            language=told.language,
            at=at,
        )


@dataclass
class Told:
    """One of them while their check-ins are made up."""

    who: int
    key: Any
    language: str
    young: bool
    place: int
    case_id: int | None
    joined: dt.datetime


async def build(
    store: Database,
    flows: Mapping[str, Flow],
    people: int = 400,
    answers: int = 0,
    seed: int = 8,
    now: dt.datetime = NOW,
) -> Town:
    """Fills an empty database with this many people, and more until there are this many answers."""
    async with store.unit_of_work() as uow:
        token = new_token()
        until = now + dt.timedelta(days=7)
        await uow.workers.make_invite(token, "Sam", lead=True, now=now, expires_at=until)
        invite = await uow.workers.invite(token)
        assert invite is not None  # noqa: S101 - just made
        sam = await uow.workers.create_from_invite(7_000, invite, "en", "Europe/London", now)
        town = Town(seed, flows, uow._keys, sam.id, now)
    places: Iterator[int] = iter(range(10**9))
    while (place := next(places)) < people or town.answers < answers:
        if place % 5 == 2:  # was given a link, and never joined
            town.case(None, town.weighed(SERVICES), now - YEAR * town.random.random())
        town.person(place)
        if place % 500 == 499:
            await _write(store, town)
    await _write(store, town)
    return town


async def _write(store: Database, town: Town) -> None:
    order = (ParticipantRow, CaseRow, RecordRow, CheckinRow, AnswerRow, TransitionRow)
    async with store.transaction() as connection:
        for table in order:
            if rows := town.rows.pop(table, []):
                await connection.execute(sa.insert(table), rows)
