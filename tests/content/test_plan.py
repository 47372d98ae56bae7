"""When people hear from us: calendar arithmetic on their own clock, right across clock changes.

Touches no database; whether a hello then really comes is in `test_follow_ups` and `test_times`.
"""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
import zoneinfo
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.plan_loader import load_plan
from bot.domain.participant import ContactTimes
from bot.schedule.plan import CalendarSpan, Plan, TimeWindow, add, at_local, next_safe
from flows.engine import BrokenFlow
from tests.support.running_bot import FLOWS

PLAN = load_plan(FLOWS / "plan.yaml")
LONDON, NEW_YORK = "Europe/London", "America/New_York"
WEEKS2, MONTHS3, MONTHS6 = PLAN.after


def local(zone: str, text: str, *, second: bool = False) -> dt.datetime:
    """A moment by a zone's clock; of an hour that comes twice, the first or the second."""
    wall = dt.datetime.fromisoformat(text).replace(fold=int(second))
    return wall.replace(tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(dt.UTC)


def said(moment: dt.datetime, zone: str) -> str:
    """A moment as a clock on the wall shows it, with its distance from UTC."""
    return moment.astimezone(zoneinfo.ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %z")


def test_the_plan_is_two_weeks_three_months_and_six_months() -> None:
    assert PLAN.after == (CalendarSpan(days=14), CalendarSpan(months=3), CalendarSpan(months=6))


# --- the calendar --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        ("2026-11-30 10:00", MONTHS3, "2027-02-28 10:00 +0000"),
        ("2027-11-30 10:00", MONTHS3, "2028-02-29 10:00 +0000"),  # a leap year
        ("2026-08-31 10:00", MONTHS6, "2027-02-28 10:00 +0000"),
        ("2026-03-31 10:00", MONTHS3, "2026-06-30 10:00 +0100"),
        ("2026-12-31 23:59", MONTHS6, "2027-06-30 23:59 +0100"),
        ("2026-12-25 10:00", WEEKS2, "2027-01-08 10:00 +0000"),
        ("2028-02-29 10:00", CalendarSpan(months=12), "2029-02-28 10:00 +0000"),
        # Backwards, as the sweep counts the months that words are kept.
        ("2027-03-31 10:00", CalendarSpan(months=-1), "2027-02-28 10:00 +0000"),
        ("2027-01-15 10:00", CalendarSpan(months=-12), "2026-01-15 10:00 +0000"),
    ],
)
def test_months_are_calendar_months_and_end_where_the_month_ends(
    start: str, span: CalendarSpan, due: str
) -> None:
    assert said(add(local(LONDON, start), span, LONDON), LONDON) == due


CHANGES = [
    # zone, said yes at, span, falls due at, is said at (in the decent day)
    (LONDON, "2027-03-14 10:30", WEEKS2, "2027-03-28 10:30 +0100", "2027-03-28 10:30 +0100"),
    (LONDON, "2026-12-28 10:30", MONTHS3, "2027-03-28 10:30 +0100", "2027-03-28 10:30 +0100"),
    (LONDON, "2026-09-28 10:30", MONTHS6, "2027-03-28 10:30 +0100", "2027-03-28 10:30 +0100"),
    (LONDON, "2027-03-14 01:30", WEEKS2, "2027-03-28 02:30 +0100", "2027-03-28 09:00 +0100"),
    (LONDON, "2027-03-28 02:30", WEEKS2, "2027-04-11 02:30 +0100", "2027-04-11 09:00 +0100"),
    (LONDON, "2027-10-17 18:15", WEEKS2, "2027-10-31 18:15 +0000", "2027-10-31 18:15 +0000"),
    (LONDON, "2027-07-31 18:15", MONTHS3, "2027-10-31 18:15 +0000", "2027-10-31 18:15 +0000"),
    (LONDON, "2027-04-30 18:15", MONTHS6, "2027-10-30 18:15 +0100", "2027-10-30 18:15 +0100"),
    (LONDON, "2027-10-17 01:30", WEEKS2, "2027-10-31 01:30 +0100", "2027-10-31 09:00 +0000"),
    (LONDON, "2027-10-31 01:30 2nd", WEEKS2, "2027-11-14 01:30 +0000", "2027-11-14 09:00 +0000"),
    (NEW_YORK, "2027-02-28 10:30", WEEKS2, "2027-03-14 10:30 -0400", "2027-03-14 10:30 -0400"),
    (NEW_YORK, "2026-12-14 10:30", MONTHS3, "2027-03-14 10:30 -0400", "2027-03-14 10:30 -0400"),
    (NEW_YORK, "2027-02-28 02:30", WEEKS2, "2027-03-14 03:30 -0400", "2027-03-14 09:00 -0400"),
    (NEW_YORK, "2027-10-24 18:15", WEEKS2, "2027-11-07 18:15 -0500", "2027-11-07 18:15 -0500"),
    (NEW_YORK, "2027-05-07 18:15", MONTHS6, "2027-11-07 18:15 -0500", "2027-11-07 18:15 -0500"),
    (NEW_YORK, "2027-10-24 01:30", WEEKS2, "2027-11-07 01:30 -0400", "2027-11-07 09:00 -0500"),
    (NEW_YORK, "2027-11-07 01:30 2nd", WEEKS2, "2027-11-21 01:30 -0500", "2027-11-21 09:00 -0500"),
]
NAMES = {WEEKS2: "2 weeks", MONTHS3: "3 months", MONTHS6: "6 months"}


