"""What one update may touch beside its sender: cases, links, and others who use the chat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.participant import InactiveParticipant, Participant
from bot.domain.worker import Case, WorkerInvite
from bot.messages.callback_data import WorkerButton


@dataclass(frozen=True, slots=True)
class Lookups:
    """What one update may touch of the workers' side, loaded and locked before it is handled.

    `cases` by id, `participants` by id; `opened_link` is the target of a link they opened, and
    `claimed_case` the case whose link they claimed and have not joined by. `inactive_participants`
    are others who use the chat, and `awaits_private_word` means that they were asked just now for a
    word to return by. `case_of_code` is for a text of as many digits as a card has. `typed_work` is
    the worker's button that a worker's text stands for, `typed_exactly` that it is its very label.
    """

    cases: Mapping[int, Case] = field(default_factory=dict)
    participants: Mapping[int, Participant] = field(default_factory=dict)
    opened_link: Case | WorkerInvite | None = None
    claimed_case: Case | None = None
    inactive_participants: list[InactiveParticipant] = field(default_factory=list)
    awaits_private_word: bool = False
    case_of_code: bool = False
    typed_work: WorkerButton | None = None
    typed_exactly: bool = False
