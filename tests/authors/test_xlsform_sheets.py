"""Lists, rows, columns and languages of a sheet that do not fit are left out and named."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from openpyxl import Workbook

from bot.authors.xlsform.importer import from_xlsform
from bot.settings import CannotBeDone
from tests.authors.made_sheets import brought, form

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
