"""The schema that editors underline with agrees with the loader, on our files and on broken ones.

What needs a look at the whole file (a name that does not exist, a step nothing leads to) is for
`checkin flows check` alone.
"""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bot.settings import ROOT
from flows.engine import BrokenFlow, Meaning, StepKind, load
from flows.engine.load import _STEP_KEYS as STEP_KEYS
from flows.engine.load import AUDIENCES, DOES
from tests.engine.flow_mistakes import MISTAKES
from tests.support.flow_explorer import FLOWS, NAMES

SCHEMA = json.loads((ROOT / "flows" / "flow.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)

WHOLE = re.compile(
    r"which does not exist|which is only there|goes to itself|two steps are called|can never be"
    r"|nothing ever leads|can never come to an end|without a question|may be missing"
    r"|nothing is called|there is no fact|brace without|must hold \{|which `other` has not"
    r"|but not in `text`|may be quoted later|one choice must always|must be one line|say Rather not"
    r"|no choice can have|only some of its choices|more than 12|stands twice"
)
"""Mistakes that no schema sees: they are about several places at once, or inside the words."""


def as_an_editor_sees(source: str) -> Any:
    """The file as YAML 1.2 reads it, which is what editors do: only true and false are no words."""

    def plain(node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return {str(plain(key)): plain(value) for key, value in node.value}
        if isinstance(node, yaml.SequenceNode):
            return [plain(item) for item in node.value]
        quoted = isinstance(node, yaml.ScalarNode) and node.style is not None
        words = str(node.value)
        return words == "true" if words in {"true", "false"} and not quoted else words

    root = yaml.compose(source, Loader=yaml.SafeLoader)
    return None if root is None else plain(root)


def loader_says(source: str) -> list[str]:
    try:
        load(source)
    except BrokenFlow as error:
        return [p.message for p in error.problems]
    return []


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_it_knows_all_that_the_loader_knows() -> None:
    step, choice = SCHEMA["$defs"]["step"]["properties"], SCHEMA["$defs"]["choice"]["anyOf"][1]
    assert sorted(step) == sorted(STEP_KEYS)
    assert step["kind"]["enum"] == [k.value for k in StepKind]
    assert step["meaning"]["enum"] == [m.value for m in Meaning]
    assert SCHEMA["properties"]["for"]["enum"] == list(AUDIENCES)
    assert choice["properties"]["does"]["enum"] == list(DOES)


@pytest.mark.parametrize("name", NAMES)
def test_our_files_keep_it(name: str) -> None:
    assert [e.message for e in VALIDATOR.iter_errors(as_an_editor_sees(FLOWS[name].source))] == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_they_agree_on_every_known_mistake(mistake: str) -> None:
    source, _ = MISTAKES[mistake]
    said = loader_says(source)
    if any("not YAML" in m or "stands twice" in m or "plain word" in m for m in said):
        return  # an editor reads no further either
    seen = as_an_editor_sees(source)
    assert VALIDATOR.is_valid(seen) == all(WHOLE.search(m) for m in said), said


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a file, by the way to it."""
    yield path
    if isinstance(value, dict | list):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in parts:
            yield from places(part, (*path, key))


def harmed(whole: Any, chance: random.Random) -> Any:
    """The file with one thing changed as a slip of the hand would."""
    whole = copy.deepcopy(whole)
    path = chance.choice([p for p in places(whole) if p])
    *way, last = path
    holder = whole
    for key in way:
        holder = holder[key]
    match chance.randrange(6):
        case 0:
            del holder[last]
        case 1:
            holder[last] = chance.choice(["", "choice", "say", "words", "choices", "later", True])
        case 2:
            holder[last] = chance.choice([[], {}, ["a"], {"a": "b"}, {"text": "Hello."}])
        case 3 if isinstance(holder, dict):
            holder[chance.choice(["nxt", "why", "hint", "choices", "gate", "typed", "Yes"])] = (
                holder.pop(last)
            )
        case 4 if isinstance(holder, dict):
            new = chance.choice(["why", "hint", "meaning", "gate", "typed", "when", "choices"])
            holder[new] = chance.choice(["Because.", "felt", True, False, {"q1": "y"}, {"b": "B"}])
        case _:
            holder[last] = "x" * chance.choice([1, 19, 61, 1501])
    return whole


@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(NAMES), st.integers(1, 2))
def test_they_agree_on_slips_of_the_hand(chance: random.Random, name: str, slips: int) -> None:
    whole = as_an_editor_sees(FLOWS[name].source)
    for _ in range(slips):
        whole = harmed(whole, chance)
    source = yaml.safe_dump(whole, allow_unicode=True, sort_keys=False)
    said = loader_says(source)
    underlined = [e.message for e in VALIDATOR.iter_errors(as_an_editor_sees(source))]
    if underlined:
        assert said, f"the loader takes what an editor underlines: {underlined}"
    else:
        assert [m for m in said if not WHOLE.search(m)] == []
