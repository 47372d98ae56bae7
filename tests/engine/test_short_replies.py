"""Short replies: what their files hold, and how whole messages are read by them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.content.loading import read_replies
from flows.engine.load import BrokenFlow
from flows.engine.replies.reply_words import (
    ReplyMeaning,
    load_reply_words,
    reply_languages,
    words_of,
)
from flows.engine.replies.short_replies import LONGEST
from tests.support.running_bot import FLOWS

REPLIES = FLOWS / "replies"
WORDS = load_reply_words(REPLIES)
READ = read_replies(FLOWS).read
AGE = read_replies(FLOWS).read_age
LANGUAGES = sorted(WORDS.languages)


def test_every_offered_language_has_words_for_every_meaning() -> None:
    assert reply_languages(REPLIES) == {p.parent.name for p in Path("locales").glob("*/about.yaml")}
    for code, known in WORDS.languages.items():
        named = {name for _, name in known.phrases.phrases()}
        assert {*ReplyMeaning} - {ReplyMeaning.PARTLY} <= named, code
        assert len(list(known.partly.phrases())) > 15, code
        assert set(known.numbers.values()) == set(range(1, 100)), code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_means_what_its_list_says_also_with_fillers(language: str) -> None:
    known = sorted(WORDS.languages[language].phrases.phrases())
    fillers = [" ".join(w) for w, name in known if name == "fillers"]
    tried = 0
    for place, (words, name) in enumerate(known):
        if name not in {m.value for m in ReplyMeaning}:
            continue
        text = " ".join(words)
        for said in (text, text.upper(), f" {text}. ", f"{text}!!"):
            read = READ(said, language)
            assert read is not None, (said, name)
            assert read.meaning == name, (said, name)
        filler = fillers[place % len(fillers)]
        for first, second in ((filler, text), (text, filler)):
            read = READ(f"{first}, {second}", language)
            # A filler may make another phrase of the list with the word beside it.
            joined = _may_join(first, second, language)
            assert read is None or read.meaning == name or joined, (first, second)
        tried += 1
    assert tried > 150


def _may_join(first: str, second: str, language: str) -> bool:
    """Whether the end of one text and the begin of another are a phrase together."""
    before, after = words_of(first), words_of(second)
    return any(
        WORDS.languages[language].phrases.name_of((*before[start:], *after[:end])) is not None
        for start in range(len(before))
        for end in range(1, len(after) + 1)
    )


@pytest.mark.parametrize(
    ("said", "language", "meaning"),
    [
        ("yes it is", "en", "yes"),
        ("ok now is fine", "en", "yes"),
        ("no not now", "en", "later"),
        ("yeah go on then", "en", "yes"),
        ("no 👍", "en", "no"),
        ("👍🏽", "pl", "yes"),
        ("no just me", "en", "only_me"),
        ("ok thanks bye", "en", "bye"),
        ("Yesss!!", "en", "yes"),
        ("tak", "en", "yes"),
        ("sí", "ar", "yes"),
        ("haan ji", "en", "yes"),
        ("abhi nahi", "ur", "later"),
        ("نمی دونم", "fa", "not_sure"),
        ("ٹھیک ہے", "ur", "yes"),
        ("今天不行吧", "zh_hans", "not_today"),
        # what two languages read apart, what holds more, and what contradicts itself
        ("no", "pl", None),
        ("yes no", "en", None),
        ("no money", "en", None),
        ("yes I stopped drinking", "en", None),
        ("", "en", None),
        ("🦄", "en", None),
    ],
)
def test_replies_as_people_type_them(said: str, language: str, meaning: str | None) -> None:
    read = READ(said, language)
    assert (read.meaning if read else None) == meaning


def test_a_question_mark_is_told_and_a_long_text_refused() -> None:
    asked, plain = READ("yes?", "en"), READ("yes", "en")
    assert asked is not None
    assert plain is not None
    assert (asked.asks, plain.asks) == (True, False)
    assert READ("yes " * LONGEST, "en") is None
    assert AGE("34 " * LONGEST, "en") is None


@pytest.mark.parametrize(
    ("said", "language", "ages"),
    [
        ("34", "en", (34, 34)),
        ("٣٤", "en", (34, 34)),
        ("im 16", "en", (16, 16)),
        ("I'm 45 years old", "en", (45, 45)),
        ("over 18", "en", (18, 120)),
        ("18+", "pl", (18, 120)),
        ("13-17", "en", (13, 17)),
        ("almost 18", "en", (17, 17)),
        ("in my forties", "en", (18, 120)),
        ("in my 40s", "en", (40, 120)),
        ("under 13", "en", (0, 12)),
        ("adult", "en", (18, 120)),
        ("forty-five", "en", (45, 45)),
        ("عمري ٣٤ سنة", "ar", (34, 34)),
        ("ستة عشر", "ar", (16, 16)),
        ("meri umar 34 saal hai", "ur", (34, 34)),
        ("三十四岁", "zh_hans", (34, 34)),
        ("j'ai seize ans", "fr", (16, 16)),
        ("mam szesnaście lat", "pl", (16, 16)),
        # no age: the place of a button, spaced digits, a half, a comparison, more than an age
        ("2", "en", None),
        ("1 8", "en", None),
        ("17.5", "en", None),
        ("<18", "en", None),
        ("over 200", "en", None),
        ("500", "en", None),
        ("my son is 12", "en", None),
        ("I am 12 and a half", "en", None),
    ],
)
def test_ages_as_people_type_them(said: str, language: str, ages: tuple[int, int] | None) -> None:
    assert AGE(said, language) == ages


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_word_and_every_digit_is_that_age(language: str) -> None:
    known = WORDS.languages[language]
    for words, number in known.numbers.items():
        expected = (number, number) if number >= 5 else None
        assert AGE(" ".join(words), language) == expected, words
    for number in (5, 12, 13, 17, 18, 67, 120):
        assert AGE(str(number), language) == (number, number)
        for frame, kind in known.frames.items():
            if kind == "exact":
                said = " ".join(frame).replace("{n}", str(number))
                assert AGE(said, language) == (number, number), said


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\nyes: [", "\nyes: [nope, ", "`nope` means both yes and no"),
        ("\nlater: [", "\nlatter: [", "did you mean `later`?"),
        ("numbers:\n  [one, ", "numbers:\n  [", "it needs those for 1 to 99"),
        ("language: en", "language: fr", "`language` must be `en`"),
        ('over: ["over {n}"', 'over: ["over n"', "must have {n} 1 times"),
        ("\nbye: [", "\nbye: ['!', ", "a word without letters"),
        ("\nbye: [", "\nbye: [so (long|bye, ", "`(` has no partner"),
        ("\nbye: [", "\nbye: [bye <everyone>, ", "there is no list `everyone` under `words`"),
        ("\nbye: [", "\nbye: [(bye|), ", "every word of it may be missing"),
        ("\nsmall_talk: [", "\nsmall_talk: [flapjack, ", "has no meaning in the lists above"),
        ("\nbye: [", "\nbye: [(nope|no way) (now|), ", "means both no and bye"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    shutil.copytree(REPLIES, tmp_path / "replies")
    file = tmp_path / "replies" / "en.yaml"
    source = file.read_text(encoding="utf-8")
    assert old in source
    file.write_text(source.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BrokenFlow) as caught:
        load_reply_words(tmp_path / "replies")
    found = [p for p in caught.value.problems if message in str(p)]
    assert found, caught.value.problems
    assert found[0].file == "en.yaml"
    if "yes and no" in message:
        assert "\nno: [" in "\n" + file.read_text().splitlines()[found[0].line - 1]


def test_a_pattern_stands_for_every_phrase_it_spells(tmp_path: Path) -> None:
    shutil.copytree(REPLIES, tmp_path / "replies")
    file = tmp_path / "replies" / "en.yaml"
    source = file.read_text(encoding="utf-8")
    source = source.replace("\nbye: [", "\nbye: [toodle (<dear>|you two) (now|), ", 1)
    lists = "words: {dear: [my darling, pet]}\n" if "\nwords:" not in source else "  dear: [pet]\n"
    at = source.index("\nwords:\n") + len("\nwords:\n") if "\nwords:\n" in source else 0
    file.write_text(source[:at] + lists + source[at:], encoding="utf-8")
    known = load_reply_words(tmp_path / "replies").languages["en"].phrases
    for phrase in ("toodle pet", "toodle you two now", "toodle pet now"):
        assert known.name_of(words_of(phrase)) == ReplyMeaning.BYE, phrase
    assert known.name_of(words_of("toodle")) is None
    assert known.name_of(words_of("toodle now")) is None
