"""What a tap does: a button is only a claim, done if it matches what waits, else nothing is.

Questions are answered in `answering`, the way to consent is in `onboarding`.
"""

from __future__ import annotations

from collections.abc import Callable
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
from bot.messages.callback_data import STOP, OnboardingButton, PhraseButton, QuestionButton
from bot.schedule import follow_ups
from bot.store.tables import CheckinState, FollowUpState, ParticipantState
from bot.workers import accounts


def button_pressed(visit: Context) -> None:
    """Does what the tapped button asks, if it still may."""
    button, person = visit.button, visit.participant
    if isinstance(button, QuestionButton) and button.choice == STOP and person is not None:
        commands.stop_now(visit)  # also an old one: whoever taps Stop means it
    elif isinstance(button, OnboardingButton):
        onboarding.tapped(visit, button)
    elif isinstance(button, PhraseButton) and button.phrase in _PHRASE_BUTTONS:
        _PHRASE_BUTTONS[button.phrase](visit, button)
        _leave_written(visit, button)
    elif (
        isinstance(button, QuestionButton)
        and person is not None
        and person.open_checkin is not None
    ):
        what = visit.pressed
        assert what is not None  # noqa: S101 - a button was read from it
        answering.hear(visit, person, person.open_checkin, what)
    else:
        visit.toast_phrase("stale")


def _leave_written(visit: Context, button: PhraseButton) -> None:
    """Leaves what was chosen under the message, and takes its other buttons away."""
    label = visit.env.library.phrases[button.phrase].choices.get(button.choice)
    if visit.toast is None and label is not None:
        visit.chosen = visit.localizer.text(label)


def _unknown_chosen(visit: Context, button: PhraseButton) -> None:
    if button.choice == "stop":
        commands.stop_now(visit)
    else:
        commands.resume(visit)


def _mydata_chosen(visit: Context, button: PhraseButton) -> None:
    person = visit.participant
    if button.choice == "delete":
        commands.delete(visit)
    elif button.choice == "share":
        sharing.list_all(visit, person)
    elif button.choice == "readers":
        sharing.readers(visit, person)
    elif button.choice == "change":
        change_answer.pick(visit, person)
    elif button.choice == "copy" and person is not None:
        overview.ask_copy(visit, person)
    elif button.choice == "unhappy" and person is not None:
        complaints.ask(visit, person)
    elif button.choice == "phone":
        settings_screen.show(visit)
    else:
        _back(visit)


def _then_news(
    do: Callable[[Context, PhraseButton], None],
) -> Callable[[Context, PhraseButton], None]:
    """The same, with what is news said before the check-in that it leads to."""

    def done(visit: Context, button: PhraseButton) -> None:
        do(visit, button)
        if visit.participant is not None:
            announcements.before_it(visit, visit.participant)

    return done


def _safety_chosen(visit: Context, button: PhraseButton) -> None:
    if not shared_phone.more(visit, button):
        settings_screen.chosen(visit, button)


def _story_chosen(visit: Context, button: PhraseButton) -> None:
    if button.choice in story.MADE:
        story.make(visit, visit.participant, button)
    elif button.choice == "leave":
        visit.say("story_left")
    else:
        _back(visit)


def _delete_chosen(visit: Context, button: PhraseButton) -> None:
    person = visit.participant
    overview.delete(visit, person, button.choice)
    if visit.participant is not None and button.choice != "delete":
        _back(visit)


def _back(visit: Context) -> None:
    """Brings back what waited, if anything does."""
    person = visit.participant
    if person is not None and person.open_checkin is not None:
        answering.ask(visit, person, person.open_checkin)


def _help_chosen(visit: Context, button: PhraseButton) -> None:
    if button.choice == "contact":
        visit.after_handling.append(lambda: contact_request.request_contact(visit))
    elif button.choice == "clear":
        clear_chat.ask(visit)
    elif button.choice == "safety":
        settings_screen.show(visit)
    elif visit.participant is None:
        onboarding.greet(visit)
    elif visit.participant.open_checkin is not None:
        _back(visit)
    else:
        visit.toast_phrase("nothing_waits")


def _language_chosen(visit: Context, button: PhraseButton) -> None:
    person, worker = visit.participant, visit.worker
    known = person is not None or (worker is not None and worker.active)
    if not known or button.choice not in visit.env.languages.codes:
        visit.toast_phrase("stale")
        return
    visit.language = button.choice
    if person is not None:
        person.language = button.choice
        visit.uow.update_participant(person)
    if worker is not None:
        worker.language = button.choice
        accounts.show_menu(visit)
        visit.after_handling.append(lambda: visit.uow.caseload.change_worker(worker))
    visit.say("changed")
    wording_feedback.say_once(visit)
    _back(visit)


