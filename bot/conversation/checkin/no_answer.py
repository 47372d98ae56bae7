"""A whole message that is hardly ever an answer, such as "hi": the question is asked again.

It is answered kindly, and not stored; one button says that it was the answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.conversation import small_talk, typed_choices
from bot.conversation.checkin import typed_labels
from bot.conversation.context import Context
from bot.conversation.safety import contact_request
from bot.domain.participant import Checkin, Participant
from bot.domain.participant_inputs import PendingSmallTalk
from flows.engine import Flow, Meaning
from flows.engine.replies.reply_words import AGREES, ReplyMeaning

PUTS_OFF = frozenset({ReplyMeaning.LATER, ReplyMeaning.NOT_TODAY})
_NOTES: Mapping[ReplyMeaning, str] = {
    ReplyMeaning.GREETING: "not_kept_hello",
    ReplyMeaning.THANKS: "not_kept_thanks",
}
_HARDLY_ANSWERS = PUTS_OFF | {*_NOTES, ReplyMeaning.WHO_IS_THIS, ReplyMeaning.BYE}
ASKS_WHEN = ReplyMeaning.ASKS_WHEN
_YES_TO_OFFER = AGREES | {ReplyMeaning.ASKS_FOR_PERSON}


def meaning(ctx: Context, flow: Flow, live: Checkin, text: str) -> ReplyMeaning | None:
    """What such a message means; None where it may well be the answer to the open question.

    Only what `small_talk` lists can mean it: "working" and "tired" put off a hello, but answer
    "What feels wrong?". A button of the question comes first. What is asked about the questions
    themselves may be answered with thanks.
    """
    step, found = flow.by_id[live.session.step], typed_choices.meaning_of(ctx, text)
    replies = ctx.env.library.choice_meanings.replies
    small = step.takes_words and replies.is_small_talk(text, ctx.localizer.code)
    if not (found is ASKS_WHEN or (small and found in _HARDLY_ANSWERS)):
        return None
    if typed_labels.typed_label(ctx, flow, live, text) is not None:
        return None
    about_questions = any(
        asked is not None and asked.meaning is Meaning.FELT
        for asked in (flow.by_id.get(condition.ref) for condition in step.when)
    )
    return None if about_questions and found is ReplyMeaning.THANKS else found


async def answers_offer(ctx: Context, flow: Flow, live: Checkin, text: str) -> bool:
    """Takes a yes or no to "Shall I ask someone to contact you?", said with the question.

    What stands for a button of the question is an answer to that: it was read last.
    """
    offered = ctx.asked is not None and ctx.asked.offers_contact
    if not offered or typed_labels.typed_label(ctx, flow, live, text) is not None:
        return False
    meaning = typed_choices.meaning_of(ctx, text)
    if meaning in _YES_TO_OFFER:
        await contact_request.request_contact(ctx)
    return meaning in _YES_TO_OFFER or meaning is ReplyMeaning.NO


def note(found: ReplyMeaning) -> str | None:
    """The phrase said before the question that is asked again; None where something else is."""
    return _NOTES.get(found)


async def answer(ctx: Context, found: ReplyMeaning, text: str) -> bool:
    """Answers "who is this?" and a goodbye; whether the question is asked again after it."""
    if found in _NOTES:
        return True
    await small_talk.before_question(ctx, text)
    return found is not ReplyMeaning.BYE  # who leaves is not asked to go on


def hold(ctx: Context, participant: Participant, live: Checkin, text: str) -> None:
    """Holds the message until they say that it was the answer, and offers to say so."""
    participant.pending_input = PendingSmallTalk(live.id, live.session.step, text)
    participant.pending_since = ctx.now
    ctx.uow.participants.save(participant)
    ctx.add_button("stop_undo", "was_answer", live.id)
