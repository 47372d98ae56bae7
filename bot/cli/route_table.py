"""The table of routes in words, as `checkin routes` prints it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.dispatch.routes import rows

HEAD = ("", "name", "when", "what it does")


def lines() -> Iterator[str]:
    """A line for each route, in plain columns."""
    table = [HEAD, *((str(number), *words) for number, *words in rows())]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEAD) - 1)]
    for number, name, when, does in table:
        columns = f"{number:>{widths[0]}}  {name:<{widths[1]}}  {when:<{widths[2]}}  {does}"
        yield columns.rstrip()
