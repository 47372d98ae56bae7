"""What a tap does: a button is only a claim, done if it matches what waits, else nothing is.

Questions are answered in `checkin`, the way to consent is in `welcome`.
"""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from bot.conversation import (
    changing,
    checkin,
    clearing,
    complaint,
    danger,
    data,
    drafts,
    first,
    later,
    menu,
    news,
    numbers,
    safety,
    sharing,
    stop,
    stories,
    story,
    times,
    undoing,
    welcome,
)
from bot.conversation.buttons import STOP, Aside, Question, Welcome
from bot.conversation.visit import Visit
from bot.followups import planned
from bot.store.people import FollowUp, Person
from bot.store.tables import Due, Life, Stage
from bot.workers import contact, crew


def pressed(visit: Visit) -> None:
    """Does what the tapped button asks, if it still may."""
    button, person = visit.button, visit.person
    if isinstance(button, Question) and button.choice == STOP and person is not None:
        menu.stop_now(visit)  # also an old one: whoever taps Stop means it
    elif isinstance(button, Welcome):
        welcome.tapped(visit, button)
    elif isinstance(button, Aside) and button.phrase in _ASIDES:
        _ASIDES[button.phrase](visit, button)
        _leave_written(visit, button)
    elif isinstance(button, Question) and person is not None and person.live is not None:
        what = visit.pressed
        assert what is not None  # noqa: S101 - a button was read from it
        checkin.hear(visit, person, person.live, what)
    else:
        visit.glance("stale")


def _leave_written(visit: Visit, button: Aside) -> None:
    """Leaves what was chosen under the message, and takes its other buttons away."""
    label = visit.around.library.phrases[button.phrase].choices.get(button.choice)
    if visit.toast is None and label is not None:
        visit.chosen = visit.tongue.text(label)


def _unknown_chosen(visit: Visit, button: Aside) -> None:
    if button.choice == "stop":
        menu.stop_now(visit)
    else:
        menu.start(visit)


def _mydata_chosen(visit: Visit, button: Aside) -> None:
    person = visit.person
    if button.choice == "delete":
        menu.delete(visit)
    elif button.choice == "share":
        sharing.list_all(visit, person)
    elif button.choice == "readers":
        sharing.readers(visit, person)
    elif button.choice == "change":
        changing.pick(visit, person)
    elif button.choice == "copy" and person is not None:
        data.ask_copy(visit, person)
    elif button.choice == "unhappy" and person is not None:
        complaint.ask(visit, person)
    elif button.choice == "phone":
        safety.show(visit)
    else:
        _back(visit)


def _then_news(do: Callable[[Visit, Aside], None]) -> Callable[[Visit, Aside], None]:
    """The same, with what is news said before the check-in that it leads to."""

    def done(visit: Visit, button: Aside) -> None:
        do(visit, button)
        if visit.person is not None:
            news.before_it(visit, visit.person)

    return done


def _safety_chosen(visit: Visit, button: Aside) -> None:
    if not stories.more(visit, button):
        safety.chosen(visit, button)


def _story_chosen(visit: Visit, button: Aside) -> None:
    if button.choice in story.MADE:
        story.make(visit, visit.person, button)
    elif button.choice == "leave":
        visit.say("story_left")
    else:
        _back(visit)


def _delete_chosen(visit: Visit, button: Aside) -> None:
    person = visit.person
    data.delete(visit, person, button.choice)
    if visit.person is not None and button.choice != "delete":
        _back(visit)


def _back(visit: Visit) -> None:
    """Brings back what waited, if anything does."""
    person = visit.person
    if person is not None and person.live is not None:
        checkin.ask(visit, person, person.live)


def _help_chosen(visit: Visit, button: Aside) -> None:
    if button.choice == "contact":
        visit.then.append(lambda: contact.ask(visit))
    elif button.choice == "clear":
        clearing.ask(visit)
    elif button.choice == "safety":
        safety.show(visit)
    elif visit.person is None:
        welcome.greet(visit)
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
        crew.show_menu(visit)
        visit.then.append(lambda: visit.batch.caseload.change_worker(worker))
    visit.say("changed")
    drafts.say_once(visit)
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
        visit.then.append(lambda: stories.called(visit, again, button.choice, _hello_again))
    elif found is None or person is None or not mine or person.state is Life.STOPPED:
        visit.glance("stale")
    elif button.choice == "stop":
        stop.stop(visit, person)
    elif found.outcome is not None or found.state not in (Due.SENT, Due.UNCERTAIN, Due.SENDING):
        visit.glance("stale")
    elif button.choice == "open":
        if not first.must_ask(visit, person, button):
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
    elif not first.must_ask(visit, person, button):
        await first.open_held(visit, person)