def _start(zone: str, start: str) -> dt.datetime:
    return local(zone, start.removesuffix(" 2nd"), second=start.endswith("2nd"))


@pytest.mark.parametrize(("zone", "start", "span", "due", "hello"), CHANGES)
def test_the_time_of_day_is_kept_across_the_clock_changes_of_2027(
    zone: str, start: str, span: CalendarSpan, due: str, hello: str
) -> None:
    falls_due = add(_start(zone, start), span, zone)
    assert said(falls_due, zone) == due
    moment = next_safe(falls_due, zone, ContactTimes(), PLAN)
    assert moment is not None
    assert said(moment, zone) == hello


def test_the_table_of_the_clock_changes() -> None:
    print("\n| zone | from | after | falls due | is said |\n| --- | --- | --- | --- | --- |")  # noqa: T201
    for zone, start, span, *_ in CHANGES:
        due = add(_start(zone, start), span, zone)
        hello = next_safe(due, zone, ContactTimes(), PLAN)
        assert hello is not None
        begun = said(_start(zone, start), zone)
        row = (zone, begun, NAMES[span], said(due, zone), said(hello, zone))
        print(f"| {' | '.join(row)} |")  # noqa: T201


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        (LONDON, "2027-03-28"),
        (LONDON, "2027-10-31"),
        (NEW_YORK, "2027-03-14"),
        (NEW_YORK, "2027-11-07"),
    ],
)
def test_safe_times_stay_where_they_are_on_the_day_of_a_change(zone: str, day: str) -> None:
    before = local(zone, f"{day} 00:10")
    for part, window in PLAN.day_parts.items():
        moment = next_safe(before, zone, ContactTimes(parts=(part,)), PLAN)
        assert moment is not None
        assert said(moment, zone)[:16] == f"{day} {window.start:%H:%M}"
        late = local(zone, f"{day} {window.end:%H:%M}")
        following = next_safe(late, zone, ContactTimes(parts=(part,)), PLAN)
        assert following is not None
        tomorrow = dt.date.fromisoformat(day) + dt.timedelta(days=1)
        assert said(following, zone)[:16] == f"{tomorrow} {window.start:%H:%M}"


def test_a_window_that_a_clock_change_swallows_is_passed_by() -> None:
    night = dataclasses.replace(PLAN, day_parts={"night": TimeWindow(dt.time(1), dt.time(2))})
    sunday = ContactTimes(parts=("night",), days=(6,))
    moment = next_safe(local(LONDON, "2027-03-28 00:10"), LONDON, sunday, night)
    assert moment is not None
    assert said(moment, LONDON) == "2027-04-04 01:00 +0100"


# --- laws ----------------------------------------------------------------------------------------

ZONES = sorted(zoneinfo.available_timezones() - {"Factory", "localtime"})
zones = st.sampled_from(ZONES)
moments = st.datetimes(
    dt.datetime(2026, 1, 1),  # noqa: DTZ001 - Hypothesis wants naive bounds
    dt.datetime(2028, 12, 31),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)
