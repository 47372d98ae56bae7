"""What a participant's next text means, or text that is not stored as an answer yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.tagged_json import TaggedJson

VoiceReference = Mapping[str, Any]
"""What Telegram needs to send a voice note again: see `VoiceMessage.reference`."""


@dataclass(frozen=True, slots=True)
class AwaitingPrivateWord:
    """A new private word for a shared phone."""


@dataclass(frozen=True, slots=True)
class AwaitingWordingNote:
    """What sounds wrong in the translation of the text at `source_ref`."""

    source_ref: str


@dataclass(frozen=True, slots=True)
class AwaitingComplaint:
    """A complaint."""


@dataclass(frozen=True, slots=True)
class AwaitingCorrection:
    """A new answer in the place of an old one; `text` or `voice` is one that sounded dangerous.

    That one is pending until the participant chooses to store it.
    """

    checkin_id: int
    step: str
    picks: tuple[str, ...] = ()
    text: str | None = None
    voice: VoiceReference | None = None


@dataclass(frozen=True, slots=True)
class PendingText:
    """An answer that sounded dangerous, or like a stop, until they choose to store it."""

    checkin_id: int
    step: str
    text: str | None = None
    voice: VoiceReference | None = None


@dataclass(frozen=True, slots=True)
class PendingSmallTalk:
    """A greeting or its like typed half-way, until they say that it was their answer."""

    checkin_id: int
    step: str
    text: str


@dataclass(frozen=True, slots=True)
class AwaitingIdentity:
    """The answer to "Is it you?", under a follow-up."""

    follow_up_id: int


@dataclass(frozen=True, slots=True)
class AwaitingSamePerson:
    """The answer to "Are you the same person?", where no follow-up is open."""

    follow_up_id: int = 0


@dataclass(frozen=True, slots=True)
class OpeningLineRepeated:
    """The opening line was repeated once; with `ended` a no was given to it for today."""

    follow_up_id: int = 0
    ended: bool = False


PendingInput = (
    AwaitingPrivateWord
    | AwaitingWordingNote
    | AwaitingComplaint
    | AwaitingCorrection
    | PendingText
    | PendingSmallTalk
    | AwaitingIdentity
    | AwaitingSamePerson
    | OpeningLineRepeated
)

_KINDS: dict[str, type[PendingInput]] = {
    "word": AwaitingPrivateWord,
    "wording": AwaitingWordingNote,
    "complaint": AwaitingComplaint,
    "answer": AwaitingCorrection,
    "danger": PendingText,
    "small_talk": PendingSmallTalk,
    "you": AwaitingIdentity,
    "who": AwaitingSamePerson,
    "line": OpeningLineRepeated,
}
_KEYS = {
    "source_ref": "place",
    "checkin_id": "session",
    "follow_up_id": "about",
    "text": "words",
}
PENDING_INPUT: TaggedJson[PendingInput] = TaggedJson(_KINDS, _KEYS)
