"""The words people type to stop, start or get help are known however they are written.

Does not say what happens then; it is enough that a sentence which holds such a word is no command.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from flows.engine import load_stop_words
from flows.engine.keywords import NOTHING_HEARD, OTHER_WORDS, STOP, STOP_FORMS, Heard
from flows.engine.normalise import normalise
from flows.engine.stops.stop_grammar import StopMeaning
from tests.support.flow_explorer import FOLDER
from tests.support.stop_ways import LANGUAGES, plain_stops

PATH = FOLDER / "stop_words.yaml"
LISTENED = load_stop_words(PATH)
LISTED = yaml.safe_load(PATH.read_text(encoding="utf-8"))
ANOTHER_WORD = {"ابدأ": ("on a Persian keyboard", "without accents")}
"""Words which are another word once their marks are gone: that one is "never"."""
MEANS = {
    **dict.fromkeys(("أبدا", "ابدا", "أبدآ", "ابدآ"), "never"),
    "besé": "I kissed",
    "parę": "a few",
    "parą": "steam",
    "pară": "pear",
    "șos": "road",
    "sós": "alone",
    "şair": "poet",
    "baş": "head",
    "beş": "five",
    "hâlâ": "still",
    "keş": "cash",
    "đúng": "right",
    "dùng": "use",
    "dụng": "use",
    "dựng": "put up",
    "đứng": "stand",
    "dũng": "brave",
    "đựng": "hold",
    "đụng": "bump",
    "thăm": "visit",
    "thẩm": "judge",
    "thảm": "carpet",
    "thám": "spy",
    "thâm": "deep",
    "thầm": "quietly",
    "thấm": "soak",
    "đèo": "pass",
    "đeo": "wear",
    "dẻo": "supple",
    "cụt": "cut short",
}
"""What the other words mean: none is a form of a word to stop, which would be unheard then."""
WORDS = [
    *(("stop", language, word) for language in LANGUAGES for word in plain_stops(language)),
    *(
        (meaning, language, word)
        for meaning, languages in LISTED.items()
        if meaning not in (OTHER_WORDS, STOP_FORMS)
        for language, words in languages.items()
        for word in words
    ),
]
MARKS = "\u200b\u200c\u200d\u200e\u200f\u00ad\ufeff\u2060\u202e\u2066\u2069"
ARABIC, PERSIAN = "يىكةأإآھ", "ییکهاااه"


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def swapped(text: str, here: str, there: str) -> str:
    return text.translate(str.maketrans(here, there))


WAYS: dict[str, Callable[[str], str]] = {
    "as it stands": str,
    "in capitals": str.upper,
    "as a title": str.title,
    "with a full stop": lambda w: f"{w}.",
    "with signs": lambda w: f"¡¡{w}!!! …",
    "in quotes": lambda w: f"« “{w}” »",
    "with the script's own full stop": lambda w: f"{w}।۔።。؟",
    "with an emoji": lambda w: f"{w} 🙏🏽❤️",
    "with blanks": lambda w: f" \u00a0\n {w.replace(' ', '  ')}\t\u3000",
    "with marks that nobody sees": lambda w: MARKS + MARKS.join(w) + MARKS,
    "accents apart": lambda w: unicodedata.normalize("NFD", w),
    "accents together": lambda w: unicodedata.normalize("NFC", w),
    "full width": full_width,
    "bold": lambda w: f"*{w}*",
    "on an Arabic keyboard": lambda w: swapped(w, "یکە", "يكه"),
    "on a Persian keyboard": lambda w: swapped(w, ARABIC, PERSIAN),
    "on an Urdu keyboard": lambda w: swapped(w, "هە", "ہہ"),
    "stretched": lambda w: f"{w[0]}ـــ{w[1:]}" if "\u0600" < w[0] < "\u06ff" else w,
    "without accents": lambda w: "".join(
        c for c in unicodedata.normalize("NFD", w) if not unicodedata.combining(c)
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_word_is_known_however_it_is_written(way: str) -> None:
    assert len(WORDS) > 100
    missed = [
        (meaning, language, word)
        for meaning, language, word in WORDS
        if LISTENED(WAYS[way](word)) != meaning and way not in ANOTHER_WORD.get(word, ())
    ]
    assert missed == []


@pytest.mark.parametrize("language", LISTED[OTHER_WORDS])
def test_what_its_marks_make_another_word_is_no_command(language: str) -> None:
    for word in LISTED[OTHER_WORDS][language]:
        for way in ("as it stands", "in capitals", "in quotes", "accents apart", "with an emoji"):
            assert LISTENED.look(WAYS[way](word)) == NOTHING_HEARD, (word, way)


def test_no_other_word_is_a_form_of_one_that_stops() -> None:
    listed = [word for words in LISTED[OTHER_WORDS].values() for word in words]
    assert sorted(listed) == sorted(MEANS), "say what it means; a form goes under stop_forms"


@pytest.mark.parametrize("language", LISTED[STOP_FORMS])
def test_a_form_of_a_word_to_stop_still_stops(language: str) -> None:
    """It is no less than asked about; what stops can be taken back."""
    for word in LISTED[STOP_FORMS][language]:
        bare = LISTENED.look(WAYS["without accents"](word))
        expected = Heard(STOP, StopMeaning.STOP_OR_ANSWER) if bare.keyword == STOP else bare
        assert expected.stop is not None, word
        for way in ("as it stands", "in capitals", "in quotes", "accents apart", "with an emoji"):
            assert LISTENED.look(WAYS[way](word)) == expected, (word, way)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        *((w, "start") for w in ("ابدأ", "أبدأ", "إبدأ", "ابدأ!", "اِبْدَأ", "ابـدأ من جديد")),
        *((w, None) for w in ("أبدا", "ابدا", "أبدًا", "أبداً.", "لا أبدا", "لا، أبدًا", "لا ابدا")),
        *((w, "stop") for w in ("arrête", "Arrete", "ARRÊTE !", "pare", "cancela", "dừng lại")),
        *(
            (w, "stop")
            for w in ("Arrêté", "arrêtés", "ARRETÉ !", "paré", "Cancelé", "cessé", "stoppé")
        ),
        *((w, "stop") for w in ("hält", "Stóp", "arrêté svp", "arrêté de m'écrire")),
        *((w, None) for w in ("đúng", "đứng", "şair", "beş", "pară", "parę", "besé")),
        *((w, "help") for w in ("aide", "AIDE", "aidé", "aiutò", "sos", "pomoc", "pomóc")),
        *((w, None) for w in ("Sós", "șos")),
    ],
)
def test_a_mark_may_tell_a_command_from_an_answer(text: str, meaning: str | None) -> None:
    assert LISTENED(text) == meaning
    assert meaning is not None or LISTENED.look(text).stop is None


@pytest.mark.parametrize("language", sorted({language for _, language, _ in WORDS}))
def test_a_word_in_a_sentence_is_no_command(language: str) -> None:
    for meaning, _, word in (w for w in WORDS if w[1] == language):
        for sentence in (f"Ana {word} Ben", f"Ana {word}", f"{word} Ana"):
            assert LISTENED(sentence) is None, sentence
        # Who says stop twice means it.
        assert LISTENED(f"{word}, {word}") == ("stop" if meaning == "stop" else None), word


@pytest.mark.parametrize(
    "sentence",
    [
        "I want it all to stop",
        "Stop asking me that",
        "para mi madre",
        "that is enough for today, basta de eso",
        "Somewhere the noise would end",
        "Nobody can help me",
        "Alto y claro",
        "I had to quit my job. Stop.",
        "no more messages from him please",
        "ستوقف",
        "",
        "...",
        "🙏",
        "stopped",
    ],
)
def test_sentences_are_answers(sentence: str) -> None:
    assert LISTENED(sentence) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("كافيه", "کافیە"),
        ("إلغاء", "الغاء"),
        ("أوقف", "اوقف"),
        ("مساعدة", "مساعده"),
        ("Başla", "BAŞLA"),
        ("İPTAL", "iptal"),
        ("ıptal", "iptal"),
        ("Straße", "STRASSE"),
        ("ﬁn", "fin"),
        ("przestań", "przestan"),
        ("বন্ধ", "বন্ধ।"),
    ],
)
def test_the_same_word_is_the_same(one: str, other: str) -> None:
    assert normalise(one) == normalise(other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("so", "su"), ("停", "止"), ("бой", "боа"), ("ok", "no")]
)
def test_other_words_are_not(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@given(st.text())
@example("\u0130\u0345")
@example("ﷺ ـ ۀ")
def test_what_is_plain_stays_so(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert normalise(f" {text}\u200f ") == once