times_of_day = st.times().map(lambda t: t.replace(microsecond=0))
spans = st.builds(CalendarSpan, months=st.integers(-24, 24), days=st.integers(-60, 60))
safes = st.builds(
    ContactTimes,
    parts=st.lists(st.sampled_from(sorted(PLAN.day_parts)), unique=True).map(tuple),
    days=st.lists(st.integers(0, 6), unique=True).map(tuple),
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """The plan with any other parts of the day, for an author may change them."""
    parts = {}
    for name in PLAN.day_parts:
        start, end = sorted(draw(st.lists(times_of_day, min_size=2, max_size=2, unique=True)))
        parts[name] = TimeWindow(start, end)
    return dataclasses.replace(PLAN, day_parts=parts)


def _inside(moment: dt.datetime, zone: str, safe: ContactTimes, plan: Plan) -> bool:
    wall = moment.astimezone(zoneinfo.ZoneInfo(zone))
    right_day = not safe.days or wall.weekday() in safe.days
    return right_day and any(w.start <= wall.time() < w.end for w in plan.windows(safe))


@given(moments, zones, safes)
def test_a_hello_is_never_early_and_always_at_a_safe_time(
    moment: dt.datetime, zone: str, safe: ContactTimes
) -> None:
    found = next_safe(moment, zone, safe, PLAN)
    assert found is not None
    assert found >= moment
    assert _inside(found, zone, safe, PLAN)
    if _inside(moment, zone, safe, PLAN):
        assert found == moment, "a moment that is safe is taken as it is"


@given(moments, zones, safes, plans())
def test_the_same_holds_for_any_parts_of_the_day(
    moment: dt.datetime, zone: str, safe: ContactTimes, plan: Plan
) -> None:
    found = next_safe(moment, zone, safe, plan)
    assert found is not None
    assert found >= moment
    assert _inside(found, zone, safe, plan)


def _on_the_clock(wall: dt.datetime, zone: zoneinfo.ZoneInfo) -> bool:
    there = wall.replace(tzinfo=zone).astimezone(dt.UTC).astimezone(zone)
    return there.replace(tzinfo=None) == wall


@given(moments, zones, spans)
def test_the_local_time_of_day_is_kept_unless_that_day_has_no_such_time(
    moment: dt.datetime, zone: str, span: CalendarSpan
) -> None:
    here = zoneinfo.ZoneInfo(zone)
    start, found = moment.astimezone(here), add(moment, span, zone).astimezone(here)
    months = start.year * 12 + start.month - 1 + span.months
    year, month = months // 12, months % 12 + 1
    day = dt.date(year, month, min(start.day, calendar.monthrange(year, month)[1]))
    wall = dt.datetime.combine(day + dt.timedelta(days=span.days), start.time())
    wanted = wall.replace(fold=0)
    exists = _on_the_clock(wanted, here)
    if exists:
        assert found.replace(tzinfo=None) == wanted
        assert found.fold == 0, "of a time that comes twice, the first"
    else:
        shift = found.replace(tzinfo=None) - wanted
        assert dt.timedelta(0) < shift <= dt.timedelta(days=1), "the change's own length later"


@given(moments, zones, times_of_day)
def test_a_time_of_day_can_be_named(moment: dt.datetime, zone: str, at: dt.time) -> None:
    found = add(moment, CalendarSpan(days=1), zone, at)
    tomorrow = moment.astimezone(zoneinfo.ZoneInfo(zone)).date() + dt.timedelta(days=1)
    assert found == at_local(tomorrow, at, zone)


def test_only_if_they_write_first_has_no_safe_time() -> None:
    assert (
        next_safe(local(LONDON, "2027-03-01 10:00"), LONDON, ContactTimes(never=True), PLAN) is None
    )


# --- the file ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("was", "is_now", "complaint"),
    [
        ("2 weeks, 3 months", "a fortnight, 3 months", "plan.yaml:3"),
        ('{from: "09:00", to: "20:00"}', '{from: "20:00", to: "09:00"}', "ends before it begins"),
        ('at: "19:00"', 'at: "25:00"', "must be a time like `09:00`"),
        ("unanswered: 2", "unanswered: two", "must be a whole number"),
        ("  pause: 2 weeks", "", "`pause:` is missing"),
        ("unfinished: 2 days", "", "`unfinished:` is missing"),
    ],
)
def test_a_mistake_in_the_plan_is_named(
    was: str, is_now: str, complaint: str, tmp_path: Path
) -> None:
    text = (FLOWS / "plan.yaml").read_text()
    assert was in text
    path = tmp_path / "plan.yaml"
    path.write_text(text.replace(was, is_now, 1))
    with pytest.raises(BrokenFlow) as broken:
        load_plan(path)
    assert complaint in "\n".join(str(p) for p in broken.value.problems)
