"""A language is offered when nothing is missing from it, and what is missing is named otherwise.

Whether a translation is good is for people to say.
"""

from __future__ import annotations

import gettext
import shutil
from pathlib import Path

import pytest
import yaml
from babel import Locale
from babel.messages import Catalog, Message

from bot.content.loading import read_folder
from bot.i18n.bidi import clean
from bot.i18n.catalog import (
    CatalogError,
    forms,
    key_of,
    plural_forms,
    po_file,
    read_catalogue,
    strings,
)
from bot.i18n.localizer import Localizer
from bot.languages.completeness import LanguageStatus, Requirement, check_all, language_codes, table
from bot.languages.environment_loader import load_environment
from bot.languages.offering import load_offered
from bot.settings import ROOT, Settings, read_settings
from flows.engine import Text
from tests.i18n.harmed_catalogues import HARMS, begins_elsewhere, damage, each
from tests.support.pseudo_locales import LOCALES, write_languages

FLOWS = ROOT / "flows"
LIBRARY, _ = read_folder(FLOWS)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_languages(tmp_path_factory.mktemp("locales"))


@pytest.fixture
def locales(tmp_path: Path) -> Path:
    """One whole language, to be damaged."""
    return write_languages(tmp_path, ("ar",))


def standing(locales: Path, code: str = "ar", flows: Path | None = None) -> LanguageStatus:
    found = check_all(LIBRARY, flows or locales / "flows", locales)
    return next(s for s in found if s.code == code)


# --- what there is -------------------------------------------------------------------------------


@pytest.mark.parametrize("code", language_codes(ROOT / "locales"))
def test_every_language_that_is_switched_on_is_whole(code: str) -> None:
    found = standing(ROOT / "locales", code, FLOWS)
    if found.about.offered:
        assert found.whole, "\n".join(found.lines(None))
        assert found.faults[Requirement.WORDING] == () or code == "en"  # English: test_wording


def test_a_reviewed_language_says_who_reviewed_it_or_that_they_stay_unnamed() -> None:
    for found in check_all(LIBRARY, FLOWS, ROOT / "locales"):
        assert found.about.draft or found.about.reviewer, found.code


def test_every_made_up_language_is_whole(whole: Path) -> None:
    found = check_all(LIBRARY, whole / "flows", whole)
    assert {s.code for s in found} == {"en", *LOCALES}
    assert [line for s in found if s.code != "en" for line in s.lines(None)] == []


# --- what can be missing --------------------------------------------------------------------------


@pytest.mark.parametrize("harm", HARMS)
def test_every_text_that_is_harmed_is_named(harm: str, locales: Path) -> None:
    part, do = HARMS[harm]
    harmed = damage(locales, do)
    found = standing(locales)
    assert harmed
    assert not found.whole
    assert {fault.split(":")[0] for fault in found.faults[part]} == harmed
    if part is Requirement.TEXTS:
        assert found.done == 0
    assert load_offered(LIBRARY, locales / "flows", locales).codes == ("en",)
    with pytest.raises(CatalogError, match=f"ar, {part}: {min(found.faults[part])[:12]}|more"):
        load_offered(LIBRARY, locales / "flows", locales, ("ar",))


@pytest.mark.parametrize("place", range(6))
def test_every_plural_form_is_needed(place: int, locales: Path) -> None:
    def drop(message: Message) -> None:
        if message.pluralizable:
            message.string = tuple("" if n == place else s for n, s in enumerate(strings(message)))

    harmed = damage(locales, drop)
    assert {f.split(":")[0] for f in standing(locales).faults[Requirement.PLURALS]} == harmed
    assert len(harmed) > 3


def test_a_number_may_go_unsaid_only_where_it_is_the_only_one(whole: Path) -> None:
    """Arabic has words for one and two; Ukrainian says "21 question" in the form of "one"."""
    free = {
        code: {form for form in forms(Locale.parse(LOCALES[code])) if _may_drop(code, form)}
        for code in LOCALES
    }
    assert free["ar"] == {"zero", "one", "two"}
    assert free["uk"] == set()
    assert free["pl"] == free["es"] == free["ro"] == {"one"}
    assert free["fr"] == free["fa"] == free["zh_hans"] == set()


