"""Exports a flow as an XLSForm, as far as that format allows, and names what it cannot hold.

Exports English alone, and no placeholders.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.authors.xlsform.conditions import written
from bot.authors.xlsform.workbook import OURS, write_form
from flows.engine import Choice, Flow, Step, StepKind, placeholders

_COUNT = "{number} of {total}. "
_HEADS = ["type", "name", "label", "hint", "guidance_hint", "relevant"]


def to_xlsform(flow: Flow, file: Path) -> list[str]:
    """Writes the file; returns a line for each thing that is not in it.

    Raises:
        FileExistsError: the file exists already.
    """
    writing = _Writing(flow)
    rows = [row for step in flow.steps for row in writing.rows(step)]
    heads = ["form_title", "form_id", "version", OURS]
    settings = [heads, [flow.name, flow.name, flow.version, "why"]]
    sheets = {
        "survey": [_HEADS, *rows],
        "choices": [["list_name", "name", "label"], *writing.choices],
        "settings": settings,
    }
    write_form(file, sheets)
    return writing.left


class _Writing:
    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._gone: set[str] = set()
        self.choices: list[list[str]] = []
        self.left: list[str] = []

    def rows(self, step: Step) -> Iterator[list[str]]:
        """The row of a step, or none where XLSForm cannot express it."""
        if reason := self._cannot(step):
            self._gone.add(step.id)
            self.left.append(f"{step.id}: left out: {reason}")
            return
        self.left += [f"{step.id}: {what}" for what in self._without(step)]
        kind = (StepKind.SAY if step.gate else step.kind).traits
        listed = ""
        if kind.taps:
            listed = f" {step.id}{' or_other' if step.typed else ''}"
            shown = [c for c in step.choices if self._fits(step, c)]
            self.choices += [[step.id, c.id, c.label.source] for c in shown]
        beside = ["" if t is None or step.gate else t.source for t in (step.hint, step.why)]
        when = written({c.ref: c.any_of for c in step.when})
        yield [f"{kind.xlsform}{listed}", step.id, _plain(step), *beside, when]

    def _cannot(self, step: Step) -> str:
        if step.gate and all(c.next or c.does for c in step.choices):
            return "its buttons lead to other places"
        if filled := placeholders(_plain(step)):
            return f"its words hold {{{filled[0]}}}, which the bot fills in"
        for condition in step.when:
            target = self._flow.by_id.get(condition.ref)
            if target is None:
                return f"it is only met by what is known elsewhere: {condition.ref}"
            if target.id in self._gone or not target.keeps_answer:
                return f"it hangs on `{target.id}`, which is not in the form"
            sayable = {"answered", *(c.id for c in target.choices)}
            if unsayable := condition.any_of - sayable:
                return f"it asks whether `{target.id}` was {min(unsayable)}"
        return ""

    def _without(self, step: Step) -> Iterator[str]:
        """What an exported step loses."""
        if step.gate:
            labels = ", ".join(c.label.source for c in step.choices)
            yield f"is only said: its button “{labels}” opens nothing there"
        if step.instead:
            yield "its other words for some people (`instead`)"
        if step.next:
            yield f"goes straight on, not to `{step.next}`"
        if step.name:
            yield f"its short name (`name: {step.name.source}`)"
        if step.meaning:
            yield f"what the bot learns from it (`meaning: {step.meaning}`)"
        if step.decline != "skip":
            yield "“Rather not say” beside it"
        for choice in step.choices:
            if not step.gate and not self._fits(step, choice):
                yield f"the choice “{choice.label.source}”, which is only there at times"
            elif not step.gate and (choice.next or choice.does):
                yield f"where “{choice.label.source}” leads"

    @staticmethod
    def _fits(_step: Step, choice: Choice) -> bool:
        return not choice.when and not placeholders(choice.label.source)


def _plain(step: Step) -> str:
    return step.text.source.replace(_COUNT, "")
