"""Somebody is not happy about this: asked what is wrong, kept for a person to read, with a code.

Answers nothing itself; see `checkin complaints`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from bot.conversation.checkin import answering
from bot.conversation.context import Visit
from bot.domain.participant import Person
from bot.messages.callback_data import Aside
from bot.messages.incoming import Spoken, Typed
from bot.store.tables import Life
from bot.workers import accounts

COMPLAINT = "complaint"
ACKNOWLEDGE = dt.timedelta(days=30)
"""How long the law of the United Kingdom gives an organisation to say that it has a complaint
about somebody's data (Data Protection Act 2018, section 164A, as of 2026)."""


def ask(visit: Visit, person: Person) -> None:
    """Asks what is wrong."""
    person.waits, person.waits_since = {"to": COMPLAINT}, visit.now
    visit.batch.changed(person)
    visit.say(COMPLAINT)


def waits(person: Person | None) -> bool:
    """Whether their next words are a complaint."""
    return person is not None and person.waits.get("to") == COMPLAINT


def made(visit: Visit, person: Person, what: Typed | Spoken, *, back: bool = True) -> None:
    """Keeps it whole, tells the leads that there is one, and gives its code.

    What waited before is asked again, unless it is not to come `back` now.
    """
    words = what.text if isinstance(what, Typed) else str(what.reference.get("caption") or "")
    if len(words) > answering.LONGEST_WORDS:
        visit.say("too_long")
        return
    let_go(visit, person)
    voice = what.reference if isinstance(what, Spoken) else None
    visit.then.append(lambda: _keep(visit, person, words or None, voice, back))


async def _keep(
    visit: Visit,
    person: Person,
    words: str | None,
    voice: Mapping[str, Any] | None,
    back: bool,
) -> None:
    code = await visit.batch.complaints.make(person.id, words, voice, visit.tongue.code, visit.now)
    visit.say("complaint_kept", {"code": code})
    if back and person.live is not None and person.state is not Life.STOPPED:
        answering.ask(visit, person, person.live)
    for worker in await visit.batch.caseload.workers():
        if worker.active and worker.lead:
            tongue = visit.around.tongues[worker.language]
            accounts.tell(visit, worker, accounts.message(visit, tongue, "w_complaint", {}))


def left(visit: Visit, _button: Aside) -> None:
    """Forgets that one was waited for; what waited before comes back."""
    person = visit.person
    if person is None or not waits(person):
        visit.glance("stale")
        return
    let_go(visit, person)
    visit.say("complaint_left")
    if person.live is not None and person.state is not Life.STOPPED:
        answering.ask(visit, person, person.live)


def let_go(visit: Visit, person: Person) -> None:
    """Forgets that words were waited for."""
    person.waits, person.waits_since = {}, None
    visit.batch.changed(person)


def let_go_of(visit: Visit) -> None:
    """Forgets it once they do something else than say what is wrong."""
    button, person = visit.button, visit.person
    under = isinstance(button, Aside) and button.phrase == COMPLAINT
    if person is not None and waits(person) and not under:
        let_go(visit, person)