def _may_drop(code: str, form: str) -> bool:
    locale = Locale.parse(LOCALES[code])
    from bot.languages.translation_checks import Translation

    return form in Translation(code, locale, (), Path("nowhere")).for_one


def test_another_plural_rule_in_the_file_is_named(locales: Path) -> None:
    file = po_file(locales, "ar")
    text = file.read_text("utf-8").replace("(n % 100) >= 3", "(n % 100) >= 4")
    file.write_text(text, "utf-8")
    assert "Plural-Forms" in standing(locales).faults[Requirement.PLURALS][0]


def test_a_question_begins_with_its_place_in_the_row(locales: Path) -> None:
    harmed = damage(locales, begins_elsewhere)
    assert {f.split(":")[0] for f in standing(locales).faults[Requirement.KEPT]} == harmed


def test_words_to_stop_are_needed(locales: Path) -> None:
    (locales / "flows" / "stops" / "ar.yaml").unlink()
    found = standing(locales)
    assert found.faults[Requirement.LISTENED] == ("stops/ar.yaml is missing",)
    assert not found.whole


@pytest.mark.parametrize("meaning", ["start", "help"])
def test_words_to_start_and_get_help_are_needed(meaning: str, locales: Path) -> None:
    flows = locales / "flows"
    words = yaml.safe_load((FLOWS / "stop_words.yaml").read_text("utf-8"))
    del words[meaning]["ar"]
    (flows / "stop_words.yaml").write_text(yaml.safe_dump(words, allow_unicode=True), "utf-8")
    found = standing(locales)
    assert found.faults[Requirement.LISTENED] == (f"stop_words.yaml has no {meaning} word",)
    assert not found.whole


def test_where_danger_is_looked_for_each_language_needs_its_file(
    locales: Path,
) -> None:
    danger = locales / "flows" / "danger"
    shutil.rmtree(danger, ignore_errors=True)
    assert standing(locales).whole
    danger.mkdir()
    assert standing(locales).faults[Requirement.DANGER] == ("danger/ar.yaml is missing",)
    (danger / "ar.yaml").touch()
    assert standing(locales).whole


def test_a_language_needs_a_button_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "it").mkdir()
    (tmp_path / "it" / "about.yaml").write_text("locale: it\noffered: true\n")
    found = standing(tmp_path, "it", FLOWS)
    assert found.faults[Requirement.NAME]
    assert found.done == 0
    assert not found.offered


def test_a_file_that_cannot_be_read_keeps_its_language_back(locales: Path) -> None:
    po_file(locales, "ar").write_text("nothing of the kind\n")
    assert load_offered(LIBRARY, locales / "flows", locales).codes == ("en",)
    assert "messages.po" in standing(locales).lines()[0]
    assert (standing(locales).done, len(standing(locales).lines())) == (0, 1)


@pytest.mark.parametrize("text", ["locale: tlh_x\n", "draft: 3\n", "locale: ar\ntone: nice\n", ":"])
def test_what_is_wrong_about_a_language_is_named(text: str, locales: Path) -> None:
    (locales / "ar" / "about.yaml").write_text(text)
    with pytest.raises(CatalogError, match=r"ar.about\.yaml"):
        load_offered(LIBRARY, locales / "flows", locales)


def rewrite(locales: Path, **more: object) -> None:
    """Says something else about Arabic."""
    file = locales / "ar" / "about.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | more, allow_unicode=True))


def test_wording_is_held_to_what_the_language_says_of_itself(locales: Path) -> None:
    assert standing(locales).faults[Requirement.WORDING] == ()
    rewrite(locales, longest_sentence=3)
    long = standing(locales).faults[Requirement.WORDING]
    assert len(long) > 100
    word = strings(next(m for m in read_catalogue(po_file(locales, "ar")) if m.id))[0].split()[0]
    rewrite(locales, longest_sentence=80, not_said=[word])
    hurt = {fault.split(":")[0] for fault in standing(locales).faults[Requirement.WORDING]}
    assert hurt
    rewrite(locales, excepted=dict.fromkeys(hurt, "It is the name of a place here."))
    assert standing(locales).faults[Requirement.WORDING] == ()
    rewrite(locales, longest_sentence=3)
    assert standing(locales).whole  # for people to weigh, so nobody goes without their language


