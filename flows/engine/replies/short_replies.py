"""Reads a whole message as a short reply: yes, no, later, thanks, and their like.

A message is read only if every word of it is in the data: what holds more is an answer.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from flows.engine.replies.ages import Ages, read_age
from flows.engine.replies.reply_words import (
    FILLERS,
    UNCLEAR,
    LanguageWords,
    ReplyMeaning,
    ReplyWords,
    Words,
    words_of,
)

LONGEST = 80
"""Characters: nothing longer is a short reply."""
_MOST_WORDS = 12
_COUNT_BESIDE_WORDS = (ReplyMeaning.NO, ReplyMeaning.NOT_SURE, ReplyMeaning.LATER)
_SAID_WITH_PARTLY = (ReplyMeaning.YES, ReplyMeaning.THANKS, ReplyMeaning.GREETING)
_AROUND_PARTLY = frozenset({FILLERS, *_SAID_WITH_PARTLY})
_KIND = (ReplyMeaning.YES, ReplyMeaning.THANKS)
ASKING = frozenset("?¿？؟՞;‽⁇⁈⁉❓❔")  # the one like a semicolon asks in Greek
"""What turns a yes into a question, in every script."""
ENGLISH = "en"
"""The language that people use beside their own, before all others."""


@dataclass(frozen=True, slots=True)
class ShortReply:
    """What a whole message means, and the language it was read in.

    `asks` means that it holds a question mark: a "yes?" is no yes to what cannot be undone.
    """

    meaning: ReplyMeaning
    language: str
    asks: bool = False


class ShortReplies:
    """The short replies of every language."""

    def __init__(self, words: ReplyWords | None = None) -> None:
        self._words = words or ReplyWords({}, {}, {})

    def read(self, text: str, language: str) -> ShortReply | None:
        """What a whole message means: in this language, else in English, else in any other.

        None where it means nothing, or two things at once, or another thing in another language.
        """
        if len(text) > LONGEST:
            return None
        words = words_of(text)
        if len(words) > _MOST_WORDS:
            return None
        asks = not ASKING.isdisjoint(text)
        signs = [] if text.isascii() else [m for c in text if (m := self._words.emoji.get(c))]
        if not words:
            meaning = self._together(set(signs))
            return ShortReply(meaning, language, asks) if meaning else None
        # With words, a raised thumb or a heart is only a tone; a lowered thumb says no.
        also = {ReplyMeaning(sign) for sign in signs if sign in _COUNT_BESIDE_WORDS}
        found = self._found(words, also, language)
        return ShortReply(found[0], found[1], asks) if found else None

    def signs_agree(self, text: str) -> bool:
        """Whether every emoji of a text says yes or thanks: none doubts, none is unknown."""
        signs = [c for c in text if unicodedata.category(c) == "So"]
        return all(self._words.emoji.get(c) in _KIND for c in signs)

    def may_be_short(self, text: str) -> bool:
        """Whether a text is a short reply in any language: before it is known whose it is."""
        if len(text) > LONGEST:
            return False
        words = words_of(text)
        if not words:
            return any(c in self._words.emoji for c in text)
        if len(words) > _MOST_WORDS:
            return False
        return any(_pieces(known, words) is not None for known in self._words.languages.values())

    def is_small_talk(self, text: str, language: str) -> bool:
        """Whether all of a message, but for fillers, is never an answer: "hi", "thanks, later".

        In this language or in English.
        """
        if len(text) > LONGEST:
            return False
        words = words_of(text)
        for code in dict.fromkeys((language, ENGLISH)):
            known = self._words.languages.get(code)
            if known is None:
                continue
            reached = {0: False}  # by the words up to there: whether small talk was among them
            for start in range(len(words)):
                for end in range(start + 1, len(words) + 1) if start in reached else ():
                    piece = words[start:end]
                    if piece in known.small_talk:
                        reached[end] = True
                    elif known.phrases.name_of(piece) == FILLERS:
                        reached[end] = reached.get(end, False) or reached[start]
            if reached.get(len(words), False):
                return True
        return False

    def says_partly(self, text: str, language: str) -> bool:
        """Whether a whole message says "a bit", in this language or in English.

        Asked only of a scale: elsewhere such words may mean that something is not right.
        """
        if len(text) > LONGEST:
            return False
        words = words_of(text)
        known = (self._words.languages.get(code) for code in dict.fromkeys((language, ENGLISH)))
        return any(_is_partly(each, words) for each in known if each is not None)

    def read_age(self, text: str, language: str) -> Ages | None:
        """The ages that a whole message may mean, by the same order of languages."""
        if len(text) > LONGEST:
            return None
        for code in self._order(language):
            found = read_age(self._words.languages[code], text)
            if found is not None:
                return found
        return None

    def _found(
        self, words: Words, also: set[ReplyMeaning], language: str
    ) -> tuple[ReplyMeaning, str] | None:
        elsewhere: dict[ReplyMeaning, str] = {}
        for code in self._order(language):
            pieces = _pieces(self._words.languages[code], words)
            if pieces is None:
                continue
            own = code in (language, ENGLISH)
            if UNCLEAR in pieces:
                if own:
                    return None
                continue
            meaning = self._together({*map(ReplyMeaning, pieces - {FILLERS}), *also})
            if meaning is None:
                if own and pieces != {FILLERS}:
                    return None
                continue
            if own:
                return meaning, code
            elsewhere.setdefault(meaning, code)
        return next(iter(elsewhere.items())) if len(elsewhere) == 1 else None

    def _order(self, language: str) -> Iterator[str]:
        known = self._words.languages
        yield from (code for code in dict.fromkeys((language, ENGLISH)) if code in known)
        yield from (code for code in known if code not in (language, ENGLISH))

    def _together(self, meanings: set[ReplyMeaning]) -> ReplyMeaning | None:
        """The meaning that counts of several, where one includes all others."""
        if len(meanings) == 1:
            return next(iter(meanings))
        for meaning in meanings:
            if meanings - {meaning} <= self._words.together.get(meaning, frozenset()):
                return meaning
        return None


def _is_partly(known: LanguageWords, words: Words) -> bool:
    """Whether words say "a bit", with nothing but politeness, or a yes, around it."""
    for start in range(len(words)):
        node = known.partly
        for end in range(start + 1, len(words) + 1):
            if words[end - 1] not in node.follows:
                break
            node = node.follows[words[end - 1]]
            around = [part for part in (words[:start], words[end:]) if part]
            pieces = [_pieces(known, part) for part in around]
            polite = all(each is not None and each <= _AROUND_PARTLY for each in pieces)
            if node.name is not None and polite:
                return True
    return False


def _pieces(known: LanguageWords, words: Words) -> frozenset[str] | None:
    """The names of the lists that a whole message is made of, in the fewest pieces."""
    if words[0] not in known.phrases.follows:  # as nearly every answer, in nearly every language
        return _joined(known, words)
    best: list[tuple[int, frozenset[str]] | None] = [None] * len(words) + [(0, frozenset())]
    for start in range(len(words) - 1, -1, -1):
        node = known.phrases
        for end in range(start + 1, len(words) + 1):
            if words[end - 1] not in node.follows:
                break
            node = node.follows[words[end - 1]]
            after, here = best[end], best[start]
            if after is None or node.name is None:
                continue
            if here is None or after[0] + 1 <= here[0]:
                best[start] = (after[0] + 1, after[1] | {node.name})
    found = best[0]
    return found[1] if found is not None else _joined(known, words)


def _joined(known: LanguageWords, words: Words) -> frozenset[str] | None:
    """The name of the list that has these words as a phrase, with or without blanks in it."""
    whole = known.joined.get("".join(words))
    return frozenset({whole}) if whole else None
