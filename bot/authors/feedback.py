"""How each question was for participants, reported to its authors.

Counts of at least five people, and text only where the service may read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from textwrap import shorten

from bot.content.loading import read_folder
from bot.settings import Settings
from bot.store.opening import open_batch
from bot.store.queries.question_feedback import QuestionFeedback, QuestionRef
from flows.engine import Flow, Meaning, Step

FEWEST = 5
"""The minimum number of people; fewer could be recognised."""
FEW = f"<{FEWEST}"

_PARTS = {
    "answered": "answered",
    "skipped": "skipped",
    "rather_not_say": "rather not say",
    "not_sure": "not sure",
    "left": "stopped here",
}
"""The outcomes of a question. Together they are all participants it was asked."""


async def feedback(settings: Settings) -> list[str]:
    """A table for each flow, and what participants would change.

    Raises:
        SchemaOutdated, NoDatabase: no participant has been asked yet.
    """
    flows = read_folder(settings.flows)[0].current
    async with open_batch(settings) as uow:
        asked = await uow.question_feedback.by_question()
        words = await uow.question_feedback.comments(
            {f.name: _for_authors(f) for f in flows.values()}
        )
    lines = [line for flow in flows.values() for line in _flow(flow, asked, words)]
    return lines or ["no check-in has been answered yet"]


def _for_authors(flow: Flow) -> list[str]:
    """The steps that ask what to change: those asked because of how the questions felt."""
    felt = {s.id for s in flow.steps if s.meaning is Meaning.FELT}
    return [s.id for s in flow.steps if any(c.ref in felt for c in s.conditions)]


def _flow(
    flow: Flow,
    asked: Mapping[QuestionRef, QuestionFeedback],
    words: Mapping[str, list[tuple[int, str]]],
) -> Iterator[str]:
    met = [(s, asked[flow.name, s.id]) for s in flow.steps if (flow.name, s.id) in asked]
    if not met:
        return
    yield f"{flow.name}, for {flow.audience}"
    rows = [["question", "asked", *_PARTS.values(), "changed later", "words"]]
    rows += [_row(step, found) for step, found in met if step.meaning is not Meaning.FELT]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]) - 1)]
    for row in rows:
        counts = (c.rjust(w) for c, w in zip(row[1:-1], widths[1:], strict=True))
        yield f"  {row[0].ljust(widths[0])}  {'  '.join(counts)}  {row[-1]}".rstrip()
    for step, found in met:
        if step.meaning is Meaning.FELT:
            yield from _felt(step, found)
    yield from _said(words.get(flow.name, []))
    yield ""


def _row(step: Step, found: QuestionFeedback) -> list[str]:
    words = shorten(step.text.source.replace("{number} of {total}. ", ""), 50, placeholder=" …")
    if found.count("asked") < FEWEST:
        return [step.id, FEW, *("" for _ in _PARTS), "", words]
    parts = _hidden({what: found.count(what) for what in _PARTS})
    changed = _hidden({"changed": found.count("changed")})
    return [step.id, str(found.count("asked")), *parts.values(), *changed.values(), words]


def _felt(step: Step, found: QuestionFeedback) -> Iterator[str]:
    """How the whole check-in felt."""
    if found.count("asked") < FEWEST:
        yield f"  how the questions felt: fewer than {FEWEST} people were asked"
        return
    choices = {c.label.source: found.count(f"chose {c.id}") for c in step.choices}
    counts = _hidden({**choices, "skipped": found.count("skipped")})
    said = ", ".join(f"{label}: {count}" for label, count in counts.items())
    yield f"  how the questions felt, of {found.count('asked')} people: {said}"


def _said(words: Iterable[tuple[int, str]]) -> Iterator[str]:
    """What participants would change, in an order that does not reveal who or when."""
    each = list(words)
    people = {participant for participant, _ in each}
    if not each:
        return
    if len(people) < FEWEST:
        yield f"  fewer than {FEWEST} people shared what they would change"
        return
    yield f"  what {len(people)} people would change:"
    yield from (f"    “{' '.join(said.split())}”" for said in sorted(w for _, w in each))


def _hidden(counts: Mapping[str, int]) -> dict[str, str]:
    """The counts with the small ones hidden, and one more if a single one could be computed."""
    hidden = {what for what, count in counts.items() if 0 < count < FEWEST}
    rest = [what for what in counts if what not in hidden and counts[what]]
    if len(hidden) == 1 and rest:
        hidden.add(min(rest, key=lambda what: counts[what]))
    return {
        what: str(count) if what not in hidden else FEW if count < FEWEST else f"{FEWEST}+"
        for what, count in counts.items()
    }
