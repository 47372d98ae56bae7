"""Rounds a timestamp to its day: noon, plus seconds that preserve the true order.

Pure, except for the statements it builds. A rounded timestamp is a whole second; an exact one of
our clock is that once in a million. Telegram's are whole seconds too, and recognised by `is_at`.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from bot.store.tables import Base

_NOON = dt.time(12)
_END = dt.time(23, 59, 59)

Row = dict[str, Any]
RowTimes = dict[dt.datetime, dt.datetime]


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name; UTC if there is none, so that one row holds up no other."""
    try:
        return ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError, OSError):
        return ZoneInfo("UTC")


def day_of(moment: dt.datetime, zone: ZoneInfo) -> dt.date:
    """The date of a moment in a zone."""
    return moment.astimezone(zone).date()


def begin(date: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The beginning of a day."""
    return dt.datetime.combine(date, dt.time(), zone).astimezone(dt.UTC)


def noon(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Noon of its day: the same day in every zone not too far away."""
    return dt.datetime.combine(day_of(moment, zone), _NOON, zone).astimezone(dt.UTC)


def end(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The end of its day, for deadlines: they never become shorter than announced."""
    return dt.datetime.combine(day_of(moment, zone), _END, zone).astimezone(dt.UTC)


def hour(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The beginning of its hour in a zone."""
    return moment.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(dt.UTC)


def is_rounded(moment: dt.datetime, zone: ZoneInfo) -> bool:
    """Whether it is rounded: hardly ever is an exact moment a whole second after noon."""
    return moment.microsecond == 0 and moment.astimezone(zone).hour == _NOON.hour


def rounded(moments: Iterable[dt.datetime], zone: ZoneInfo, before: dt.date) -> RowTimes:
    """The rounded value of each moment of a day before this one; the order stays."""
    days: dict[dt.date, list[dt.datetime]] = defaultdict(list)
    for moment in sorted(set(moments)):
        if (day := day_of(moment, zone)) < before:
            days[day].append(moment)
    return {
        moment: noon(moment, zone) + dt.timedelta(seconds=place)
        for day in days.values()
        for place, moment in enumerate(day)
    }


def is_exact(column: Any, dialect: str) -> sa.ColumnElement[bool]:
    """Whether a moment in the database is no whole second."""
    if dialect == "sqlite":  # as text, 'YYYY-MM-DD HH:MM:SS.ffffff'
        return sa.func.substr(sa.type_coerce(column, sa.String), 21, 6) > "000000"
    return sa.func.date_trunc("second", column) != sa.type_coerce(column, sa.DateTime)


def is_at(column: Any, dialect: str, clocks: Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether the clock showed one of these, as 'HH:MM:SS.ffffff' of UTC, at a moment."""
    if dialect == "sqlite":
        shown = sa.func.substr(sa.type_coerce(column, sa.String), 12)
    else:
        shown = sa.func.to_char(sa.func.timezone("UTC", column), "HH24:MI:SS.US")
    return shown.in_(list(clocks))


def change(table: type[Base], keys: Iterable[str], names: Iterable[str]) -> sa.Update:
    """Updates timestamps of rows that are unchanged since they were read.

    Another transaction may have written them since. The parameters are `k_` a key, `o_` (old) and
    `n_` (new) a name.
    """
    columns = table.__table__.c
    where = (columns[key] == sa.bindparam(f"k_{key}") for key in keys)
    values: dict[str, Any] = {
        name: sa.case(
            (columns[name] == sa.bindparam(f"o_{name}", type_=columns[name].type), new),
            else_=columns[name],
        )
        for name in names
        for new in (sa.bindparam(f"n_{name}", type_=columns[name].type),)
    }
    return sa.update(table.__table__).where(*where).values(values)  # type: ignore[arg-type]


def changed(row: Row, new: Row, keys: Iterable[str]) -> Row | None:
    """The parameters of such an update; None where nothing changes."""
    if all(row[name] == value for name, value in new.items()):
        return None
    given = {f"k_{key}": row[key] for key in keys}
    return given | {p + n: v for n in new for p, v in (("o_", row[n]), ("n_", new[n]))}
