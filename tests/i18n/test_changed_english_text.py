"""A changed English text costs no language: before, meanwhile and after its translation.

Edits are planted into a copy of the questions; the words are those of the real catalogues.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.authors.same_meaning import hold
from bot.content.environment import Environment
from bot.i18n.catalog import po_file, read_catalogue, read_parsed_catalog
from bot.i18n.recorded_languages import NOTHING, RecordedLanguages
from bot.i18n.tools.extraction import collect_texts
from bot.languages.completeness import survey_of
from bot.languages.environment_loader import load_environment
from bot.languages.flow_fallbacks import recorded_now, unspoken, waits
from bot.languages.update_catalogs import bring_up_to_date
from bot.settings import ROOT, Settings, read_settings
from flows.engine import Text
from tests.support.running_bot import copied

LANGUAGES = ("en", "ar", "bn", "es", "fa", "fr", "pl", "pt", "ro", "uk", "ur", "zh_hans")
THIRD = dt.date(2026, 11, 3)
NEW = (
    "- id: quiet\n  kind: words\n  text: Is it quiet where you are?\n"
    "  why: We ask so you can rest.\n\n"
)

EDITS: dict[str, tuple[str, str, str]] = {
    "typo": ("before.yaml", "What feels like it is going wrong right now?", "What feels wrong?"),
    "reword": ("before.yaml", "What would you like this service to give you?", "What is best?"),
    "reworded label": ("before.yaml", "    time: Time and space\n", "    time: Room and time\n"),
    "reworded why": (
        "before.yaml",
        "why: So the help can build on what works for you.",
        "why: So the help can use what works for you.",
    ),
    "placeholder added": (
        "before.yaml",
        "What feels like it is going wrong right now?",
        "What is going wrong, {org_name}?",
    ),
    "count left out": ("before.yaml", '"{number} of {total}. Who or what', '"Who or what'),
    "choice added": (
        "before.yaml",
        "    time: Time and space\n",
        "    time: Time and space\n    walk: A walk\n",
    ),
    "choice removed": ("before.yaml", "    time: Time and space\n", ""),
    "new question": ("before.yaml", "- id: b3\n", f"{NEW}- id: b3\n"),
    "new question of the young": ("before_young.yaml", "- id: yb3\n", f"{NEW}- id: yb3\n"),
    "phrase reworded": ("phrases.yaml", "Done. I took away what I could.", "I took it away."),
    "phrase with a name": (
        "phrases.yaml",
        "Thank you. A person will look at it.",
        "Thank you. A person of {org_name} will look at it.",
    ),
    "numbers to ring": ("welcome.yaml", "0800 1111", "0800 2222"),
    "first words, a new button": (
        "welcome.yaml",
        "- id: age\n",
        "- id: greeting\n  kind: say\n  text: A new hello.\n\n- id: age\n",
    ),
}


@dataclass
class World:
    """Questions and languages that a test may change, and what the last start remembered."""

    settings: Settings
    memory: RecordedLanguages

    def edit(self, name: str) -> None:
        file, old, new = EDITS[name]
        path = self.settings.flows / file
        source = path.read_text("utf-8")
        assert source.count(old) == 1, (name, source.count(old))
        path.write_text(source.replace(old, new), "utf-8")

    def read(self) -> Environment:
        return load_environment(self.settings, memory=self.memory)


@pytest.fixture(scope="module")
def remembered() -> RecordedLanguages:
    """What a start on the untouched files remembers."""
    return _memory(load_environment(read_settings(_env_file=None, languages="")), NOTHING)


def _memory(found: Environment, before: RecordedLanguages) -> RecordedLanguages:
    record = recorded_now(found.library, found.languages, before, THIRD)
    today = [(f.name, f.source) for f in found.library.current.values()]
    return RecordedLanguages({**before.languages, **record}, [*before.versions, *today])


@pytest.fixture
def world(tmp_path: Path, remembered: RecordedLanguages) -> World:
    locales = shutil.copytree(ROOT / "locales", tmp_path / "locales")
    given = {"flows": copied(tmp_path), "locales": locales, "languages": ""}
    return World(read_settings(_env_file=None, **given), remembered)


LATIN = re.compile(r"[A-Za-z]{3,}")


def english_words(found: Environment, code: str) -> Iterator[tuple[str, str]]:
    """Each text that somebody of this language may be told today, where it is in English."""
    localizer, library = found.languages[code], found.library
    walked = [library.today_for(name, code) for name in library.current]
    outside = [library.phrases, library.threads]
    for text in dict.fromkeys(collect_texts([walked, outside])):
        if not localizer.has_all([text]):
            yield text.context, text.source


MESSAGES = "restarted after make messages"
BRIEFLY = ("typo", "new question", "phrase with a name")
"""What is tried with `make messages` too, which takes seconds for twelve languages."""
WAYS = [
    (name, way)
    for name in EDITS
    for way in ("restarted", "running", MESSAGES)
    if way != MESSAGES or name in BRIEFLY or os.environ.get("CHECKIN_LAWS") == "long"
]


@pytest.mark.parametrize(("name", "way"), WAYS)
def test_no_edit_costs_a_language_or_mixes_in_english(name: str, way: str, world: World) -> None:
    before = world.read()
    world.edit(name)
    if way == MESSAGES:
        list(bring_up_to_date(world.settings.flows, world.settings.locales))
    found = world.read()
    if way == "running":
        before.replace_with(found)
        found = before
    assert set(found.languages.codes) == set(LANGUAGES)
    mixed = [(code, *each) for code in LANGUAGES for each in english_words(found, code)]
    assert mixed == []
    assert unspoken(found.library, found.languages) == []
    # What waits is named, for each language that waits.
    standings = survey_of(world.settings)
    waiting = waits(standings, None, world.memory)
    if name == "choice removed":
        assert waiting == []
    else:
        assert {code for wait in waiting for code in wait.languages} == set(LANGUAGES[1:])
        assert all("3 November 2026" in str(wait) for wait in waiting if not wait.new)


def text_at(found: Environment, flow: str, step: str, code: str) -> Text:
    return found.library.today_for(flow, code).by_id[step].text


def test_a_new_question_is_asked_in_english_and_waits_elsewhere(world: World) -> None:
    world.edit("new question")
    found = world.read()
    assert "quiet" in found.library.before_for("adult", "en").by_id
    for code in LANGUAGES[1:]:
        assert "quiet" not in found.library.before_for("adult", code).by_id
        assert found.library.before_for("young", code) is found.library.before_for("young", "en")


def test_a_number_to_ring_is_right_in_every_language_at_once(world: World) -> None:
    world.edit("numbers to ring")
    found = world.read()
    for code in LANGUAGES:
        said = found.languages[code].text(text_at(found, "welcome", "under13", code))
        assert "0800 2222" in re.sub("[\u2066-\u2069\u200e\u200f]", "", said), (code, said)
        assert "0800 1111" not in said


def test_gettext_says_what_was_translated_and_it_is_read_again(world: World) -> None:
    flows, locales = world.settings.flows, world.settings.locales
    world.edit("typo")
    list(bring_up_to_date(flows, locales))
    source = po_file(locales, "pl").read_text("utf-8")
    assert '#| msgid "{number} of {total}. What feels like it is going wrong right now?"' in source
    assert list(bring_up_to_date(flows, locales))[-1].endswith("unchanged")
    assert po_file(locales, "pl").read_text("utf-8") == source
    # Where an editor purged the older wordings, that is all that is left of them.
    bare = source.partition("#~")[0]
    po_file(locales, "pl").write_text(bare, "utf-8")
    kept = read_parsed_catalog(po_file(locales, "pl")).previous["before/b2/text"]
    assert "right now" in kept.english[0]
    assert load_environment(world.settings).languages.codes == LANGUAGES


def test_an_author_says_that_it_was_only_a_typo(world: World) -> None:
    flows, locales = world.settings.flows, world.settings.locales
    world.edit("typo")
    some = hold(flows, locales, "before/b2", ["pl", "uk"])
    assert [(held.language, held.holds) for held in some] == [("pl", True), ("uk", True)]
    every = hold(flows, locales, "before/b2")
    assert {held.language for held in every} == set(LANGUAGES[1:]) - {"pl", "uk"}
    assert all(held.holds for held in every)
    assert hold(flows, locales, "before/b2") == []
    standings = survey_of(world.settings)
    assert [s.code for s in standings if s.waiting or not s.whole] == []
    assert [m for m in read_catalogue(po_file(locales, "pl")) if m.fuzzy and m.id] == []


def test_what_cannot_hold_is_not_held(world: World) -> None:
    world.edit("placeholder added")
    found = hold(world.settings.flows, world.settings.locales, "before/b2", ["pl"])
    assert [(held.place, held.holds) for held in found] == [("before/b2/text", False)]


BROKEN: dict[str, Callable[[Path], object]] = {
    "no folder": lambda locales: shutil.rmtree(locales / "pl"),
    "a torn catalogue": lambda locales: po_file(locales, "pl").write_text('msgid "a\n', "utf-8"),
    "a merge half done": lambda locales: po_file(locales, "pl").write_text(
        "<<<<<<< HEAD\n" + po_file(locales, "pl").read_text("utf-8"), "utf-8"
    ),
    "no catalogue": lambda locales: po_file(locales, "pl").unlink(),
    "no about": lambda locales: (locales / "pl" / "about.yaml").unlink(),
    "a torn about": lambda locales: (locales / "pl" / "about.yaml").write_text(
        "locale: [", "utf-8"
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_language_whose_files_are_lost_is_still_spoken(name: str, world: World) -> None:
    BROKEN[name](world.settings.locales)
    found = world.read()
    assert set(found.languages.codes) == set(LANGUAGES)
    assert list(english_words(found, "pl")) == []


def test_a_language_that_is_switched_off_is_let_go_and_still_helps(world: World) -> None:
    settings = read_settings(
        _env_file=None,
        flows=world.settings.flows,
        locales=world.settings.locales,
        languages=("en", "uk"),
    )
    found = load_environment(settings, memory=world.memory)
    assert found.languages.codes == ("en", "uk")
    assert found.languages["pl"].code == "pl"  # whoever chose it is not answered in another
    assert found.languages.for_safety("pl").code == "pl"
    assert found.languages["xx"].code == "en"


LEFT_BEHIND = ("._{}", ".#{}", ".{}.swp", "{}~", "#{}#", ".{}.un~")


@pytest.mark.parametrize("left", LEFT_BEHIND)
def test_what_editors_leave_behind_is_passed_over(left: str, world: World, tmp_path: Path) -> None:
    flows, locales = world.settings.flows, world.settings.locales
    (flows / "danger").unlink()
    shutil.copytree(ROOT / "flows" / "danger", flows / "danger")
    before = world.read()
    for file in (
        *(flows / "before.yaml", flows / "danger" / "en.yaml", flows / "helplines" / "gb.yaml"),
        *(flows / "phrases.yaml", locales / "pl" / "about.yaml", po_file(locales, "pl")),
    ):
        file.with_name(left.format(file.name)).write_bytes(b"\x00\x05\x16\x07Mac OS X\xff\x00")
    (flows / ".#after.yaml").symlink_to("somebody@elsewhere.1234")
    found = world.read()
    assert found.languages.codes == before.languages.codes
    assert {n: f.version for n, f in found.library.current.items()} == {
        n: f.version for n, f in before.library.current.items()
    }
