# mypy: ignore-errors
"""Collects every name that stands in stored bytes. Only for `make.py`: see README.md."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

from bot.conversation.buttons import Aside, Question, Welcome, Work
from bot.conversation.taps import _ASIDES
from bot.settings import ROOT
from bot.workers.desk import DEEDS
from flows.engine.phrases import load_phrases
from tests.old_house import sealed, stored_names
from tests.old_house.play import shape

PLAIN = {
    "moves": ("event", "before", "after"),
    "consents": ("kind", "step"),
    "follow_ups": ("kind", "state", "outcome"),
    "sessions": ("flow", "stage", "sharing"),
    "alert_steps": ("step",),
    "records": ("outcome",),
    "refusals": ("action",),
    "past_access": ("what",),
    "keyring": ("name",),
    "jobs": ("name",),
    "participants": ("state", "audience", "line"),
    "workers": ("standing",),
}


def of_today(file, hashes):
    """All of it."""
    found = {}
    for column, text in sealed.opened(file):
        found.setdefault(column, []).append(text if column == "cases.data_key" else text.decode())
    owed = [json.loads(text) for text in found["owed.body"]]
    with closing(sqlite3.connect(file)) as connection:
        columns = {
            f"{table}.{name}": sorted(
                value
                for (value,) in connection.execute(f'SELECT DISTINCT "{name}" FROM "{table}"')  # noqa: S608
                if value is not None
            )
            for table, names in PLAIN.items()
            for name in names
        }
    return {
        "tables": stored_names.tables(),
        "values": stored_names.values(),
        "in columns": columns,
        "hashes": hashes,
        "bound to": {c: list(b) for c, b in sealed.SEALED.items()},
        "in replies": {
            "keys": sorted({k for body in owed for k in body}),
            "of a message": sorted({k for b in owed for m in b["messages"] for k in m}),
            "attachments": _attachments(owed),
            "of what was tapped": sorted({k for b in owed for k in b["pressed"] or ()}),
            "of whose it is": sorted({k for b in owed for k in b.get("whose") or ()}),
            "of clearing": sorted({k for b in owed for k in b.get("clear") or ()}),
            "of a button": sorted(
                {k for b in owed for m in b["messages"] for c in m["choices"] for k in c}
            ),
        },
        "next words of people": _waits(found["participants.waits"]),
        "next words of workers": _waits(found["workers.waits"]),
        "safe": ["days", "never", "parts"],
        "callback": {"prefixes": ["q", "w", "p", "k"], "hidden": ["Q", "P", "K"]},
    }


def counted(file):
    """How often each word stands in the columns that hold a word of ours in clear."""
    with closing(sqlite3.connect(file)) as connection:
        return {
            f"{table}.{name}": {
                str(value): count
                for value, count in connection.execute(
                    f'SELECT "{name}", COUNT(*) FROM "{table}" GROUP BY 1'  # noqa: S608
                )
            }
            for table, names in PLAIN.items()
            for name in names
        }


def _attachments(owed):
    found = {}
    for body in owed:
        for message in body["messages"]:
            if attach := message.get("attach"):
                kind = attach.get("is_a", "before kinds")
                found.setdefault(kind, set()).update(attach)
    return {kind: sorted(keys) for kind, keys in sorted(found.items())}


def _waits(texts):
    found = {}
    for text in texts:
        waits = json.loads(text)
        found.setdefault(waits["to"], set()).update(waits)
    return {to: sorted(keys) for to, keys in sorted(found.items())}


def callbacks(packed):
    """Every kind of button's data: those on phones, and one of each that there can be."""
    buttons = [
        Question(77, "b1", 3, "+talk"), Question(2**61, "b2", 12, "done"),
        Question(77, "intro", 1, "start"), Question(77, "b1", 3, "back"),
        Question(77, "b1", 3, "skip"), Question(77, "b1", 3, "stop"),
        Welcome("abcdef12", "en", "", "01", "next"), Welcome("abcdef12", "pl", "xyz", "", "more"),
    ]  # fmt: skip
    phrases = load_phrases(ROOT / "flows" / "phrases.yaml")
    for name in _ASIDES:
        for choice in phrases[name].choices or ("s", "b1"):
            buttons += [Aside(name, choice), Aside(name, choice, 123456789)]
    for verb in DEEDS:
        buttons += [Work(verb), Work(verb, 2**60, "after.week"), Work(verb, 5, "3")]
    known = dict.fromkeys(button.data() for button in buttons)
    seen = {}
    for phone in packed["phones"].values():
        for message in phone["messages"]:
            for row in message["body"].get("reply_markup", {}).get("inline_keyboard", ()):
                for button in row:
                    if ":" in button.get("callback_data", ""):
                        seen.setdefault(shape(button["callback_data"]), button["callback_data"])
    return list(known), list(seen.values())
