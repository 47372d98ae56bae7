"""Questions go to XLSForm and back; what the field's own tool cannot read, and what does not fit.

Every form here is made here: real ones of others are not ours to keep.
"""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from pyxform.xls2xform import convert

from bot.authors.xlsform.conditions import UnsupportedCondition, parse, written
from bot.authors.xlsform.exporter import to_xlsform
from bot.authors.xlsform.import_result import Converted, summary
from bot.authors.xlsform.importer import from_xlsform
from bot.settings import CannotBeDone
from flows.engine import StepKind, load, load_old
from tests.support.cli_process import checkin
from tests.support.flow_explorer import FLOWS, NAMES

YES_NO = [["yes_no", "yes", "Yes"], ["yes_no", "no", "No"]]


def form(
    folder: Path, heads: str, *rows: Sequence[object], choices: Sequence[Sequence[object]] = YES_NO
) -> Path:
    """A form with these columns and rows in its survey sheet."""
    book = Workbook()
    book.remove(book.worksheets[0])
    survey = book.create_sheet("survey")
    for row in (heads.split(), *rows):
        survey.append(row)
    listed = book.create_sheet("choices")
    for row in (["list_name", "name", "label"], *choices):
        listed.append(row)
    file = folder / "form.xlsx"
    book.save(file)
    return file


def brought(file: Path) -> tuple[Converted, list[dict[str, object]]]:
    done = from_xlsform(file, "form", "adult")
    return done, yaml.safe_load(done.source)["steps"] or []


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
    back = load(_with_reasons(done.source), f"{name}.yaml")
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


def _with_reasons(source: str) -> str:
    """The file with a reason where the form had none, as an author would add it."""
    whole = yaml.safe_load(source)
    for step in whole["steps"]:
        if step["kind"] != "say":
            step.setdefault("why", "We ask so we know.")
    return str(yaml.safe_dump(whole, sort_keys=False))


def test_all_that_is_not_in_the_form_is_named(tmp_path: Path) -> None:
    left = to_xlsform(FLOWS["after"], tmp_path / "after.xlsx")
    assert "recall: left out: its words hold {before.b1}, which the bot fills in" in left
    assert "still: left out: it is only met by what is known elsewhere: before.b2" in left
    assert "a2: “Rather not say” beside it" in left
    assert "a3_help: where “Show me numbers” leads" in left
    assert "a3_help: the choice “Yes, ask my worker”, which is only there at times" in left
    with pytest.raises(FileExistsError):
        to_xlsform(FLOWS["after"], tmp_path / "after.xlsx")


# --- what fits -----------------------------------------------------------------------------------


def test_a_form_as_people_write_them(tmp_path: Path) -> None:
    file = form(
        tmp_path,
        "type name label hint guidance_hint relevant required",
        ["start", "start"],
        ["note", "hi", "Hello."],
        ["select one yes_no", "Safe-Here", "Are you safe?", None, "We ask so we can help.", "", 1],
        ["begin group", "more", "More", None, None, "${Safe-Here} = ‘no’"],
        ["select_multiple what or_other", "needs", "What would help?", "Tap any.", "So it fits."],
        [
            "text",
            "who",
            "Who?",
            None,
            "You choose.",
            "selected(${needs}, '1') or selected(${needs}, 2)",
        ],
        ["end group"],
        ["integer", "age", "How old are you?"],
        choices=[*YES_NO, ["what", 1, "Someone to talk to"], ["what", 2.0, "Money"]],
    )
    done, steps = brought(file)
    assert [(s["id"], s["kind"]) for s in steps] == [
        ("hi", "say"),
        ("safe_here", "choice"),
        ("needs", "choices"),
        ("who", "words"),
    ]
    assert steps[1]["choices"] == {"yes": "Yes", "no": "No"}
    assert steps[2]["when"] == {"safe_here": ["no"]}
    assert steps[2]["choices"] == {"q_1": "Someone to talk to", "q_2": "Money"}
    assert steps[2]["typed"] is True
    assert steps[3]["when"] == {"safe_here": ["no"], "needs": ["q_1", "q_2"]}
    assert len(done.missing) == 3  # why each is asked: the guidance was for whoever asks
    assert load(_with_reasons(done.source), "form.yaml").name == "form"
    assert list(summary(done))[:-4] == [
        "4 of 5 questions and notes came over.",
        "Did not come over:",
        "  survey, row 2, type: `start` is about the phone; the bot keeps none of it",
        "  survey, row 4, name: `Safe-Here` is called `safe_here` here",
        "  survey, row 4, required: everything can be skipped here",
        "  survey, rows 4, 6, 7, guidance_hint: it is for whoever asks,"
        " and would be said to the person",
        "  survey, row 5, label: a group has no heading here: “More”",
        "  survey, row 9, type: `age` is left out: there is no kind of step for `integer`;"
        " perhaps it can be asked in words",
    ]


