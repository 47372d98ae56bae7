"""Handles button presses: a button is only a claim, honoured if it matches what is open.

Questions are answered in `answering`, onboarding is in `onboarding`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

from bot.conversation import announcements, stop, wording_feedback
from bot.conversation.checkin import answering, not_now
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
from bot.conversation.onboarding import onboarding
from bot.conversation.safety import (
    clear_chat,
    contact_request,
    contact_times,
    danger,
    opening_line,
    settings_screen,
)
from bot.dispatch import commands
from bot.domain.participant import FollowUp, Participant
from bot.domain.states import CheckinState, FollowUpState, ParticipantState
from bot.messages.callback_data import PhraseButton
from bot.schedule import follow_ups
from bot.workers import accounts

PhraseHandler = Callable[[Context, PhraseButton], Awaitable[None]]


async def phrase_pressed(ctx: Context, button: PhraseButton) -> None:
    """Runs the button's action, and leaves its label under the message; its buttons go."""
    label = _label_of(ctx, button)
    await PHRASE_BUTTONS[button.phrase](ctx, button)
    if ctx.toast is None and label is not None:
        ctx.chosen = label


def _label_of(ctx: Context, button: PhraseButton) -> str | None:
    """The label of the tapped button, in the language it was read in."""
    label = ctx.env.library.phrases[button.phrase].choices.get(button.choice)
    return ctx.localizer.text(label) if label is not None else None


async def _unknown_chosen(ctx: Context, button: PhraseButton) -> None:
    if button.choice == "stop":
        await commands.stop_now(ctx)
    else:
        await commands.resume(ctx)


async def _mydata_chosen(ctx: Context, button: PhraseButton) -> None:
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
        settings_screen.show(ctx)
    else:
        _back(ctx)


def _then_news(do: PhraseHandler) -> PhraseHandler:
    """The same, with announcements before the check-in that it leads to."""

    async def done(ctx: Context, button: PhraseButton) -> None:
        await do(ctx, button)
        if ctx.participant is not None:
            await announcements.before_it(ctx, ctx.participant)

    return done


async def _safety_chosen(ctx: Context, button: PhraseButton) -> None:
    if not await shared_phone.more(ctx, button):
        await settings_screen.chosen(ctx, button)


async def _story_chosen(ctx: Context, button: PhraseButton) -> None:
    if button.choice in story.MADE:
        story.make(ctx, ctx.participant, button)
    elif button.choice == "leave":
        ctx.say("story_left")
    else:
        _back(ctx)


async def _delete_chosen(ctx: Context, button: PhraseButton) -> None:
    participant = ctx.participant
    await overview.delete(ctx, participant, button.choice)
    if ctx.participant is not None and button.choice != "delete":
        _back(ctx)


def _back(ctx: Context) -> None:
    """Repeats the open question, if there is one."""
    participant = ctx.participant
    if participant is not None and participant.open_checkin is not None:
        answering.ask(ctx, participant, participant.open_checkin)


async def _help_chosen(ctx: Context, button: PhraseButton) -> None:
    if button.choice == "contact":
        await contact_request.request_contact(ctx)
    elif button.choice == "clear":
        await clear_chat.ask(ctx)
    elif button.choice == "safety":
        settings_screen.show(ctx)
    elif ctx.participant is None:
        onboarding.greet(ctx)
    elif ctx.participant.open_checkin is not None:
        _back(ctx)
    else:
        ctx.toast_phrase("nothing_waits")


async def _language_chosen(ctx: Context, button: PhraseButton) -> None:
    participant, worker = ctx.participant, ctx.worker
    known = participant is not None or (worker is not None and worker.active)
    if not known or button.choice not in ctx.env.languages.codes:
        ctx.toast_phrase("stale")
        return
    ctx.language = button.choice
    if participant is not None:
        participant.language = button.choice
        ctx.uow.participants.save(participant)
    if worker is not None:
        worker.language = button.choice
        accounts.show_menu(ctx)
        await ctx.uow.workers.save(worker)
    ctx.say("changed")
    wording_feedback.say_once(ctx)
    _back(ctx)


async def follow_up_answered(ctx: Context, button: PhraseButton) -> None:
    """Handles a tap under a follow-up, or its label typed."""
    if button.about not in ctx.follow_ups and ctx.answered_follow_up is None:
        await _held(ctx, button)
        return
    participant, found = (
        ctx.participant,
        ctx.answered_follow_up or ctx.follow_ups.get(button.about),
    )
    mine = found is not None and participant is not None and found.participant_id == participant.id
    if found is not None and not mine and ctx.lookups.inactive_participants:
        await _of_absent(ctx, found, button.choice)
    elif (
        found is None
        or participant is None
        or not mine
        or participant.state is ParticipantState.STOPPED
    ):
        ctx.toast_phrase("stale")
    elif button.choice == "stop":
        stop.stop(ctx, participant)
    elif found.outcome is not None or found.state not in (
        FollowUpState.SENT,
        FollowUpState.UNCERTAIN,
        FollowUpState.SENDING,
    ):
        ctx.toast_phrase("stale")
    elif button.choice == "open":
        if not opening_line.must_ask(ctx, participant, button):
            await _open(ctx, participant, found)
            ctx.uow.follow_ups.mark_opened(found)
    else:
        _hello_again(ctx, participant, found, button.choice)


async def _of_absent(ctx: Context, found: FollowUp, choice: str) -> None:
    """Handles a tap under a follow-up to another participant of this chat: it opens nothing."""
    absent = next(
        (a for a in ctx.lookups.inactive_participants if a.id == found.participant_id), None
    )
    if absent is None or absent.state is ParticipantState.STOPPED:
        ctx.toast_phrase("stale")
    elif choice == "stop":
        await shared_phone.stop_all(ctx)
    elif choice == "open":
        ctx.say("whose")
    elif found.outcome is None:
        participant = (await ctx.uow.participants.load_by_id([absent.id]))[absent.id]
        _hello_again(ctx, participant, found, choice)


