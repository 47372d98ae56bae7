"""Compiled phrases as bytes, and back: compiling thousands of them takes seconds."""

from __future__ import annotations

import json
from itertools import accumulate, pairwise

from flows.engine.danger.detector import Danger, DangerFound, DangerKind, Example, Review
from flows.engine.danger.pattern_matcher import PatternMatcher
from flows.engine.danger.pattern_tables import PatternTables
from flows.engine.danger.slips import SlipIndex
from flows.engine.danger.spelling import Spelling


def stored(danger: Danger) -> bytes:
    """A line of JSON and the arrays after it; the same version of the program restores it."""
    spelling, phrases, guards = danger.spelling, danger.phrases, danger.guards
    tables = (phrases.tables.stored(), guards.tables.stored())
    arrays = [*spelling.slips.stored(), *tables[0], *tables[1]]
    head = {
        "words": list(spelling.numbers),
        "same": list(spelling.same.items()),
        "signs": sorted(spelling.signs),
        "fillers": sorted(phrases.fillers),
        "turns": sorted(guards.turns or ()),
        "listed": [_row(found) for found in danger.listed],
        "reviews": {language: (r.status, r.reviewer) for language, r in danger.reviews.items()},
        "examples": [(e.text, e.kind, e.file, e.line) for e in danger.examples],
        "sizes": [len(part) for part in arrays],
    }
    return json.dumps(head, ensure_ascii=False).encode() + b"\n" + b"".join(arrays)


def restored(content: bytes) -> Danger:
    """The compiled phrases that `stored` gave these bytes for."""
    end = content.index(b"\n")
    head, rest = json.loads(content[:end]), memoryview(content)[end + 1 :]
    places = accumulate(head["sizes"], initial=0)
    arrays = [rest[start:stop] for start, stop in pairwise(places)]
    words, fillers = head["words"], head["fillers"]
    same = {tuple(variant): tuple(meant) for variant, meant in head["same"]}
    spelling = Spelling(words, same, head["signs"], SlipIndex.restored(words, arrays[:2]))
    middle = 2 + (len(arrays) - 2) // 2
    phrases = PatternTables.restored(arrays[2:middle])
    guards = PatternTables.restored(arrays[middle:])
    return Danger(
        spelling,
        PatternMatcher(phrases, spelling.numbers, fillers),
        PatternMatcher(guards, spelling.numbers, fillers, head["turns"]),
        [DangerFound(DangerKind(row[0]), *row[1:]) if row else None for row in head["listed"]],
        {language: Review(*review) for language, review in head["reviews"].items()},
        [Example(text, kind and DangerKind(kind), *at) for text, kind, *at in head["examples"]],
    )


def _row(found: DangerFound | None) -> tuple[str, str, str, int] | None:
    return None if found is None else (found.kind, found.language, found.file, found.line)
