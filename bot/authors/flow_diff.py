"""Describes in plain sentences what has changed between two versions of the questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from flows.engine import Condition, Flow, Step, Text


def changes(old: Flow, new: Flow) -> Iterator[str]:
    """The differences in a flow, a line each, in the order they are asked."""
    if old.audience != new.audience:
        yield f"it is now for {new.audience}, before for {old.audience}"
    before = ""
    for step in new.steps:
        known = old.by_id.get(step.id)
        if known is None:
            where = f"after `{before}`" if before else "at the beginning"
            yield f"the {_what(step)} `{step.id}` is new, {where}: “{_line(step.text)}”"
        else:
            yield from (f"the {_what(step)} `{step.id}` {how}" for how in _changed(known, step))
        before = step.id
    for step in old.steps:
        if step.id not in new.by_id:
            yield f"the {_what(step)} `{step.id}` is gone: “{_line(step.text)}”"
    common = [s.id for s in new.steps if s.id in old.by_id]
    if common != [s.id for s in old.steps if s.id in new.by_id]:
        yield f"the order is now: {', '.join(common)}"


def _what(step: Step) -> str:
    if not step.asks:
        return "message"
    return "button" if step.gate else "question"


def _changed(old: Step, new: Step) -> Iterator[str]:
    if old.kind is not new.kind:
        yield f"is now `{new.kind}`, before `{old.kind}`"
    yield from _worded(old.text, new.text, "words")
    yield from _worded(old.why, new.why, "reason")
    yield from _worded(old.hint, new.hint, "hint")
    yield from _worded(old.name, new.name, "name")
    if [i.text.key for i in old.instead] != [i.text.key for i in new.instead]:
        yield "has new words for some people (`instead`)"
    yield from _chosen(old, new)
    if old.when != new.when:
        yield f"is asked {_when(new.when)}, before {_when(old.when)}"
    if old.next != new.next:
        yield f"goes on to {_to(new.next)}, before to {_to(old.next)}"
    for name in ("decline", "gate", "again", "typed", "meaning"):
        if getattr(old, name) != getattr(new, name):
            yield f"has another `{name}`"


def _worded(old: Text | None, new: Text | None, what: str) -> Iterator[str]:
    if old is None and new is not None:
        yield f"has a {what} now: “{_line(new)}”"
    elif old is not None and new is None:
        yield f"has no {what} any more"
    elif old and new and (old.one, old.source) != (new.one, new.source):
        yield f"has new {what}: “{_line(new)}”, before “{_line(old)}”"


def _chosen(old: Step, new: Step) -> Iterator[str]:
    was = {c.id: c for c in old.choices}
    for choice in new.choices:
        known = was.pop(choice.id, None)
        if known is None:
            yield f"has a new choice `{choice.id}`: “{_line(choice.label)}”"
        elif known.label.source != choice.label.source:
            said = f"“{_line(choice.label)}”, before “{_line(known.label)}”"
            yield f"has a choice `{choice.id}` that now says {said}"
        elif known != choice:
            yield f"has a choice `{choice.id}` that now leads or shows otherwise"
    for gone in was.values():
        yield f"has lost the choice `{gone.id}`: “{_line(gone.label)}”"


def _when(conditions: Iterable[Condition]) -> str:
    said = [f"{c.ref} is {' or '.join(sorted(c.any_of))}" for c in conditions]
    return f"when {' and '.join(said)}" if said else "always"


def _to(target: str | None) -> str:
    return f"`{target}`" if target else "what comes next"


def _line(text: Text) -> str:
    return " ".join(text.source.split())


def texts_changed(old: Iterable[Text], new: Iterable[Text]) -> Iterator[str]:
    """The differences in the texts outside the questions, by their places."""
    was, now = _by_place(old), _by_place(new)
    for place in dict.fromkeys((*now, *was)):
        if place not in was:
            yield f"{place} is new: “{_line(now[place])}”"
        elif place not in now:
            yield f"{place} is gone: “{_line(was[place])}”"
        elif was[place].key != now[place].key or was[place].source != now[place].source:
            yield f"{place} says “{_line(now[place])}”, before “{_line(was[place])}”"


def _by_place(texts: Iterable[Text]) -> Mapping[str, Text]:
    return {text.context: text for text in texts}