async def _held(ctx: Context, button: PhraseButton) -> None:
    """The same for an opening line of a reply deferred on a shared phone."""
    participant = ctx.participant
    held = await ctx.uow.outbox.deferred_for([participant]) if participant is not None else {}
    mine = participant is not None and button.about in held.get(participant.id, ())
    if participant is None or participant.state is ParticipantState.STOPPED or not mine:
        ctx.toast_phrase("stale")
    elif button.choice == "stop":
        stop.stop(ctx, participant)
    elif button.choice != "open":
        ctx.say("later_none")
    elif not opening_line.must_ask(ctx, participant, button):
        await opening_line.open_held(ctx, participant)


def _hello_again(ctx: Context, participant: Participant, found: FollowUp, choice: str) -> None:
    """Later, or Not today: the same follow-up again, at the chosen time."""
    when = ctx.env.plan.later.get(choice)
    if when is None:
        ctx.toast_phrase("stale")
        return
    row = follow_ups.postponed(
        ctx.env.plan, participant, found, when, ctx.update.update_id, ctx.now
    )
    ctx.uow.follow_ups.add([row])
    ctx.uow.follow_ups.postpone(found)
    if participant.contact_times.never or not participant.may_message:
        ctx.say("later_none")
        return
    due = row["due_at"].astimezone(ZoneInfo(participant.timezone)).date()
    ctx.say("later_set", {"hello_date": due})


async def _times_chosen(ctx: Context, button: PhraseButton) -> None:
    participant = ctx.participant
    if participant is None or participant.state is ParticipantState.STOPPED:
        ctx.toast_phrase("stale")
    elif button.choice in ("safety", "phone"):
        settings_screen.show(ctx)
    elif button.phrase == "times":
        contact_times.chosen(ctx, participant, button.choice)
    elif button.phrase == "times_day":
        contact_times.day(ctx, participant, button.choice)
    elif button.choice == "change":
        contact_times.asked(ctx)
    else:
        _back(ctx)


async def _open(ctx: Context, participant: Participant, found: FollowUp) -> None:
    await _open_quietly(ctx, participant, found)
    if found.kind != "numbers":
        await announcements.before_it(ctx, participant)


async def _open_quietly(ctx: Context, participant: Participant, found: FollowUp) -> None:
    if found.kind == "handed_over":
        sharing.ask_new_worker(ctx, participant, found.case_id)
        return
    if found.kind == "numbers":
        await transfer_confirmation.ask(ctx, participant, found)
        return
    if participant.open_checkin is not None:
        answering.ask(ctx, participant, participant.open_checkin)
        return
    if found.kind in ("ask_before", "ask_after"):
        if not await answering.begin_asked(ctx, participant, found):
            await commands.resume(ctx)
        return
    about = found.session_id if found.kind == "after" else None
    before = next(
        (p for p in participant.checkins if p.id == about and p.state is CheckinState.DONE), None
    )
    asked_since = follow_ups.started_since(participant, about, found.due_at)
    if before is None or asked_since or not await answering.begin_after(ctx, participant, before):
        await commands.resume(ctx)


PHRASE_BUTTONS: dict[str, PhraseHandler] = {
    "unknown": _unknown_chosen,
    "not_now": lambda v, b: not_now.chosen(v, v.participant, b.choice, b.about),
    "stopped": lambda v, b: stop.answers(v, v.participant, b.choice),
    "mydata": _mydata_chosen,
    "story": _story_chosen,
    "story_safe": _story_chosen,
    "delete_ask": _delete_chosen,
    **dict.fromkeys(("deleting", "deleting_read", "deleting_waits"), deletion_undo.undo),
    "change_pick": change_answer.picked,
    "change_which": change_answer.chosen,
    "change_one": change_answer.tapped,
    "copy_ask": overview.copy_chosen,
    "complaint": complaints.left,
    "helplines": _help_chosen,
    "language": _language_chosen,
    "hello": follow_up_answered,
    "is_it_you": follow_up_answered,
    "times": _times_chosen,
    "safety": _then_news(settings_screen.phone),
    "safety_first": _then_news(_safety_chosen),
    "safety_shared": _then_news(settings_screen.chosen),
    "first_line": settings_screen.line,
    "times_day": _times_chosen,
    "times_ok": _times_chosen,
    "times_ok_day": _times_chosen,
    "times_never": _times_chosen,
    "new_worker": lambda v, b: sharing.new_worker(v, v.participant, b),
    "share_pick": lambda v, b: sharing.pick(v, v.participant, b),
    "share": lambda v, b: sharing.chosen(v, v.participant, b),
    **dict.fromkeys(danger.BUTTONS, danger.chosen),
    "danger_keep": danger.keep,
    "draft": wording_feedback.wrong,
    "sounds_wrong": lambda v, _: wording_feedback.carry_on(v),
    "pause": lambda v, b: contact_times.pause(v, v.participant, b.choice),
    "other_person": shared_phone.other_person,
    **dict.fromkeys(("nothing_waits", "next_hello"), shared_phone.other_person),
    "came_back": shared_phone.came_back,
    "no_word": shared_phone.no_word,
    "word_ask": shared_phone.word_asked,
    "whose": shared_phone.whose,
    "story_open": lambda v, _: commands.resume(v),
    "word_wrong": shared_phone.begin,
    "stopped_one": shared_phone.stopped_one,
    "moved_away": shared_phone.moved_away,
    "numbers_ask": transfer_confirmation.answered,
    "mydata_closed": _mydata_chosen,
}
