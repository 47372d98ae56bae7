"""Dates, times and numbers are written as each language writes them, by Unicode's own tables.

The words around them are other tests' matter.
"""

from __future__ import annotations

import datetime as dt

import pytest
from babel import Locale, dates

from bot.content.loading import read_folder
from bot.i18n.bidi import clean
from bot.i18n.localizer import Localizer
from bot.settings import ROOT
from tests.support.help_texts import help_in
from tests.support.pseudo_locales import LOCALES

PHRASES = read_folder(ROOT / "flows")[0].phrases
DAY = dt.date(2026, 12, 7)


def localizer(code: str) -> Localizer:
    return Localizer(code, PHRASES, locale=LOCALES.get(code))


SAID = {
    "en": ("7 December", "18:05", "21"),
    "pt": ("7 de dezembro", "18:05", "21"),
    "pl": ("7 grudnia", "18:05", "21"),
    "ro": ("7 decembrie", "18:05", "21"),
    "es": ("7 de diciembre", "18:05", "21"),
    "ar": ("7 ديسمبر", "6:05 م", "21"),
    "uk": ("7 грудня", "18:05", "21"),
    "fa": ("۷ دسامبر", "۱۸:۰۵", "۲۱"),
    "ur": ("7 دسمبر", "6:05 PM", "21"),
    "bn": ("৭ ডিসেম্বর", "৬:০৫ PM", "২১"),
    "fr": ("7 décembre", "18:05", "21"),
    "zh_hans": ("12月7日", "18:05", "21"),
}


@pytest.mark.parametrize("code", SAID)
def test_days_times_and_numbers(code: str) -> None:
    speaks = localizer(code)
    said = (speaks.format_value(DAY), speaks.format_time(dt.time(18, 5)), speaks.format_value(21))
    assert tuple(clean(part).replace("\u202f", " ") for part in said) == SAID[code]


@pytest.mark.parametrize("code", SAID)
def test_every_day_of_the_year_names_its_month(code: str) -> None:
    speaks = localizer(code)
    months = dates.get_month_names("wide", locale=speaks.locale)
    said = [speaks.format_value(DAY + dt.timedelta(days=n)) for n in range(366)]
    assert len(set(said)) >= 365
    if code != "zh_hans":
        for n, words in enumerate(said):
            # In Persian a year would follow, and hang on the month by a mark.
            assert months[(DAY + dt.timedelta(days=n)).month].rstrip("\u0654") in words


@pytest.mark.parametrize("code", SAID)
def test_the_digits_are_the_ones_cldr_has_for_the_language(code: str) -> None:
    """One kind of digits in all that is said, and a phone number is never one of them."""
    speaks = localizer(code)
    own = {"arabext": "۰۱۲۳۴۵۶۷۸۹", "beng": "০১২৩৪৫৬৭৮৯"}.get(
        speaks.locale.default_numbering_system, "0123456789"
    )
    moment = dt.datetime(2026, 12, 7, 18, 5, tzinfo=dt.UTC)
    said = [speaks.format_value(n) for n in range(120)] + [
        speaks.format_value(DAY),
        speaks.format_datetime(moment, "UTC"),
    ]
    assert {c for words in said for c in words if c.isdigit()} <= set(own)
    assert "116 123" in help_in(speaks)


@pytest.mark.parametrize("code", SAID)
def test_the_days_of_the_week_are_seven_from_monday(code: str) -> None:
    days = localizer(code).weekdays()
    assert len(set(days)) == 7
    assert days[0] == dates.format_date(DAY, "cccc", locale=localizer(code).locale)


def test_a_moment_is_on_the_persons_own_clock() -> None:
    moment = dt.datetime(2026, 7, 1, 23, 30, tzinfo=dt.UTC)
    assert localizer("en").format_datetime(moment, "Europe/London") == "Thursday 2 July, 00:30"
    assert localizer("en").format_datetime(moment, "America/New_York") == "Wednesday 1 July, 19:30"


def test_which_languages_go_from_right_to_left() -> None:
    assert {code for code in SAID if localizer(code).right_to_left} == {"ar", "fa", "ur"}
    assert Locale.parse("ckb").text_direction == "rtl"
