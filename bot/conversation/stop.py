"""Stopping, in one step, and what then becomes of the answers.

No question comes before the stop; the choice about the answers comes after it.
"""

from __future__ import annotations

from bot.conversation.context import Context
from bot.conversation.my_data import deletion
from bot.domain import lifecycle
from bot.domain.participant import Participant
from bot.messages.callback_data import STOP, WorkerButton, parse
from bot.messages.incoming import ButtonPress, Command, UpdateContent, keyword_in
from bot.store.tables import CheckinState, ParticipantState
from flows.engine import Keywords


def is_stop(what: UpdateContent, listened: Keywords) -> bool:
    """Whether something that has arrived asks to stop: a word of the lists, /stop, or a button."""
    if words := keyword_in(what):
        return listened(words) == "stop"
    if isinstance(what, ButtonPress):
        button = parse(what.data)
        return not isinstance(button, WorkerButton | None) and button.choice == STOP
    return isinstance(what, Command) and what.name == "stop"


def stop(visit: Context, person: Participant) -> None:
    """Ends all contact now, whatever was going on."""
    visit.stops = True
    silence(visit, person, "stop")
    # Where all is about to be deleted, there is nothing left to ask.
    visit.say_safely("stopped" if person.delete_at is None else "stopped_bare")
    others(visit)


def others(visit: Context) -> None:
    """Says that somebody else of this chat still hears from us, where that is so."""
    if any(
        each.state is not ParticipantState.STOPPED for each in visit.lookups.inactive_participants
    ):
        visit.say_safely("stopped_one")


def silence(visit: Context, person: Participant, event: str) -> None:
    """What stop and a block have in common: the state, the check-in, the follow-ups."""
    person.pending_input = {}  # what was only held until they say what becomes of it is gone
    if person.open_checkin is not None:
        visit.uow.save_checkin(person, person.open_checkin, visit.now, CheckinState.STOPPED)
        person.open_checkin = None
    visit.uow.cancel_follow_ups(person, event, visit.now)
    lifecycle.move(visit.uow, person, event, visit.now)


def answers(visit: Context, person: Participant | None, choice: str) -> None:
    """Keeps or deletes the answers of someone who stopped."""
    if person is None or person.state is not ParticipantState.STOPPED:
        visit.toast_phrase("stale")
    elif choice == "delete":
        deletion.begin(visit, person)
    else:
        visit.say("stop_done")
