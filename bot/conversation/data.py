"""What someone has told us, shown to them; and deleting it.

Only ever shows a person their own words.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.conversation.reply import Message, Voice
from bot.conversation.visit import Visit
from bot.store.people import Person
from flows.engine import Answer, Quoted, Recap, Text, Value
from flows.engine.walk import recap


def show(visit: Visit, person: Person) -> None:
    """Says everything answered so far, newest check-in last."""
    items: list[tuple[Text, Quoted]] = []
    for past in person.past:
        flow = visit.around.library.version(past.version)
        answers = visit.around.library.labelled(past.version, past.session.answers)
        items.extend(recap(flow, answers).items)
    if not items and any(past.closed for past in person.past):
        visit.say("mydata_closed")
        return
    if not items:
        visit.say("mydata_none")
        return
    values: dict[str, Value] = {"answers": Recap(tuple(items))}
    visit.messages += [note for past in person.past for note in voices(past.session.answers)]
    visit.say("mydata", values)


def voices(answers: Mapping[str, Answer]) -> list[Message]:
    """The voice notes of a check-in, in the order of its answers."""
    return [
        Message("", attach=Voice(str(note["file_id"]), note.get("id")), protect=True)
        for answer in answers.values()
        for note in answer.voice
    ]


def delete(visit: Visit, person: Person | None, choice: str) -> None:
    """Deletes a person whole, or leaves all as it is."""
    if person is None:
        visit.glance("stale")
    elif choice == "delete":
        visit.batch.forget(person)
        visit.person = None
        visit.say("delete_done")
    else:
        visit.say("delete_kept")
