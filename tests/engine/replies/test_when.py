"""Times as people type them: every day by its name, "in N days", hours, parts of the day.

The moment is worked out on a Monday at ten in London, also where the clock changes.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.dates import get_day_names
from hypothesis import given
from hypothesis import strategies as st

from bot.content.loading import read_meanings
from bot.content.plan_loader import load_plan
from bot.i18n.calendar_names import names_of
from bot.schedule.said_times import moment_of
from flows.engine import BrokenFlow
from flows.engine.replies.when import When
from flows.engine.replies.when_words import load_when_words
from tests.support.running_bot import FLOWS
from tests.support.stop_ways import OFFERED

READER = read_meanings(FLOWS).when
PLAN = load_plan(FLOWS / "plan.yaml")
ZONE = "Europe/London"
MONDAY = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
SAID: dict[str, dict[str, str]] = {
    "en": {"friday": "27 10", "on monday": "30 10", "6pm": "23 18", "at 6": "23 18",
           "in a week": "30 10", "after lunch": "23 14", "friday at 6pm": "27 18",
           "tomorrow evening": "24 18", "in 3 days": "26 10", "18:30": "23 18",
           "in an hour": "23 11",
           "weds": "25 10", "3am": "24 3", "at the weekend": "28 10", "not today, friday": "27 10",
           "friday morning please": "27 10"},
    "es": {"viernes": "27 10", "a las 6": "23 18", "en una semana": "30 10", "en 3 días": "26 10",
           "después de comer": "23 14", "mañana por la tarde": "24 15", "pasado mañana": "25 10"},
    "pt": {"sexta": "27 10", "às 18h": "23 18", "daqui a uma semana": "30 10",
           "segunda-feira": "30 10", "depois do almoço": "23 14", "em três dias": "26 10"},
    "fr": {"vendredi": "27 10", "18h30": "23 18", "dans une semaine": "30 10",
           "demain soir": "24 19",
           "après manger": "23 14", "dans 3 jours": "26 10"},
    "pl": {"w piatek": "27 10", "o 18": "23 18", "za tydzień": "30 10", "jutro rano": "24 10",
           "po obiedzie": "23 14", "za 3 dni": "26 10", "w środę po południu": "25 15"},
    "ro": {"vineri": "27 10", "la 18": "23 18", "peste o săptămână": "30 10",
           "mâine seară": "24 19",
           "după prânz": "23 14", "peste 3 zile": "26 10"},
    "uk": {"в п'ятницю": "27 10", "о 18": "23 18", "через тиждень": "30 10", "в пятницу": "27 10",
           "після обіду": "23 14", "через 3 дні": "26 10", "завтра ввечері": "24 19"},
    "ar": {"يوم الجمعة": "27 10", "الساعة ٦ مساء": "23 18", "بعد أسبوع": "30 10", "bokra": "24 10",
           "بعد الغداء": "23 14", "بعد 3 أيام": "26 10", "بعد يومين": "25 10"},
    "fa": {"جمعه": "27 10", "ساعت ۶ عصر": "23 18", "یک هفته دیگه": "30 10", "فردا صبح": "24 10",
           "بعد از ناهار": "23 14", "سه روز دیگه": "26 10"},
    "ur": {"جمعہ کو": "27 10", "شام 6 بجے": "23 18", "ایک ہفتے بعد": "30 10", "jume ko": "27 10",
           "کھانے کے بعد": "23 14", "3 din baad": "26 10", "kal subah": "24 10"},
    "bn": {"শুক্রবার": "27 10", "সন্ধ্যা ৬টায়": "23 18", "এক সপ্তাহ পরে": "30 10",
           "৩ দিন পর": "26 10", "কাল সকালে": "24 10", "shukrobar": "27 10"},
    "zh_hans": {"周五": "27 10", "下午6点": "23 18", "一周后": "30 10", "午饭后": "23 14",
                "三天后": "26 10", "明天早上": "24 10"},
}  # fmt: skip
"""The day of November and the hour that is meant."""
NO_TIME = ("later", "no", "money", "3", "march", "friday or saturday", "i have 3 days", "half past",
           "monday is hard", "my week", "am", "in 3", "friday friday tomorrow", "",
           "!!")  # fmt: skip


def read(text: str, language: str = "en") -> When | None:
    """What a text says about a time."""
    return READER.read(text, language, lambda code, short: names_of(code, short=short))


def moment(text: str, language: str = "en", now: dt.datetime = MONDAY) -> dt.datetime:
    """The moment that a text means, on the clock of the participant."""
    said = read(text, language)
    assert said is not None, text
    found = moment_of(said, now, ZONE, PLAN, READER.words.times)
    assert found > now, text
    return found.astimezone(ZoneInfo(ZONE))


@pytest.mark.parametrize("language", OFFERED)
def test_times_as_people_type_them(language: str) -> None:
    for text, expected in SAID[language].items():
        for said in (text, text.upper(), f"{text}!"):
            at = moment(said, language)
            assert f"{at.day} {at.hour}" == expected, said


@pytest.mark.parametrize("language", OFFERED)
def test_every_day_by_its_name_is_the_next_such_day(language: str) -> None:
    for context in ("format", "stand-alone"):
        names = get_day_names("wide", context, Locale.parse(language))
        for number, name in names.items():
            at = moment(name, language)
            assert at.weekday() == number, name
            assert 0 < (at.date() - MONDAY.date()).days <= 7, name
            assert at.time() == dt.time(10), name
            assert moment(name, "en" if language != "en" else "pl").weekday() == number, name


@pytest.mark.parametrize("language", OFFERED)
@given(number=st.integers(2, 60), unit=st.sampled_from(["days", "weeks"]))
def test_in_n_days_and_weeks(language: str, number: int, unit: str) -> None:
    phrases = READER.words.languages[language]
    words = [w for w, items in phrases.items() if any(i == ("unit", 0, unit) for i in items)]
    assert words
    for word in words:
        at = moment(f"{number} {' '.join(word)}", language)
        expected = number * (7 if unit == "weeks" else 1)
        assert (at.date() - MONDAY.date()).days == expected, word


@pytest.mark.parametrize("text", NO_TIME)
def test_what_is_no_time_or_two_is_none(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        ("monday", "2026-11-23T10:00", "2026-11-30T10:00"),
        ("monday at 6pm", "2026-11-23T10:00", "2026-11-23T18:00"),
        ("monday at 6pm", "2026-11-23T19:00", "2026-11-30T18:00"),
        ("6pm", "2026-11-23T19:00", "2026-11-24T18:00"),
        ("tonight", "2026-11-23T20:00", "2026-11-24T19:00"),
        ("next friday", "2026-11-23T10:00", "2026-12-04T10:00"),
        ("next month", "2027-01-31T10:00", "2027-02-28T10:00"),
        ("4 december", "2026-12-05T10:00", "2027-12-04T10:00"),
        ("december 4th", "2026-11-23T10:00", "2026-12-04T10:00"),
        ("tomorrow", "2027-03-27T12:00", "2027-03-28T10:00"),
        ("sunday at 1:30", "2027-03-27T12:00", "2027-03-28T13:30"),
        ("in 1 day", "2027-10-30T12:00", "2027-10-31T10:00"),
    ],
)
def test_the_next_such_moment_on_their_own_clock(text: str, now: str, expected: str) -> None:
    began = dt.datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(ZONE)).astimezone(dt.UTC)
    at = moment(text, now=began)
    assert at.replace(tzinfo=None) == dt.datetime.fromisoformat(expected)


@given(st.text(alphabet="in 23:.hfridaynextweekmonthpm٦后周 下点", max_size=90))
def test_it_never_fails_and_is_always_ahead(text: str) -> None:
    said = read(text)
    if said is not None:
        assert moment_of(said, MONDAY, ZONE, PLAN, READER.words.times) > MONDAY


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('noon: "12:00"', 'noon: "noon"', '`noon` needs a time like "10:00"'),
        ("  en:\n    small:", "  en:\n    smal:", "did you mean `small`?"),
        ("{0: [mon]", "{7: [mon]", "`7` is no day"),
        ("spans: {1 year: [next year]", "spans: {1 era: [next year]", "must be like `3 days`"),
        ("    today: [today,", "    today: ['!',", "a word without letters"),
        ("    today: [today, later today]\n", "", "`today:` is missing in en"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    file = tmp_path / "when.yaml"
    shutil.copy(FLOWS / "replies" / "when.yaml", file)
    source = file.read_text(encoding="utf-8")
    assert old in source
    file.write_text(source.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BrokenFlow, match=re.escape(message)):
        load_when_words(tmp_path)
