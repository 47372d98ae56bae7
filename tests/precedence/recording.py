"""What becomes of one kind of update in one state, as one line of text without any name of code.

Written down anew with `python -m tests.precedence.write`. It checks nothing by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tests.precedence.kinds import KINDS, TWICE
from tests.precedence.parts import Heard, House, Said, matched_route

if TYPE_CHECKING:
    from tests.precedence.building import Builder
    from tests.precedence.scene import Scene

_NOTES = ("skipped", "declined", "kept_words", "added", "voice", "unknown_tap", "pick_first")
"""Phrases that stand before a question, in one message with it."""
_NOT_COUNTED = ("updates_seen", "owed", "answers", "moves", "early_stops")
"""Tables whose rows are counted in another way, or follow from what is said of the person."""
_BEFORE_THE_TABLE = ("too fast", "help, from memory")
_LENGTH = 3
"""Words of a message by which it is known, where its place is not."""


async def lines_of(
    builder: Builder, state: str, kinds: Iterable[str]
) -> dict[str, tuple[str | None, str]]:
    """Of each of these kinds of update in a state: the matched route, and what becomes of it."""
    found = {}
    async with builder.scene() as scene:
        await builder.come_to(scene, state)
        before = await _looked_at(scene)
        for kind in kinds:
            await builder.come_to(scene, state)
            outcome = await one(scene, kind, before)
            found[kind] = (matched_route(scene.house), outcome)
    return found


def in_the_table(rung: str) -> str:
    """The routes in a cell of the file: what is answered from memory asks the table nothing."""
    return " + ".join(each for each in rung.split(" + ") if each not in _BEFORE_THE_TABLE)


Look = tuple[dict[str, object], dict[str, int]]


async def _looked_at(scene: Scene) -> Look:
    return await scene.house.person(scene.kim.chat), scene.counts()


async def one(scene: Scene, kind: str, before: Look) -> str:
    """Sends one kind of update, and says what came of it."""
    house = scene.house
    updates = scene.numbered(*KINDS[kind](scene))
    if kind in TWICE:
        async with scene.reachable():
            heard = await house.take(updates)
        if not scene.away:
            await scene.show(heard)
        before = await _looked_at(scene)
    async with scene.reachable():
        heard = await house.take(updates)
    (was, counted), (now, counts) = before, await _looked_at(scene)
    names = {hand.chat: name for name, hand in scene.hands.items()}
    parts = [text for reply in heard if (text := _reply(house, reply, names))]
    said, owed = sum(bool(reply.said) for reply in heard), counts["owed"] - counted["owed"]
    if owed < said:
        parts.append("not owed")
    if owed > said:
        beside = await house.owed_beside(heard)
        parts += [f"owed: {_reply(house, reply, names)}" for reply in beside]
    parts += _changes(was, now)
    parts += [
        f"{name}{counts[name] - counted[name]:+}"
        for name in sorted(counts)
        if name not in _NOT_COUNTED
        and counts[name] != counted[name]
        and not (name == "messages" and counts[name] > counted[name])
    ]
    return "; ".join(parts) or "nothing"


def _changes(before: dict[str, object], after: dict[str, object]) -> Iterator[str]:
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name), after.get(name)
        if name == "picks" and before.get("open") != after.get("open"):
            continue  # they are another question's
        gone = name not in after and name != "state"
        if was != now and not gone and (name in before or now not in _AS_EVERYBODY):
            yield f"{name} {_short(was)}>{_short(now)}"


_AS_EVERYBODY = (None, False, 0, "en", "any")
"""What is not said of somebody who has just come."""


def _short(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)


def _reply(house: House, reply: Heard, names: dict[int, str]) -> str:
    parts = [_message(house, said) for said in reply.said]
    if reply.toast is not None:
        parts.append(f"toast“{_words(reply.toast)}”")
    if reply.chosen:
        parts.append(f"leaves“{_words(reply.chosen)}”")
    if reply.flags:
        parts.append(f"({' '.join(reply.flags)})")
    if not parts:
        return ""
    # Kim is who has sent it; a group is nobody.
    to = {"kim": "", None: ""}.get(names.get(reply.chat), f"to {names.get(reply.chat)}: ")
    return to + " ".join(parts)


def _message(house: House, said: Said) -> str:
    name = said.place or f"“{_words(said.text)}”"
    name = re.sub("^phrases/|/text$", "", name)
    for note in _NOTES:
        if said.text.startswith(f"{house.words(note)}\n"):
            name = f"{note}+{name}"
    buttons = Counter(_button(data) for data in said.data)
    shown = " ".join(f"{what}×{n}" if n > 1 else what for what, n in buttons.items())
    return f"{name}{'+file' if said.attached else ''}{f'[{shown}]' if shown else ''}"


def _button(data: str) -> str:
    """What a button is about, without numbers that are another each time."""
    kind, *rest = data.split(":")
    if kind == "q":
        return f"q:{rest[1]}"
    if kind == "w":
        return f"w:{rest[3]}"
    return f"{kind}:{rest[0]}" if rest else data


def _words(text: str) -> str:
    return " ".join(re.sub(r"\d", "0", text).split()[:_LENGTH])


# --- the file ------------------------------------------------------------------------------------

Key = tuple[str, str]
"""A state and a kind of update."""


def read(text: str) -> dict[Key, tuple[str, str]]:
    """The file: by state and kind, the rung that handles it and what becomes of it."""
    found: dict[Key, tuple[str, str]] = {}
    state = ""
    for line in text.splitlines():
        if line.startswith("\t"):
            kind, rung, outcome = line[1:].split("\t")
            found[state, kind] = (rung, outcome)
        elif line:
            state = line
    return found


def written(found: dict[Key, tuple[str, str]]) -> str:
    """The same as text: each state on a line, and under it a line for each kind, sorted."""
    lines: list[str] = []
    before = ""
    for (state, kind), (rung, outcome) in sorted(found.items()):
        if state != before:
            lines.append(state)
            before = state
        lines.append(f"\t{kind}\t{rung}\t{outcome}")
    return "\n".join([*lines, ""])
