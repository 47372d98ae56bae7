"""Stopping, in one step, and what then becomes of the answers.

No question comes before the stop; the choice about the answers comes after it.
"""

from __future__ import annotations

from bot.conversation.context import Visit
from bot.conversation.my_data import deletion
from bot.domain import lifecycle
from bot.domain.participant import Person
from bot.messages.callback_data import STOP, Work, read
from bot.messages.incoming import Commanded, Pressed, What, keyword_in
from bot.store.tables import Life, Stage
from flows.engine import Listened


def is_stop(what: What, listened: Listened) -> bool:
    """Whether something that has arrived asks to stop: a word of the lists, /stop, or a button."""
    if words := keyword_in(what):
        return listened(words) == "stop"
    if isinstance(what, Pressed):
        button = read(what.data)
        return not isinstance(button, Work | None) and button.choice == STOP
    return isinstance(what, Commanded) and what.name == "stop"


def stop(visit: Visit, person: Person) -> None:
    """Ends all contact now, whatever was going on."""
    visit.stops = True
    silence(visit, person, "stop")
    # Where all is about to be deleted, there is nothing left to ask.
    visit.say_safely("stopped" if person.delete_at is None else "stopped_bare")
    others(visit)


def others(visit: Visit) -> None:
    """Says that somebody else of this chat still hears from us, where that is so."""
    if any(each.state is not Life.STOPPED for each in visit.known.absent):
        visit.say_safely("stopped_one")


def silence(visit: Visit, person: Person, event: str) -> None:
    """What stop and a block have in common: the state, the check-in, the follow-ups."""
    person.waits = {}  # what was only held until they say what becomes of it is gone
    if person.live is not None:
        visit.batch.session(person, person.live, visit.now, Stage.STOPPED)
        person.live = None
    visit.batch.cancel(person, event, visit.now)
    lifecycle.move(visit.batch, person, event, visit.now)


def answers(visit: Visit, person: Person | None, choice: str) -> None:
    """Keeps or deletes the answers of someone who stopped."""
    if person is None or person.state is not Life.STOPPED:
        visit.glance("stale")
    elif choice == "delete":
        deletion.begin(visit, person)
    else:
        visit.say("stop_done")
