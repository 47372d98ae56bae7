"""A flow goes to XLSForm and comes back the same, its conditions too; what the commands do."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyxform.xls2xform import convert

from bot.authors.xlsform.conditions import UnsupportedCondition, parse, written
from bot.authors.xlsform.exporter import to_xlsform
from bot.authors.xlsform.importer import from_xlsform
from flows.engine import StepKind, load, load_old
from tests.authors.made_sheets import with_reasons
from tests.support.cli_process import checkin
from tests.support.flow_explorer import FLOWS, NAMES

# --- there and back ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_read_by_the_fields_own_tool(name: str, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.xlsx"
    to_xlsform(FLOWS[name], file)
    made = convert(str(file))
    assert made.warnings == []
    root = ET.fromstring(made.xform)  # noqa: S314 - our own form
    asked = {e.attrib["ref"].rpartition("/")[2] for e in root.iter() if "ref" in e.attrib}
    back = load_old(from_xlsform(file, name, "adult").source, name)
    assert {s.id for s in back.steps} <= asked


@pytest.mark.parametrize("name", [n for n in NAMES if n != "welcome"])  # that one is all buttons
def test_what_comes_back_is_what_went(name: str, tmp_path: Path) -> None:
    """All that a form can hold: the same words, choices and conditions, in the same order."""
    flow, file = FLOWS[name], tmp_path / f"{name}.xlsx"
    left = to_xlsform(flow, file)
    done = from_xlsform(file, name, flow.audience)
    back = load(with_reasons(done.source), f"{name}.yaml")
    assert done.imported == done.of == len(back.steps)
    gone = {line.split(":")[0] for line in left if "left out" in line}
    assert [s.id for s in back.steps] == [s.id for s in flow.steps if s.id not in gone]
    for step in back.steps:
        was = flow.by_id[step.id]
        assert step.kind is (StepKind.SAY if was.gate else was.kind)
        assert step.text.source == was.text.source.replace("{number} of {total}. ", "")
        assert step.when == was.when
        assert step.typed == was.typed
        if was.why and not was.gate:
            assert step.why is not None
            assert step.why.source == was.why.source
        lost = [c for c in was.choices if step.choice(c.id) is None]
        assert was.gate or all(c.when for c in lost)


def test_all_that_is_not_in_the_form_is_named(tmp_path: Path) -> None:
    left = to_xlsform(FLOWS["after"], tmp_path / "after.xlsx")
    assert "recall: left out: its words hold {before.b1}, which the bot fills in" in left
    assert "still: left out: it is only met by what is known elsewhere: before.b2" in left
    assert "a2: “Rather not say” beside it" in left
    assert "a3_help: where “Show me numbers” leads" in left
    assert "a3_help: the choice “Yes, ask my worker”, which is only there at times" in left
    with pytest.raises(FileExistsError):
        to_xlsform(FLOWS["after"], tmp_path / "after.xlsx")


# --- conditions ----------------------------------------------------------------------------------

_CONDITIONS = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True),
    st.frozensets(st.sampled_from(["y", "n", "or", "and_b", "not_sure", "answered"]), min_size=1),
    min_size=1,
    max_size=4,
)


@given(_CONDITIONS)
def test_a_condition_is_the_same_after_going_there_and_back(
    conditions: dict[str, frozenset[str]],
) -> None:
    assert parse(written(conditions)) == conditions


@pytest.mark.parametrize(
    ("expression", "meaning"),
    [
        ("${a}='x'", {"a": {"x"}}),
        ('( ${a} = "x" )', {"a": {"x"}}),
        ("${a} = 1 and ${b} != ''", {"a": {"1"}, "b": {"answered"}}),
        ("${a} = 'x' AND (selected(${b}, 'y') or ${b} = 'z')", {"a": {"x"}, "b": {"y", "z"}}),
        ("${a} = 'this and that'", {"a": {"this and that"}}),
    ],
)
def test_what_a_condition_means(expression: str, meaning: dict[str, set[str]]) -> None:
    assert parse(expression) == meaning


@pytest.mark.parametrize(
    "expression",
    [
        "${a} = 'x' and ${a} = 'y'",
        "${a} > 3",
        "not(${a} = 'x')",
        "${a} = 'x' and (${b} = 'y' or ${c} = 'z')",
        "${a} = ''",
        "(${a} = 'x'",
        "",
        "true()",
    ],
)
def test_what_cannot_be_said_exactly_is_not_said(expression: str) -> None:
    with pytest.raises(UnsupportedCondition):
        parse(expression)


async def test_the_commands(tmp_path: Path) -> None:
    wrote = await checkin(tmp_path, "flows", "to-xlsform", "before", "-o", "out.xlsx")
    assert wrote.code == 0
    assert "not in the form: change: left out: its buttons lead to other places" in wrote.out
    read = await checkin(tmp_path, "flows", "from-xlsform", "out.xlsx", "-o", "mine.yaml")
    assert read.code == 0
    assert "9 of 9 questions and notes came over." in read.out
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8").startswith("flow: mine\n")
    again = await checkin(tmp_path, "flows", "from-xlsform", "out.xlsx", "-o", "mine.yaml")
    assert (again.code, again.err) == (
        2,
        "mine.yaml is there already: name another, or move it away\n",
    )
