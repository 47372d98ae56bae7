"""What a worker's next text means: one type per question, and the JSON that it is stored as."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.tagged_json import TaggedJson


@dataclass(frozen=True, slots=True)
class AwaitingNames:
    """The names of new links, one per line."""


@dataclass(frozen=True, slots=True)
class AwaitingService:
    """The service of new links; `services` are those offered as buttons."""

    draft: int
    names: tuple[str, ...]
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AwaitingLanguage:
    """The language of new links."""

    draft: int
    names: tuple[str, ...]
    service: str


@dataclass(frozen=True, slots=True)
class AwaitingAge:
    """The age group of new links."""

    draft: int
    names: tuple[str, ...]
    service: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class AwaitingSearch:
    """A part of a name to find."""


@dataclass(frozen=True, slots=True)
class AwaitingAnnouncement:
    """What was changed, for participants; `text` once it was typed and is to be confirmed."""

    text: str | None = None


@dataclass(frozen=True, slots=True)
class AwaitingColleague:
    """The name of a worker to invite."""


@dataclass(frozen=True, slots=True)
class AwaitingCaseName:
    """Another name of a case."""

    case_id: int


@dataclass(frozen=True, slots=True)
class AwaitingOutcomeText:
    """Text beside an outcome that the service states."""

    case_id: int
    outcome: str


@dataclass(frozen=True, slots=True)
class AwaitingCheckinDate:
    """The date on which to ask; `what` is "before" or "after"."""

    case_id: int
    what: str


@dataclass(frozen=True, slots=True)
class AwaitingServiceDate:
    """The date on which the service began or ended; `what` says which."""

    case_id: int
    what: str


WorkerInput = (
    AwaitingNames
    | AwaitingService
    | AwaitingLanguage
    | AwaitingAge
    | AwaitingSearch
    | AwaitingAnnouncement
    | AwaitingColleague
    | AwaitingCaseName
    | AwaitingOutcomeText
    | AwaitingCheckinDate
    | AwaitingServiceDate
)

_KINDS: dict[str, type[WorkerInput]] = {
    "names": AwaitingNames,
    "service": AwaitingService,
    "language": AwaitingLanguage,
    "age": AwaitingAge,
    "find": AwaitingSearch,
    "did": AwaitingAnnouncement,
    "invite": AwaitingColleague,
    "rename": AwaitingCaseName,
    "recorded": AwaitingOutcomeText,
    "ask_on": AwaitingCheckinDate,
    "dated": AwaitingServiceDate,
}
WORKER_INPUT: TaggedJson[WorkerInput] = TaggedJson(_KINDS, {"case_id": "case", "text": "words"})


def to_json(awaited: WorkerInput | None, since: dt.datetime | None) -> dict[str, Any]:
    """The input as JSON values, with the time it was asked for; empty without one.

    `WORKER_INPUT.decode` and `since_of` read them.
    """
    stored = WORKER_INPUT.encode(awaited)
    return {**stored, "at": int(since.timestamp())} if stored and since is not None else stored


def since_of(stored: Mapping[str, Any]) -> dt.datetime | None:
    """When the input was asked for."""
    at = stored.get("at")
    return dt.datetime.fromtimestamp(at, dt.UTC) if isinstance(at, int) else None
