"""Random people send random things at random times, and what must always hold still does.

Hypothesis looks for a talk that breaks it; the same seed gives the same talks.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.states import CheckinState
from bot.messages.incoming import (
    BotBlocked,
    ButtonPress,
    Command,
    TextMessage,
    UnsupportedMessage,
    UpdateContent,
    VoiceMessage,
    cleaned,
)
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.delivery_tables import DeadLetterRow, OutboxRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ConsentRow, ParticipantRow
from tests.conftest import Time
from tests.support.participants import Crowd, Phone

PEOPLE = 4
COMMANDS = "start stop help mydata delete language times pause hide fly".split()
WORDS = "stop start help done skip back yes no Next STOP! empezar توقف مساعدة".split()

text = st.one_of(st.sampled_from(WORDS), st.text(max_size=40), st.just("x" * 13_000))
junk = st.one_of(
    st.text(max_size=64),
    st.from_regex(r"[qwp](:[a-z0-9_+-]{0,9}){0,6}", fullmatch=True),
)
# Taps on what is on the screen come often, so that people get somewhere.
act = st.one_of(
    st.tuples(st.just("tap"), st.integers(0, 9)),
    st.tuples(st.just("first"), st.just(0)),
    st.tuples(st.just("first"), st.just(0)),
    st.tuples(st.just("old"), st.integers(0, 30)),
    st.tuples(st.just("other"), st.integers(0, 30)),
    st.tuples(st.just("say"), text),
    st.tuples(st.just("command"), st.sampled_from(COMMANDS)),
    st.tuples(st.just("junk"), junk),
    st.tuples(st.just("voice"), st.just(0)),
    st.tuples(st.just("picture"), st.just(0)),
    st.tuples(st.just("block"), st.just(0)),
)
turn = st.tuples(st.lists(st.tuples(st.integers(0, PEOPLE - 1), act), max_size=PEOPLE), st.just(0))
wait: st.SearchStrategy[Any] = st.tuples(st.just([]), st.integers(1, 60 * 24 * 40))
talk = st.lists(st.one_of(turn, turn, turn, wait), min_size=5, max_size=25)


def _what(
    kind: str, value: Any, phone: Phone, seen: list[tuple[int, ButtonPress]]
) -> UpdateContent | None:
    mine = [p for chat, p in seen if chat == phone.chat]
    others = [p for chat, p in seen if chat != phone.chat]
    keys = [ButtonPress(key.data, phone.under, "1") for key in phone.keys]
    pools = {"tap": keys, "old": mine, "other": others, "first": keys[:1]}
    if kind in pools:
        pool = pools[kind]
        return pool[value % len(pool)] if pool else None
    made: dict[str, UpdateContent] = {
        "say": TextMessage(cleaned(str(value)))
        if cleaned(str(value))
        else UnsupportedMessage("empty"),
        "command": Command(str(value)),
        "junk": ButtonPress(str(value), 1, "1"),
        "voice": VoiceMessage({"file_id": "f"}),
        "picture": UnsupportedMessage("not_words"),
        "block": BotBlocked(),
    }
    return made[kind]


async def _walk(url: str, turns: list[tuple[list[Any], int]]) -> None:
    time = Time()
    async with Crowd(url, time) as crowd:
        phones = crowd.chats(PEOPLE)
        await crowd.agree(phones[:2])  # two have agreed already, two are new
        seen: list[tuple[int, ButtonPress]] = []
        for acts, minutes in turns:
            time.pass_(minutes=minutes)
            if minutes:
                await crowd.tick()
            chosen: dict[int, UpdateContent] = {}
            for who, (kind, value) in acts:
                if (what := _what(kind, value, phones[who], seen)) is not None:
                    chosen.setdefault(who, what)
            await crowd.act((phones[who], what) for who, what in chosen.items())
            for who, what in chosen.items():
                phone = phones[who]
                seen += [(phone.chat, ButtonPress(k.data, phone.under, "1")) for k in phone.keys]
                assert isinstance(what, BotBlocked) or phone.reply is not None, what
            await _holds(crowd)


async def _holds(crowd: Crowd) -> None:
    async with crowd.store.engine.connect() as connection:

        async def rows(statement: Any) -> list[Any]:
            return list((await connection.execute(statement)).all())

        waiting = sa.select(CheckinRow.participant_id).where(
            CheckinRow.stage == CheckinState.WAITING
        )
        waits = [row.participant_id for row in await rows(waiting)]
        people = {p.id: p.state for p in await rows(sa.select(ParticipantRow))}
        agreed = {
            c.participant_id
            for c in await rows(sa.select(ConsentRow).where(ConsentRow.kind == "keep"))
            if c.given
        }
        answered = {a.participant_id for a in await rows(sa.select(AnswerRow))}
        due = sa.select(FollowUpRow.participant_id).where(
            FollowUpRow.state.in_(("waiting", "claimed", "sending"))
        )
        planned = {f.participant_id for f in await rows(due)}
        aside = [row.error for row in await rows(sa.select(DeadLetterRow))]
        owed = await rows(sa.select(OutboxRow))
    assert len(waits) == len(set(waits))
    assert aside == []  # nothing made the code raise
    assert owed == []
    assert answered | set(waits) <= agreed == set(people)
    stopped = {person for person, state in people.items() if state == "stopped"}
    assert not stopped & (set(waits) | planned)


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(talk)
def test_random_people_break_nothing(turns: list[tuple[list[Any], int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_walk(f"sqlite:///{Path(folder) / 'checkin.db'}", turns))
