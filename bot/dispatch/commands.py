"""What people ask for in words: the commands, and anything typed, spoken or sent.

What a tap does is in `callbacks`; the order in which things are tried is in `dispatcher`.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.conversation import stop
from bot.conversation.checkin import answering
from bot.conversation.context import Context
from bot.conversation.my_data import deletion, overview, story
from bot.conversation.onboarding import onboarding
from bot.conversation.safety import clear_chat, contact_times
from bot.domain import lifecycle
from bot.messages.incoming import TextMessage, UnsupportedMessage, VoiceMessage
from bot.store.tables import ParticipantState
from bot.workers import accounts


def text_received(visit: Context, what: TextMessage | VoiceMessage) -> None:
    person = visit.participant
    if person is None or person.state is ParticipantState.STOPPED:
        if visit.onboarding is None or onboarding.has_stopped(visit):
            not_understood(visit)
        else:
            onboarding.typed(
                visit, visit.onboarding, what.text if isinstance(what, TextMessage) else ""
            )
    elif person.open_checkin is not None:
        answering.hear(visit, person, person.open_checkin, what)
    else:
        visit.say("unknown")


def unsupported(visit: Context, what: UnsupportedMessage) -> None:
    if visit.participant is None or visit.participant.state is ParticipantState.STOPPED:
        not_understood(visit)
    else:
        visit.say(what.phrase)


def stop_now(visit: Context) -> None:
    if visit.participant is None and visit.worker is not None and visit.worker.active:
        accounts.stop_digest(visit, visit.worker)
        return
    onboarding.stop(visit)
    if visit.participant is None:
        visit.say_safely("stopped_bare")
        stop.others(visit)
    else:
        stop.stop(visit, visit.participant)


def resume(visit: Context) -> None:
    """Carries on where the person is; someone who stopped is asked for consent again."""
    person = visit.participant
    if person is None or person.state is ParticipantState.STOPPED:
        if person is not None:
            visit.say("other_person", about=person.id)
        onboarding.greet(visit)
        return
    if visit.pressed is None and (visit.lookups.inactive_participants or person.shared_phone):
        visit.say("other_person", about=person.id)  # it may be anyone who holds this phone
        return
    if person.state is ParticipantState.PAUSED:
        person.paused_until = None
        visit.uow.cancel_follow_ups(person, "came back", visit.now, kind="pause")
        lifecycle.move(visit.uow, person, "resume", visit.now)
    if person.open_checkin is not None:
        answering.ask(visit, person, person.open_checkin)
    elif not person.checkins:
        answering.begin(visit, person, answering.first_for(visit, person))
    elif answering.asked_for(visit, person):
        pass
    elif (before := answering.after_due(visit, person)) is not None:
        answering.begin_after(visit, person, before)
    elif "hello_date" in (facts := visit.facts()):
        visit.say("next_hello", {"hello_date": facts["hello_date"]})
    else:
        visit.say("nothing_waits")


def not_understood(visit: Context) -> None:
    if visit.participant is None and not onboarding.has_stopped(visit):
        if visit.onboarding is not None:
            onboarding.typed(visit, visit.onboarding, "")
            return
        visit.say_without_buttons("unknown_new")
        onboarding.greet(visit)
    elif visit.participant is None or visit.participant.state is ParticipantState.STOPPED:
        visit.say("are_stopped")
    else:
        visit.say("unknown")


def mydata(visit: Context) -> None:
    if visit.participant is None:
        visit.say("mydata_none" if visit.lookups.claimed_case is None else "mydata_link")
    else:
        overview.show(visit, visit.participant)


def delete(visit: Context) -> None:
    if visit.participant is not None:
        visit.say("delete_ask")
    elif visit.lookups.claimed_case is not None:
        visit.after_handling.append(lambda: deletion.delete_link(visit))
    else:
        visit.say("mydata_none")


def language(visit: Context) -> None:
    if len(visit.env.languages.codes) == 1:
        visit.say("language_only")
    elif visit.participant is None or visit.participant.state is ParticipantState.STOPPED:
        onboarding.greet(visit, ask_language=True)
    else:
        visit.languages()


def when(visit: Context) -> None:
    if visit.participant is None or visit.participant.state is ParticipantState.STOPPED:
        not_understood(visit)
    else:
        contact_times.asked(visit)


def pause(visit: Context) -> None:
    if visit.participant is None or visit.participant.state is ParticipantState.STOPPED:
        not_understood(visit)
    else:
        visit.say("pause")


def tell_story(visit: Context) -> None:
    story.show(visit, visit.participant)


COMMANDS: dict[str, Callable[[Context], None]] = {
    "start": resume,
    "stop": stop_now,
    "mydata": mydata,
    "story": tell_story,
    "delete": delete,
    "language": language,
    "times": when,
    "pause": pause,
    "hide": clear_chat.ask,
}
