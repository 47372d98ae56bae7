"""A preview as plain values for the page's JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale

from bot.authors.problem_text import ProblemText
from bot.authors.same_meaning import waits_at
from bot.i18n.bidi import clean
from bot.i18n.localizer import COUNT, SOURCE_LANGUAGE
from bot.languages.completeness import about, language_codes, survey_of
from bot.preview import review_notes
from bot.preview.preview_session import PreviewSession
from bot.preview.scenario import Speaker, TranscriptLine
from bot.preview.simulation import name_of
from bot.settings import Settings
from bot.telegram.sending.keyboard_layout import layout_rows

_LONGEST_NAME = 40
_WORDS = Path(__file__).with_name("words.yaml")
_FILLED = re.compile(r"\{[^{}]*\}")


def play(found: PreviewSession, settings: Settings) -> dict[str, Any]:
    """Everything the page shows of a preview."""
    stage = found.stage
    scene = stage.scene
    open_lines = stage.open_lines
    said, waiting = _Notes(settings), _Waits(settings)
    lines = [
        {
            **_line(line, opened=any(line is other for other in open_lines)),
            "file": stage.written_at(line.step),
            "notes": said.on(line.step),
            "waits": waiting.on(line.step),
        }
        for line in _seen(stage.lines)
    ]
    return {
        "flow": scene.flow,
        "young": scene.young,
        "language": scene.language.replace("_", "-"),
        "direction": "rtl" if stage.localizer.right_to_left else "ltr",
        "draft": stage.localizer.draft,
        "lines": lines,
        "steps": _steps(found),
        "now": stage.now,
        **mistaken(found.wrong),
        "hard": [told.lines for told in found.hard],
        "lacks": [*stage.standing.lines(), *_older(found)],
        "words": words(scene.language),
    }


def mistaken(wrong: Iterable[ProblemText]) -> dict[str, Any]:
    """The mistakes, and how to fix each."""
    each = list(wrong)
    return {"wrong": [told.what for told in each], "ideas": [told.idea for told in each]}


def _older(found: PreviewSession) -> list[str]:
    standing = found.stage.standing
    return [f"{standing.code}: {text.context}: still the words before" for text in standing.waiting]


@cache
def _every_word() -> dict[str, dict[str, str]]:
    read: dict[str, dict[str, str]] = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    return read


def words(language: str) -> dict[str, str]:
    """The page's own texts for reviewers, in their language or else in English."""
    every = _every_word()
    return every.get(language, every[SOURCE_LANGUAGE])


class _Waits:
    """The languages that lack a translation of each step."""

    def __init__(self, settings: Settings) -> None:
        self._pairs = [
            (standing.code, text.context)
            for standing in survey_of(settings)
            for text in standing.waiting
        ]

    def on(self, step: str) -> list[str]:
        return waits_at(step, self._pairs) if step else []


def _seen(lines: list[TranscriptLine]) -> list[TranscriptLine]:
    """The lines since the chat was cleared, if it was."""
    cleared = [n for n, line in enumerate(lines, 1) if line.who is Speaker.CLEARED]
    return lines[cleared[-1] :] if cleared else lines


def languages(settings: Settings) -> list[dict[str, str]]:
    """Every language there is, by its own name."""
    spoken = {
        code: Locale.parse(about(settings.locales, code).locale)
        for code in language_codes(settings.locales)
    }
    return [{"code": c, "name": locale.get_language_name() or c} for c, locale in spoken.items()]


def _line(line: TranscriptLine, *, opened: bool) -> dict[str, Any]:
    message = line.message
    return {
        "who": line.who.value,
        "did": line.did.kind.value if line.did else None,
        "text": line.text if message is None else message.text,
        "why": message.reason if message else None,
        "rows": [
            [{"label": k.label, "name": name_of(k)} for k in row] for row in layout_rows(message)
        ]
        if message is not None and opened
        else [],
        "chosen": line.chosen,
        "act": line.act,
        "step": line.step,
    }


def _steps(found: PreviewSession) -> list[dict[str, str]]:
    """The steps one can jump to, each with the beginning of its text."""
    stage = found.stage
    names = ["welcome"] if stage.scene.flow == "welcome" else []
    if stage.scene.flow != "after":
        names.append(stage.pair[0])
    names.append(stage.pair[1])
    return [
        {"name": f"{name}/{step.id}", "words": clean(_beginning(stage.localizer.text(step.text)))}
        for name in names
        for step in stage.flows[name].steps
        if step.asks
    ]


def _beginning(words: str) -> str:
    """The first words of a question, without its number and placeholders."""
    return _FILLED.sub("…", COUNT.sub("", words))[:_LONGEST_NAME]


class _Notes:
    """The notes on each step, each file read once."""

    def __init__(self, settings: Settings) -> None:
        self._flows = settings.flows
        self._read: dict[str, tuple[str, list[review_notes.ReviewNote]]] = {}

    def on(self, step: str) -> list[dict[str, Any]]:
        name, _, step_id = step.partition("/")
        if name not in self._read:
            kept = review_notes.read(self._flows, name) if step_id else []
            self._read[name] = review_notes.version_now(self._flows, name) if kept else "", kept
        version, kept = self._read[name]
        return [
            {"kind": n.kind, "words": n.words, "earlier": n.version != version}
            for n in kept
            if n.step == step_id
        ]
