"""What a tap does: a button is only a claim, done if it matches what waits, else nothing is.

Questions are answered in `checkin`, the way to consent is in `welcome`.
"""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from bot.conversation import announcements, stop, wording_feedback
from bot.conversation.checkin import answering, not_now
from bot.conversation.context import Visit
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
from bot.domain.participant import FollowUp, Person
from bot.messages.callback_data import STOP, Aside, Question, Welcome
from bot.schedule import follow_ups
from bot.store.tables import Due, Life, Stage
from bot.workers import accounts


def pressed(visit: Visit) -> None:
    """Does what the tapped button asks, if it still may."""
    button, person = visit.button, visit.person
    if isinstance(button, Question) and button.choice == STOP and person is not None:
        commands.stop_now(visit)  # also an old one: whoever taps Stop means it
    elif isinstance(button, Welcome):
        onboarding.tapped(visit, button)
    elif isinstance(button, Aside) and button.phrase in _ASIDES:
        _ASIDES[button.phrase](visit, button)
        _leave_written(visit, button)
    elif isinstance(button, Question) and person is not None and person.live is not None:
        what = visit.pressed
        assert what is not None  # noqa: S101 - a button was read from it
        answering.hear(visit, person, person.live, what)
    else:
        visit.glance("stale")


def _leave_written(visit: Visit, button: Aside) -> None:
    """Leaves what was chosen under the message, and takes its other buttons away."""
    label = visit.around.library.phrases[button.phrase].choices.get(button.choice)
    if visit.toast is None and label is not None:
        visit.chosen = visit.tongue.text(label)


def _unknown_chosen(visit: Visit, button: Aside) -> None:
    if button.choice == "stop":
        commands.stop_now(visit)
    else:
        commands.start(visit)


def _mydata_chosen(visit: Visit, button: Aside) -> None:
    person = visit.person
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


def _then_news(do: Callable[[Visit, Aside], None]) -> Callable[[Visit, Aside], None]:
    """The same, with what is news said before the check-in that it leads to."""

    def done(visit: Visit, button: Aside) -> None:
        do(visit, button)
        if visit.person is not None:
            announcements.before_it(visit, visit.person)

    return done


def _safety_chosen(visit: Visit, button: Aside) -> None:
    if not shared_phone.more(visit, button):
        settings_screen.chosen(visit, button)


def _story_chosen(visit: Visit, button: Aside) -> None:
    if button.choice in story.MADE:
        story.make(visit, visit.person, button)
    elif button.choice == "leave":
        visit.say("story_left")
    else:
        _back(visit)


def _delete_chosen(visit: Visit, button: Aside) -> None:
    person = visit.person
    overview.delete(visit, person, button.choice)
    if visit.person is not None and button.choice != "delete":
        _back(visit)


def _back(visit: Visit) -> None:
    """Brings back what waited, if anything does."""
    person = visit.person
    if person is not None and person.live is not None:
        answering.ask(visit, person, person.live)


def _help_chosen(visit: Visit, button: Aside) -> None:
    if button.choice == "contact":
        visit.then.append(lambda: contact_request.ask(visit))
    elif button.choice == "clear":
        clear_chat.ask(visit)
    elif button.choice == "safety":
        settings_screen.show(visit)
    elif visit.person is None:
        onboarding.greet(visit)
    elif visit.person.live is not None:
        _back(visit)
    else:
        visit.glance("nothing_waits")


def _language_chosen(visit: Visit, button: Aside) -> None:
    person, worker = visit.person, visit.worker
    known = person is not None or (worker is not None and worker.active)
    if not known or button.choice not in visit.around.tongues.offered:
        visit.glance("stale")
        return
    visit.language = button.choice
    if person is not None:
        person.language = button.choice
        visit.batch.changed(person)
    if worker is not None:
        worker.language = button.choice
        accounts.show_menu(visit)
        visit.then.append(lambda: visit.batch.caseload.change_worker(worker))
    visit.say("changed")
    wording_feedback.say_once(visit)
    _back(visit)


