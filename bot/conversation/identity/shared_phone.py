"""Several people on one account, each with a story of their own that no other of them sees.

How a story moves to another phone is in `rejoin`; what a word is, in `private`.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.conversation import stop
from bot.conversation.checkin import answering
from bot.conversation.context import Visit
from bot.conversation.identity import join_case, move_phone, private_word
from bot.conversation.onboarding import onboarding
from bot.conversation.safety import opening_line
from bot.dispatch import commands
from bot.domain.participant import Absent, FollowUp, Person
from bot.messages.callback_data import Aside
from bot.messages.incoming import Typed
from bot.messages.reply import Key, Message
from bot.store.tables import Life
from bot.workers import open_link
from flows.engine.normalise import plain

HelloAgain = Callable[[Visit, Person, FollowUp, str], None]


# --- is this the same person? --------------------------------------------------------------------


def other_person(visit: Visit, button: Aside) -> None:
    """Asks whether it is the same person still, or takes their answer.

    Only under a question about the very one who is here now is "someone else" taken at once: an
    old button, or one that stands under something else, asks first.
    """
    person = visit.person
    if person is None:
        onboarding.greet(visit)
    elif button.choice == "new" and button.about == person.id:
        visit.then.append(lambda: _somebody_new(visit, person))
    elif button.choice == "same":
        _same(visit, person)
    else:
        visit.say("other_person", about=person.id)


def _same(visit: Visit, person: Person) -> None:
    """Goes on; by the worker's link that they hold, if that is why it was asked.

    Where others are known to use the chat, a yes is not enough for whoever has a word.
    """
    held = visit.known.held
    if visit.known.absent and person.word is not None:
        visit.then.append(lambda: _ask_whose(visit))
        return
    person.waits = {}
    opening_line.is_them(visit, person)
    if person.state is Life.STOPPED:
        onboarding.greet(visit)
    elif held is None:
        commands.start(visit)
    else:
        join_case.join(visit, person, held)
        open_link.carry_on(visit, person, held)


async def _somebody_new(visit: Visit, person: Person) -> None:
    await _aside(visit, person)
    onboarding.greet(visit)


async def _aside(visit: Visit, person: Person) -> None:
    """Puts the story of whoever was here aside; nothing of it is found until they come back."""
    person.waits = {}
    visit.batch.changed(person)
    await visit.batch.stories.put_aside(person)
    absent = Absent(person.id, person.word, person.state, person.last_hello_at)
    visit.known.absent.append(absent)
    visit.person, visit.language, visit.way = None, None, None
    visit.clears = True


# --- coming back ---------------------------------------------------------------------------------


def came_back(visit: Visit, button: Aside) -> None:
    """Somebody says that they have talked to us before: asks for their word, or their numbers."""
    if visit.person is not None:
        visit.glance("stale")
    elif button.choice == "ask":
        visit.then.append(lambda: _ask_for_word(visit))
    elif button.choice == "none" and any(each.word is None for each in visit.known.absent):
        visit.say("no_word")
    else:
        begin(visit, button)


def begin(visit: Visit, _button: Aside) -> None:
    """They have no word after all, and begin as anybody new."""
    chat = visit.arrival.chat
    visit.then.append(lambda: visit.batch.stories.unask(chat))
    commands.start(visit)


async def _ask_for_word(visit: Visit) -> None:
    await visit.batch.stories.ask(visit.arrival.chat, visit.now)
    none = Key(visit.label("came_back", "none"), Aside("came_back", "none").data())
    visit.offer("came_back", [none])


def waits_for(visit: Visit, text: str) -> bool:
    """Whether what was typed is a word or numbers to come back by, or a new private word."""
    if private_word.waits_for(visit):
        return True
    if visit.around.library.listened(text) == "start":
        return False
    if visit.person is not None:
        return False
    return visit.known.asked or move_phone.digits_in(text) is not None or _says_back(visit, text)


def _says_back(visit: Visit, text: str) -> bool:
    """Whether they typed what the button says by which they come back."""
    return plain(text) == plain(visit.label("came_back", "ask"))


async def typed(visit: Visit, what: Typed) -> None:
    """Takes such a word."""
    if visit.person is None and _says_back(visit, what.text):
        await _ask_for_word(visit)
        return
    if visit.arrival.message_id is not None:
        visit.removes.append(visit.arrival.message_id)
    person = visit.person
    if person is not None:
        await _new_word(visit, person, what.text)
    elif not await _opened(visit, what.text):
        # The same words whether it was wrong, too old, used, or not even looked at.
        visit.say("word_wrong")


async def _opened(visit: Visit, text: str) -> bool:
    stories, chat, now = visit.batch.stories, visit.arrival.chat, visit.now
    if not await stories.may_try(chat, now):
        return False
    found = stories.whose_word(private_word.forms(text), visit.known.absent)
    if len(found) == 1:  # two who have chosen the same come back by numbers only
        move_phone.greeting(visit, await _bring(visit, found[0]))
        return True
    digits = move_phone.digits_in(text)
    taken = await stories.take(digits, now) if digits else None
    if taken is None:
        await stories.wrong(chat, now)
        return False
    person_id, by_worker = taken
    if not visit.known.absent:
        await stories.right(chat)  # else their wrong ones count on: here is a word to be found
    person = (await visit.batch.load_ids([person_id]))[person_id]
    await move_phone.move(visit, person, closes=by_worker)
    move_phone.greeting(visit, person)
    _safely(visit, person, closed=by_worker)
    return True


async def _bring(visit: Visit, absent: Absent) -> Person:
    """Makes somebody the one who is here again."""
    await visit.batch.stories.bring(absent, visit.arrival.chat)
    person = (await visit.batch.load_ids([absent.id]))[absent.id]
    visit.known.absent.remove(absent)
    visit.person, visit.clears = person, True
    if visit.known.held is not None and person.state is not Life.STOPPED:
        join_case.join(visit, person, visit.known.held)
    return person


def _safely(visit: Visit, person: Person, *, closed: bool) -> None:
    """Says what is not shown, and asks who sees this phone, before what they are back for."""
    last: list[Message] = [visit.messages.pop()]
    if closed:
        visit.say_bare("story_closed")
    if person.state is not Life.STOPPED:
        visit.say("safety")
    visit.messages += last


def no_word(visit: Visit, button: Aside) -> None:
    """Somebody without a word says that the story here is theirs: they begin an empty one.

    It could be anyone who holds this phone. The story itself stays aside, and waits for its word,
    its numbers or its worker; nothing of it is shown, shared or moved from here.
    """
    if visit.person is not None:
        visit.glance("stale")
        return
    if button.choice == "claim" and any(each.word is None for each in visit.known.absent):
        visit.say_bare("story_closed")
    begin(visit, button)


# --- a private word ------------------------------------------------------------------------------


def word_asked(visit: Visit, _button: Aside) -> None:
    """Goes on without a word."""
    person = visit.person
    if person is None:
        visit.glance("stale")
    else:
        visit.then.append(lambda: _carry_on(visit, person))


async def _new_word(visit: Visit, person: Person, text: str) -> None:
    """Keeps a word, unless it cannot be used. It is compared with nobody's.

    How often words are chosen in one chat is limited: who chooses one and then comes back by it
    could find out whether somebody else has the same.
    """
    stories, chat = visit.batch.stories, visit.arrival.chat
    word = private_word.usable(visit, text)
    if word is not None and not await stories.may_choose(chat, visit.now):
        word = None
    if word is None:
        visit.say("word_other")
        return
    person.waits = {}
    visit.batch.changed(person)
    await stories.set_word(person, word)
    visit.say_bare("word_kept")
    await _carry_on(visit, person)


async def _carry_on(visit: Visit, person: Person) -> None:
    """Brings back what waits, or begins the first check-in of somebody new."""
    if person.live is not None:
        answering.ask(visit, person, person.live)
    elif await visit.batch.stories.is_new(person.id):
        case, flow = person.case(None), answering.first_for(visit, person)
        answering.begin(visit, person, flow, case_id=case.id if case else None)


# --- a hello, a stop, an end, for somebody who is not here ---------------------------------------


async def called(visit: Visit, found: FollowUp, choice: str, again: HelloAgain) -> None:
    """A tap under a hello for somebody else of this chat: it opens nothing but by their word."""
    absent = next((a for a in visit.known.absent if a.id == found.participant_id), None)
    if absent is None or absent.state is Life.STOPPED:
        visit.glance("stale")
    elif choice == "stop":
        await stop_all(visit)
    elif choice == "open":
        visit.say("whose")
    elif found.outcome is None:
        again(visit, (await visit.batch.load_ids([absent.id]))[absent.id], found, choice)


def whose(visit: Visit, button: Aside) -> None:
    """Somebody says whether a hello was for them: then whoever was here is put aside."""
    if button.choice == "word":
        visit.then.append(lambda: _ask_whose(visit))
    elif visit.person is not None and visit.person.state is not Life.STOPPED:
        # It was not for them who was gone; who is here may still be anybody who holds the phone.
        opening_line.ask_who(visit, visit.person)
    else:
        commands.start(visit)


async def _ask_whose(visit: Visit) -> None:
    if visit.person is not None:
        await _aside(visit, visit.person)
    await _ask_for_word(visit)


async def stop_all(visit: Visit, event: str = "stop") -> None:
    """Stops everyone of a chat: a block, or Stop where it is not known whose it is."""
    people = list((await visit.batch.load_ids([a.id for a in visit.known.absent])).values())
    here = [visit.person] if visit.person is not None else []
    for person in [*people, *here]:
        stop.silence(visit, person, event)
    visit.known.absent[:] = [Absent(p.id, p.word, p.state, p.last_hello_at) for p in people]
    if event == "stop":
        visit.stops = True
        visit.say_safely("stopped_all")


def stopped_one(visit: Visit, _button: Aside) -> None:
    """Everyone who talks to us in this chat is to hear no more."""
    visit.then.append(lambda: stop_all(visit))


def moved_away(visit: Visit, button: Aside) -> None:
    """Somebody says that it was not them who left this chat for another."""
    visit.then.append(lambda: _undo(visit, button))


async def _undo(visit: Visit, button: Aside) -> None:
    person = await move_phone.undo(visit, button)
    if person is None:
        visit.glance("stale")
        return
    visit.clears = True
    move_phone.greeting(visit, person)
    _safely(visit, person, closed=True)


def more(visit: Visit, button: Aside) -> bool:
    """What of this stands on the screen about the phone; whether it was one of these."""
    person = visit.person
    if person is None or person.state is Life.STOPPED or button.choice not in ("move", "word"):
        return False
    if button.choice == "move":
        visit.then.append(lambda: move_phone.give(visit, person))
    else:
        private_word.ask(visit, person)
    return True
