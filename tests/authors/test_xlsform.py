"""A form as people write it becomes questions; what does not fit is left out and named.

Every form here is made here: real ones of others are not ours to keep.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot.authors.xlsform.import_result import summary
from bot.settings import CannotBeDone
from flows.engine import load
from tests.authors.made_sheets import YES_NO, brought, form, with_reasons


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
    assert load(with_reasons(done.source), "form.yaml").name == "form"
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