def _hello_again(visit: Visit, person: Person, found: FollowUp, choice: str) -> None:
    """Later, or Not today: the same hello once more, when they said."""
    when = visit.around.plan.later.get(choice)
    if when is None:
        visit.glance("stale")
        return
    row = planned.again(visit.around.plan, person, found, when, visit.arrival.update_id, visit.now)
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
        safety.show(visit)
    elif button.phrase == "times":
        times.chosen(visit, person, button.choice)
    elif button.phrase == "times_day":
        times.day(visit, person, button.choice)
    elif button.choice == "change":
        times.asked(visit)
    else:
        _back(visit)


def _open(visit: Visit, person: Person, found: FollowUp) -> None:
    news.before_it(visit, person)
    if found.kind == "handed_over":
        sharing.ask_new_worker(visit, person, found.case_id)
        return
    if found.kind == "numbers":
        visit.then.append(lambda: numbers.ask(visit, person, found))
        return
    if person.live is not None:
        checkin.ask(visit, person, person.live)
        return
    if found.kind in ("ask_before", "ask_after"):
        if not checkin.begin_asked(visit, person, found):
            menu.start(visit)
        return
    about = found.session_id if found.kind == "after" else None
    before = next((p for p in person.past if p.id == about and p.stage is Stage.DONE), None)
    asked_since = planned.begun_since(person, about, found.due_at)
    if before is None or asked_since or not checkin.begin_after(visit, person, before):
        menu.start(visit)


_ASIDES: dict[str, Callable[[Visit, Aside], None]] = {
    "unknown": _unknown_chosen,
    "not_now": lambda v, b: later.chosen(v, v.person, b.choice, b.about),
    "stopped": lambda v, b: stop.answers(v, v.person, b.choice),
    "mydata": _mydata_chosen,
    "story": _story_chosen,
    "story_safe": _story_chosen,
    "delete_ask": _delete_chosen,
    **dict.fromkeys(("deleting", "deleting_read", "deleting_waits"), undoing.undo),
    "change_pick": changing.picked,
    "change_which": changing.chosen,
    "change_one": changing.tapped,
    "copy_ask": data.copy_chosen,
    "complaint": complaint.left,
    "helplines": _help_chosen,
    "language": _language_chosen,
    "hello": hello,
    "is_it_you": hello,
    "times": _times_chosen,
    "safety": _then_news(safety.phone),
    "safety_first": _then_news(_safety_chosen),
    "safety_shared": _then_news(safety.chosen),
    "first_line": safety.line,
    "times_day": _times_chosen,
    "times_ok": _times_chosen,
    "times_ok_day": _times_chosen,
    "times_never": _times_chosen,
    "new_worker": lambda v, b: sharing.new_worker(v, v.person, b),
    "share_pick": lambda v, b: sharing.pick(v, v.person, b),
    "share": lambda v, b: sharing.chosen(v, v.person, b),
    **dict.fromkeys(danger.BUTTONS, danger.chosen),
    "danger_keep": danger.keep,
    "draft": drafts.wrong,
    "sounds_wrong": lambda v, _: drafts.carry_on(v),
    "pause": lambda v, b: times.pause(v, v.person, b.choice),
    "other_person": stories.other_person,
    **dict.fromkeys(("nothing_waits", "next_hello"), stories.other_person),
    "came_back": stories.came_back,
    "no_word": stories.no_word,
    "word_ask": stories.word_asked,
    "whose": stories.whose,
    "story_open": lambda v, _: menu.start(v),
    "word_wrong": stories.begin,
    "stopped_one": stories.stopped_one,
    "moved_away": stories.moved_away,
    "numbers_ask": numbers.answered,
    "mydata_closed": _mydata_chosen,
}