LEFT_OUT: dict[str, tuple[list[object], str]] = {
    "a calculation": (["calculate", "q", "Q"], "no kind of step for `calculate`"),
    "a list from a file": (["select_one_from_file a.csv", "q", "Q"], "no kind of step"),
    "a list that is missing": (["select_one none", "q", "Q"], "the list `none` has no choices"),
    "no words": (["text", "q", None], "it has no words"),
    "a quote": (["text", "q", "And ${first}?"], "quotes another answer of the same form"),
    "a brace": (["text", "q", "And {this}?"], "holds a brace"),
    "too long": (["text", "q", "A" * 1501], "longer than 1500 characters"),
    "a name twice": (["text", "first", "Again?"], "two of this name"),
    "not equal": (["text", "q", "Q", "${first} != 'yes'"], "cannot be said in a `when:`"),
    "two questions": (
        ["text", "q", "Q", "${first} = 'yes' or ${other} = 'yes'"],
        "cannot be said in a `when:`",
    ),
    "nothing it knows": (["text", "q", "Q", "${nobody} = 'yes'"], "did not come over before it"),
    "a choice that is not there": (
        ["text", "q", "Q", "${first} = 'perhaps'"],
        "no choice `perhaps`",
    ),
    "a number of times": (["text", "q", "Q", "count(${first}) > 1"], "cannot be said"),
    "a date for words": (["text", "q", dt.datetime(2026, 5, 1)], "it holds a date, not words"),  # noqa: DTZ001
    "a time for words": (["text", "q", dt.time(9, 30)], "it holds a time, not words"),
    "half a number for words": (["text", "q", 0.5], "a number with a point, not words"),
    "yes or no for words": (["text", "q", True], "a TRUE or FALSE, not words"),
    "an error for words": (["text", "q", "#REF!"], "an error, not words"),
    "no type": (["", "q", "Q"], "it says no type"),
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_what_does_not_fit_is_left_out_and_named(what: str, tmp_path: Path) -> None:
    row, why = LEFT_OUT[what]
    file = form(
        tmp_path,
        "type name label relevant",
        ["select_one yes_no", "first", "Yes?"],
        ["select_one yes_no", "other", "No?"],
        row,
        ["text", "after", "And after?", "${q} != ''"],
    )
    done, steps = brought(file)
    assert [s["id"] for s in steps] == ["first", "other"]  # nor what hangs on it
    [said] = [left for left in done.left if left.row == 4]
    assert why in said.why
    assert [left.row for left in done.left] == [4, 5]


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("disabled", "yes", "switched off"),
        ("disabled", True, "switched off"),
        ("readonly", "TRUE", "only shown"),
        ("read_only", "yes", "only shown"),
        ("bind::readonly", "true()", "only shown"),
        ("calculation", "1 + 1", "worked out"),
        ("calculate", "now()", "worked out"),
    ],
)
def test_what_nobody_is_asked_is_not_asked(
    column: str, value: object, why: str, tmp_path: Path
) -> None:
    for kind in ("text", "select_one yes_no"):
        file = form(
            tmp_path,
            f"type name label relevant {column}",
            [kind, "q", "Q?", None, value],
            ["text", "after", "And after?", "${q} != ''"],
            ["text", "last", "Last?", None, "no"],
        )
        done, steps = brought(file)
        assert [s["id"] for s in steps] == ([] if "calcul" in column else ["last"])
        assert why in next(left.why for left in done.left if left.row == 2)


