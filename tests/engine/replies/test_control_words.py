"""Other words for the buttons under every question: none means two things, or something else."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.content.loading import read_meanings
from flows.engine import BrokenFlow, load_stop_words
from flows.engine.flow import NOT_NOW, SKIP, STOP
from flows.engine.keywords import GO_ON
from flows.engine.replies.control_words import FILE, joined, load_control_words
from tests.support.running_bot import FLOWS
from tests.support.stop_ways import OFFERED

LISTED: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (FLOWS / "replies" / FILE).read_text(encoding="utf-8")
)
CONTROLS = read_meanings(FLOWS).controls
KEYWORDS = load_stop_words(FLOWS / "stop_words.yaml")
IN_LATIN = ("ar", "fa", "ur", "bn")
"""Languages that many write in Latin letters."""


@pytest.mark.parametrize("control", LISTED)
def test_every_word_is_that_control_and_no_other_keyword(control: str) -> None:
    for language, words in LISTED[control].items():
        assert language in OFFERED
        for word in words:
            keyword = KEYWORDS(word)
            if control == STOP:
                assert keyword == "stop", word
                continue
            found = CONTROLS[joined(word)]
            assert (found.control, language in found.languages) == (control, True), word
            assert keyword is None or (control, keyword) == (SKIP, GO_ON), (word, keyword)
            assert KEYWORDS.look(word).stop is None, word


@pytest.mark.parametrize("control", LISTED)
def test_the_languages_written_in_latin_letters_have_such_words(control: str) -> None:
    for language in IN_LATIN:
        words = LISTED[control][language]
        assert any(word.isascii() for word in words), (control, language)
        assert control in (STOP, NOT_NOW) or sum(w.isascii() for w in words) >= 3, language


def test_a_word_for_two_controls_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("back:\n  en: [hop]\nskip:\n  en: [Hop!]\nskp: {}\n")
    with pytest.raises(BrokenFlow) as caught:
        load_control_words(tmp_path)
    assert "`Hop!` means both back and skip" in str(caught.value)
    assert "did you mean `skip`?" in str(caught.value)
    assert load_control_words(tmp_path / "nowhere") == {}
