"""A folder of questions whose small model knows one word, so that a test depends on no training."""

from __future__ import annotations

from pathlib import Path

from flows.engine.danger import line_files, model_file
from tests.support.running_bot import FLOWS, copied

WORD = "heron"
"""Sounds like danger to this model, and is in no phrase."""
SOUNDS_LIKE_DANGER = f"The {WORD} stands there again"


def with_model(folder: Path) -> Path:
    """A copy of the questions with its own model, beside the phrases of every day."""
    flows = copied(folder)
    danger = flows / "danger"
    danger.unlink()
    danger.mkdir()
    for path in (FLOWS / "danger").glob("*.yaml"):
        (danger / path.name).symlink_to(path)
    lines = danger / "en" / line_files.DANGER
    lines.parent.mkdir()
    lines.write_text(f"# self_harm\nthe {WORD} waits\n", encoding="utf-8")
    text, _ = model_file.written({f" {WORD} ": 9.0}, 0.0, 0.1, line_files.digest_of(danger))
    (danger / model_file.NAME).write_text(text, encoding="utf-8")
    return flows
