"""What a button under a phrase needs before its handler runs: said in its table, checked here.

Without it the tap changes nothing, and its toast says so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bot.conversation.context import Context
from bot.conversation.next_step import Next
from bot.domain.participant import Checkin, Participant
from bot.domain.states import ParticipantState
from bot.messages.callback_data import PhraseButton

_Given = TypeVar("_Given")

PhraseHandler = Callable[[Context, PhraseButton], Awaitable[Next | None]]
ParticipantHandler = Callable[[Context, Participant, PhraseButton], Awaitable[Next | None]]
CheckinHandler = Callable[[Context, Participant, Checkin, PhraseButton], Awaitable[Next | None]]


class Needs(StrEnum):
    """Who may tap it: the handler gets what was found, so it need not look again."""

    NOTHING = "nothing: anyone may"
    NO_PARTICIPANT = "that no participant is active at this chat"
    PARTICIPANT = "a participant"
    NOT_STOPPED = "a participant who has not stopped"
    STOPPED = "a participant who has stopped"
    OPEN_CHECKIN = "the open check-in that the button is about"


@dataclass(frozen=True, slots=True)
class PhraseAction:
    """The action of a button, and what it needs; `run` checks that first."""

    needs: Needs
    run: PhraseHandler


def for_anyone(do: PhraseHandler) -> PhraseAction:
    """An action that looks for itself who has tapped."""
    return PhraseAction(Needs.NOTHING, do)


def for_no_participant(do: PhraseHandler) -> PhraseAction:
    """An action where no participant is active: of newcomers, and of those who come back."""

    def found(ctx: Context, _button: PhraseButton) -> Context | None:
        return ctx if ctx.participant is None else None

    return _checked(Needs.NO_PARTICIPANT, found, lambda ctx, _ctx, button: do(ctx, button))


def for_participant(do: ParticipantHandler, *, otherwise: str = "stale") -> PhraseAction:
    """An action of any participant, also of one who has stopped."""
    return _checked(Needs.PARTICIPANT, lambda ctx, _: ctx.participant, do, otherwise)


def for_not_stopped(do: ParticipantHandler) -> PhraseAction:
    """An action of a participant who has not stopped."""

    def found(ctx: Context, _button: PhraseButton) -> Participant | None:
        participant = ctx.participant
        stopped = participant is None or participant.state is ParticipantState.STOPPED
        return None if stopped else participant

    return _checked(Needs.NOT_STOPPED, found, do)


def for_stopped(do: ParticipantHandler) -> PhraseAction:
    """An action of a participant who has stopped."""

    def found(ctx: Context, _button: PhraseButton) -> Participant | None:
        participant = ctx.participant
        stopped = participant is not None and participant.state is ParticipantState.STOPPED
        return participant if stopped else None

    return _checked(Needs.STOPPED, found, do)


def for_open_checkin(do: CheckinHandler) -> PhraseAction:
    """An action on the open check-in, if it is the one that the button is about."""

    def found(ctx: Context, button: PhraseButton) -> tuple[Participant, Checkin] | None:
        participant = ctx.participant
        live = participant.open_checkin if participant is not None else None
        if participant is None or live is None or live.id != button.about:
            return None
        return participant, live

    return _checked(Needs.OPEN_CHECKIN, found, lambda ctx, both, button: do(ctx, *both, button))


def _checked(
    needs: Needs,
    find: Callable[[Context, PhraseButton], _Given | None],
    do: Callable[[Context, _Given, PhraseButton], Awaitable[Next | None]],
    otherwise: str = "stale",
) -> PhraseAction:
    """The action with its check: without what it needs, the toast `otherwise` is all."""

    async def run(ctx: Context, button: PhraseButton) -> Next | None:
        found = find(ctx, button)
        if found is None:
            ctx.toast_phrase(otherwise)
            return None
        return await do(ctx, found, button)

    return PhraseAction(needs, run)
