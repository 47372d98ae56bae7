"""Docstrings and comments use the field's terms, and say what code does before what it does not.

The limits are what was measured when they were last lowered; a number that falls may be lowered,
and none may be raised.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

VAGUE = re.compile(
    r"\b(?:somebody|whoever|nobody|anew|owed|house|of before|once more|nought)\b", re.IGNORECASE
)
"""Words that hide who or what is meant, where the code has a name for it."""
MOST_VAGUE = 5

NEGATION = re.compile(
    r"(?:(?:do|does|is|are|has|have|can)\s+not\b|cannot\b|no\b|not\b|never\b|nothing\b|none\b"
    r"|nobody\b|neither\b|\w+s\s+(?:no|not|nothing|nobody|none|never|neither)\b)",
    re.IGNORECASE,
)
"""How a sentence begins that says what a module does not do."""
MOST_NEGATIONS = 14

SENTENCE_END = re.compile(r"(?<=[.?!])\s+")


def modules() -> Iterator[tuple[Path, str]]:
    """The modules of the program, with their source."""
    for folder in ("bot", "flows"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def prose(source: str) -> Iterator[str]:
    """The docstrings of a module, those of attributes too, and its comments."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield text
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def vague_words(source: str) -> Counter[str]:
    """How often each vague word is in the prose of a module; line breaks count as spaces."""
    found: Counter[str] = Counter()
    for text in prose(source):
        joined = " ".join(text.split())
        found.update(word.lower() for word in VAGUE.findall(joined))
    return found


def second_sentence(source: str) -> str:
    """The second sentence of a module's docstring; empty where there is one only."""
    sentences = SENTENCE_END.split(ast.get_docstring(ast.parse(source)) or "", maxsplit=2)
    return sentences[1] if len(sentences) > 1 else ""


def test_prose_names_who_and_what_it_is_about() -> None:
    found = {path: words for path, text in modules() if (words := vague_words(text))}
    total = sum(words.total() for words in found.values())
    listed = "\n".join(f"{path}: {dict(words)}" for path, words in found.items())
    assert total <= MOST_VAGUE, f"{total} vague words:\n{listed}"


def test_modules_say_what_they_do() -> None:
    found = [path for path, text in modules() if NEGATION.match(second_sentence(text))]
    listed = "\n".join(map(str, found))
    assert len(found) <= MOST_NEGATIONS, f"{len(found)} second sentences negate:\n{listed}"


def test_both_are_found() -> None:
    source = (
        '"""Sends replies.\n\nDoes not\nretry."""\n\n'
        'x = "nobody"\n"""What is owed, once\nmore."""\n'
        "y = 1  # of before: whoever\n"
    )
    assert vague_words(source) == {"owed": 1, "once more": 1, "of before": 1, "whoever": 1}
    assert NEGATION.match(second_sentence(source))
    assert not NEGATION.match(second_sentence('"""Sends replies.\n\nNotes the result."""\n'))
