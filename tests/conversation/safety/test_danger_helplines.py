"""Which numbers stand in an answer, by place and date; and what an operator is told of them.

Rings no number.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import sys
from pathlib import Path

import pytest

from bot.cli.doctor.doctor import UNWELL, WELL, examine
from bot.messages.incoming import Command, TextMessage
from bot.settings import read_settings
from tests.conftest import Time
from tests.support.cli_process import checkin
from tests.support.participants import Crowd
from tests.support.running_bot import FLOWS, KEY

PLACES = {
    "gb": ("999", {"0808 2000 247"}),
    "gb-eng-oxf": ("999", {"0800 731 0055", "0808 2000 247"}),
    "gb-sct": ("999", {"0800 027 1234"}),
    "ie": ("112", {"1800 341 900"}),
    "fr": ("112", set[str]()),
    "xx": ("112", set[str]()),
}
NOWHERE = {"fr", "xx"}
SAYS = ("my husband hits me", "I want to die", "i took 30 paracetamol", "she hit my little boy")


@pytest.mark.parametrize("place", PLACES)
async def test_the_emergency_number_stands_in_every_answer(
    place: str, database_url: str, time: Time
) -> None:
    emergency, abuse = PLACES[place]
    # The settings refuse a place without numbers; the answer in danger does not hang on that.
    settings = {"country": place} if place not in NOWHERE else {}
    async with Crowd(database_url, time, **settings) as crowd:
        if place in NOWHERE:
            crowd.env.country = place
        phones = crowd.chats(len(SAYS))
        await crowd.act((p, TextMessage(text)) for p, text in zip(phones, SAYS, strict=True))
        for phone in phones:
            assert re.search(rf"\b[Cc]all {emergency}\b", phone.messages[0].text), place
        shown = phones[0].messages[0].text
        assert {n for _, numbers in PLACES.values() for n in numbers if n in shown} == abuse


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """The folder of questions, to be changed."""
    return shutil.copytree(FLOWS, tmp_path / "flows")


def rung(flows: Path, own: str, expires: dt.date, file: str = "gb") -> None:
    """Somebody has rung a number, and it holds until a day."""
    path = flows / "helplines" / f"{file}.yaml"
    head, mark, rest = path.read_text(encoding="utf-8").partition(f"- id: {own}\n")
    dates = {"verified_on": "2026-10-01", "verified_by": "Ana", "expires": expires.isoformat()}
    for key, value in dates.items():
        rest = rest.replace(f'    {key}: ""', f"    {key}: {value}", 1)
    path.write_text(head + mark + rest, encoding="utf-8")


async def test_a_number_past_its_day_is_not_shown_but_an_emergency_one_is(
    flows: Path, database_url: str, time: Time
) -> None:
    today = time().date()
    rung(flows, "gb-samaritans", today)
    rung(flows, "gb-999", today)
    async with Crowd(database_url, time, flows=flows) as crowd:
        for after, shown in ((0, True), (1, False)):
            time.pass_(days=after)
            danger, asking = phones = crowd.chats(2, first=1_000 * (after + 1))
            await crowd.act([(danger, TextMessage("I want to die")), (asking, Command("help"))])
            for phone in phones:
                text = phone.messages[0].text
                assert "Call 999" in text
                assert ("116 123" in text) == shown
                assert "hecked" not in text, "no number is called checked"
            assert "85258" in danger.messages[0].text, "the others are still there"


def numbers(flows: Path) -> int:
    """How many numbers there are in all."""
    return sum(p.read_text(encoding="utf-8").count("- id:") for p in flows.glob("helplines/*.yaml"))


async def told(flows: Path, time: Time, country: str = "gb") -> tuple[int, list[str]]:
    """What the doctor says of the numbers, and its verdict."""
    lines: list[str] = []
    settings = read_settings(
        _env_file=None,
        database_url="sqlite:////nowhere/at/all.db",
        secret_keys=KEY,
        flows=flows,
        country=country,
    )
    verdict = await examine(settings, time, lines.append)
    first = next(i for i, line in enumerate(lines) if line.startswith("helplines"))
    more = [line for line in lines[first + 1 :] if line.startswith(" ")]
    return verdict, [lines[first], *more]


async def test_the_doctor_counts_what_nobody_has_rung(time: Time) -> None:
    verdict, lines = await told(FLOWS, time)
    count = numbers(FLOWS)
    counted, named = lines
    assert verdict == WELL
    assert counted == f"helplines   {count} not yet confirmed, 0 expired, 0 expire within 30 days"
    assert named.count(",") == count  # one before the first of them
    assert "ring, then fill in the dates: " in named


async def test_the_doctor_names_what_expires_and_when(flows: Path, time: Time) -> None:
    today = time().date()
    rung(flows, "gb-shout", today + dt.timedelta(days=31))
    rung(flows, "gb-samaritans", today + dt.timedelta(days=1))
    verdict, lines = await told(flows, time)
    sys.stdout.write("\nthe day before:\n" + "\n".join(lines) + "\n")
    assert verdict == WELL
    assert lines[0].endswith("0 expired, 1 expire within 30 days")
    line, _ = lines[1:]
    number = _line_of(flows, "gb-samaritans")
    assert line.strip() == (
        f"flows/helplines/gb.yaml:{number}: gb-samaritans expires after 2026-11-24: ring it again"
    )
    time.pass_(days=2)
    verdict, lines = await told(flows, time)
    sys.stdout.write("\nthe day after:\n" + "\n".join(lines) + "\n")
    assert verdict == UNWELL
    assert lines[0].endswith("1 expired, 1 expire within 30 days")
    assert "gb-samaritans expired after 2026-11-24 and is not shown: ring it again" in lines[1]
    assert "gb-shout expires after 2026-12-24" in lines[2]


async def test_an_emergency_number_that_has_expired_is_said_to_be_shown(
    flows: Path, time: Time
) -> None:
    rung(flows, "gb-999", time().date() - dt.timedelta(days=1))
    verdict, lines = await told(flows, time)
    assert verdict == UNWELL
    assert "gb-999 expired after 2026-11-22 and is still shown: ring it again" in lines[1]


def _line_of(flows: Path, own: str) -> int:
    text = (flows / "helplines" / "gb.yaml").read_text(encoding="utf-8")
    return text[: text.index(f"- id: {own}")].count("\n") + 1


async def test_the_doctor_names_them_all_and_a_check_of_the_questions_none(
    flows: Path, time: Time, tmp_path: Path
) -> None:
    today = time().date()
    rung(flows, "gb-samaritans", today + dt.timedelta(days=1))
    rung(flows, "ie-samaritans", today - dt.timedelta(days=1), file="ie")
    verdict, lines = await told(flows, time)
    assert verdict == UNWELL
    unconfirmed = numbers(flows) - 2
    assert lines[0].endswith(f"{unconfirmed} not yet confirmed, 1 expired, 1 expire within 30 days")
    said = "\n".join(lines)
    assert f"gb-samaritans expires after {today + dt.timedelta(days=1)}" in said
    assert f"ie-samaritans expired after {today - dt.timedelta(days=1)} and is not shown" in said
    assert lines[-1].count(",") == unconfirmed  # one before the first of them
    done = await checkin(tmp_path, "flows", "check", "en", languages="", flows=flows, now=time())
    said = done.out + done.err
    assert done.code == 0, said
    assert "ring" not in said, "an author rings nobody"
    assert "danger: 12 languages, not yet signed: ar, bn, en, " in said
    sys.stdout.write("\n" + said[said.index("danger:") :])