def test_words_that_grow_too_much_are_named(locales: Path) -> None:
    harmed = damage(locales, lambda m: each(m, lambda said: said + " ا" * 400))
    long = standing(locales).faults[Requirement.WORDING]
    assert {f.split(":")[0] for f in long} == harmed


def test_every_exception_from_a_law_of_wording_has_a_reason() -> None:
    for found in check_all(LIBRARY, FLOWS, ROOT / "locales"):
        assert all(len(reason.split()) > 3 for reason in found.about.excepted.values()), found.code


# --- what is offered -----------------------------------------------------------------------------


def settings(locales: Path, **more: str) -> Settings:
    given = {"languages": "", **more}
    return read_settings(_env_file=None, locales=locales, flows=locales / "flows", **given)


def test_all_that_is_whole_is_offered_english_first(whole: Path) -> None:
    assert load_environment(settings(whole)).languages.codes == ("en", *sorted(LOCALES))


def test_whole_is_not_enough_until_someone_switches_it_on(locales: Path) -> None:
    about = locales / "ar" / "about.yaml"
    about.write_text(about.read_text().replace("offered: true", "offered: false"))
    assert load_environment(settings(locales)).languages.codes == ("en",)
    assert load_environment(settings(locales, languages="ar,en")).languages.codes == ("ar", "en")


def test_what_is_wanted_comes_in_the_order_it_is_wanted(whole: Path) -> None:
    wanted = settings(whole, languages="zh-Hans, pl, en")
    assert load_environment(wanted).languages.codes == ("zh_hans", "pl", "en")


def test_a_wanted_language_that_does_not_exist_is_named(whole: Path) -> None:
    with pytest.raises(CatalogError, match="no language `tlh`"):
        load_environment(settings(whole, languages="tlh"))


def test_the_table_has_a_line_for_each_language(whole: Path) -> None:
    lines = table(check_all(LIBRARY, whole / "flows", whole))
    assert len(lines) == 2 + len(LOCALES)
    assert all(part in lines[0] for part in Requirement)
    assert [line.split()[0] for line in lines[2:]] == sorted(LOCALES)


# --- plural forms --------------------------------------------------------------------------------

NUMBERS = [*range(205), 1_000, 1_000_000, 2_000_000]


@pytest.mark.parametrize("code", LOCALES)
def test_every_number_is_said_in_the_form_cldr_has_for_it(code: str) -> None:
    locale = Locale.parse(LOCALES[code])
    text = Text("a/b/text", "{n} things", "{n} thing", "n")
    localizer = Localizer(code, LIBRARY.phrases, {text.key: forms(locale)}, LOCALES[code])
    for number in NUMBERS:
        assert clean(localizer.say(text, {"n": number})) == locale.plural_form(number)


@pytest.mark.parametrize("code", LOCALES)
def test_the_rule_written_for_other_tools_picks_the_same(code: str) -> None:
    locale = Locale.parse(LOCALES[code])
    count, rule = plural_forms(locale).split("; plural=")
    pick = gettext.c2py(rule)
    assert count == f"nplurals={len(forms(locale))}"
    assert [forms(locale)[pick(n)] for n in NUMBERS] == [locale.plural_form(n) for n in NUMBERS]


def test_the_languages_have_the_forms_they_should() -> None:
    found = {code: len(forms(Locale.parse(locale))) for code, locale in LOCALES.items()}
    many = {"pt": 3, "pl": 4, "ro": 3, "es": 3, "ar": 6, "uk": 4}
    assert found == many | {"fa": 2, "ur": 2, "bn": 2, "fr": 3, "zh_hans": 1}


def test_english_counts_too() -> None:
    text = Text("a/b/text", "{n} things", "{n} thing", "n")
    localizer = Localizer("en", LIBRARY.phrases)
    assert [localizer.say(text, {"n": n}) for n in (0, 1, 2)] == ["0 things", "1 thing", "2 things"]


def test_a_number_of_months_is_said_as_one() -> None:
    localizer, text = Localizer("en", LIBRARY.phrases), Text("a", "We keep them for {keep_months}.")
    assert localizer.say(text, {"keep_months": 1}) == "We keep them for 1 month."
    assert localizer.say(text, {"keep_months": 12}) == "We keep them for 12 months."


def test_a_catalogue_without_a_key_is_nothing_special() -> None:
    assert [key_of(m) for m in Catalog() if m.id] == []
