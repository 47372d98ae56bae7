"""What a worker's next text means: one type per question, and the JSON that it is stored as."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


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
    | AwaitingSearch
    | AwaitingAnnouncement
    | AwaitingColleague
    | AwaitingCaseName
    | AwaitingOutcomeText
    | AwaitingCheckinDate
    | AwaitingServiceDate
)

# These names, and those below, are in the rows of databases: a rename in the code leaves them.
_KINDS: dict[str, type[WorkerInput]] = {
    "names": AwaitingNames,
    "service": AwaitingService,
    "language": AwaitingLanguage,
    "find": AwaitingSearch,
    "did": AwaitingAnnouncement,
    "invite": AwaitingColleague,
    "rename": AwaitingCaseName,
    "recorded": AwaitingOutcomeText,
    "ask_on": AwaitingCheckinDate,
    "dated": AwaitingServiceDate,
}
_STORED = {"case_id": "case", "text": "words"}
_NAMES: dict[type[WorkerInput], str] = {kind: name for name, kind in _KINDS.items()}


def stored_name(kind: type[WorkerInput]) -> str:
    """The name by which a kind of input is stored."""
    return _NAMES[kind]


def to_json(awaited: WorkerInput | None, since: dt.datetime | None) -> dict[str, Any]:
    """The input as JSON values, with the time it was asked for; empty without one.

    `from_json` and `since_of` read them.
    """
    if awaited is None:
        return {}
    values = {_STORED.get(f.name, f.name): getattr(awaited, f.name) for f in fields(awaited)}
    present = {name: value for name, value in values.items() if value is not None}
    at = {} if since is None else {"at": int(since.timestamp())}
    return {"to": stored_name(type(awaited)), **present, **at}


def from_json(stored: Mapping[str, Any]) -> WorkerInput | None:
    """The input from its JSON values; None where this version does not know it."""
    kind = _KINDS.get(stored.get("to", ""))
    if kind is None:
        return None
    values = {f.name: stored.get(_STORED.get(f.name, f.name)) for f in fields(kind)}
    given: dict[str, Any] = {
        n: tuple(v) if isinstance(v, list) else v for n, v in values.items() if v is not None
    }
    try:
        return kind(**given)
    except TypeError:  # a row of another version, without what this one needs
        return None


def since_of(stored: Mapping[str, Any]) -> dt.datetime | None:
    """When the input was asked for."""
    at = stored.get("at")
    return dt.datetime.fromtimestamp(at, dt.UTC) if isinstance(at, int) else None
