"""Every question can be passed by without an answer, from wherever one is, to the very end.

Gates are opened by their first button; they ask for nothing that is kept.
"""

from __future__ import annotations

import pytest

from bot.domain.states import CheckinState
from bot.messages.incoming import Command, UpdateContent
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from tests.conftest import Time
from tests.support.database.opened_rows import rows_of
from tests.support.participants import (
    FACTS,
    TO_KEEP,
    TO_KEEP_YOUNG,
    Crowd,
    Do,
    Phone,
    doing,
    grand_tour,
    told,
    waits,
)

PASSING = ("skip", "rather_not_say", "keep_it", "done", "disagree")
"""What passes a question by: a consent has its own No for that."""
MOST = 40
"""More taps than any flow needs to its end."""


def _pass_by(phone: Phone) -> UpdateContent:
    for control in PASSING:
        if control in phone.offered:
            return phone.press(control)
    return phone.press(phone.offered[0])


async def _skip_from_each_question(
    crowd: Crowd, phones: list[Phone], tour: list[tuple[str, Do]]
) -> int:
    """One person walks to each question; from there on each passes by, until it ends."""
    starts = [place for place, (step, _) in enumerate(tour) if step not in dict(tour[:place])]
    assert len(phones) == len(starts)
    for place, (_, do) in enumerate(tour):
        walking = [p for p, start in zip(phones, starts, strict=True) if start > place]
        await crowd.act((p, doing(p, do)) for p in walking)
    left = phones
    for _ in range(MOST):
        if not left:
            break
        await crowd.act((p, _pass_by(p)) for p in left)
        left = [p for p in left if p.messages[-1].choices or p.messages[-1].controls]
    assert not left, left[0].messages
    return len(starts)


@pytest.mark.parametrize("audience", ["adult", "young"])
async def test_every_question_can_be_skipped_to_the_end(
    audience: str, database_url: str, time: Time
) -> None:
    young = audience == "young"
    first, second = ("before_young", "after_young") if young else ("before", "after")
    async with Crowd(database_url, time) as crowd:
        flows = crowd.env.library.current
        tour = grand_tour(flows[first], FACTS)
        phones = crowd.chats(len(waits(flows[first])))
        await crowd.agree(phones, TO_KEEP_YOUNG if young else TO_KEEP)
        states = await _skip_from_each_question(crowd, phones, tour)
        assert await crowd.count(CheckinRow, CheckinRow.stage == CheckinState.DONE) == len(phones)

        # A second crowd answers all of it, so that all of AFTER has something to ask about;
        # but they get no messages, so that it asks about these, too.
        others = crowd.chats(len(waits(flows[second])), first=20_001)
        await crowd.agree(others, TO_KEEP_YOUNG if young else TO_KEEP)
        for step, do in tour:
            said = "disagree" if step == "message" else do
            await crowd.act((p, doing(p, said)) for p in others)
        await crowd.allow_messages(phones[:1])
        time.pass_(days=14)
        await crowd.tick()
        assert phones[0].chat in crowd.hellos
        assert not {p.chat for p in others} & {*crowd.hellos}
        await crowd.all(phones[:1], "open")
        await crowd.all(others, Command("start"))
        later = grand_tour(flows[second], FACTS, {first: told(flows[first], tour, FACTS)})
        states += await _skip_from_each_question(crowd, others, later)
        await _skip_from_each_question(crowd, phones[:1], later[:1])
        assert await crowd.count(CheckinRow, CheckinRow.stage == CheckinState.WAITING) == 0

        # The one who skipped everything said nothing, and nothing but a consent counts as a "no".
        answers = [row for row in await rows_of(crowd.store, AnswerRow) if row.step != "message"]
        finished = {row.session_id for row in answers if row.state == "answered"}
        rows = [row for row in answers if row.session_id not in finished]
        assert {row.state for row in rows} <= {"skipped", "rather_not_say"}
        assert rows
        assert all(row.words is None and row.choices == [] for row in rows)
    print(f"\nskip law, {audience}: 2 flows, {states} questions skipped to the end")  # noqa: T201
