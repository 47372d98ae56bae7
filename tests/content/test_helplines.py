"""The right numbers are shown for a place, and none is called checked that nobody has rung.

Rings no number: whether they are answered is for people to find out.
"""

from __future__ import annotations

import datetime as dt
import textwrap
from pathlib import Path

import pytest

from bot.content.helpline_loader import load_helplines
from bot.content.helplines import HelplineKind, Helplines, ListedHelpline
from flows.engine import BrokenFlow
from tests.support.flow_explorer import FOLDER

REAL = load_helplines(FOLDER / "helplines")
TODAY = dt.date(2026, 11, 22)


def ids(shown: tuple[ListedHelpline, ...]) -> list[str]:
    return [s.helpline.id for s in shown]


def row(own: str, what: str, number: str, /, **more: str) -> str:
    said = {
        "id": own,
        "kind": what,
        "name": "{en: A name}",
        "dial": f'"{number}"',
        "shown": f'"{number.replace("+44", "0")}"',
        "hours": "always",
        "cost": "free",
        "audience": "anyone",
        "languages": "[en]",
        "source": "a page",
        "verified_on": '""',
        "verified_by": '""',
        "expires": '""',
    } | more
    lines = "\n".join(f"{key}: {value}" for key, value in said.items())
    return "  - " + textwrap.indent(lines, "    ").strip() + "\n"


def rung(expires: str) -> dict[str, str]:
    return {"verified_on": "2026-10-01", "verified_by": "Ana", "expires": expires}


def written(folder: Path, **files: str) -> Helplines:
    generic = "place: generic\nhelplines:\n" + row("any", "emergency", "112")
    for name, text in ({"generic": generic} | files).items():
        (folder / f"{name.replace('_', '-')}.yaml").write_text(text, encoding="utf-8")
    return load_helplines(folder)


def gb(*rows: str) -> str:
    return "place: gb\nhelplines:\n" + row("nines", "emergency", "999") + "".join(rows)


# --- the numbers of the product ---


@pytest.mark.parametrize(
    ("country", "region", "expected"),
    [
        ("gb", None, ["gb-999", "gb-ndah"]),
        ("GB", "gb-eng", ["gb-999", "gb-ndah"]),
        ("gb", "gb-eng-oxf", ["gb-999", "gb-oxf-odas", "gb-ndah"]),
        ("gb", "eng-oxf", ["gb-999", "gb-oxf-odas", "gb-ndah"]),
        ("gb", "sct", ["gb-999", "gb-sct-dafm"]),
        ("ie", None, ["ie-112", "ie-womens-aid"]),
        ("fr", None, ["generic-112"]),
        ("fr", "fr-idf-par", ["generic-112"]),
    ],
)
def test_abuse_is_answered_from_near(country: str, region: str | None, expected: list[str]) -> None:
    assert ids(REAL.show(country, region, kinds=[HelplineKind.ABUSE], today=TODAY)) == expected


def test_a_number_that_nobody_has_rung_is_never_called_checked() -> None:
    for country in ("gb", "ie", "xx"):
        for shown in REAL.show(country, today=TODAY):
            assert shown.checked_on is None
    assert {c.why for c in REAL.issues(TODAY)} == {"unverified"}


def test_childline_is_for_the_young() -> None:
    assert "gb-childline" in ids(REAL.show("gb", audience="young", today=TODAY))
    assert "gb-childline" in ids(REAL.show("gb", audience="anyone", today=TODAY))
    assert "gb-childline" not in ids(REAL.show("gb", audience="adult", today=TODAY))


def test_the_emergency_number_comes_first_and_always() -> None:
    for kinds in (None, [], [HelplineKind.TALK], ["drugs", "talk"]):
        shown = REAL.show("gb", kinds=kinds, today=dt.date(2999, 1, 1))
        assert shown[0].helpline.id == "gb-999"
    assert ids(REAL.show("gb", kinds=["drugs", "talk"], today=TODAY)) == [
        "gb-999",
        "gb-samaritans",
        "gb-frank",
    ]


def test_one_who_cannot_speak_is_told_what_to_press() -> None:
    (emergency,) = REAL.show("gb", kinds=[], today=TODAY)
    assert (emergency.helpline.dial, emergency.helpline.press) == ("999", "55")


# --- dates ---


def test_checked_until_it_expires(tmp_path: Path) -> None:
    lines = written(
        tmp_path,
        gb=gb(
            row("talk", "talk", "116123", **rung("2026-12-31")),
            row("drugs", "drugs", "+443001236600", **rung("2026-11-21")),
        ),
    )
    last, after = dt.date(2026, 12, 31), dt.date(2027, 1, 1)
    assert [(s.helpline.id, s.checked_on) for s in lines.show("gb", today=last)] == [
        ("nines", None),
        ("talk", dt.date(2026, 10, 1)),
    ]
    assert ids(lines.show("gb", today=after)) == ["nines"]
    assert [(c.id, c.why) for c in lines.issues(last) if c.id != "any"] == [
        ("nines", "unverified"),
        ("talk", "expiring"),
        ("drugs", "expired"),
    ]
    assert str(lines.issues(TODAY)[-1]).startswith("generic.yaml:3: any is not yet confirmed")


