"""How the questions felt comes back to authors, and never says anything of a few people.

The people of these tests answer through the real desk and database.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.authors.feedback import feedback
from bot.messages.incoming import TextMessage
from bot.settings import CannotBeDone, read_settings
from tests.conftest import Time
from tests.support.participants import Crowd, Phone


async def answer(crowd: Crowd, phones: list[Phone], *acts: str) -> None:
    """Everyone does the same, one thing after another; what begins with a blank is typed."""
    for act in acts:
        await crowd.all(phones, TextMessage(act.strip()) if act.startswith(" ") else act)


async def through(crowd: Crowd, phones: list[Phone], b2: str, sharing: str, felt: str) -> None:
    """All of BEFORE, with these taps at three of its questions."""
    await answer(crowd, phones, "+talk", "done", b2, "not_sure", "n", " My dog")
    await answer(crowd, phones, sharing, "disagree", felt)


def row(lines: list[str], step: str) -> list[str]:
    return next(line.split()[1:9] for line in lines if line.split()[:1] == [step])


async def test_each_question_says_how_it_was(database_url: str, time: Time) -> None:
    async with Crowd(database_url, time) as crowd:
        everyone = crowd.chats(20)
        await crowd.agree(everyone)
        skipping, stopping, plain = everyone[:6], everyone[6:12], everyone[12:]
        await through(crowd, skipping, "skip", "service", "change")
        for number, phone in enumerate(skipping):
            await answer(crowd, [phone], f" Ask it more simply, {6 - number}")
        await answer(crowd, stopping, "skip", "stop")
        await answer(crowd, plain, "+talk", "done", "+money", "done", "not_sure", "n")
        await answer(crowd, plain, " My dog", "change", "b2", "-money", "+home", "done")
        await answer(crowd, plain, "only_me", "disagree", "hard", " Only for me")
        lines = await feedback(crowd.settings)
    assert lines[0] == "before, for adult"
    # asked, answered, skipped, rather not say, not sure, stopped here, changed later
    assert row(lines, "b1")[:7] == ["20", "14", "6", "0", "0", "0", "0"]
    assert row(lines, "b2")[:7] == ["20", "8", "6", "0", "0", "6", "8"]
    assert row(lines, "b3")[:7] == ["14", "0", "0", "0", "14", "0", "0"]
    felt = "of 14 people: OK: 0, Some were hard: 8, I would change something: 6, skipped: 0"
    assert f"  how the questions felt, {felt}" in lines
    at = lines.index("  what 6 people would change:")
    assert lines[at + 1 : at + 7] == [f"    “Ask it more simply, {n}”" for n in range(1, 7)]
    assert "Only for me" not in "\n".join(lines)


async def test_a_few_people_are_never_told_apart(database_url: str, time: Time) -> None:
    async with Crowd(database_url, time) as crowd:
        everyone = crowd.chats(8)
        await crowd.agree(everyone)
        await through(crowd, everyone[:2], "skip", "service", "change")
        await answer(crowd, everyone[:2], " Kinder words")
        await answer(crowd, everyone[2:], "+talk", "done", "+money", "done")
        lines = await feedback(crowd.settings)
    said = "\n".join(lines)
    # One small number could be reckoned from the rest, so the next is hidden with it.
    assert row(lines, "b2")[:7] == ["8", "5+", "<5", "0", "0", "0", "0"]
    assert row(lines, "b3")[0] == "<5"
    assert "  how the questions felt: fewer than 5 people were asked" in lines
    assert "  fewer than 5 people shared what they would change" in lines
    assert "Kinder" not in said
    assert not [line for line in lines if " 2 " in line]


async def test_nobody_was_asked(tmp_path: Path, database_url: str, time: Time) -> None:
    async with Crowd(database_url, time) as crowd:
        assert await feedback(crowd.settings) == ["no check-in has been answered yet"]
    none = read_settings(_env_file=None, database_url=f"sqlite:///{tmp_path}/none.db")
    with pytest.raises(CannotBeDone, match="there is no database at"):
        await feedback(none)
    assert not (tmp_path / "none.db").exists()
