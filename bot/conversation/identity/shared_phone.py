"""Several people on one account, each with a story of their own that no other of them sees.

How a story moves to another phone is in `move_phone`; what a word is, in `private_word`.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.conversation import stop
from bot.conversation.checkin import answering
from bot.conversation.context import Context
from bot.conversation.identity import join_case, move_phone, private_word
from bot.conversation.onboarding import onboarding
from bot.conversation.safety import opening_line
from bot.dispatch import commands
from bot.domain.participant import FollowUp, InactiveParticipant, Participant
from bot.messages.callback_data import PhraseButton
from bot.messages.incoming import TextMessage
from bot.messages.reply import InlineButton, Message
from bot.store.tables import ParticipantState
from bot.workers import open_link
from flows.engine.normalise import normalise

RepeatFollowUp = Callable[[Context, Participant, FollowUp, str], None]


# --- is this the same person? --------------------------------------------------------------------


def other_person(visit: Context, button: PhraseButton) -> None:
    """Asks whether it is the same person still, or takes their answer.

    Only under a question about the very one who is here now is "someone else" taken at once: an
    old button, or one that stands under something else, asks first.
    """
    person = visit.participant
    if person is None:
        onboarding.greet(visit)
    elif button.choice == "new" and button.about == person.id:
        visit.after_handling.append(lambda: _somebody_new(visit, person))
    elif button.choice == "same":
        _same(visit, person)
    else:
        visit.say("other_person", about=person.id)


def _same(visit: Context, person: Participant) -> None:
    """Goes on; by the worker's link that they hold, if that is why it was asked.

    Where others are known to use the chat, a yes is not enough for whoever has a word.
    """
    held = visit.lookups.claimed_case
    if visit.lookups.inactive_participants and person.private_word_hash is not None:
        visit.after_handling.append(lambda: _ask_whose(visit))
        return
    person.pending_input = {}
    opening_line.is_them(visit, person)
    if person.state is ParticipantState.STOPPED:
        onboarding.greet(visit)
    elif held is None:
        commands.resume(visit)
    else:
        join_case.join(visit, person, held)
        open_link.carry_on(visit, person, held)


async def _somebody_new(visit: Context, person: Participant) -> None:
    await _aside(visit, person)
    onboarding.greet(visit)


async def _aside(visit: Context, person: Participant) -> None:
    """Puts the story of whoever was here aside; nothing of it is found until they come back."""
    person.pending_input = {}
    visit.uow.update_participant(person)
    await visit.uow.stories.deactivate(person)
    absent = InactiveParticipant(
        person.id, person.private_word_hash, person.state, person.last_follow_up_at
    )
    visit.lookups.inactive_participants.append(absent)
    visit.participant, visit.language, visit.onboarding = None, None, None
    visit.chat_changed_hands = True


# --- coming back ---------------------------------------------------------------------------------


def came_back(visit: Context, button: PhraseButton) -> None:
    """Somebody says that they have talked to us before: asks for their word, or their numbers."""
    if visit.participant is not None:
        visit.toast_phrase("stale")
    elif button.choice == "ask":
        visit.after_handling.append(lambda: _ask_for_word(visit))
    elif button.choice == "none" and any(
        each.private_word_hash is None for each in visit.lookups.inactive_participants
    ):
        visit.say("no_word")
    else:
        begin(visit, button)


def begin(visit: Context, _button: PhraseButton) -> None:
    """They have no word after all, and begin as anybody new."""
    chat = visit.update.chat
    visit.after_handling.append(lambda: visit.uow.stories.forget_expectation(chat))
    commands.resume(visit)


async def _ask_for_word(visit: Context) -> None:
    await visit.uow.stories.expect_private_word(visit.update.chat, visit.now)
    none = InlineButton(
        visit.label("came_back", "none"), PhraseButton("came_back", "none").encode()
    )
    visit.say_with_buttons("came_back", [none])


def awaits_identity(visit: Context, text: str) -> bool:
    """Whether what was typed is a word or numbers to come back by, or a new private word."""
    if private_word.awaits_private_word(visit):
        return True
    if visit.env.library.keywords(text) == "start":
        return False
    if visit.participant is not None:
        return False
    return (
        visit.lookups.awaits_private_word
        or move_phone.digits_in(text) is not None
        or _says_back(visit, text)
    )


def _says_back(visit: Context, text: str) -> bool:
    """Whether they typed what the button says by which they come back."""
    return normalise(text) == normalise(visit.label("came_back", "ask"))


async def typed(visit: Context, what: TextMessage) -> None:
    """Takes such a word."""
    if visit.participant is None and _says_back(visit, what.text):
        await _ask_for_word(visit)
        return
    if visit.update.message_id is not None:
        visit.delete_message_ids.append(visit.update.message_id)
    person = visit.participant
    if person is not None:
        await _new_word(visit, person, what.text)
    elif not await _opened(visit, what.text):
        # The same words whether it was wrong, too old, used, or not even looked at.
        visit.say("word_wrong")


async def _opened(visit: Context, text: str) -> bool:
    stories, chat, now = visit.uow.stories, visit.update.chat, visit.now
    if not await stories.may_attempt(chat, now):
        return False
    found = stories.whose_word(private_word.forms(text), visit.lookups.inactive_participants)
    if len(found) == 1:  # two who have chosen the same come back by numbers only
        move_phone.greeting(visit, await _bring(visit, found[0]))
        return True
    digits = move_phone.digits_in(text)
    taken = await stories.redeem_transfer_code(digits, now) if digits else None
    if taken is None:
        await stories.record_failure(chat, now)
        return False
    person_id, by_worker = taken
    if not visit.lookups.inactive_participants:
        await stories.reset_failures(
            chat
        )  # else their wrong ones count on: here is a word to be found
    person = (await visit.uow.load_by_id([person_id]))[person_id]
    await move_phone.move(visit, person, closes=by_worker)
    move_phone.greeting(visit, person)
    _safely(visit, person, closed=by_worker)
    return True


async def _bring(visit: Context, absent: InactiveParticipant) -> Participant:
    """Makes somebody the one who is here again."""
    await visit.uow.stories.activate(absent, visit.update.chat)
    person = (await visit.uow.load_by_id([absent.id]))[absent.id]
    visit.lookups.inactive_participants.remove(absent)
    visit.participant, visit.chat_changed_hands = person, True
    if visit.lookups.claimed_case is not None and person.state is not ParticipantState.STOPPED:
        join_case.join(visit, person, visit.lookups.claimed_case)
    return person


def _safely(visit: Context, person: Participant, *, closed: bool) -> None:
    """Says what is not shown, and asks who sees this phone, before what they are back for."""
    last: list[Message] = [visit.messages.pop()]
    if closed:
        visit.say_without_buttons("story_closed")
    if person.state is not ParticipantState.STOPPED:
        visit.say("safety")
    visit.messages += last


def no_word(visit: Context, button: PhraseButton) -> None:
    """Somebody without a word says that the story here is theirs: they begin an empty one.

    It could be anyone who holds this phone. The story itself stays aside, and waits for its word,
    its numbers or its worker; nothing of it is shown, shared or moved from here.
    """
    if visit.participant is not None:
        visit.toast_phrase("stale")
        return
    if button.choice == "claim" and any(
        each.private_word_hash is None for each in visit.lookups.inactive_participants
    ):
        visit.say_without_buttons("story_closed")
    begin(visit, button)


# --- a private word ------------------------------------------------------------------------------


def word_asked(visit: Context, _button: PhraseButton) -> None:
    """Goes on without a word."""
    person = visit.participant
    if person is None:
        visit.toast_phrase("stale")
    else:
        visit.after_handling.append(lambda: _carry_on(visit, person))


async def _new_word(visit: Context, person: Participant, text: str) -> None:
    """Keeps a word, unless it cannot be used. It is compared with nobody's.

    How often words are chosen in one chat is limited: who chooses one and then comes back by it
    could find out whether somebody else has the same.
    """
    stories, chat = visit.uow.stories, visit.update.chat
    word = private_word.usable(visit, text)
    if word is not None and not await stories.may_choose(chat, visit.now):
        word = None
    if word is None:
        visit.say("word_other")
        return
    person.pending_input = {}
    visit.uow.update_participant(person)
    await stories.set_word(person, word)
    visit.say_without_buttons("word_kept")
    await _carry_on(visit, person)


async def _carry_on(visit: Context, person: Participant) -> None:
    """Brings back what waits, or begins the first check-in of somebody new."""
    if person.open_checkin is not None:
        answering.ask(visit, person, person.open_checkin)
    elif await visit.uow.stories.is_new(person.id):
        case, flow = person.case(None), answering.first_for(visit, person)
        answering.begin(visit, person, flow, case_id=case.id if case else None)


# --- a hello, a stop, an end, for somebody who is not here ---------------------------------------


async def called(visit: Context, found: FollowUp, choice: str, again: RepeatFollowUp) -> None:
    """A tap under a hello for somebody else of this chat: it opens nothing but by their word."""
    absent = next(
        (a for a in visit.lookups.inactive_participants if a.id == found.participant_id), None
    )
    if absent is None or absent.state is ParticipantState.STOPPED:
        visit.toast_phrase("stale")
    elif choice == "stop":
        await stop_all(visit)
    elif choice == "open":
        visit.say("whose")
    elif found.outcome is None:
        again(visit, (await visit.uow.load_by_id([absent.id]))[absent.id], found, choice)


def whose(visit: Context, button: PhraseButton) -> None:
    """Somebody says whether a hello was for them: then whoever was here is put aside."""
    if button.choice == "word":
        visit.after_handling.append(lambda: _ask_whose(visit))
    elif visit.participant is not None and visit.participant.state is not ParticipantState.STOPPED:
        # It was not for them who was gone; who is here may still be anybody who holds the phone.
        opening_line.ask_who(visit, visit.participant)
    else:
        commands.resume(visit)


async def _ask_whose(visit: Context) -> None:
    if visit.participant is not None:
        await _aside(visit, visit.participant)
    await _ask_for_word(visit)


async def stop_all(visit: Context, event: str = "stop") -> None:
    """Stops everyone of a chat: a block, or Stop where it is not known whose it is."""
    people = list(
        (await visit.uow.load_by_id([a.id for a in visit.lookups.inactive_participants])).values()
    )
    here = [visit.participant] if visit.participant is not None else []
    for person in [*people, *here]:
        stop.silence(visit, person, event)
    visit.lookups.inactive_participants[:] = [
        InactiveParticipant(p.id, p.private_word_hash, p.state, p.last_follow_up_at) for p in people
    ]
    if event == "stop":
        visit.stops = True
        visit.say_safely("stopped_all")


def stopped_one(visit: Context, _button: PhraseButton) -> None:
    """Everyone who talks to us in this chat is to hear no more."""
    visit.after_handling.append(lambda: stop_all(visit))


def moved_away(visit: Context, button: PhraseButton) -> None:
    """Somebody says that it was not them who left this chat for another."""
    visit.after_handling.append(lambda: _undo(visit, button))


async def _undo(visit: Context, button: PhraseButton) -> None:
    person = await move_phone.undo(visit, button)
    if person is None:
        visit.toast_phrase("stale")
        return
    visit.chat_changed_hands = True
    move_phone.greeting(visit, person)
    _safely(visit, person, closed=True)


def more(visit: Context, button: PhraseButton) -> bool:
    """What of this stands on the screen about the phone; whether it was one of these."""
    person = visit.participant
    if (
        person is None
        or person.state is ParticipantState.STOPPED
        or button.choice not in ("move", "word")
    ):
        return False
    if button.choice == "move":
        visit.after_handling.append(lambda: move_phone.issue_code(visit, person))
    else:
        private_word.ask(visit, person)
    return True