def test_a_group_that_is_switched_off_takes_all_in_it_along(tmp_path: Path) -> None:
    file = form(
        tmp_path,
        "type name label disabled",
        ["begin\u00a0group", "more", None, "yes"],
        ["text", "inside", "Inside?"],
        ["end\u00a0 group"],
        ["text", "last", "Last?"],
    )
    done, steps = brought(file)
    assert [s["id"] for s in steps] == ["last"]
    assert {left.row for left in done.left} == {2, 3}


@pytest.mark.parametrize(
    "rows",
    [
        [["begin group", "g", None], ["text", "q", "Q?"]],
        [["text", "q", "Q?"], ["end group", None, None]],
        [["begin repeat", "r", "R"], ["text", "q", "Q?"], ["end group", None, None]],
    ],
)
def test_a_group_without_two_ends_is_refused(rows: list[list[object]], tmp_path: Path) -> None:
    with pytest.raises(CannotBeDone, match=r"survey row \d: `(begin|end)"):
        brought(form(tmp_path, "type name label", *rows))


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("string", "words"),
        ("add text prompt", "words"),
        ("add note prompt", "say"),
        ("select one from yes_no", "choice"),
        ("add select one prompt using yes_no", "choice"),
        ("select all that apply from yes_no", "choices"),
        ("add select multiple prompt using yes_no", "choices"),
        ("select_one yes_no or_other", "choice"),
        ("select_one_from_file a.csv", None),
        ("select one from file a.csv", None),
        ("add image prompt", None),
    ],
)
def test_older_spellings_of_a_type_mean_the_same(
    kind: str, step: str | None, tmp_path: Path
) -> None:
    _, steps = brought(form(tmp_path, "type name label", [kind, "q", "Q?"]))
    assert [s["kind"] for s in steps] == ([step] if step else [])


def test_always_and_never_are_no_conditions(tmp_path: Path) -> None:
    file = form(
        tmp_path,
        "type name label relevant",
        ["text", "a", "A?", True],
        ["text", "b", "B?", "true()"],
        ["text", "c", "C?", False],
        ["text", "d", "D?", "false()"],
    )
    done, steps = brought(file)
    assert [(s["id"], "when" in s) for s in steps] == [("a", False), ("b", False)]
    assert [left.why.partition(": ")[2] for left in done.left] == ["it is never asked"] * 2


def test_what_is_no_question_of_the_form_is_named(tmp_path: Path) -> None:
    file = form(
        tmp_path,
        "type name label appearance",
        ["select_one yes_no", "head", "How often do you ...", "label"],
        ["select_one yes_no", "found", "Where?", "minimal search('places')"],
        ["text", "q", "Q?"],
        *[[None]] * 70,
        ["text", "parked", "For later?"],
        choices=[*YES_NO, [None, "perhaps", "Perhaps"]],
    )
    done, steps = brought(file)
    assert [s["id"] for s in steps] == ["q"]
    named = {(left.sheet, left.row) for left in done.left}
    assert named == {("survey", 2), ("survey", 3), ("survey", 75), ("choices", 4)}


def test_a_sheet_without_types_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotBeDone, match="no column called `type`"):
        brought(form(tmp_path, "question name label", ["text", "q", "Q?"]))


def test_equal_to_one_of_several_is_not_one_among_them(tmp_path: Path) -> None:
    file = form(
        tmp_path,
        "type name label relevant",
        ["select_multiple yes_no", "several", "Which?"],
        ["text", "alone", "Only yes?", "${several} = 'yes'"],
        ["text", "among", "Yes too?", "selected(${several}, 'yes')"],
    )
    done, steps = brought(file)
    assert [s["id"] for s in steps] == ["several", "among"]
    assert "takes several answers" in done.left[0].why


