"""Proves that the page about the table of routes shows it as it is, and that each row says itself.

What each route does in every state is proved by `tests/precedence`.
"""

from __future__ import annotations

import os
from pathlib import Path

from bot.cli.route_table import lines
from bot.dispatch.routes import ROUTES, rows
from tests.precedence.recording import read
from tests.precedence.write import FILE

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "architecture.md"
BEGIN, END = "<!-- routes: begin -->\n", "<!-- routes: end -->"


def test_the_page_shows_the_table_as_it_is() -> None:
    head = "| | route | when | what it does |\n| ---: | --- | --- | --- |\n"
    table = head + "".join(
        f"| {n} | {name} | {when} | {does} |\n" for n, name, when, does in rows()
    )
    before, begin, rest = PAGE.read_text().partition(BEGIN)
    shown, end, after = rest.partition(END)
    assert begin
    assert end
    if os.environ.get("README") == "write":
        PAGE.write_text(before + begin + table + end + after)
        shown = table
    assert shown == table


def test_every_route_has_a_name_of_its_own_and_says_what_it_does() -> None:
    names = [route.name for route in ROUTES]
    assert len(set(names)) == len(names)
    for route in ROUTES:
        assert set(route.then) <= set(names), route.name
    for _, name, when, does in rows():
        assert when, name
        assert does, name
        assert "|" not in when + does, name


def test_the_command_prints_a_line_for_each() -> None:
    printed = list(lines())
    assert len(printed) == len(ROUTES) + 1
    for route, line in zip(ROUTES, printed[1:], strict=True):
        assert f"  {route.name}  " in line


def test_every_route_handles_something_in_the_law_of_precedence() -> None:
    handled = {each for rung, _ in read(FILE.read_text()).values() for each in rung.split(" + ")}
    assert {route.name for route in ROUTES} <= handled
