"""Handles button presses: a button is only a claim, honoured if it matches what is open.

Questions are answered in `answering`, onboarding is in `onboarding`.
"""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import stop, wording_feedback, worker_messages
from bot.conversation.checkin import follow_up_taps, message_consent, not_now, was_answer
from bot.conversation.context import Context
from bot.conversation.identity import shared_phone, transfer_confirmation
from bot.conversation.my_data import (
    change_answer,
    complaints,
    deletion_undo,
    overview,
    sharing,
    story,
)
from bot.conversation.next_step import Next
from bot.conversation.safety import (
    clear_chat,
    contact_request,
    contact_times,
    danger,
    opening_line,
    safety_question,
    settings_screen,
)
from bot.dispatch import commands
from bot.dispatch.needs import (
    PhraseAction,
    for_anyone,
    for_no_participant,
    for_not_stopped,
    for_open_checkin,
    for_participant,
    for_stopped,
)
from bot.domain.participant import Participant
from bot.messages.callback_data import PhraseButton
from bot.messages.parts import Line, lazy


async def phrase_pressed(ctx: Context, button: PhraseButton) -> Next | None:
    """Runs the button's action, and leaves its label under the message; its buttons go."""
    label = _label_of(ctx, button)  # in the language it was read in
    follows = await PHRASE_BUTTONS[button.phrase].run(ctx, button)
    if ctx.toast is None and label is not None:
        ctx.chosen_label = label
    return follows


def _label_of(ctx: Context, button: PhraseButton) -> Line | None:
    """The label of the tapped button."""
    phrases = ctx.env.library.phrases
    label = phrases[button.phrase].choices.get(button.choice)
    if button.phrase == safety_question.BUTTONS[1]:
        label = phrases.controls["done"]  # what they said to it stays on no phone that others see
    return Line(lazy(label), ctx.localizer) if label is not None else None


async def _unknown_chosen(ctx: Context, button: PhraseButton) -> Next | None:
    if button.choice == "stop":
        await stop.stop_now(ctx)
        return None
    return Next.START


async def _mydata_chosen(ctx: Context, button: PhraseButton) -> Next | None:
    participant = ctx.participant
    if button.choice == "delete":
        await commands.delete(ctx)
    elif button.choice == "share":
        sharing.list_all(ctx, participant)
    elif button.choice == "readers":
        await sharing.readers(ctx, participant)
    elif button.choice == "change":
        change_answer.pick(ctx, participant)
    elif button.choice == "copy" and participant is not None:
        overview.ask_copy(ctx, participant)
    elif button.choice == "unhappy" and participant is not None:
        complaints.ask(ctx, participant)
    elif button.choice == "phone":
        return settings_screen.show(ctx)
    else:
        return Next.RESUME
    return None


def _then_news(action: PhraseAction) -> PhraseAction:
    """The same, with announcements before the check-in that it leads to."""

    async def run(ctx: Context, button: PhraseButton) -> Next | None:
        ctx.announces_news = True
        return await action.run(ctx, button)

    return replace(action, run=run)


async def _safety_chosen(ctx: Context, button: PhraseButton) -> Next | None:
    if await shared_phone.more(ctx, button):
        return None
    return await settings_screen.chosen(ctx, button)


async def _story_chosen(ctx: Context, button: PhraseButton) -> Next | None:
    if button.choice in story.MADE:
        story.make(ctx, ctx.participant, button)
    elif button.choice == "leave":
        ctx.say("story_left")
    else:
        return Next.RESUME
    return None


async def _help_chosen(ctx: Context, button: PhraseButton) -> Next | None:
    if button.choice == "contact":
        await contact_request.request_contact(ctx)
    elif button.choice == "clear":
        await clear_chat.ask(ctx)
    elif button.choice == "safety":
        return settings_screen.show(ctx)
    elif ctx.participant is None:
        return Next.BACK
    elif await opening_line.again(ctx, ctx.participant):
        pass
    elif ctx.participant.open_checkin is not None:
        return Next.RESUME
    else:
        ctx.toast_phrase("nothing_waits")
    return None


