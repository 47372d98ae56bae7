"""Shows a participant everything they have answered, and what they can do with it.

Changing an answer is in `change_answer`.
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
from flows.engine.prompting import recap

Item = tuple[Text, Quoted]


def show(ctx: Context, participant: Participant) -> None:
    """Shows all answers so far, newest check-in last: in several messages, nothing cut."""
    items: list[Item] = []
    for past in participant.checkins:
        flow = ctx.env.library.get_version(past.version)
        answers = ctx.env.library.with_labels(past.version, past.session.answers)
        items.extend(recap(flow, answers).items)
    if not items and any(past.hidden_answers for past in participant.checkins):
        ctx.say("mydata_closed")
        return
    ctx.owner = ContentOwner.of(participant)
    offered = list(ctx.env.library.phrases["mydata"].choices)
    if not items:
        offered = [o for o in offered if o not in ("change", "share")]
        ctx.say("mydata_none")
    ctx.messages += [note for past in participant.checkins for note in voices(past.session.answers)]
    for text in _pages(ctx, items):
        right_to_left = ctx.localizer.right_to_left
        ctx.messages.append(Message(text, right_to_left=right_to_left, protect_content=True))
    keys = tuple(
        InlineButton(ctx.label("mydata", o), PhraseButton("mydata", o).encode()) for o in offered
    )
    ctx.messages[-1] = replace(ctx.messages[-1], choices=keys)


def _pages(ctx: Context, items: list[Item]) -> Iterator[str]:
    """The items in as few messages as possible; long text is whole, after its beginning."""
    head, page = True, list[Item]()

    def said() -> str:
        values: dict[str, Value] = {"answers": Recap(tuple(page))}
        if head:
            return ctx.localizer.phrase("mydata", values)
        return ctx.localizer.format_value(values["answers"])

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


async def delete(ctx: Context, participant: Participant | None, choice: str) -> None:
    """Begins the deletion of a participant, or leaves everything as it is."""
    if participant is None:
        ctx.toast_phrase("stale")
    elif choice == "delete":
        await deletion.begin(ctx, participant)
    else:
        ctx.say("delete_kept")


def ask_copy(ctx: Context, participant: Participant) -> None:
    """Gives a copy, after asking where others see the phone."""
    if participant.shared_phone:
        ctx.say("copy_ask")
    else:
        copy(ctx, participant)


def copy(ctx: Context, participant: Participant) -> None:
    """Gives two files: one to read, one for a computer. They are created when they are sent.

    They are not protected: to take them elsewhere is what they are for.
    """
    ctx.say("copy_sent")
    for kind in ("page", "data"):
        attach = DataCopy(participant.id, kind, ctx.localizer.code)
        ctx.messages.append(Message("", attachment=attach))
    ctx.owner = ContentOwner.of(participant)


async def copy_chosen(ctx: Context, button: PhraseButton) -> None:
    """Handles the answer to whether they are sure."""
    participant = ctx.participant
    if participant is None:
        ctx.toast_phrase("stale")
    elif button.choice == "yes":
        copy(ctx, participant)
    else:
        ctx.say("copy_none")