def test_words_stand_as_they_were_read(tmp_path: Path) -> None:
    said = {
        "Is it [our page](https://example.org/a_b_c) \\*now\\*?": "Is it our page *now*?",
        '<p>One<br/>two</p><a href="https://example.org">three</a>': "One\ntwo\nthree",
        "My name is ____ and <your name>": "My name is ____ and <your name>",
        "Under <18 or over> 65? 5 * 3 * 2, snake_case_name": (
            "Under <18 or over> 65? 5 * 3 * 2, snake_case_name"
        ),
        "# A *short* _word_ &amp; a __long__ **one**": "A short word & a long one",
        "Look: ![a map](map.png)": "Look:",
        "\ufeffWho\u00a0?": "Who\u00a0?",
    }
    rows = [["note", f"n{number}", words] for number, words in enumerate(said)]
    done, steps = brought(form(tmp_path, "type name label", *rows))
    assert [step["text"] for step in steps] == list(said.values())
    why = "\n".join(map(str, done.left))
    assert "the address https://example.org/a_b_c behind “our page” is taken out" in why
    assert "the address https://example.org behind “three” is taken out" in why
    assert "the picture map.png is taken out" in why
    assert {left.row for left in done.left} == {2, 3, 6, 7}


CHOICES: dict[str, tuple[list[list[object]], str]] = {
    "one name twice": ([["l", "a", "A"], ["l", "a", "B"]], "is there twice"),
    "the same words twice": ([["l", "a", "A"], ["l", "b", "A"]], "says the same"),
    "no name": ([["l", None, "A"], ["l", "b", "B"]], "has no name"),
    "a date": ([["l", "a", dt.datetime(2026, 5, 1)], ["l", "b", "B"]], "holds a date"),  # noqa: DTZ001
    "a name that is a date": ([["l", dt.date(2026, 5, 1), "A"], ["l", "b", "B"]], "holds a date"),
}


@pytest.mark.parametrize("what", CHOICES)
def test_a_list_that_is_not_clear_is_left_out(what: str, tmp_path: Path) -> None:
    choices, why = CHOICES[what]
    done, steps = brought(
        form(tmp_path, "type name label", ["select_one l", "q", "Q?"], choices=choices)
    )
    assert steps == []
    assert why in done.left[0].why


def test_a_question_is_not_asked_in_two_languages(tmp_path: Path) -> None:
    book = Workbook()
    survey = book.worksheets[0]
    survey.title = "survey"
    for row in (
        ["type", "name", "label::English (en)", "hint::French (fr)"],
        ["select_one l", "who", "Who?", "Un seul"],
        ["text", "what", "What?", "Quelques mots"],
    ):
        survey.append(row)
    listed = book.create_sheet("choices")
    for row in (["list_name", "name", "label::French (fr)"], ["l", "a", "Moi"], ["l", "b", "Toi"]):
        listed.append(row)
    book.create_sheet("empty")
    book.create_sheet("entities").append(["list_name", "label"])
    book.save(tmp_path / "form.xlsx")
    done, steps = brought(tmp_path / "form.xlsx")
    assert [(s["id"], s.get("hint")) for s in steps] == [("what", None)]
    said = [str(left) for left in done.left]
    assert any("its choices have no words in english (en)" in line for line in said)
    assert any("row 3, hint::french (fr)" in line for line in said)
    assert any(line.startswith("entities row 1") for line in said)
    assert not any(line.startswith("empty") for line in said)


def test_rows_without_a_name_do_not_stand_in_each_others_way(tmp_path: Path) -> None:
    file = form(tmp_path, "type name label", ["note", "", "One."], ["note", None, "Two."])
    done, steps = brought(file)
    assert [s["text"] for s in steps] == ["One.", "Two."]
    assert [left.why for left in done.left] == [
        "it has no name, and is called `row_2` here",
        "it has no name, and is called `row_3` here",
    ]


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    file = form(tmp_path, "type name label caption", ["text", "q", "Q?", "Which?"])
    with pytest.raises(CannotBeDone, match="two columns called `label`"):
        brought(file)