async def _language_chosen(ctx: Context, button: PhraseButton) -> Next | None:
    participant, worker = ctx.participant, ctx.worker
    known = participant is not None or (worker is not None and worker.active)
    if not known or button.choice not in ctx.env.languages.codes:
        ctx.toast_phrase("stale")
        return None
    ctx.language = button.choice
    if participant is not None:
        participant.language = button.choice
        ctx.uow.participants.save(participant)
        if (live := participant.open_checkin) is not None:
            message_consent.renew(ctx, participant, live)
    if worker is not None:
        worker.language = button.choice
        worker_messages.show_menu(ctx)
        await ctx.uow.workers.save(worker)
    ctx.say("changed")
    wording_feedback.say_once(ctx)
    return Next.RESUME


async def _times_chosen(
    ctx: Context, participant: Participant, button: PhraseButton
) -> Next | None:
    if button.choice in ("safety", "phone"):
        return settings_screen.show(ctx)
    if button.phrase == "times":
        contact_times.chosen(ctx, participant, button.choice)
    elif button.phrase == "times_day":
        contact_times.day(ctx, participant, button.choice)
    elif button.choice == "change":
        contact_times.asked(ctx)
    else:
        return Next.RESUME
    return None


PHRASE_BUTTONS: dict[str, PhraseAction] = {
    "unknown": for_anyone(_unknown_chosen),
    "unknown_again": for_anyone(_unknown_chosen),
    "not_now": for_open_checkin(lambda v, p, live, b: not_now.chosen(v, p, live, b.choice)),
    "stop_undo": for_participant(was_answer.tapped),
    "stopped": for_stopped(stop.answers),
    "mydata": for_anyone(_mydata_chosen),
    "mydata_closed": for_anyone(_mydata_chosen),
    "story": for_anyone(_story_chosen),
    "story_safe": for_anyone(_story_chosen),
    "delete_ask": for_participant(overview.delete),
    **dict.fromkeys(
        ("deleting", "deleting_read", "deleting_waits"),
        for_participant(deletion_undo.undo, otherwise="delete_over"),
    ),
    "change_pick": for_participant(change_answer.picked),
    "change_which": for_participant(change_answer.chosen),
    "change_one": for_participant(change_answer.tapped),
    "copy_ask": for_participant(overview.copy_chosen),
    "complaint": for_participant(complaints.left),
    "helplines": for_anyone(_help_chosen),
    "contact_offer": for_anyone(lambda v, _: contact_request.request_contact(v)),
    "language": for_anyone(_language_chosen),
    **dict.fromkeys(opening_line.PHRASES, for_anyone(follow_up_taps.pressed)),
    "safety": _then_news(for_not_stopped(settings_screen.phone)),
    "safety_first": _then_news(for_anyone(_safety_chosen)),
    "safety_shared": _then_news(for_anyone(settings_screen.chosen)),
    "first_line": for_not_stopped(settings_screen.line),
    **dict.fromkeys(
        ("times", "times_day", "times_ok", "times_ok_day", "times_never"),
        for_not_stopped(_times_chosen),
    ),
    "new_worker": for_participant(sharing.new_worker),
    "share_pick": for_participant(sharing.pick),
    "share": for_participant(sharing.chosen),
    **dict.fromkeys(danger.BUTTONS, for_anyone(danger.chosen)),
    "danger_keep": for_participant(danger.keep),
    **dict.fromkeys(safety_question.BUTTONS, for_anyone(safety_question.chosen)),
    "draft": for_anyone(wording_feedback.wrong),
    "sounds_wrong": for_anyone(lambda v, _: wording_feedback.carry_on(v)),
    "pause": for_not_stopped(contact_times.pause),
    "no_messages": for_not_stopped(message_consent.tapped),
    **dict.fromkeys(
        ("other_person", "nothing_waits", "next_hello"), for_anyone(shared_phone.other_person)
    ),
    "me_after_all": for_no_participant(shared_phone.after_all),
    "came_back": for_no_participant(shared_phone.came_back),
    "no_word": for_no_participant(shared_phone.no_word),
    "word_ask": for_participant(shared_phone.word_asked),
    "whose": for_anyone(shared_phone.whose),
    "story_open": for_anyone(lambda v, _: commands.start(v)),
    "word_wrong": for_anyone(shared_phone.begin),
    "stopped_one": for_anyone(shared_phone.stopped_one),
    "moved_away": for_anyone(shared_phone.moved_away),
    "numbers_ask": for_participant(transfer_confirmation.answered),
}
