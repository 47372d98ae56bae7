"""Trains the small model that asks gently, from the lines in `flows/danger/`.

Logistic regression over pieces of text, with scikit-learn, which nothing else needs. The same lines
and versions give the same file. How well it does is measured on patterns that it did not learn.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.settings import CannotBeDone
from flows.engine.danger import line_files, model_file
from flows.engine.danger.line_files import LearningLine
from flows.engine.danger.model import DangerModel, pieces_of

PIECES = 20_000
"""So many pieces have a weight: more say little, and make the file larger."""
RARE = 2
"""A piece in fewer lines than this is not learnt."""
STRENGTH = 10.0
"""How far weights may go to fit the lines: scikit-learn's `C`."""
ALARMS = 0.004
"""The share of ordinary lines, not learnt from, at which the bot may ask gently."""
TOO_FEW = "there are too few lines to learn from: some that mean danger, and more that do not"
KEPT_APART = 5
"""One pattern in so many is not learnt from while it is measured."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model: the text of its file, and how it does on patterns it did not learn.

    `found` and `alarms` are counts by language, `of` those they are of.
    """

    text: str
    model: DangerModel
    found: Counter[str]
    found_of: Counter[str]
    alarms: Counter[str]
    alarms_of: Counter[str]


def train(folder: Path) -> Trained:
    """Trains a model from the lines of a folder `danger`.

    Raises:
        BrokenFlow: with every mistake in the lines.
        CannotBeDone: scikit-learn is not installed, or there are too few lines.
    """
    lines = line_files.read_lines(folder)
    regression = _Regression(lines)
    apart = [_is_apart(line) for line in lines]
    weights, bias = regression.fit([n for n, is_apart in enumerate(apart) if not is_apart])
    measured = DangerModel(weights, bias, 0.0)
    held = [line for line, is_apart in zip(lines, apart, strict=True) if is_apart]
    scores = [measured.score(line.text) for line in held]
    threshold = _threshold(held, scores)
    counts = [Counter[str]() for _ in range(4)]
    for line, score in zip(held, scores, strict=True):
        if line.heading == line_files.SOUNDS:
            continue  # asked about gently more often, and no harm in that
        count, of = counts[:2] if line.is_danger else counts[2:]
        count[line.language] += score >= threshold
        of[line.language] += 1
    weights, bias = regression.fit(range(len(lines)))
    text, model = model_file.written(weights, bias, threshold, line_files.digest_of(folder))
    return Trained(text, model, *counts)


def _is_apart(line: LearningLine) -> bool:
    """Whether a line is kept apart, with all others of its pattern: by a hash, the same always."""
    name = f"{line.pattern[0]} {line.pattern[1]}".encode()
    return hashlib.sha256(name).digest()[0] % KEPT_APART == 0


def _threshold(held: Sequence[LearningLine], scores: Sequence[float]) -> float:
    """The score that so few everyday answers reach."""
    pairs = zip(scores, held, strict=True)
    ordinary = sorted(score for score, line in pairs if line.heading == line_files.ANSWERS)
    if not ordinary:
        return 0.0
    return ordinary[min(int(len(ordinary) * (1 - ALARMS)), len(ordinary) - 1)] + 1e-4


class _Regression:
    """Logistic regression over the pieces of lines; a line's pieces weigh as much as another's."""

    def __init__(self, lines: Sequence[LearningLine]) -> None:
        try:
            import numpy as np
            from scipy.sparse import diags
            from sklearn.feature_extraction.text import CountVectorizer
        except ImportError as error:
            raise CannotBeDone(
                "training needs scikit-learn: pip install 'leaf-checkin[train]'"
            ) from error
        texts = [line.text for line in lines]
        vectorizer = CountVectorizer(analyzer=pieces_of, binary=True, min_df=RARE)
        try:
            counts = vectorizer.fit_transform(texts)
        except ValueError as error:
            raise CannotBeDone(TOO_FEW) from error
        lengths = np.array([max(1, len(pieces_of(text))) for text in texts])
        self._pieces: Any = vectorizer.get_feature_names_out()
        self._matrix: Any = (diags(lengths**-0.5) @ counts).tocsr()
        self._often: Any = np.sqrt(counts.sum(axis=0).A1)
        self._is_danger: Any = np.array([line.is_danger for line in lines])

    def fit(self, rows: Sequence[int]) -> tuple[dict[str, float], float]:
        """The weights of the pieces that say most about these lines, and the bias."""
        import numpy as np

        matrix, is_danger = self._matrix[list(rows)], self._is_danger[list(rows)]
        if len({*is_danger.tolist()}) < 2:
            raise CannotBeDone(TOO_FEW)
        said = np.abs(_fitted(matrix, is_danger).coef_[0]) * self._often
        chosen = np.sort(np.argsort(-said, kind="stable")[:PIECES])
        found = _fitted(matrix[:, chosen], is_danger)
        weights = zip(self._pieces[chosen], found.coef_[0], strict=True)
        return {str(piece): float(weight) for piece, weight in weights}, float(found.intercept_[0])


def _fitted(matrix: Any, is_danger: Any) -> Any:
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(
        C=STRENGTH, solver="liblinear", class_weight="balanced", max_iter=300, random_state=1
    )
    return regression.fit(matrix, is_danger)
