"""Shows a participant everything they have answered, and what they can do with it.

Changing an answer is in `change_answer`.
"""

from __future__ import annotations

from bot.conversation import quoted_answers
from bot.conversation.context import Context
from bot.conversation.my_data import deletion
from bot.conversation.next_step import Next
from bot.domain.participant import ContentOwner, Participant
from bot.messages.callback_data import PhraseButton
from bot.messages.parts import AnswersPart, ButtonPart, MessagePart
from bot.messages.reply import DataCopy
from flows.engine import Quoted, Text
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
    keys = tuple(
        ButtonPart(ctx.label("mydata", o), PhraseButton("mydata", o).encode()) for o in offered
    )
    if not items:
        ctx.say_with_buttons("mydata_none", keys)
        return
    for past in participant.checkins:
        flow = ctx.env.library.get_version(past.version)
        ctx.parts += quoted_answers.voices(flow, past.session.answers, ctx.localizer)
    head = ctx.env.library.phrases["mydata"].text
    ctx.parts.append(AnswersPart(tuple(items), ctx.localizer, head, keys))


async def delete(ctx: Context, participant: Participant, button: PhraseButton) -> Next | None:
    """Begins the deletion of a participant, or leaves everything as it is."""
    if button.choice == "delete":
        await deletion.begin(ctx, participant)
        return None
    ctx.say("delete_kept")
    return Next.RESUME


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
        ctx.parts.append(MessagePart((), ctx.localizer, attachment=attach))
    ctx.owner = ContentOwner.of(participant)


async def copy_chosen(ctx: Context, participant: Participant, button: PhraseButton) -> None:
    """Handles the answer to whether they are sure."""
    if button.choice == "yes":
        copy(ctx, participant)
    else:
        ctx.say("copy_none")
