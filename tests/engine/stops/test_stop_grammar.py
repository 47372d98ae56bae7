"""How the stop grammar reads a message, and how its files are checked."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.engine import BrokenFlow, StopMeaning, load_stop_words
from flows.engine.normalise import normalise
from flows.engine.stops.stop_files import load_stops
from tests.support.running_bot import FLOWS

LISTENED = load_stop_words(FLOWS / "stop_words.yaml")
HEAD = "language: xx\nstatus: draft\n"


def heard(text: str) -> StopMeaning | None:
    """What a message says about stopping."""
    return LISTENED.look(text).stop


@pytest.mark.parametrize(
    "text",
    [
        *("S T O P", "s.t.o.p", "S-T-O-P!", "s t o p please", "С Т О П"),
        *("stoooop", "stopppp", "STOOOOPPPP", "ssssstop", "please stoppp"),
        *("stpo", "sotp", "tsop", "stp", "stopp", "sttop", "unsubcribe", "unsuscribe", "стоп!"),
        *("st0p", "5top", "ѕtор", "CTOП", "ＳＴＯＰ"),
        *("🛑", "🛑🛑🛑", "✋🏽", "✋ ✋", "⛔️"),
        *("stop, leave me alone", "stop stop. don't write to me", "please stop, thanks Sam"),
        *("Leavemealone", "LEAVE ME ALONE", "i don't want you to message me"),
    ],
)
def test_it_is_a_stop(text: str) -> None:
    assert heard(text) is StopMeaning.STOP


@pytest.mark.parametrize(
    "text",
    [
        *("shop", "step", "top", "soup", "stoop", "sop", "spot", "sto", "quite", "quiet"),
        *("a b c", "s t", "st op art", "t o p", "1 2 3 4", "🙏", "👍", "❤️ 🛑 ❤️", "😀✋"),
        *("thanks Sam", "please", "now now", "Sam stop", "stop Sam", "stop thanks Sam Smith"),
        *("", " ", "...", "stop " * 40, "x" * 4096, "stop" + "p" * 200),
    ],
)
def test_it_is_an_answer(text: str) -> None:
    assert heard(text) is None


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        *(("quit", StopMeaning.STOP_OR_ANSWER), ("quit, stop", StopMeaning.STOP)),
        *(("enough", StopMeaning.MAYBE), ("enough! stop", StopMeaning.STOP)),
        *(("Sair", StopMeaning.STOP_OR_ANSWER), ("Gata", StopMeaning.STOP_OR_ANSWER)),
        *(("arrêter", StopMeaning.STOP_OR_ANSWER), ("توقف", StopMeaning.STOP_OR_ANSWER)),
        *(("досить", StopMeaning.STOP_OR_ANSWER), ("parar", StopMeaning.STOP_OR_ANSWER)),
        *(("para", StopMeaning.STOP_OR_ANSWER), ("pare", StopMeaning.STOP_OR_ANSWER)),
        ("i want to stop", StopMeaning.MAYBE),
    ],
)
def test_of_several_meanings_the_clearest_holds(text: str, meaning: StopMeaning) -> None:
    assert heard(text) is meaning


@pytest.mark.parametrize("text", ["enough", "i want to stop", "خلاص"])
def test_what_may_be_a_stop_is_no_keyword(text: str) -> None:
    looked = LISTENED.look(text)
    assert looked.keyword is None
    assert (looked.keyword, looked.stop) == (None, StopMeaning.MAYBE)


def test_spaces_may_be_missing_where_a_language_leaves_them_out() -> None:
    for text in ("لا ترسل لي", "پیام نده", "بند کر دیں", "আর মেসেজ দেবেন না", "不要 再 发 了"):
        for form in (text, text.replace(" ", ""), text.replace(" ", "\u200c")):
            assert heard(form) is StopMeaning.STOP, form


def test_our_own_words_stop_and_take_nothing_else() -> None:
    own = LISTENED.with_own(["Be gone please", "Quit", "Help", ""])
    assert own("be gone please!") == "stop"
    assert own.look("quit").stop is StopMeaning.STOP_OR_ANSWER
    assert own("help") == "help"
    assert own("") is None


@given(st.text(alphabet="stop quit no more بس کن 别发 стоп.-'!", max_size=200))
def test_it_never_fails(text: str) -> None:
    assert heard(text) in (None, *StopMeaning)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "stop " * 800,
            "s " * 2000,
            "停" * 4000,
            "停" * 119,
            "بس " * 40,
            "stop" * 30,
            "no " * 1300,
        ),
        *("please " * 16, "不要再" * 39, "o" * 119, "🛑" * 999, "a'" * 2000),
    ],
)
def test_a_long_message_costs_little(text: str) -> None:
    """Twenty looks at the worst we know: far below what one query takes."""
    heard(text)
    began = time.perf_counter()
    for _ in range(20):
        heard(text)
    assert time.perf_counter() - began < 1


# --- the files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (f"{HEAD}stop:\n  - stop\n  - (a|b\n", 5, "`(` has no partner"),
        (f"{HEAD}stop:\n  - a) b\n", 4, "`)` has no partner"),
        (f"{HEAD}stop:\n  - (a|)\n", 4, "every word of it may be missing"),
        (f"{HEAD}stop:\n  - <me>\n", 4, "there is no list `me`"),
        (f"{HEAD}stop: ['!']\n", 3, "`!` has no letters"),
        (f"{HEAD}stop: ['a <']\n", 3, "`<` has no partner"),
        (f"{HEAD}stop: [stop]\nslips: [halt]\n", 4, "`halt` alone is no word to stop"),
        (f"{HEAD}stpo: [stop]\n", 3, "did you mean `stop`?"),
        (f"{HEAD}stpo: [stop]\n", 1, "`stop:` is missing"),
        ("language: yy\nstatus: draft\nstop: [a]\n", 1, "must be in a file called yy.yaml"),
        ("language: xx\nstatus: good\nstop: [a]\n", 2, "draft or reviewed"),
        (f"{HEAD}joined: perhaps\nstop: [a]\n", 3, "must be true or false"),
        ("", 1, "the file is empty"),
        ("\tx", 1, "not YAML"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    text: str, line: int, message: str, tmp_path: Path
) -> None:
    (tmp_path / "xx.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BrokenFlow) as broken:
        load_stops(tmp_path)
    found = [(p.file, p.line) for p in broken.value.problems if message in p.message]
    assert found == [(f"{tmp_path.name}/xx.yaml", line)]


def test_a_folder_without_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokenFlow, match="no words to stop"):
        load_stops(tmp_path)


def test_a_small_file_is_enough(tmp_path: Path) -> None:
    (tmp_path / "xx.yaml").write_text(
        f"{HEAD}words:\n  it: [it, that thing]\naround: [do]\nstop:\n  - halt (<it>|)\n"
        "maybe: [hm]\nanswers: [do halt]\nslips: [halt]\n",
        encoding="utf-8",
    )
    grammar = load_stops(tmp_path)
    said = {text: grammar(text, normalise(text)) for text in ("halt", "halt it do", "hlat", "hm")}
    assert list(said.values()) == [*[StopMeaning.STOP] * 3, StopMeaning.MAYBE]
    assert grammar("halt that thing", "halt that thing") is StopMeaning.STOP
    assert grammar("do halt", "do halt") is None
    assert grammar("halt that", "halt that") is None
