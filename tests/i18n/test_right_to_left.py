"""Lines stay the right way round: whatever is filled in turns nothing that stands around it.

How it looks on a phone is for people to see; these are the rules that phones go by (Unicode UAX 9).
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.loading import read_folder
from bot.i18n import bidi
from bot.i18n.bidi import FSI, PDI, RLM
from bot.i18n.localizer import Localizer, truncate
from bot.languages.offering import load_offered
from bot.messages.renderer import phrase_message, prompt_message
from bot.messages.reply import Message
from bot.settings import ROOT
from flows import engine
from flows.engine import Answer, Flow, Prompt, Quoted, Recap, Text, Value, placeholders
from tests.support.help_texts import help_in
from tests.support.participants import SAID, _do, grand_tour
from tests.support.pseudo_locales import RIGHT_TO_LEFT, write_languages

LIBRARY, _ = read_folder(ROOT / "flows")
NASTY = f"\u202eMo{PDI}\u2066 (أحمد){FSI}\u200f, 5 of 3:\n\n+44 1865 000\u2029\u202b• x\r\nعلي 7"
"""Words in two directions, on several lines, with every mark that is meant to turn what follows."""
NUMBERS = ("number", "total", "keep_months", "joined", "alerts", "most")
DATES = ("hello_date", "date", "next")


@pytest.fixture(scope="module")
def languages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_languages(tmp_path_factory.mktemp("locales"))


@pytest.fixture(params=RIGHT_TO_LEFT)
def localizer(request: pytest.FixtureRequest, languages: Path) -> Localizer:
    found = load_offered(LIBRARY, languages / "flows", languages)[request.param]
    assert found.right_to_left
    return found


# --- the laws ------------------------------------------------------------------------------------


def unbalanced(said: str) -> list[str]:
    """Lines with an isolate that is not closed, or closed without being open."""
    return [line for line in paragraphs(said) if not _balanced(line)]


def _balanced(line: str) -> bool:
    depth = 0
    for c in line:
        depth += (c == FSI) - (c == PDI)
        if depth < 0:
            return False
    return depth == 0


def paragraphs(said: str) -> list[str]:
    """The parts that each have a direction of their own."""
    return [
        line
        for line in said.translate(dict.fromkeys(map(ord, "\r\x1c\x1d\x1e\x85\u2029"), "\n")).split(
            "\n"
        )
        if line
    ]


def undirected(said: str) -> list[str]:
    """Lines that do not show by their first character that they go from right to left."""
    return [line for line in paragraphs(said) if unicodedata.bidirectional(line[0]) not in "R AL"]


def in_the_open(said: str) -> str:
    """What goes from left to right, or is a number, and is not isolated."""
    depth, found = 0, ""
    for c in said:
        depth += (c == FSI) - (c == PDI)
        if depth == 0 and unicodedata.bidirectional(c) in ("L", "EN", "AN", "LRE", "RLE", "RLO"):
            found += c
    return found


def shown(message: Message) -> Iterator[str]:
    """Everything of a message that is read."""
    yield message.text
    if message.reason:
        yield message.reason
    for key in (*message.choices, *message.controls):
        yield key.label


# --- everything there is to say ------------------------------------------------------------------


def values(text: Text) -> dict[str, Value]:
    """Something for each placeholder, as bad as it can be."""
    return {name: _value(name) for name in placeholders(text.source)}


def _value(name: str) -> Value:
    if name in NUMBERS:
        return 21
    if name in DATES:
        return dt.date(2026, 12, 7)
    label = LIBRARY.current["before"].steps[1].choices[0].label
    quoted = Quoted(NASTY, (label,), True, "answered")
    if name == "answers":
        asked = [s.text for s in LIBRARY.current["before"].steps if s.keeps_answer]
        return Recap(tuple((text, quoted) for text in asked))
    return quoted if "." in name else NASTY


def everything(localizer: Localizer) -> Iterator[tuple[str, Message]]:
    """Every step in every wording, and every phrase."""
    for flow in LIBRARY.current.values():
        for step in flow.steps:
            for text in (step.text, *(i.text for i in step.instead)):
                given = {k: v for t in (text, *step.texts) for k, v in values(t).items()}
                controls = tuple(engine.Button(name) for name in LIBRARY.phrases.controls)
                choices = tuple(engine.Button(c.id, c.label) for c in step.choices)
                prompt = Prompt(
                    step.id, 1, text, step.why, step.hint, choices, controls, values=given
                )
                yield text.context, prompt_message(prompt, localizer, LIBRARY.phrases, str)
    for name, phrase in LIBRARY.phrases.said.items():
        given = {
            k: v for t in (phrase.text, *phrase.choices.values()) for k, v in values(t).items()
        }
        yield name, phrase_message(name, localizer, LIBRARY.phrases, given)


def own_name(words: str) -> bool:
    names = [c.label.source for s in LIBRARY.current["welcome"].steps for c in s.choices]
    return words in names


def test_every_message_in_every_wording(localizer: Localizer) -> None:
    count = 0
    for place, message in everything(localizer):
        for words in shown(message):
            if not own_name(words):  # a language's own name goes its own way
                assert unbalanced(words) == [], place
                assert undirected(words) == [], place
                assert in_the_open(words) == "", place
                count += 1
    assert count > 500


def walked(flow: Flow, localizer: Localizer) -> Iterator[Message]:
    """A walk through a flow that comes to every question it has."""
    facts: dict[str, Value] = {"org_name": NASTY, "worker_name": NASTY, "keep_months": 12}
    facts |= {"hello_date": dt.date(2026, 12, 7), "language": localizer.code}
    earlier = {
        name: {
            s.id: Answer(s.id, engine.AnswerState.ANSWERED, words=NASTY)
            for s in LIBRARY.current[name].steps
            if s.keeps_answer
        }
        for name in flow.earlier
    }
    turn = engine.begin(flow, facts=facts, earlier=earlier)
    for _, do in grand_tour(flow, facts, earlier):
        for prompt in turn.prompts:
            yield prompt_message(prompt, localizer, LIBRARY.phrases, str)
        if do == SAID:
            turn = engine.hear(flow, turn.session, engine.Words(NASTY), facts=facts)
        else:
            turn = _do(flow, turn.session, do, facts)
    for prompt in turn.prompts:
        yield prompt_message(prompt, localizer, LIBRARY.phrases, str)


@pytest.mark.parametrize("name", sorted(LIBRARY.current))
def test_every_message_of_a_whole_conversation(name: str, localizer: Localizer) -> None:
    said = [
        words for message in walked(LIBRARY.current[name], localizer) for words in shown(message)
    ]
    assert len(said) > 20
    for words in said:
        assert (unbalanced(words), undirected(words), in_the_open(words)) == ([], [], "")


def test_the_place_in_the_row(localizer: Localizer) -> None:
    text = LIBRARY.current["before"].by_id["b1"].text
    said = localizer.say(text, {"number": 1, "total": 3})
    one, three = ("۱", "۳") if localizer.code == "fa" else ("1", "3")
    assert said.startswith(f"{RLM}{FSI}{one}{PDI} ")
    assert f" {FSI}{three}{PDI}. " in said


def test_numbers_to_ring_are_whole_and_as_dialled(localizer: Localizer) -> None:
    said = help_in(localizer)
    for number in ("999", "116 123", "85258", "0808 2000 247", "0800 1111"):
        assert any(number in piece for piece in _isolates(said)), number


def _isolates(said: str) -> list[str]:
    return [piece.split(PDI)[0] for piece in said.split(FSI)[1:]]


def test_bullets_do_not_turn_their_line(localizer: Localizer) -> None:
    lines = help_in(localizer).split("\n")
    bullets = [line for line in lines if "•" in line]
    assert len(bullets) > 3
    assert [line for line in bullets if not line.startswith(f"{RLM}•")] == []


# --- other languages -----------------------------------------------------------------------------


def test_a_name_from_the_right_turns_nothing_in_english() -> None:
    text = Text("a", "{worker_name}, 1 of 3")
    said = Localizer("en", LIBRARY.phrases).say(text, {"worker_name": "أحمد"})
    assert said == f"{FSI}أحمد{PDI}, 1 of 3"
    assert Localizer("en", LIBRARY.phrases).say(text, {"worker_name": "Mo"}) == "Mo, 1 of 3"


def test_english_holds_no_marks_unless_someone_brings_the_need(languages: Path) -> None:
    found = load_offered(LIBRARY, languages / "flows", languages)
    for code in ("en", "pl", "zh_hans"):
        for _, message in everything(found[code]):
            for words in shown(message):
                assert unbalanced(words) == []
                assert not set(words) & (bidi.CONTROLS - {FSI, PDI})


def test_what_has_no_translation_yet_stays_as_english_is(languages: Path) -> None:
    arabic = load_offered(LIBRARY, languages / "flows", languages)["ar"]
    assert arabic.say(Text("old/b1/text", "• Yes, 3")) == "• Yes, 3"


# --- for any words -------------------------------------------------------------------------------

ANY = st.text(
    st.sampled_from(f"aZ5 \n\r\u2029.•“+{{}}أع٣۵{FSI}{PDI}{RLM}\u202e\u2066\u200c🙂")
    | st.characters()
)


@given(ANY)
def test_isolated_words_are_balanced_on_every_line(words: str) -> None:
    said = bidi.isolated(bidi.clean(words))
    assert unbalanced(said) == []
    assert in_the_open(said) == ""
    assert bidi.clean(said) == bidi.clean(words)
    assert not set(said) & set("\r\x1c\x1d\x1e\x85\u2029")


@given(ANY)
def test_cleaned_words_steer_nothing(words: str) -> None:
    assert not set(bidi.clean(words)) & bidi.CONTROLS
    assert bidi.clean("می\u200cخواهم") == "می\u200cخواهم"


@given(ANY)
def test_a_text_keeps_its_letters_and_isolates_the_others(words: str) -> None:
    text = bidi.clean(words)
    said = bidi.lines(bidi.template(text))
    assert bidi.clean(said) == text
    assert unbalanced(said.replace("{", "").replace("}", "")) == []
    assert [line for line in said.split("\n") if line and undirected(line[0])] == []


@given(ANY, st.integers(1, 60))
def test_words_that_are_cut_are_still_balanced(words: str, longest: int) -> None:
    said = truncate(bidi.isolated(bidi.clean(words).replace("\n", " ")), longest)
    assert said.count(FSI) == said.count(PDI)
