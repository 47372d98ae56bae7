"""What people ask for in words: the commands, and anything typed, spoken or sent.

What a tap does is in `taps`; the order in which things are tried is in `hear`.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.conversation import stop
from bot.conversation.checkin import answering
from bot.conversation.context import Visit
from bot.conversation.my_data import deletion, overview, story
from bot.conversation.onboarding import onboarding
from bot.conversation.safety import clear_chat, contact_times
from bot.domain import lifecycle
from bot.messages.incoming import Spoken, Typed, Unreadable
from bot.store.tables import Life
from bot.workers import accounts


def said(visit: Visit, what: Typed | Spoken) -> None:
    person = visit.person
    if person is None or person.state is Life.STOPPED:
        if visit.way is None or onboarding.has_stopped(visit):
            unknown(visit)
        else:
            onboarding.typed(visit, visit.way, what.text if isinstance(what, Typed) else "")
    elif person.live is not None:
        answering.hear(visit, person, person.live, what)
    else:
        visit.say("unknown")


def unreadable(visit: Visit, what: Unreadable) -> None:
    if visit.person is None or visit.person.state is Life.STOPPED:
        unknown(visit)
    else:
        visit.say(what.phrase)


def stop_now(visit: Visit) -> None:
    if visit.person is None and visit.worker is not None and visit.worker.active:
        accounts.stopped(visit, visit.worker)
        return
    onboarding.stop(visit)
    if visit.person is None:
        visit.say_safely("stopped_bare")
        stop.others(visit)
    else:
        stop.stop(visit, visit.person)


def start(visit: Visit) -> None:
    """Carries on where the person is; someone who stopped is asked for consent again."""
    person = visit.person
    if person is None or person.state is Life.STOPPED:
        if person is not None:
            visit.say("other_person", about=person.id)
        onboarding.greet(visit)
        return
    if visit.pressed is None and (visit.known.absent or person.shared_phone):
        visit.say("other_person", about=person.id)  # it may be anyone who holds this phone
        return
    if person.state is Life.PAUSED:
        person.paused_until = None
        visit.batch.cancel(person, "came back", visit.now, kind="pause")
        lifecycle.move(visit.batch, person, "resume", visit.now)
    if person.live is not None:
        answering.ask(visit, person, person.live)
    elif not person.past:
        answering.begin(visit, person, answering.first_for(visit, person))
    elif answering.asked_for(visit, person):
        pass
    elif (before := answering.after_due(visit, person)) is not None:
        answering.begin_after(visit, person, before)
    elif "hello_date" in (facts := visit.facts()):
        visit.say("next_hello", {"hello_date": facts["hello_date"]})
    else:
        visit.say("nothing_waits")


def unknown(visit: Visit) -> None:
    if visit.person is None and not onboarding.has_stopped(visit):
        if visit.way is not None:
            onboarding.typed(visit, visit.way, "")
            return
        visit.say_bare("unknown_new")
        onboarding.greet(visit)
    elif visit.person is None or visit.person.state is Life.STOPPED:
        visit.say("are_stopped")
    else:
        visit.say("unknown")


def mydata(visit: Visit) -> None:
    if visit.person is None:
        visit.say("mydata_none" if visit.known.held is None else "mydata_link")
    else:
        overview.show(visit, visit.person)


def delete(visit: Visit) -> None:
    if visit.person is not None:
        visit.say("delete_ask")
    elif visit.known.held is not None:
        visit.then.append(lambda: deletion.delete_link(visit))
    else:
        visit.say("mydata_none")


def language(visit: Visit) -> None:
    if len(visit.around.tongues.offered) == 1:
        visit.say("language_only")
    elif visit.person is None or visit.person.state is Life.STOPPED:
        onboarding.greet(visit, ask_language=True)
    else:
        visit.languages()


def when(visit: Visit) -> None:
    if visit.person is None or visit.person.state is Life.STOPPED:
        unknown(visit)
    else:
        contact_times.asked(visit)


def pause(visit: Visit) -> None:
    if visit.person is None or visit.person.state is Life.STOPPED:
        unknown(visit)
    else:
        visit.say("pause")


def tell_story(visit: Visit) -> None:
    story.show(visit, visit.person)


COMMANDS: dict[str, Callable[[Visit], None]] = {
    "start": start,
    "stop": stop_now,
    "mydata": mydata,
    "story": tell_story,
    "delete": delete,
    "language": language,
    "times": when,
    "pause": pause,
    "hide": clear_chat.ask,
}