def follow_up_answered(visit: Context, button: PhraseButton) -> None:
    """A tap under a hello that we sent first, or its words typed."""
    if button.about not in visit.follow_ups and visit.answered_follow_up is None:
        visit.after_handling.append(lambda: _held(visit, button))
        return
    person, found = (
        visit.participant,
        visit.answered_follow_up or visit.follow_ups.get(button.about),
    )
    mine = found is not None and person is not None and found.participant_id == person.id
    if found is not None and not mine and visit.lookups.inactive_participants:
        again = found
        visit.after_handling.append(
            lambda: shared_phone.called(visit, again, button.choice, _hello_again)
        )
    elif found is None or person is None or not mine or person.state is ParticipantState.STOPPED:
        visit.toast_phrase("stale")
    elif button.choice == "stop":
        stop.stop(visit, person)
    elif found.outcome is not None or found.state not in (
        FollowUpState.SENT,
        FollowUpState.UNCERTAIN,
        FollowUpState.SENDING,
    ):
        visit.toast_phrase("stale")
    elif button.choice == "open":
        if not opening_line.must_ask(visit, person, button):
            _open(visit, person, found)
            visit.uow.mark_opened(found)
    else:
        _hello_again(visit, person, found, button.choice)


async def _held(visit: Context, button: PhraseButton) -> None:
    """The same of a first line that stands for a reply which came too late for a shared phone."""
    person = visit.participant
    held = await visit.uow.deferred_for([person]) if person is not None else {}
    mine = person is not None and button.about in held.get(person.id, ())
    if person is None or person.state is ParticipantState.STOPPED or not mine:
        visit.toast_phrase("stale")
        visit.chosen = None
    elif button.choice == "stop":
        stop.stop(visit, person)
    elif button.choice != "open":
        visit.say("later_none")
    elif not opening_line.must_ask(visit, person, button):
        await opening_line.open_held(visit, person)


def _hello_again(visit: Context, person: Participant, found: FollowUp, choice: str) -> None:
    """Later, or Not today: the same hello once more, when they said."""
    when = visit.env.plan.later.get(choice)
    if when is None:
        visit.toast_phrase("stale")
        return
    row = follow_ups.postponed(
        visit.env.plan, person, found, when, visit.update.update_id, visit.now
    )
    visit.uow.add_follow_ups([row])
    visit.uow.postpone(found)
    if person.contact_times.never or not person.may_message:
        visit.say("later_none")
        return
    due = row["due_at"].astimezone(ZoneInfo(person.timezone)).date()
    visit.say("later_set", {"hello_date": due})


def _times_chosen(visit: Context, button: PhraseButton) -> None:
    person = visit.participant
    if person is None or person.state is ParticipantState.STOPPED:
        visit.toast_phrase("stale")
    elif button.choice in ("safety", "phone"):
        settings_screen.show(visit)
    elif button.phrase == "times":
        contact_times.chosen(visit, person, button.choice)
    elif button.phrase == "times_day":
        contact_times.day(visit, person, button.choice)
    elif button.choice == "change":
        contact_times.asked(visit)
    else:
        _back(visit)


def _open(visit: Context, person: Participant, found: FollowUp) -> None:
    announcements.before_it(visit, person)
    if found.kind == "handed_over":
        sharing.ask_new_worker(visit, person, found.case_id)
        return
    if found.kind == "numbers":
        visit.after_handling.append(lambda: transfer_confirmation.ask(visit, person, found))
        return
    if person.open_checkin is not None:
        answering.ask(visit, person, person.open_checkin)
        return
    if found.kind in ("ask_before", "ask_after"):
        if not answering.begin_asked(visit, person, found):
            commands.resume(visit)
        return
    about = found.session_id if found.kind == "after" else None
    before = next(
        (p for p in person.checkins if p.id == about and p.state is CheckinState.DONE), None
    )
    asked_since = follow_ups.started_since(person, about, found.due_at)
    if before is None or asked_since or not answering.begin_after(visit, person, before):
        commands.resume(visit)


_PHRASE_BUTTONS: dict[str, Callable[[Context, PhraseButton], None]] = {
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
