"""Handles button presses: a button is only a claim, honoured if it matches what is open.

Questions are answered in `answering`, onboarding is in `onboarding`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.conversation import stop, wording_feedback, worker_messages
from bot.conversation.checkin import follow_up_taps, not_now, was_answer
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
    settings_screen,
)
from bot.dispatch import commands
from bot.domain.states import ParticipantState
from bot.messages.callback_data import PhraseButton
from bot.messages.parts import Line, lazy

PhraseHandler = Callable[[Context, PhraseButton], Awaitable[Next | None]]


async def phrase_pressed(ctx: Context, button: PhraseButton) -> Next | None:
    """Runs the button's action, and leaves its label under the message; its buttons go."""
    label = _label_of(ctx, button)  # in the language it was read in
    follows = await PHRASE_BUTTONS[button.phrase](ctx, button)
    if ctx.toast is None and label is not None:
        ctx.chosen_label = label
    return follows


def _label_of(ctx: Context, button: PhraseButton) -> Line | None:
    """The label of the tapped button."""
    label = ctx.env.library.phrases[button.phrase].choices.get(button.choice)
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


def _then_news(do: PhraseHandler) -> PhraseHandler:
    """The same, with announcements before the check-in that it leads to."""

    async def done(ctx: Context, button: PhraseButton) -> Next | None:
        ctx.announces_news = True
        return await do(ctx, button)

    return done


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


async def _delete_chosen(ctx: Context, button: PhraseButton) -> Next | None:
    participant = ctx.participant
    await overview.delete(ctx, participant, button.choice)
    return None if button.choice == "delete" else Next.RESUME


async def _help_chosen(ctx: Context, button: PhraseButton) -> Next | None:
    if button.choice == "contact":
        await contact_request.request_contact(ctx)
    elif button.choice == "clear":
        await clear_chat.ask(ctx)
    elif button.choice == "safety":
        return settings_screen.show(ctx)
    elif ctx.participant is None:
        return Next.BACK
    elif ctx.participant.open_checkin is not None:
        return Next.RESUME
    else:
        ctx.toast_phrase("nothing_waits")
    return None


async def _contact_chosen(ctx: Context, _button: PhraseButton) -> None:
    await contact_request.request_contact(ctx)


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
    if worker is not None:
        worker.language = button.choice
        worker_messages.show_menu(ctx)
        await ctx.uow.workers.save(worker)
    ctx.say("changed")
    wording_feedback.say_once(ctx)
    return Next.RESUME


async def _times_chosen(ctx: Context, button: PhraseButton) -> Next | None:
    participant = ctx.participant
    if participant is None or participant.state is ParticipantState.STOPPED:
        ctx.toast_phrase("stale")
    elif button.choice in ("safety", "phone"):
        return settings_screen.show(ctx)
    elif button.phrase == "times":
        contact_times.chosen(ctx, participant, button.choice)
    elif button.phrase == "times_day":
        contact_times.day(ctx, participant, button.choice)
    elif button.choice == "change":
        contact_times.asked(ctx)
    else:
        return Next.RESUME
    return None


PHRASE_BUTTONS: dict[str, PhraseHandler] = {
    "unknown": _unknown_chosen,
    "unknown_again": _unknown_chosen,
    "not_now": lambda v, b: not_now.chosen(v, v.participant, b.choice, b.about),
    "stop_undo": was_answer.tapped,
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
    "contact_offer": _contact_chosen,
    "language": _language_chosen,
    "hello": follow_up_taps.pressed,
    "is_it_you": follow_up_taps.pressed,
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
    "story_open": lambda v, _: commands.start(v),
    "word_wrong": shared_phone.begin,
    "stopped_one": shared_phone.stopped_one,
    "moved_away": shared_phone.moved_away,
    "numbers_ask": transfer_confirmation.answered,
    "mydata_closed": _mydata_chosen,
}