def test_a_cell_under_no_heading_is_named(tmp_path: Path) -> None:
    file = form(tmp_path, "type name label", ["text", "q", "Q?", None, "see Sam"])
    done, _ = brought(file)
    assert [str(left) for left in done.left] == [
        "survey row 2, column E: there is no place for “see Sam”"
    ]


def test_a_repeat_and_a_group_that_do_not_fit_take_all_in_them_along(tmp_path: Path) -> None:
    file = form(
        tmp_path,
        "type name label relevant",
        ["begin_repeat", "people", "Each of them"],
        ["text", "name", "What is the name?"],
        ["begin_group", "deep", None],
        ["text", "deeper", "And?"],
        ["end_group"],
        ["end_repeat"],
        ["begin_group", "odd", "Odd", "position(..) = 1"],
        ["text", "odd_one", "Odd?"],
        ["end_group"],
        ["text", "last", "Last?"],
    )
    done, steps = brought(file)
    assert [s["id"] for s in steps] == ["last"]
    assert {left.row for left in done.left} == {2, 3, 5, 8, 9}


def test_languages_and_columns_without_a_place_are_named_by_row(tmp_path: Path) -> None:
    book = Workbook()
    survey = book.worksheets[0]
    survey.title = "Survey"
    for row in (
        ["type", "name", "label::French (fr)", "label::English (en)", "appearance", "media::image"],
        ["text", "who", "Qui ?", "<b>Who</b> is **there**?", "multiline", "who.png"],
    ):
        survey.append(row)
    book.save(tmp_path / "form.xlsx")
    done, steps = brought(tmp_path / "form.xlsx")
    assert steps[0]["text"] == "Who is there?"
    assert [str(left) for left in done.left] == [
        "survey row 2, appearance: there is no place for “multiline”",
        "survey row 2, label::english (en): the marks for bold, colour and the like are taken out",
        "survey row 2, label::french (fr): the words in french (fr) do not come over:"
        " translations are in locales/",
        "survey row 2, media::image: there is no place for “who.png”",
    ]


def test_names_stay_short_and_different(tmp_path: Path) -> None:
    names = ["A very long name of a question 1", "A very long name of a question 2", "end", "skip"]
    file = form(tmp_path, "type name label", *(["text", name, "What?"] for name in names))
    ids = [str(step["id"]) for step in brought(file)[1]]
    assert ids == ["a_very_long_name", "a_very_long_name_2", "end_2", "skip_2"]


@pytest.mark.parametrize("content", [b"", b"not a spreadsheet", b"PK\x03\x04broken"])
def test_what_is_no_form_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "form.xlsx").write_bytes(content)
    with pytest.raises(CannotBeDone, match=r"is not an \.xlsx file"):
        from_xlsform(tmp_path / "form.xlsx", "form", "adult")


def test_a_spreadsheet_without_a_survey_is_refused(tmp_path: Path) -> None:
    Workbook().save(tmp_path / "form.xlsx")
    with pytest.raises(CannotBeDone, match="no sheet called `survey`"):
        from_xlsform(tmp_path / "form.xlsx", "form", "adult")


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
    assert "not in the form: check: left out: its buttons lead to other places" in wrote.out
    read = await checkin(tmp_path, "flows", "from-xlsform", "out.xlsx", "-o", "mine.yaml")
    assert read.code == 0
    assert "10 of 10 questions and notes came over." in read.out
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8").startswith("flow: mine\n")
    again = await checkin(tmp_path, "flows", "from-xlsform", "out.xlsx", "-o", "mine.yaml")
    assert (again.code, again.err) == (
        2,
        "mine.yaml is there already: name another, or move it away\n",
    )
