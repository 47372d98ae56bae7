"""Every way to stop that the files describe is heard, and none is taken for danger.

Does not say what people really type: see `test_stop_lists`.
"""

from __future__ import annotations

import unicodedata

import pytest

from bot.content.loading import read_danger
from flows.engine import StopMeaning, load_stop_words
from flows.engine.danger.detector import DangerKind
from flows.engine.stops.stop_grammar import LONGEST
from tests.support.running_bot import FLOWS
from tests.support.stop_ways import EVERYWHERE, LANGUAGES, OFFERED, sheet, stops, ways

LISTENED = load_stop_words(FLOWS / "stop_words.yaml")
DANGER = read_danger(FLOWS)
MOST = 12
LEAST = 60
SLIPS_TOO = ("stp",)
"""Short for "please" in French, and "stop" with a slip: alone it is the latter."""
AT_LEAST = {
    "stop": StopMeaning.STOP,
    "stop_or_answer": StopMeaning.STOP_OR_ANSWER,
    "maybe": StopMeaning.MAYBE,
}


def heard(text: str) -> int:
    """What a message says about stopping, as a number."""
    return LISTENED.look(text).stop or 0


@pytest.mark.parametrize("part", AT_LEAST)
@pytest.mark.parametrize("language", [EVERYWHERE, *LANGUAGES])
def test_every_way_of_a_file_is_heard(language: str, part: str) -> None:
    missed = [w for w in ways(language, part, MOST) if heard(w) < AT_LEAST[part]]
    assert missed == []


@pytest.mark.parametrize("language", OFFERED)
def test_each_language_on_offer_has_many_ways(language: str) -> None:
    assert len(stops(language, MOST)) >= LEAST


@pytest.mark.parametrize("language", [EVERYWHERE, *LANGUAGES])
def test_no_way_to_stop_is_danger(language: str) -> None:
    every = [w for part in AT_LEAST for w in ways(language, part, MOST)]
    found = {w: f.kind for w in every if (f := DANGER.find(w)) is not None}
    assert {w: kind for w, kind in found.items() if kind is not DangerKind.MAYBE} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_around_stops_nothing_and_hinders_nothing(language: str) -> None:
    one = ways(language, "stop", 1)[0]
    for part in ("around", "thanks"):
        for word in (w for w in sheet(language).get(part, ()) if "(" not in w):
            assert heard(word) == 0 or word in SLIPS_TOO, word
            for said in (f"{word} {one}", f"{one}, {word}!", f"{one} {one} {word}"):
                assert heard(said) == StopMeaning.STOP, said


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_else_is_in_it_makes_an_answer(language: str) -> None:
    """A word that no file has: no language takes part of a message for the whole."""
    for way in stops(language, 1):
        for said in (f"Xana {way}", f"{way} xana xana", f"{way} 12 xana"):
            assert heard(said) == 0, said


@pytest.mark.parametrize(
    "way",
    ["{}!!!", "¡¡{}!!", "  {}  …", "«{}»", "*{}*", "{} 🙏🏽❤️", "{}。", "\u200f{}\u200f", "{}\n{}"],
)
def test_signs_around_it_do_not_matter(way: str) -> None:
    for language in LANGUAGES:
        for said in stops(language, 1):
            text = way.replace("{}", said)
            if len(text) > LONGEST:
                continue
            for form in (text, text.upper(), unicodedata.normalize("NFD", text)):
                assert heard(form) > 0, form


def test_what_is_listed_as_an_answer_is_one() -> None:
    listed = [answer for language in LANGUAGES for answer in sheet(language).get("answers", ())]
    assert listed
    assert [answer for answer in listed if heard(answer)] == []
