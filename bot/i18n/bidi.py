"""Bidirectional text: keeps numbers and names in order in right-to-left languages.

Adds and removes invisible marks only; drawing is up to the phone.
"""

from __future__ import annotations

import re
import unicodedata

FSI, PDI, RLM = "\u2068", "\u2069", "\u200f"
CONTROLS = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x61C))) | {
    RLM
}
"""Every mark that steers direction. Joiners are none: Persian and Bengali words need theirs."""

# Every other line separator becomes a line feed, so that all lines are recognised alike.
_CLEAN: dict[int, str | None] = {
    **dict.fromkeys(map(ord, CONTROLS)),
    **dict.fromkeys(map(ord, "\r\x1c\x1d\x1e\x85\u2029"), "\n"),
}
_RIGHT = frozenset({"R", "AL"})
# An isolate ends with its paragraph, so each line of several needs its own.
_LINE = re.compile("[^\n]+")
# A placeholder is left alone: what is filled in is isolated by itself. Any other run of Latin
# letters and European digits is one piece (a phone number with its spaces, a keyword, an @name),
# for the spaces in "0808 2000 247" would otherwise turn its parts round.
_LATIN = r"[0-9A-Za-z\u00c0-\u02af]"
_FOREIGN = re.compile(rf"\{{[a-z0-9_.]+\}}|[+/@]?{_LATIN}+(?:[ .,:/@'’+_-]*{_LATIN}+)*")


def clean(words: str) -> str:
    """The text without any mark that could change the direction of what follows."""
    return words.replace("\r\n", "\n").translate(_CLEAN)


def isolated(words: str) -> str:
    """The text, line by line, isolated from its surroundings."""
    return _LINE.sub(lambda line: f"{FSI}{line.group()}{PDI}", words)


def has_right_to_left(words: str) -> bool:
    """Whether any letter is of a right-to-left script."""
    return not words.isascii() and any(unicodedata.bidirectional(c) in _RIGHT for c in words)


def template(words: str) -> str:
    """A right-to-left text before it is filled in, with Latin words and numbers isolated."""

    def env(match: re.Match[str]) -> str:
        found = match.group()
        return found if found.startswith("{") else f"{FSI}{found}{PDI}"

    return _FOREIGN.sub(env, words)


def lines(words: str) -> str:
    """A right-to-left text each line of which shows its direction by its first character.

    Telegram uses the first letter that has one. A bullet, a digit, an emoji or a quotation mark has
    none, and a Latin name has the wrong one; so a mark goes before them.
    """
    found = words.split("\n")
    return "\n".join(RLM + line if line and not _shows(line) else line for line in found)


def _shows(line: str) -> bool:
    return unicodedata.bidirectional(line[:1]) in _RIGHT  # the mark itself is "R"


def signed(sign: str, words: str) -> str:
    """Text with a sign before it, on the side where the text begins."""
    return (RLM if _shows(words) else "") + sign + words


def closed(words: str) -> str:
    """Truncated text, with the isolates closed that the cut left open."""
    return words + PDI * (words.count(FSI) - words.count(PDI))
