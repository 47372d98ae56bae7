"""The consent to be written to later: asked within a check-in, or by a phrase of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.content.library import AFTER_FLOW_OF
from bot.conversation.checkin import message_question, planning
from bot.conversation.context import Context
from bot.conversation.next_step import Next
from bot.conversation.safety import contact_times
from bot.domain.participant import Checkin, Participant
from bot.messages.callback_data import PhraseButton
from flows.engine import Flow, Meaning, Text, Turn

AGREE = "agree"


async def take(ctx: Context, participant: Participant, flow: Flow, turn: Turn) -> None:
    """Stores the answer to the question of a check-in, with the words that were shown."""
    for answer in turn.answers:
        step = flow.by_id[answer.step]
        if step.meaning is Meaning.MESSAGE and answer.choices:
            shown = [c.label for c in step.choices if c.id in answer.choices]
            version, was = (flow.version, step.id), participant.may_message
            _store(ctx, participant, step.text, shown, version, given=AGREE in answer.choices)
            if participant.may_message and not was:
                await planning.plan_unfinished(ctx, participant)  # they may leave before its end
                if flow.name not in AFTER_FLOW_OF:
                    planning.plan_again(ctx, participant)  # a BEFORE plans what follows as it ends


def renew(ctx: Context, participant: Participant, live: Checkin) -> None:
    """Makes the buttons of a consent that is asked stale, where it is asked again in other words.

    A yes under them would be recorded in words that were not shown above it.
    """
    flow = ctx.env.library.get_version(live.session.version)
    if flow.by_id[live.session.step].meaning is Meaning.MESSAGE:
        live.session = replace(live.session, turn=live.session.turn + 1)
        ctx.uow.checkins.save(participant, live, ctx.now)


async def tapped(ctx: Context, participant: Participant, button: PhraseButton) -> Next | None:
    """Stores the answer to the phrase, and plans what comes after a yes."""
    phrase = ctx.env.library.phrases[button.phrase]
    if button.choice not in phrase.choices:
        ctx.toast_phrase("stale")
        return None
    if not message_question.is_in_words_shown(ctx, button):
        message_question.ask(ctx)
        return None
    given, shown = button.choice == AGREE, [phrase.choices[button.choice]]
    was = participant.may_message
    _store(ctx, participant, phrase.text, shown, (button.phrase, button.phrase), given=given)
    if not given:
        ctx.say("messages_no")
        return Next.RESUME
    if not was:
        planning.plan_again(ctx, participant)
        await planning.plan_unfinished(ctx, participant)
    if participant.contact_times.never:
        contact_times.asked(ctx)  # "only if I write first", chosen before: when may it be?
        return None
    if "hello_date" in (facts := ctx.facts()):
        ctx.say("next_hello", {"hello_date": facts["hello_date"]})
    else:
        ctx.say("messages_yes")
    return Next.RESUME


def _store(
    ctx: Context,
    participant: Participant,
    asked: Text,
    shown: Iterable[Text],
    version: tuple[str, str],
    *,
    given: bool,
) -> None:
    participant.may_message = given
    if not given:
        for kind in ("after", "unfinished", "not_now"):
            ctx.uow.follow_ups.cancel(participant, "no consent to be messaged", ctx.now, kind=kind)
    ctx.uow.participants.save(participant)
    labels = [f"[{ctx.localizer.text(label)}]" for label in shown]
    consent = {
        "kind": Meaning.MESSAGE.value,
        "given": given,
        "version": version[0],
        "step": version[1],
        "language": ctx.localizer.code,
        "wording": "\n\n".join([ctx.localizer.text(asked), *labels]),
    }
    ctx.uow.participants.record_consent(participant, consent, ctx.now)
