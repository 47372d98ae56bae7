"""Five thousand people under one worker: every page, and a name found, with few questions asked.

How long it takes is measured in `bench`.
"""

from __future__ import annotations

import pytest

from bot.messages.incoming import ButtonPress, Command
from bot.workers.people_list import MOST_FOUND, ON_A_PAGE
from tests.conftest import Time
from tests.support.worker_scenario import Ear, Office, an_office, statements

MANY = 5_000


async def asked(office: Office, sam: Ear, what: str, how: str = "") -> int:
    """How many statements a button of the list takes."""
    with statements(office) as seen:
        await office.does(sam, what, 0, how)
    return len(seen)


async def test_the_same_few_statements_for_ten_and_for_five_thousand(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        names = [f"Person {n:04}" for n in range(MANY - 3)] + ["Zoë", "ÉLODIE B", "Łukasz"]
        counts: list[tuple[int, ...]] = []
        for part in (names[:10], names[10:]):
            for at in range(0, len(part), 500):
                await office.links(sam, part[at : at + 500])
            people = await asked(office, sam, "people")
            page = await asked(office, sam, "page", "1")
            await office.does(sam, "find")
            with statements(office) as seen:
                await office.say(sam, "person 000")
            counts.append((people, page, len(seen), await asked(office, sam, "eye")))
        assert counts[0] == counts[1]
        assert max(counts[0]) < 20, counts
        print(f"\nstatements for /people, a page, a search, the list: {counts[0]}")  # noqa: T201


async def test_every_page_and_round_again(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        await office.links(sam, [f"Person {n}" for n in range(50)])
        await office.act([(sam, Command("people"))])
        seen: list[str] = []
        for _ in range(-(-50 // ON_A_PAGE)):
            seen += [k.label for k in sam.keys if k.data.startswith("k:one")]
            await office.act([(sam, _next(sam))])
        assert len(seen) == len(set(seen)) == 50
        assert [k.label for k in sam.keys if k.data.startswith("k:one")] == seen[:ON_A_PAGE]
        await office.does(sam, "page", 0, "6")
        last = [k.label for k in sam.keys if k.data.startswith("k:one")]
        assert last == seen[-2:]
        # A page that is no more, since people were taken off the list.
        await office.does(sam, "page", 0, "4000")
        assert [k.label for k in sam.keys if k.data.startswith("k:one")] == last


def _next(sam: Ear) -> ButtonPress:
    return ButtonPress(
        [k.data for k in sam.keys if k.data.startswith("k:page")][-1], sam.under, "1"
    )


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("zoe", ["Zoë"]),
        ("ZOË", ["Zoë"]),
        ("elodie", ["Élodie B"]),
        ("DIE b", ["Élodie B"]),
        ("lukasz", ["Łukasz"]),
        ("علي", ["علي"]),
        ("o\u2019brien", ["O'Brien"]),
        ("obrien", ["O'Brien"]),
        ("anne marie", ["Anne-Marie"]),
        ("!!!", []),
        ("nobody", []),
        ("%", []),
        ("_", []),
        ("person", None),
    ],
)
async def test_a_name_is_found_however_it_is_typed(
    database_url: str, time: Time, typed: str, found: list[str] | None
) -> None:
    async with an_office(database_url, time) as office:
        sam, ali = await office.worker("Sam"), await office.worker("Ali")
        await office.links(sam, ["Zoë", "Élodie B", "Łukasz", "علي", "O'Brien", "Anne-Marie"])
        await office.links(sam, [f"Person {n}" for n in range(30)])
        await office.links(ali, ["Zoe", "Elodie", "Lukasz"])
        await office.does(sam, "find")
        await office.say(sam, typed)
        rows = [k.label.partition(":")[0] for k in sam.keys if k.data.startswith("k:one")]
        if found is None:
            assert len(rows) == MOST_FOUND
        elif found:
            names = [name.strip("\u2068\u2069").partition("  ")[2] for name in rows]
            assert names == found  # each after the number on its card
        else:
            assert sam.said == office.words("w_find_none")