def hello(visit: Visit, button: Aside) -> None:
    """A tap under a hello that we sent first, or its words typed."""
    if button.about not in visit.follow_ups and visit.hello is None:
        visit.then.append(lambda: _held(visit, button))
        return
    person, found = visit.person, visit.hello or visit.follow_ups.get(button.about)
    mine = found is not None and person is not None and found.participant_id == person.id
    if found is not None and not mine and visit.known.absent:
        again = found
        visit.then.append(lambda: shared_phone.called(visit, again, button.choice, _hello_again))
    elif found is None or person is None or not mine or person.state is Life.STOPPED:
        visit.glance("stale")
    elif button.choice == "stop":
        stop.stop(visit, person)
    elif found.outcome is not None or found.state not in (Due.SENT, Due.UNCERTAIN, Due.SENDING):
        visit.glance("stale")
    elif button.choice == "open":
        if not opening_line.must_ask(visit, person, button):
            _open(visit, person, found)
            visit.batch.opened(found)
    else:
        _hello_again(visit, person, found, button.choice)


async def _held(visit: Visit, button: Aside) -> None:
    """The same of a first line that stands for a reply which came too late for a shared phone."""
    person = visit.person
    held = await visit.batch.held_for([person]) if person is not None else {}
    mine = person is not None and button.about in held.get(person.id, ())
    if person is None or person.state is Life.STOPPED or not mine:
        visit.glance("stale")
        visit.chosen = None
    elif button.choice == "stop":
        stop.stop(visit, person)
    elif button.choice != "open":
        visit.say("later_none")
    elif not opening_line.must_ask(visit, person, button):
        await opening_line.open_held(visit, person)


def _hello_again(visit: Visit, person: Person, found: FollowUp, choice: str) -> None:
    """Later, or Not today: the same hello once more, when they said."""
    when = visit.around.plan.later.get(choice)
    if when is None:
        visit.glance("stale")
        return
    row = follow_ups.again(
        visit.around.plan, person, found, when, visit.arrival.update_id, visit.now
    )
    visit.batch.plan([row])
    visit.batch.put_off(found)
    if person.safe.never or not person.may_message:
        visit.say("later_none")
        return
    due = row["due_at"].astimezone(ZoneInfo(person.zone)).date()
    visit.say("later_set", {"hello_date": due})


def _times_chosen(visit: Visit, button: Aside) -> None:
    person = visit.person
    if person is None or person.state is Life.STOPPED:
        visit.glance("stale")
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


def _open(visit: Visit, person: Person, found: FollowUp) -> None:
    announcements.before_it(visit, person)
    if found.kind == "handed_over":
        sharing.ask_new_worker(visit, person, found.case_id)
        return
    if found.kind == "numbers":
        visit.then.append(lambda: transfer_confirmation.ask(visit, person, found))
        return
    if person.live is not None:
        answering.ask(visit, person, person.live)
        return
    if found.kind in ("ask_before", "ask_after"):
        if not answering.begin_asked(visit, person, found):
            commands.start(visit)
        return
    about = found.session_id if found.kind == "after" else None
    before = next((p for p in person.past if p.id == about and p.stage is Stage.DONE), None)
    asked_since = follow_ups.begun_since(person, about, found.due_at)
    if before is None or asked_since or not answering.begin_after(visit, person, before):
        commands.start(visit)


_ASIDES: dict[str, Callable[[Visit, Aside], None]] = {
    "unknown": _unknown_chosen,
    "not_now": lambda v, b: not_now.chosen(v, v.person, b.choice, b.about),
    "stopped": lambda v, b: stop.answers(v, v.person, b.choice),
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
    "hello": hello,
    "is_it_you": hello,
    "times": _times_chosen,
    "safety": _then_news(settings_screen.phone),
    "safety_first": _then_news(_safety_chosen),
    "safety_shared": _then_news(settings_screen.chosen),
    "first_line": settings_screen.line,
    "times_day": _times_chosen,
    "times_ok": _times_chosen,
    "times_ok_day": _times_chosen,
    "times_never": _times_chosen,
    "new_worker": lambda v, b: sharing.new_worker(v, v.person, b),
    "share_pick": lambda v, b: sharing.pick(v, v.person, b),
    "share": lambda v, b: sharing.chosen(v, v.person, b),
    **dict.fromkeys(danger.BUTTONS, danger.chosen),
    "danger_keep": danger.keep,
    "draft": wording_feedback.wrong,
    "sounds_wrong": lambda v, _: wording_feedback.carry_on(v),
    "pause": lambda v, b: contact_times.pause(v, v.person, b.choice),
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
