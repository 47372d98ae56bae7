"""Help, danger and stop come in this order, and nothing that a button says is any danger.

Whether a phrase is found at all is for `test_danger`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.content.environment import Environment
from bot.domain.states import ParticipantState
from bot.languages.environment_loader import load_environment
from bot.messages.callback_data import PhraseButton, parse
from bot.messages.incoming import TextMessage
from bot.settings import ROOT, read_settings
from bot.store.tables.participant_tables import ParticipantRow
from flows.engine.danger.detector import LISTED, DangerKind
from flows.engine.normalise import normalise
from tests.conftest import Time
from tests.support.participants import Crowd, Phone
from tests.support.running_bot import FLOWS, KEY
from tests.support.stop_ways import every_stop

WORDS = yaml.safe_load((FLOWS / "stop_words.yaml").read_text(encoding="utf-8"))
UNSAFE = ("safety_question/unsafe", "safety_question_seen/unsafe")
"""The buttons that say that they are not safe: typed anywhere, that may well be danger."""
LABELS_OF_LINES = "line_kind"
"""Not buttons but what stands before a number, such as "Not safe at home?"."""


@pytest.fixture(scope="module")
def whole() -> Environment:
    """Everything that is said, in every language there is."""
    codes = ",".join(p.name for p in (ROOT / "locales").iterdir() if (p / "about.yaml").exists())
    return load_environment(
        read_settings(
            _env_file=None, database_url="sqlite:///none.db", secret_keys=KEY, languages=codes
        )
    )


def labels(whole: Environment) -> Iterator[tuple[str, str, str]]:
    """Every button of every flow and phrase: language, place, and what it says."""
    library = whole.library
    for code in whole.languages.codes:
        localizer = whole.languages[code]
        for name, words in library.phrases.controls.items():
            yield code, name, localizer.text(words)
        for flow in library.current.values():
            for step in flow.steps:
                for choice in step.choices:
                    if choice.label is not None:
                        yield (
                            code,
                            f"{flow.name}/{step.id}/{choice.id}",
                            localizer.text(choice.label),
                        )
        for name, phrase in library.phrases.said.items():
            if name != LABELS_OF_LINES:
                for choice_id, words in phrase.choices.items():
                    yield code, f"{name}/{choice_id}", localizer.text(words)


def test_no_button_is_danger_when_it_is_typed(whole: Environment) -> None:
    every = [found for found in labels(whole) if found[1] not in UNSAFE]
    languages = {code for code, _, _ in every}
    assert len(languages) == 12
    forms = [(*at, f) for *at, said in every for f in (said, said.upper(), f"{said}.", f"{said}!")]
    found = [(form, f.phrase) for form in forms if (f := whole.danger.find(form[-1])) is not None]
    sys.stdout.write(f"\nbuttons: {len(every)} labels in {len(languages)} languages\n")
    assert found == []


def test_no_button_sounds_like_danger_but_not_to_be_safe(whole: Environment) -> None:
    assert whole.danger_model is not None
    model = whole.danger_model
    found = [(at, said) for *at, said in labels(whole) if model.may_be_danger(said)]
    assert [each for each in found if each[0][1] not in UNSAFE] == []


def test_no_question_or_answer_of_ours_sounds_like_danger(whole: Environment) -> None:
    assert whole.danger_model is not None
    model = whole.danger_model
    texts = [
        whole.languages[code].text(step.text)
        for code in whole.languages.codes
        for flow in whole.library.current.values()
        for step in flow.steps
    ]
    for path in (ROOT / "docs" / "conversation.md", ROOT / "flows" / "README.md"):
        page = path.read_text(encoding="utf-8")
        texts += re.findall(r"^\*\*\w+:\*\* (?!/)(.+)$", page, re.MULTILINE)
    assert len(texts) > 500
    assert [text for text in texts if model.may_be_danger(text)] == []


def test_what_a_button_says_is_no_word_that_does_something_else(whole: Environment) -> None:
    """Only the button that stops says a word that stops, and so on for help and start."""
    wrong = []
    for code, place, said in labels(whole):
        meant = whole.library.keywords(said)
        name = place.rpartition("/")[2]
        if meant == "stop" and name != "stop":
            wrong.append((code, place, said))
        if meant == "help" and name != "help":
            wrong.append((code, place, said))
        if name in {"stop", "help"} and place in {"stop", "unknown/stop", "unknown/help"}:
            assert meant == name, (code, place, said)
    assert wrong == []


def test_what_our_buttons_and_the_menu_call_stopping_stops_when_typed(whole: Environment) -> None:
    phrases, keywords = whole.library.phrases, whole.library.keywords
    texts = [phrases.controls["stop"], phrases.menu["stop"]]
    texts += [
        phrase.choices["stop"] for phrase in phrases.said.values() if "stop" in phrase.choices
    ]
    assert len(texts) >= 6
    for code in whole.languages.codes:
        for said in map(whole.languages[code].text, texts):
            for form in (said, said.upper(), f"{said}.", f"{said} please"):
                bare = form.endswith("please") and not keywords.stops(said, normalise(said))
                assert bare or keywords(form) == "stop", (code, form)


def test_no_answer_in_the_pages_is_danger(whole: Environment) -> None:
    texts = []
    for path in (ROOT / "docs" / "conversation.md", ROOT / "flows" / "README.md"):
        texts += re.findall(
            r"^\*\*\w+:\*\* (?!/)(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE
        )
    assert len(texts) >= 5
    assert [text for text in texts if whole.danger.find(text)] == []


def test_no_question_of_ours_is_danger_when_it_is_quoted_back(whole: Environment) -> None:
    """People copy a question to answer it, or write an explanation of ours back."""
    found = [
        (flow.name, step.id, hit.phrase)
        for flow in whole.library.current.values()
        for step in flow.steps
        for text in filter(None, (step.text, step.why))
        if flow.name != "welcome" and (hit := whole.danger.find(text.source))
    ]
    assert found == []


# --- the order -----------------------------------------------------------------------------------


def _words(meaning: str) -> list[str]:
    if meaning == "stop":
        return every_stop()
    return list(dict.fromkeys(word for each in WORDS[meaning].values() for word in each))


async def _asked(crowd: Crowd, number: int) -> list[Phone]:
    phones = crowd.chats(number)
    await crowd.agree(phones)
    return phones


async def test_help_alone_is_help_and_stop_alone_is_stop(database_url: str, time: Time) -> None:
    helps, stops = _words("help"), _words("stop")
    async with Crowd(database_url, time) as crowd:
        phones = await _asked(crowd, len(helps) + len(stops))
        asking, stopping = phones[: len(helps)], phones[len(helps) :]
        await crowd.act(
            (p, TextMessage(w.upper())) for p, w in zip(phones, [*helps, *stops], strict=True)
        )
        for phone, word in zip(asking, helps, strict=True):
            assert "Here is who can help" in phone.messages[0].text, word
        for phone, word in zip(stopping, stops, strict=True):
            assert phone.messages[0].text.startswith("Done. I have stopped"), word
        stopped = await crowd.count(
            ParticipantRow, ParticipantRow.state == ParticipantState.STOPPED
        )
        assert stopped == len(stops)
        sys.stdout.write(f"\nalone: {len(helps)} words for help, {len(stops)} for stop\n")


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("I want it all to stop", "stop_maybe"),
        ("i want it to stop.", "stop_maybe"),
        ("stop, I want to die", "danger_self_harm"),
        ("HELP I want to die", "danger_self_harm"),
        ("stop hitting me he hits me every night", "danger_abuse"),
        ("Please stop. I took 30 paracetamol", "danger_overdose"),
    ],
)
async def test_more_than_the_word_alone(
    text: str, phrase: str, database_url: str, time: Time
) -> None:
    async with Crowd(database_url, time) as crowd:
        (phone,) = await _asked(crowd, 1)
        await crowd.all([phone], TextMessage(text))
        (message,) = phone.messages
        button = parse(message.choices[0].data)
        assert isinstance(button, PhraseButton)
        assert button.phrase == phrase
        assert (
            await crowd.count(ParticipantRow, ParticipantRow.state == ParticipantState.STOPPED) == 0
        )


@pytest.mark.parametrize("kind", [k for k in LISTED if k is not DangerKind.MAYBE])
async def test_the_label_of_the_question_that_waits_is_an_answer_though_it_were_danger(
    kind: DangerKind, database_url: str, time: Time, tmp_path: Path
) -> None:
    """An author may one day write such a label; what a button says is what it does."""
    phrases = tmp_path / "flows"
    _copy(phrases)
    other = "" if kind is DangerKind.SELF_HARM else f"{kind}: [someone to talk to]"
    (phrases / "danger" / "en.yaml").write_text(
        "language: en\nstatus: draft\nreviewer: ''\n"
        f"self_harm: [zzz]\n{other}\n"
        "examples:\n  self_harm: [zzz]\n",
        encoding="utf-8",
    )
    async with Crowd(database_url, time, flows=phrases) as crowd:
        (phone,) = await _asked(crowd, 1)
        await crowd.all([phone], TextMessage("Someone to talk to"))
        assert phone.reply is not None
        assert not phone.reply.urgent


def _copy(folder: Path) -> None:
    for path in FLOWS.rglob("*.yaml"):
        to = folder / path.relative_to(FLOWS)
        if to.parent.name != "danger":
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(path.read_bytes())
    (folder / "danger").mkdir()
