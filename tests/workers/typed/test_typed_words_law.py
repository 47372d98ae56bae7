"""Every label of every worker's button, and every short reply of every language, as typed words.

What they do is in `test_typed_words`; here only which button they press.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import yaml

from bot.content.environment import Environment
from bot.conversation.last_asked import LastAsked, WorkerChoice
from bot.domain.states import WorkerState
from bot.domain.worker import Worker
from bot.languages.environment_loader import load_environment
from bot.messages.callback_data import WorkerButton
from bot.messages.incoming import IncomingUpdate, TextMessage
from bot.messages.parts import Words, lazy
from bot.settings import read_settings
from bot.workers import typed_words
from bot.workers.typed_words import TypedWork
from flows.engine import Text, Value
from tests.support.running_bot import FLOWS, KEY

NOW = dt.datetime(2026, 11, 30, 10, tzinfo=dt.UTC)
LANGUAGES = ("en", "pl", "pt", "ro", "es", "ar", "uk", "fa", "ur", "bn", "fr", "zh_hans")
GIVES_AWAY = {
    "hand": ("w_one", "hand"),
    "phone": ("w_one", "phone"),
    "drop": ("w_one", "drop"),
    "old": ("w_eye", "old"),
    "withdraw": ("w_invite_link", "withdraw"),
    "fire": ("w_crew_row", "fire"),
}
"""What only its label presses."""
CLEAR = {
    "remove": ("w_remove_check", "remove"),
    "tell": ("w_did_check", "tell"),
    "seen": ("w_alert", "seen"),
}
"""What a clear word presses too."""


@pytest.fixture(scope="module")
def env() -> Environment:
    return load_environment(
        read_settings(_env_file=None, secret_keys=KEY, languages=",".join(LANGUAGES))
    )


def shown(env: Environment, *buttons: tuple[WorkerButton, Words], language: str) -> LastAsked:
    """A message with these buttons."""
    localizer = env.languages[language]
    work = tuple(WorkerChoice(b, words, localizer) for b, words in buttons)
    return LastAsked(NOW, work=work, work_at=NOW)


def typed(
    env: Environment, asked: LastAsked | None, text: str, language: str, sent: dt.datetime = NOW
) -> TypedWork | None:
    """The button that a text presses."""
    worker = Worker(1, 1, "Sam", True, WorkerState.ACTIVE, language, "UTC")
    return typed_words.read(env, worker, asked, IncomingUpdate(1, 1, TextMessage(text), sent), sent)


def labels(env: Environment) -> Iterator[tuple[str, dict[str, Text]]]:
    """The buttons under every phrase for workers."""
    names = yaml.safe_load((FLOWS / "workers.yaml").read_text())["phrases"]
    for name in names:
        if choices := dict(env.library.phrases[name].choices):
            yield name, choices


def replies() -> Iterator[tuple[str, str]]:
    """Every short reply of every language, with the language."""
    for code in LANGUAGES:
        data = yaml.safe_load((FLOWS / "replies" / f"{code}.yaml").read_text())
        for part, words in data.items():
            if isinstance(words, list) and part not in ("fillers", "numbers"):
                yield from ((code, str(word)) for word in words)


VALUES: dict[str, Value] = {"total": 3, "date": dt.date(2026, 11, 12)}


def test_every_label_presses_its_button(env: Environment) -> None:
    tried = 0
    for language in LANGUAGES:
        for name, choices in labels(env):
            found = [(WorkerButton(c, 1), lazy(text, VALUES)) for c, text in choices.items()]
            asked = shown(env, *found, language=language)
            for button, words in found:
                said = env.languages[language].say(words.text, VALUES)
                for text in (said, f"{said}.", said.upper()):
                    pressed = typed(env, asked, text, language)
                    assert pressed == (button, True), (language, name, text)
                    tried += 1
    print(f"\n{tried} labels pressed their button")  # noqa: T201


@pytest.mark.parametrize("language", ["en", "pl", "ar"])
def test_what_gives_away_is_pressed_by_its_label_alone(env: Environment, language: str) -> None:
    """Short replies of all languages, and with signs that ask or doubt."""
    phrases, meanings = env.library.phrases, env.library.choice_meanings
    alone = {
        verb: shown(
            env,
            (WorkerButton(verb, 1), lazy(phrases[name].choices[choice], VALUES)),
            language=language,
        )
        for verb, (name, choice) in {**GIVES_AWAY, **CLEAR}.items()
    }
    tried, words = 0, list(replies())
    for number, (code, word) in enumerate(words[:: 1 if language == "en" else 7]):
        for text in (word, f"{word}?", f"{word} 🤔")[: 1 if number % 9 else 3]:
            for verb, asked in alone.items():
                pressed = typed(env, asked, text, language)
                tried += 1
                if pressed is None or pressed.button.verb != verb:
                    continue
                assert verb in CLEAR, (verb, code, text)
                assert meanings.is_clear(text, language), (verb, code, text)
                assert "?" not in text
    print(f"\n{tried} words, none gave anything away")  # noqa: T201


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_clear_yes_of_the_language_is_heard(env: Environment, language: str) -> None:
    meanings = env.library.choice_meanings
    heard = 0
    for word in meanings.clear_words[language]:
        reply = meanings.replies.read(word, language)
        for verb, (name, choice) in CLEAR.items():
            label = lazy(env.library.phrases[name].choices[choice])
            asked = shown(env, (WorkerButton(verb, 1), label), language=language)
            pressed = typed(env, asked, word, language)
            is_meant = reply is not None and reply.meaning in meanings.of(label.text)
            assert (pressed is not None) == is_meant, word
            heard += pressed is not None
    assert heard >= 3


def test_nothing_is_pressed_late_early_or_without_memory(env: Environment) -> None:
    label = lazy(env.library.phrases["w_remove_check"].choices["remove"])
    asked = shown(env, (WorkerButton("remove", 1), label), language="en")
    day, second = dt.timedelta(days=1), dt.timedelta(seconds=1)
    for text in ("yes", "Yes, remove"):
        assert typed(env, asked, text, "en")
        assert typed(env, asked, text, "en", NOW + day - second)
        for sent in (NOW + day, NOW - second):
            assert typed(env, asked, text, "en", sent) is None
        assert typed(env, None, text, "en") is None
        assert typed(env, LastAsked(NOW), text, "en") is None


def test_a_name_or_the_number_of_a_card_presses_its_row(env: Environment) -> None:
    row = env.library.phrases["w_row"].text
    standing = lazy(env.library.phrases["w_is_joined"].text)
    rows = [
        (WorkerButton("one", n), lazy(row, {"name": name, "standing": standing}))
        for n, name in enumerate(("7  Kim", "8  Éva", "Lee", "Lee", "Sam Lee"), 1)
    ]
    asked = shown(env, *rows, language="en")
    for text, about in (("kim", 1), ("7", 1), ("7 Kim", 1), ("eva", 2), ("SAM LEE", 5)):
        pressed = typed(env, asked, text, "en")
        assert pressed is not None, text
        assert pressed.button.about == about, text
    for text in ("Lee", "9", "Ki", "", "?", "joined"):
        assert typed(env, asked, text, "en") is None, text


def test_every_meaning_is_of_a_button_that_there_is(env: Environment) -> None:
    known = {text.context for _, choices in labels(env) for text in choices.values()}
    meanings = env.library.choice_meanings
    named = {*meanings.named, *meanings.clear}
    assert {place for place in named if place.startswith("workers/")} <= known
    assert {f"workers/{p}/{c}" for p, c in CLEAR.values()} <= meanings.clear
