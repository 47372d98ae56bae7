"""A plain yes, no or "a bit" to a question with choices is the choice that fits without doubt."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.content.loading import read_folder, read_meanings
from flows.engine import Step
from flows.engine.replies.reply_words import ReplyMeaning
from tests.conftest import Time
from tests.support.participants import answers_of
from tests.support.running_bot import FLOWS, Running
from tests.support.stop_ways import OFFERED
from tests.support.telegram_fake import Person

MEANINGS = read_meanings(FLOWS)
LIBRARY = read_folder(FLOWS)[0]
STEPS = {
    f"{name}/{step.id}": step
    for name, flow in LIBRARY.current.items()
    for step in flow.steps
    if any(choice.label.source.casefold().startswith(("yes", "no")) for choice in step.choices)
}
YES, NO, PARTLY = ReplyMeaning.YES, ReplyMeaning.NO, ReplyMeaning.PARTLY
EITHER_HELP = {"after/a3_help": frozenset({"worker", "numbers"})}
"""Where a yes may mean two buttons, and is asked again."""
NO_MEANS_NONE = {"no_one", "none", "not_heard", "not_mine", "not_sure", "not_now", "no_words"}
"""Choices that begin with "No", and are no plain no."""
PLAIN: Mapping[str, Mapping[ReplyMeaning, tuple[str, ...]]] = {
    "en": {YES: ("yes", "yeah"), NO: ("no", "not really"), PARTLY: ("a bit", "so so", "kind of")},
    "es": {YES: ("sí",), NO: ("no",), PARTLY: ("un poco", "más o menos", "así así")},
    "pt": {YES: ("sim",), NO: ("não",), PARTLY: ("um pouco", "mais ou menos")},
    "fr": {YES: ("oui",), NO: ("non",), PARTLY: ("un peu", "bof", "plus ou moins")},
    "pl": {YES: ("tak",), NO: ("nie",), PARTLY: ("trochę", "troche", "tak sobie")},
    "ro": {YES: ("da",), NO: ("nu",), PARTLY: ("puțin", "un pic", "așa și așa")},
    "uk": {YES: ("так",), NO: ("ні",), PARTLY: ("трохи", "так собі", "не зовсім")},
    "ar": {YES: ("نعم",), NO: ("لا",), PARTLY: ("قليلا", "شوي", "نص نص", "shway")},
    "fa": {YES: ("بله",), NO: ("نه",), PARTLY: ("کمی", "یه کم", "تا حدی", "ye kam")},
    "ur": {YES: ("ہاں",), NO: ("نہیں",), PARTLY: ("تھوڑا", "کسی حد تک", "thora sa")},
    "bn": {YES: ("হ্যাঁ",), NO: ("না",), PARTLY: ("একটু", "কিছুটা", "motamuti")},
    "zh_hans": {YES: ("是",), NO: ("不",), PARTLY: ("有一点", "马马虎虎")},
}


def pressed_by(step: Step, meaning: ReplyMeaning) -> set[str]:
    """The choices of a question that a meaning presses."""
    return {c.id for c in step.choices if meaning in MEANINGS.of(c.label)}


@pytest.mark.parametrize("place", STEPS)
def test_a_plain_yes_or_no_is_the_choice_that_begins_so(place: str) -> None:
    step = STEPS[place]
    for word, meaning in (("yes", YES), ("no", NO)):
        begins = {
            c.id
            for c in step.choices
            if c.label.source.casefold().replace(",", " ").split()[0] in (word, f"{word}t")
            and c.id not in NO_MEANS_NONE
        }
        if begins:
            assert pressed_by(step, meaning) == EITHER_HELP.get(place, begins) or (
                meaning is NO and pressed_by(step, meaning) == begins
            ), (place, word)


@pytest.mark.parametrize("language", OFFERED)
def test_the_plain_words_of_every_language_are_read(language: str) -> None:
    for meaning, texts in PLAIN[language].items():
        for text in texts:
            for said in (text, f"{text}.", text.upper()):
                if meaning is PARTLY:
                    assert MEANINGS.replies.says_partly(said, language), said
                else:
                    found = MEANINGS.replies.read(said, language)
                    assert found is not None, said
                    assert found.meaning is meaning, said
                    assert not MEANINGS.replies.says_partly(said, language), said


@pytest.mark.parametrize("text", ["yes, a bit", "yeah kind of", "well, a bit", "thanks, so so"])
def test_politeness_may_stand_around_a_bit(text: str) -> None:
    assert MEANINGS.replies.says_partly(text, "en")


@pytest.mark.parametrize("text", ["a bit of money", "not a bit", "in a bit", "a bit later", ""])
def test_a_bit_of_something_is_another_thing(text: str) -> None:
    assert not MEANINGS.replies.says_partly(text, "en")


SUCCESS = {
    "no": "n",
    "No.": "n",
    "not really": "n",
    "nope": "n",
    "yes": "y",
    "yeah": "y",
    "a bit": "some",
    "so so": "some",
    "kind of": "some",
    "yes and no": "some",
    "not sure": "not_sure",
    "too soon": None,
    "yes no": None,
    "the stairs are loud": None,
}


async def test_plain_answers_to_has_this_been_a_success(
    running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    await running.tick()
    await sam.taps("Yes", "Start")
    assert "has been a success" in sam.last.text
    for said, choice in SUCCESS.items():
        await sam.says(said)
        answer = (await answers_of(running, sam)).get("a1")
        if choice is None:
            assert "has been a success" in sam.last.text, said
            continue
        assert answer is not None, said
        assert answer.choices == (choice,), said
        assert "has been a success" not in sam.last.text, said
        await sam.taps("Back", "Take it back")


async def test_a_bit_is_the_middle_of_every_scale(
    running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    await running.tick()
    await sam.taps("Yes", "Start")
    await sam.says("so so")
    await sam.taps("Skip")
    for step, choice in (("a2", "some"), ("a3", "bit")):
        await sam.says("a bit")
        assert (await answers_of(running, sam))[step].choices == (choice,), step
    assert "Do you want help with this?" in sam.last.text
    await sam.says("yes")  # there is no worker: the numbers are the only help
    assert "999" in "\n".join(b.text for b in sam.fresh)
