"""The words that stop, start and help are named in a word that the reader's keyboard types.

A text names one by a placeholder only, so that each language has one place for its word.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import pytest

from bot.content.loading import read_folder
from bot.i18n.bidi import clean
from bot.i18n.localizer import Languages, Localizer
from bot.i18n.tools.extraction import collect_texts
from bot.languages.environment_loader import load_environment
from bot.languages.offering import load_offered
from bot.settings import ROOT, read_settings
from flows.engine import WORDS_TO_SEND, Text, placeholders

LIBRARY, _ = read_folder(ROOT / "flows")
NAMED = re.compile(r"\b(?:STOP|START|HELP)\b")
SCRIPTS = {
    "ar": "ARABIC",
    "fa": "ARABIC",
    "ur": "ARABIC",
    "bn": "BENGALI",
    "uk": "CYRILLIC",
    "zh_hans": "CJK",
}
"""The script of each language that is not written in Latin letters."""


@cache
def languages() -> Languages:
    return load_offered(LIBRARY, ROOT / "flows", ROOT / "locales")


def naming() -> dict[Text, list[str]]:
    """Every text that names a word to send, and which."""
    found = {t: [n for n in placeholders(t.source) if n in WORDS_TO_SEND] for t in texts()}
    return {text: names for text, names in found.items() if names}


def texts() -> list[Text]:
    return list(dict.fromkeys(collect_texts(LIBRARY)))


def word_of(localizer: Localizer, name: str) -> str:
    return clean(localizer.phrase(name))


def scripts_of(word: str) -> set[str]:
    return {unicodedata.name(letter).split()[0] for letter in word if letter.isalpha()}


def test_no_text_names_a_word_to_send_by_itself() -> None:
    words = {LIBRARY.phrases[name].text for name in WORDS_TO_SEND}
    assert len(naming()) > 20
    for text in texts():
        if text in words:
            continue
        for localizer in map(languages().__getitem__, languages().codes):
            assert not NAMED.search(localizer.text(text)), (localizer.code, text.context)


@pytest.mark.parametrize("code", ["en", "ar", "fa", "ur", "bn", "uk", "zh_hans", "pl", "fr"])
def test_each_word_means_what_it_says_in_the_script_of_its_language(code: str) -> None:
    """The word, what stands in brackets after it, and both as they are copied."""
    localizer = languages()[code]
    for name, meaning in WORDS_TO_SEND.items():
        word = word_of(localizer, name)
        first, *rest = re.split(r"\s*[(\uff08]", word.rstrip(")\uff09"))
        assert [LIBRARY.keywords(part) for part in (first, *rest)] == [meaning] * (1 + len(rest))
        assert scripts_of(first) == {SCRIPTS.get(code, "LATIN")}
        assert bool(rest) == (code in SCRIPTS)


def test_every_language_offered_is_looked_at() -> None:
    assert set(languages().codes) == {"en", "es", "pt", "ro", "pl", "fr", *SCRIPTS}
    for localizer in map(languages().__getitem__, languages().codes):
        for name, meaning in WORDS_TO_SEND.items():
            assert LIBRARY.keywords(re.split(r"[(\uff08]", word_of(localizer, name))[0]) == meaning


def test_each_text_says_the_word_of_its_language() -> None:
    for text, names in naming().items():
        for localizer in map(languages().__getitem__, languages().codes):
            said = clean(localizer.say(text))
            for name in names:
                assert word_of(localizer, name) in said, (localizer.code, text.context)
                assert f"{{{name}}}" not in said


def test_english_says_stop_start_and_help() -> None:
    assert [word_of(languages()["en"], name) for name in WORDS_TO_SEND] == ["STOP", "START", "HELP"]


def test_each_word_is_heard_as_it_is_written_in_a_text() -> None:
    """People copy "ДОПОМОГА (HELP)" with its brackets."""
    settings = read_settings(_env_file=None, languages=languages().codes)
    keywords = load_environment(settings).library.keywords
    for code in languages().codes:
        for name in WORDS_TO_SEND:
            said = word_of(languages()[code], name)
            assert keywords(said) == name.removesuffix("_word"), (code, said)
