"""Every name that stands in stored bytes is still read and written as it was before the redesign.

The names were collected by the program of that commit; see README.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.old_house import product, sealed, stored_names
from tests.old_house.play import DATA, read_json
from tests.support.database.filled_tables import Rows, contents

NAMES = read_json("constants.json")


def lines(name: str) -> list[list[str]]:
    """A file's lines, each in its parts."""
    text = (DATA / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()]


async def test_every_table_and_column_is_there(house_url: str) -> None:
    found: Rows = await product.on_connection(house_url, contents)
    for table, columns in NAMES["tables"].items():
        assert set(columns) <= set(stored_names.tables()[table]), table
        for row in found[table][:1]:
            assert set(columns) <= set(row), table


def test_values_in_columns_are_what_they_were() -> None:
    for column, values in NAMES["values"].items():
        assert set(values) <= set(stored_names.values()[column]), column
    assert {"block", "resume", *NAMES["in columns"]["moves.event"]} <= stored_names.moves()


def test_rows_of_the_keyring_are_named_as_they_were() -> None:
    assert stored_names.key_rows() == {"rotating", *NAMES["in columns"]["keyring.name"]}


async def test_keyed_hashes_of_the_same_texts_are_the_same(house_url: str) -> None:
    assert await stored_names.hashes(house_url) == NAMES["hashes"]


def test_what_is_sealed_is_bound_to_the_same_texts(old_house: Path) -> None:
    assert {c: list(b) for c, b in sealed.SEALED.items()} == NAMES["bound to"]
    opened = {column for column, _ in sealed.opened(old_house)}
    assert opened == set(NAMES["bound to"]), "one of each column is in the fixture, and opens"


def test_what_is_owed_is_written_as_it_was_read(old_house: Path) -> None:
    kinds, keys = set(), set()
    for column, body in sealed.opened(old_house):
        if column != "owed.body":
            continue
        before = json.loads(body)
        keys |= set(before)
        kinds |= {m["attach"].get("is_a") for m in before["messages"] if m.get("attach")}
        if before["id"] == 1999:
            continue  # of the version before kinds, which nobody writes any more
        now = json.loads(product.as_written_now(body))
        assert list(_missing(before, now)) == []
    assert keys == set(NAMES["in replies"]["keys"])
    assert kinds == {*NAMES["in replies"]["attachments"], None} - {"before kinds"}


def _missing(before: Any, now: Any, place: str = "") -> Iterator[str]:
    """Where what is written now has not all that was written then; more may stand there."""
    if isinstance(before, dict):
        for key, value in before.items():
            if key == "place":
                continue  # where words stand is not kept
            if not isinstance(now, dict) or key not in now:
                yield f"{place}.{key}"
            else:
                yield from _missing(value, now[key], f"{place}.{key}")
    elif isinstance(before, list):
        if not isinstance(now, list) or len(now) != len(before):
            yield place
        else:
            for number, (one, other) in enumerate(zip(before, now, strict=True)):
                yield from _missing(one, other, f"{place}[{number}]")
    elif before != now:
        yield place


def test_pending_input_of_every_kind_is_in_the_fixture(old_house: Path) -> None:
    for column, name in (
        ("participants.waits", "next words of people"),
        ("workers.waits", "next words of workers"),
    ):
        found = [json.loads(text) for each, text in sealed.opened(old_house) if each == column]
        assert {waits["to"] for waits in found} == set(NAMES[name])


def test_every_kind_of_button_means_what_it_meant() -> None:
    for data, meant in lines("callbacks.txt"):
        meaning = json.loads(meant)
        assert stored_names.parsed(data) == meaning
        assert stored_names.encoded(meaning) == data
        prefix, _, rest = data.partition(":")
        assert stored_names.parsed(f"{prefix.upper()}:{rest}") == meaning, "as it stands on phones"


async def test_hidden_numbers_in_buttons_are_shown_again(house_url: str) -> None:
    hidden, shown = zip(*lines("hidden.txt"), strict=True)
    assert await stored_names.shown(house_url, list(hidden)) == list(shown)
