"""What someone has told us, shown to them whole, and what they may then do with it.

Only ever shows a person their own words. Changing one is in `change_answer`, all else in its own module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.conversation.context import Context
from bot.conversation.my_data import deletion
from bot.domain.participant import ContentOwner, Participant
from bot.i18n import bidi
from bot.i18n.localizer import LONGEST_QUOTE
from bot.messages.callback_data import PhraseButton
from bot.messages.reply import DataCopy, InlineButton, Message, VoiceNote
from bot.messages.splitting import LONGEST, split_text
from flows.engine import Answer, Quoted, Recap, Text, Value
from flows.engine.walk import recap

Item = tuple[Text, Quoted]


def show(visit: Context, person: Participant) -> None:
    """Says everything answered so far, newest check-in last: in several messages, nothing cut."""
    items: list[Item] = []
    for past in person.checkins:
        flow = visit.env.library.get_version(past.version)
        answers = visit.env.library.with_labels(past.version, past.session.answers)
        items.extend(recap(flow, answers).items)
    if not items and any(past.hidden_answers for past in person.checkins):
        visit.say("mydata_closed")
        return
    visit.owner = ContentOwner.of(person)
    offered = list(visit.env.library.phrases["mydata"].choices)
    if not items:
        offered = [o for o in offered if o not in ("change", "share")]
        visit.say("mydata_none")
    visit.messages += [note for past in person.checkins for note in voices(past.session.answers)]
    for text in _pages(visit, items):
        right_to_left = visit.localizer.right_to_left
        visit.messages.append(Message(text, right_to_left=right_to_left, protect_content=True))
    keys = tuple(
        InlineButton(visit.label("mydata", o), PhraseButton("mydata", o).encode()) for o in offered
    )
    visit.messages[-1] = replace(visit.messages[-1], choices=keys)


def _pages(visit: Context, items: list[Item]) -> Iterator[str]:
    """The items in as few messages as hold them; long words stand whole, after their beginning."""
    head, page = True, list[Item]()

    def said() -> str:
        values: dict[str, Value] = {"answers": Recap(tuple(page))}
        if head:
            return visit.localizer.phrase("mydata", values)
        return visit.localizer.format_value(values["answers"])

    for item in items:
        page.append(item)
        if len(page) > 1 and _units(said()) > LONGEST:
            page.pop()
            yield said()
            head, page = False, [item]
        words = item[1].words
        if words and len(words) > LONGEST_QUOTE:
            yield said()
            head, page = False, []
            yield from split_text(bidi.clean(words))
    if page:
        yield said()


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def voices(answers: Mapping[str, Answer]) -> list[Message]:
    """The voice notes of a check-in, in the order of its answers."""
    return [
        Message(
            "", attachment=VoiceNote(str(note["file_id"]), note.get("id")), protect_content=True
        )
        for answer in answers.values()
        for note in answer.voice
    ]


def delete(visit: Context, person: Participant | None, choice: str) -> None:
    """Begins to delete a person whole, or leaves all as it is."""
    if person is None:
        visit.toast_phrase("stale")
    elif choice == "delete":
        deletion.begin(visit, person)
    else:
        visit.say("delete_kept")


def ask_copy(visit: Context, person: Participant) -> None:
    """Gives a copy, after asking where others see the phone."""
    if person.shared_phone:
        visit.say("copy_ask")
    else:
        copy(visit, person)


def copy(visit: Context, person: Participant) -> None:
    """Gives two files: one to read, one for a computer. They are made when they are sent.

    They are not protected: to take them elsewhere is what they are for.
    """
    visit.say("copy_sent")
    for kind in ("page", "data"):
        attach = DataCopy(person.id, kind, visit.localizer.code)
        visit.messages.append(Message("", attachment=attach))
    visit.owner = ContentOwner.of(person)


def copy_chosen(visit: Context, button: PhraseButton) -> None:
    """Takes the answer to whether they are sure."""
    person = visit.participant
    if person is None:
        visit.toast_phrase("stale")
    elif button.choice == "yes":
        copy(visit, person)
    else:
        visit.say("copy_none")