def test_an_expired_emergency_number_is_shown_but_not_as_checked(tmp_path: Path) -> None:
    nines = row("nines", "emergency", "999", **rung("2026-11-01"))
    lines = written(tmp_path, gb=f"place: gb\nhelplines:\n{nines}")
    assert [(s.helpline.id, s.checked_on) for s in lines.show("gb", today=TODAY)] == [
        ("nines", None)
    ]


def test_where_the_nations_line_has_expired_the_countrys_is_shown(tmp_path: Path) -> None:
    lines = written(
        tmp_path,
        gb=gb(row("wide", "abuse", "+448082000247")),
        gb_sct="place: gb-sct\nhelplines:\n"
        + row("near", "abuse", "+448000271234", **rung("2026-11-21")),
    )
    assert ids(lines.show("gb", "sct", kinds=["abuse"], today=TODAY)) == ["nines", "wide"]
    before = dt.date(2026, 11, 21)
    assert ids(lines.show("gb", "sct", kinds=["abuse"], today=before)) == ["nines", "near"]


def test_a_name_falls_back_to_english(tmp_path: Path) -> None:
    lines = written(tmp_path, gb=gb(row("talk", "talk", "116123", name="{en: Talk, pl: Rozmowa}")))
    talk = lines.show("gb", today=TODAY)[1].helpline
    assert [talk.name(language) for language in ("pl", "en", "ar")] == ["Rozmowa", "Talk", "Talk"]


# --- mistakes ---


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"dial": '"+44999"'}, "`+44999` is not a number that can be rung"),
        ({"dial": '"+440000000000"', "shown": "0000000000"}, "is not a number that can be rung"),
        ({"dial": '"+3531800341900"', "shown": "1800341900"}, "is a number of IE, not of gb"),
        ({"dial": "0808 2000 247"}, "is neither +44… nor a short number"),
        ({"shown": "0808 200 0248"}, "`0808 200 0248` is not `+448082000247`"),
        ({"kind": "tlak"}, "there is no kind `tlak`; did you mean `talk`?"),
        ({"kind": "text"}, "which word is sent?"),
        ({"audience": "women"}, "`audience` is one of anyone, adult, young"),
        ({"hours": "daily"}, "`hours` is always, unknown"),
        ({"hours": "{zone: Europe/Oxford, open: [mon 10:00-12:00]}"}, "no time zone"),
        ({"hours": "{zone: Europe/London, open: [weekdays]}"}, "`weekdays` is not like"),
        ({"hours": "{zone: Europe/London}"}, "needs `zone:` and `open:`"),
        ({"verified_on": "2026-10-01"}, "when it was rung, by whom"),
        ({"verified_on": "yesterday"}, "`yesterday` is not a date"),
        (rung("2026-09-30"), "it expires before it was verified"),
        ({"name": "{pl: Nazwa}"}, "the English name is missing"),
        ({"colour": "red"}, "a helpline has no `colour`"),
        ({"id": "nines"}, "`nines` stands twice"),
        ({"source": '""'}, "`source` is empty"),
    ],
)
def test_a_mistake_is_named_where_it_is(tmp_path: Path, bad: dict[str, str], message: str) -> None:
    with pytest.raises(BrokenFlow) as caught:
        written(tmp_path, gb=gb(row("bad", "talk", "+448082000247", **bad)))
    said = [str(p) for p in caught.value.problems]
    assert any(s.startswith("gb.yaml:") and message in s for s in said), said
    assert all(int(s.split(":")[1]) > 15 for s in said), said


def test_every_mistake_of_every_file_at_once(tmp_path: Path) -> None:
    with pytest.raises(BrokenFlow) as caught:
        written(
            tmp_path,
            gb="place: uk\nhelplines:\n" + row("a", "talk", "1"),
            ie="place: ie\n",
            atlantis="place: atlantis\nhelplines: []\n",
        )
    files = {p.file for p in caught.value.problems}
    assert files == {"gb.yaml", "ie.yaml", "atlantis.yaml"}
    assert "a number of the kind `emergency` is missing" in str(caught.value)


def test_without_the_generic_file_nothing_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "gb.yaml").write_text(gb(), encoding="utf-8")
    with pytest.raises(BrokenFlow, match=r"generic\.yaml is missing"):
        load_helplines(tmp_path)


def test_a_span_of_hours_is_kept_with_its_zone(tmp_path: Path) -> None:
    hours = "{zone: Europe/London, open: [mon-fri 09:30-18:00, sat 10:00-16:00]}"
    lines = written(tmp_path, gb=gb(row("talk", "talk", "116123", hours=hours)))
    talk = lines.show("gb", today=TODAY)[1].helpline
    assert (talk.hours, talk.zone) == ("mon-fri 09:30-18:00; sat 10:00-16:00", "Europe/London")
