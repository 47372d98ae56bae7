"""Somebody is not happy about this: asked what is wrong, kept for a person to read, with a code.

Answers nothing itself; see `checkin complaints`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from bot.conversation.checkin import answering
from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.messages.callback_data import PhraseButton
from bot.messages.incoming import TextMessage, VoiceMessage
from bot.store.tables import ParticipantState
from bot.workers import accounts

COMPLAINT = "complaint"
ACKNOWLEDGE = dt.timedelta(days=30)
"""How long the law of the United Kingdom gives an organisation to say that it has a complaint
about somebody's data (Data Protection Act 2018, section 164A, as of 2026)."""


def ask(visit: Context, person: Participant) -> None:
    """Asks what is wrong."""
    person.pending_input, person.pending_since = {"to": COMPLAINT}, visit.now
    visit.uow.update_participant(person)
    visit.say(COMPLAINT)


def awaits_complaint(person: Participant | None) -> bool:
    """Whether their next words are a complaint."""
    return person is not None and person.pending_input.get("to") == COMPLAINT


def complaint_received(
    visit: Context, person: Participant, what: TextMessage | VoiceMessage, *, back: bool = True
) -> None:
    """Keeps it whole, tells the leads that there is one, and gives its code.

    What waited before is asked again, unless it is not to come `back` now.
    """
    words = what.text if isinstance(what, TextMessage) else str(what.reference.get("caption") or "")
    if len(words) > answering.LONGEST_WORDS:
        visit.say("too_long")
        return
    let_go(visit, person)
    voice = what.reference if isinstance(what, VoiceMessage) else None
    visit.after_handling.append(lambda: _keep(visit, person, words or None, voice, back))


async def _keep(
    visit: Context,
    person: Participant,
    words: str | None,
    voice: Mapping[str, Any] | None,
    back: bool,
) -> None:
    code = await visit.uow.complaints.make(person.id, words, voice, visit.localizer.code, visit.now)
    visit.say("complaint_kept", {"code": code})
    if back and person.open_checkin is not None and person.state is not ParticipantState.STOPPED:
        answering.ask(visit, person, person.open_checkin)
    for worker in await visit.uow.caseload.workers():
        if worker.active and worker.lead:
            tongue = visit.env.languages[worker.language]
            accounts.notify(visit, worker, accounts.build_message(visit, tongue, "w_complaint", {}))


def left(visit: Context, _button: PhraseButton) -> None:
    """Forgets that one was waited for; what waited before comes back."""
    person = visit.participant
    if person is None or not awaits_complaint(person):
        visit.toast_phrase("stale")
        return
    let_go(visit, person)
    visit.say("complaint_left")
    if person.open_checkin is not None and person.state is not ParticipantState.STOPPED:
        answering.ask(visit, person, person.open_checkin)


def let_go(visit: Context, person: Participant) -> None:
    """Forgets that words were waited for."""
    person.pending_input, person.pending_since = {}, None
    visit.uow.update_participant(person)


def let_go_of(visit: Context) -> None:
    """Forgets it once they do something else than say what is wrong."""
    button, person = visit.button, visit.participant
    under = isinstance(button, PhraseButton) and button.phrase == COMPLAINT
    if person is not None and awaits_complaint(person) and not under:
        let_go(visit, person)
