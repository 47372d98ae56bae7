"""Every sealed column of the fixture, and the text it is bound to: the list that may not change.

`{name}` is the value of a column in the row; hashes stand as hexadecimals.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.old_house import stored_names

HOUSE, PERSON, CASE = "the house", "the person", "the case"
SEALED = {
    "participants.chat": (PERSON, "participants|{id}|chat"),
    "participants.waits": (PERSON, "participants|{id}|waits"),
    "sessions.way": (PERSON, "sessions|{participant_id}|{id}|way"),
    "answers.said": (PERSON, "answers|{participant_id}|{session_id}|{step}|said"),
    "answers.words": (PERSON, "answers|{participant_id}|{session_id}|{step}|words"),
    "answers.voice": (PERSON, "answers|{participant_id}|{session_id}|{step}|voice"),
    "voices.body": (PERSON, "voices|{participant_id}|{session_id}|{step}|{id}|body"),
    "owed.body": (HOUSE, "owed|{id}"),
    "set_aside.body": (HOUSE, "set_aside|{update_id}"),
    "wording_notes.note": (HOUSE, "wording_notes|{id}"),
    "workers.chat": (HOUSE, "workers|{chat_hash}|chat"),
    "workers.name": (HOUSE, "workers|{chat_hash}|name"),
    "workers.waits": (HOUSE, "workers|{id}|waits"),
    "worker_invites.name": (HOUSE, "worker_invites|{token_hash}"),
    "cases.data_key": (HOUSE, "cases|{id}|data_key"),
    "cases.name": (CASE, "cases|{id}|name"),
    "cases.service": (CASE, "cases|{id}|service"),
    "records.words": (CASE, "records|{id}|words"),
    "news.words": (HOUSE, "news|{id}|words"),
    "complaints.words": (HOUSE, "complaints|{id}|words"),
    "complaints.voice": (HOUSE, "complaints|{id}|voice"),
    "services.name": (HOUSE, "services|{id}|name"),
}


def opened(file: Path) -> Iterator[tuple[str, bytes]]:
    """The text of every sealed value, with the column it stands in, by that list alone."""
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        rows = {n: _rows(connection, n) for n in ("keyring", "participants", "cases", "records")}
        house = next(
            stored_names.unwrapped(r["wrapped"]) for r in rows["keyring"] if r["name"] == "house"
        )
        people = {r["id"]: stored_names.unwrapped(r["data_key"]) for r in rows["participants"]}
        cases = {
            r["id"]: stored_names.opens(house, r["data_key"], ["cases", r["id"], "data_key"])
            for r in rows["cases"]
        }
        for column, (whose, bound) in SEALED.items():
            table, _, name = column.partition(".")
            for row in _rows(connection, table):
                if row[name] is None:
                    continue
                if whose == PERSON:
                    key = people[row["participant_id" if "participant_id" in row else "id"]]
                elif whose == CASE:
                    key = cases[row["case_id" if "case_id" in row else "id"]]
                else:
                    key = house
                filled = {k: v.hex() if isinstance(v, bytes) else v for k, v in row.items()}
                yield column, stored_names.opens(key, row[name], bound.format(**filled).split("|"))


def _rows(connection: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    found = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608
    return [dict(row) for row in found]
