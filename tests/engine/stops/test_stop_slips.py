"""One slip in a longer word of a message is heard; what is a word of its own is none.

Says nothing of messages of one word: see `test_stop_grammar`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.engine import BrokenFlow, StopMeaning, load_stop_words
from flows.engine.normalise import normalise
from flows.engine.stops.stop_files import load_stops
from flows.engine.stops.stop_spelling import (
    SLIP_FROM,
    letters_of,
    longest_of,
    meant_by,
    words_of,
)
from tests.support.running_bot import FLOWS
from tests.support.stop_ways import LANGUAGES, OFFERED, sheet, ways

LISTENED = load_stop_words(FLOWS / "stop_words.yaml")
HEAD = "language: xx\nstatus: draft\n"
WITH_SLIPS = [language for language in LANGUAGES if sheet(language).get("slips_in")]
WITHOUT = {"zh_hans"}
"""Where a word has no letters that a finger could miss."""


def heard(text: str) -> StopMeaning | None:
    """What a message says about stopping."""
    return LISTENED.look(text).stop


def slipping(language: str) -> set[str]:
    """The words of a language in which a slip is heard."""
    lists = sheet(language)["words"]
    texts = [text for name in sheet(language)["slips_in"] for text in lists[name]]
    return {word for text in texts for word in words_of(text) if len(word) >= SLIP_FROM}


def slips_of(word: str) -> Iterator[str]:
    """One slip of each sort, in the middle of a word."""
    at = len(word) // 2
    yield word[:at] + word[at + 1 :]
    yield word[: at + 1] + word[at:]
    yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    yield word[:-1]


def with_slips(language: str, most: int) -> Iterator[tuple[str, str]]:
    """Ways to stop of two words or more, each with slips in one word."""
    words = slipping(language)
    for way in ways(language, "stop", most):
        said = words_of(way)
        for place, word in enumerate(said):
            if word in words and len(said) > 1:
                for slip in slips_of(word):
                    yield way, " ".join([*said[:place], slip, *said[place + 1 :]])


@pytest.mark.parametrize(
    "text",
    [
        *(
            "stop textin me",
            "stopp mesaging me",
            "plz stop sendin me mesages",
            "dont mesasge me again",
            "never contct me again",
        ),
        *("deja d escribirme", "deja de escrbirme", "ya no me escrivan", "no me escrivas mas"),
        *("msg na kren", "band kro messages", "mesage mat krna", "ab mesages na kro"),
        *("nie pisc do mnie", "nie piszie do mnie", "prosze nie wysylac wiadomsci"),
        *("لا تراسلوتي", "لا ترسلوا الرسايلل", "توقف عن ارسال الرسائلل"),
        *("arretez de m'ecirre", "não me mandem mensagesn", "nu imi mai trimiteti mesaej"),
        *("не надсилайте повідомленя", "আর মেসেজজ দেবেন না", "hört auf zu schriben"),
    ],
)
def test_a_slip_is_heard(text: str) -> None:
    assert heard(text) is StopMeaning.STOP


@pytest.mark.parametrize(
    "text",
    [
        *("stop spending", "stop waiting", "stop testing me", "stop drinking", "stop hurting me"),
        *("stop fighting me", "no more tests", "the bus stop", "stop thnking"),
        *("أوقف الكآبة", "توقف الكآبة", "parar de beber", "deja de beber", "przestać pić"),
        *("stpo txt em", "mesages questons remindrs", "sotp teh mesages nwo"),
    ],
)
def test_an_answer_stays_one(text: str) -> None:
    assert heard(text) is None


def test_every_language_with_letters_has_its_lists() -> None:
    assert set(OFFERED) - WITHOUT <= set(WITH_SLIPS)


@pytest.mark.parametrize("language", WITH_SLIPS)
def test_most_slips_of_a_way_to_stop_are_heard(language: str) -> None:
    """Not all: a slip may make a word of its own, or of another file."""
    tried = dict.fromkeys(said for _, said in with_slips(language, 4))
    assert len(tried) > 60
    missed = [said for said in tried if not heard(said)]
    assert len(missed) * 4 < len(tried), missed


@pytest.mark.parametrize("language", WITH_SLIPS)
def test_no_word_of_its_own_is_a_slip(language: str) -> None:
    """In the place of every word that it is near, whatever stands around it."""
    near: dict[str, set[str]] = {}
    own = {word for text in sheet(language)["not_slips"] for word in words_of(text)}
    assert len(own) > 20
    words = slipping(language)
    for other in own:
        for word in words:
            if abs(len(word) - len(other)) < 2 and word[0] == other[0]:
                near.setdefault(word, set()).add(other)
    taken = []
    for way in ways(language, "stop", 2):
        said = words_of(way)
        for place, word in enumerate(said):
            for other in sorted(near.get(word, ()))[:8]:
                text = " ".join([*said[:place], other, *said[place + 1 :]])
                if len(said) > 1 and heard(text):
                    taken.append(text)
    assert taken == []


def test_a_slip_stops_where_a_file_says_so_and_is_asked_about_elsewhere(tmp_path: Path) -> None:
    text = (
        f"{HEAD}words:\n  verb: [writing, calling]\n  me: [to everyone]\n"
        "stop:\n  - halt <verb> (<me>|)\n"
    )
    for more, value in (("", StopMeaning.MAYBE), ("slips_in: [verb]\n", StopMeaning.STOP)):
        (tmp_path / "xx.yaml").write_text(text + more, encoding="utf-8")
        grammar = load_stops(tmp_path)
        for said in ("halt writng", "halt wrting to everyone", "halt caling"):
            assert grammar(said, normalise(said)) is value, said
        for said in ("halt writing to evryone", "hatl writing", "halt wrting to evryone"):
            assert grammar(said, said) is StopMeaning.MAYBE, said
        for said in ("hat writing", "halt rriting", "halt writng to evryoen now"):
            assert grammar(said, said) is None, said
    (tmp_path / "xx.yaml").write_text(
        f"{text}slips_in: [verb]\nnot_slips: [falling, whiting, calking]\n", encoding="utf-8"
    )
    grammar = load_stops(tmp_path)
    for said in ("halt falling", "halt whiting", "halt calking"):
        assert grammar(said, said) is None, said


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "xx.yaml").write_text(f"{HEAD}stop: [a]\nslips_in: [b]\n", encoding="utf-8")
    with pytest.raises(BrokenFlow, match="there is no list `b`"):
        load_stops(tmp_path)


@pytest.mark.parametrize("language", sorted(set(WITH_SLIPS) - WITHOUT))
def test_a_word_too_long_for_one_slip_costs_nothing(language: str) -> None:
    words = slipping(language)
    letters, longest = letters_of(words), longest_of(words)
    for word in words:
        assert word in meant_by(word[:2] + word[1:], letters, longest), "one letter too much"
    word = max(words, key=len)
    assert list(meant_by(f"{word[:2]}{word[1:]}{word[-1]}", letters, longest)) == []
    assert list(meant_by(word * 8, letters, longest)) == []


@pytest.mark.parametrize("text", ["arrettez", "Aretez !", "arètez", "arrette", "areter", "stopez"])
def test_a_french_stop_with_a_slip_stops(text: str) -> None:
    assert heard(text) in (StopMeaning.STOP, StopMeaning.STOP_OR_ANSWER)


@pytest.mark.parametrize("text", ["arête", "arrêtée", "rareté", "arrêts", "stopę"])
def test_what_is_a_word_of_its_own_alone_is_an_answer(text: str) -> None:
    assert heard(text) is None


def test_it_is_a_slip_among_others() -> None:
    assert heard("arête de m'écrire") is not None
