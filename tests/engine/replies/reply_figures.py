"""How the lists of short replies are read: what is understood, and what is taken for another thing.

`python -m tests.engine.replies.reply_figures` writes `figures.yaml` as it is now: look at each line
that changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from bot.content.loading import read_meanings
from flows.engine import load_stop_words
from flows.engine.flow import RATHER_NOT_SAY
from flows.engine.replies.ages import Ages
from flows.engine.replies.reply_words import OLDEST
from tests.engine.word_lists import name_of, read
from tests.support.running_bot import FLOWS

HERE = Path(__file__).parent
FIGURES = HERE / "figures.yaml"
LISTS = sorted(HERE.glob("lists/*/*.yaml"))
REPLIES = read_meanings(FLOWS).replies
KEYWORDS = load_stop_words(FLOWS / "stop_words.yaml")
MEANT: Mapping[str, frozenset[str]] = {
    "hello.yes": frozenset({"yes", "right"}),
    "hello.no_or_later": frozenset({"no", "later", "not_today"}),
    "hello.who": frozenset({"who_is_this"}),
    "hello.greeting": frozenset({"greeting"}),
    "hello.thanks": frozenset({"thanks"}),
    "hello.bye": frozenset({"bye"}),
    "hello.other": frozenset(),
    "thumbs.up": frozenset({"yes", "thanks"}),
    "thumbs.down": frozenset({"no"}),
    "consent.yes": frozenset({"yes", "right"}),
    "consent.no": frozenset({"no"}),
    "phone.no_only_me": frozenset({"only_me", "no"}),
    "phone.yes_others": frozenset({"others_see", "yes"}),
    "phone.not_sure": frozenset({"not_sure"}),
    "recap.right": frozenset({"yes", "right"}),
    "recap.not_right": frozenset({"no", "not_right"}),
    "start.yes": frozenset({"yes", "right"}),
    "start.not_now": frozenset({"no", "later", "not_today"}),
    "person": frozenset({"asks_for_person"}),
}
"""What each part of a list means; a text of no meaning is an answer, and is kept as one."""
AGES = {"age.under13": Ages(0, 12), "age.teen": Ages(13, 17), "age.adult": Ages(18, OLDEST)}
RATHER_NOT = "age.rather_not"


@dataclass(frozen=True)
class Figures:
    """Of `of` texts how many are understood, and which are taken for another thing."""

    understood: int
    of: int
    wrongly: dict[str, str]


def figures_of(path: Path) -> dict[str, Figures]:
    """The figures of one list, by what its parts mean."""
    found = {}
    for part, texts in read(path).items():
        taken = {text: _taken(part, text, path.stem) for text in texts}
        found[part] = Figures(
            sum(meant is True for meant in taken.values()),
            len(texts),
            {text: meant for text, meant in taken.items() if isinstance(meant, str)},
        )
    return found


def _taken(part: str, text: str, language: str) -> bool | str:
    """Whether a text is understood as what it was written to mean; else what it is taken for."""
    if part == RATHER_NOT:
        return KEYWORDS(text) == RATHER_NOT_SAY
    if part in AGES:
        age, group = REPLIES.read_age(text, language), AGES[part]
        if age is None:
            return False
        return True if group.low <= age.low and age.high <= group.high else f"{age.low}-{age.high}"
    reply, meant = REPLIES.read(text, language), MEANT[part]
    if reply is None:
        return not meant
    return True if reply.meaning in meant else str(reply.meaning)


def held() -> dict[str, dict[str, Figures]]:
    """The figures as they are held."""
    stored = yaml.safe_load(FIGURES.read_text(encoding="utf-8"))
    return {
        name: {part: Figures(**figures) for part, figures in parts.items()}
        for name, parts in stored.items()
    }


def write() -> None:
    """Writes the figures as they are now."""
    lines = []
    for path in LISTS:
        lines.append(f"{name_of(path)}:\n")
        for part, figures in figures_of(path).items():
            line = yaml.safe_dump(
                asdict(figures),
                allow_unicode=True,
                sort_keys=False,
                width=10_000,
                default_flow_style=True,
            )
            lines.append(f"  {part}: {line}")
    FIGURES.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    write()
