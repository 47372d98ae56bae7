"""Several people on one account, each with a story of their own that no other of them sees.

How a story moves to another phone is in `move_phone`; what a word is, in `private`.
"""

from __future__ import annotations

from bot.conversation import stop
from bot.conversation.checkin import answering
from bot.conversation.context import Context
from bot.conversation.identity import join_case, move_phone, private_word
from bot.conversation.onboarding import onboarding
from bot.conversation.safety import opening_line
from bot.dispatch import commands
from bot.domain.participant import InactiveParticipant, Participant
from bot.domain.states import ParticipantState
from bot.messages.callback_data import PhraseButton
from bot.messages.incoming import TextMessage
from bot.messages.reply import InlineButton
from bot.workers import open_link
from flows.engine.normalise import normalise

# --- is this the same person? --------------------------------------------------------------------


async def other_person(ctx: Context, button: PhraseButton) -> None:
    """Asks whether it is the same person still, or takes their answer.

    Only under a question about the very one who is here now is "someone else" taken at once: an
    old button, or one that stands under something else, asks first.
    """
    participant = ctx.participant
    if participant is None:
        onboarding.greet(ctx)
    elif button.choice == "new" and button.about == participant.id:
        await _somebody_new(ctx, participant)
    elif button.choice == "same":
        await _same(ctx, participant)
    else:
        ctx.say("other_person", about=participant.id)


async def _same(ctx: Context, participant: Participant) -> None:
    """Goes on; by the worker's link that they hold, if that is why it was asked.

    Where others are known to use the chat, a yes is not enough for whoever has a word.
    """
    held = ctx.lookups.claimed_case
    if ctx.lookups.inactive_participants and participant.private_word_hash is not None:
        await _ask_whose(ctx)
        return
    participant.pending_input = {}
    opening_line.is_them(ctx, participant)
    if participant.state is ParticipantState.STOPPED:
        onboarding.greet(ctx)
    elif held is None:
        await commands.resume(ctx)
    else:
        await join_case.join(ctx, participant, held)
        await open_link.carry_on(ctx, participant, held)


async def _somebody_new(ctx: Context, participant: Participant) -> None:
    await _aside(ctx, participant)
    onboarding.greet(ctx)


async def _aside(ctx: Context, participant: Participant) -> None:
    """Puts the story of whoever was here aside; nothing of it is found until they come back."""
    participant.pending_input = {}
    ctx.uow.participants.save(participant)
    await ctx.uow.identity.deactivate(participant)
    absent = InactiveParticipant(
        participant.id,
        participant.private_word_hash,
        participant.state,
        participant.last_follow_up_at,
    )
    ctx.lookups.inactive_participants.append(absent)
    ctx.participant, ctx.language, ctx.onboarding = None, None, None
    ctx.chat_changed_hands = True


# --- coming back ---------------------------------------------------------------------------------


async def came_back(ctx: Context, button: PhraseButton) -> None:
    """Somebody says that they have talked to us before: asks for their word, or their numbers."""
    if ctx.participant is not None:
        ctx.toast_phrase("stale")
    elif button.choice == "ask":
        await _ask_for_word(ctx)
    elif button.choice == "none" and any(
        each.private_word_hash is None for each in ctx.lookups.inactive_participants
    ):
        ctx.say("no_word")
    else:
        await begin(ctx, button)


async def begin(ctx: Context, _button: PhraseButton) -> None:
    """They have no word after all, and begin as anybody new."""
    await ctx.uow.identity.forget_expectation(ctx.update.chat)
    await commands.resume(ctx)


async def _ask_for_word(ctx: Context) -> None:
    await ctx.uow.identity.expect_private_word(ctx.update.chat, ctx.now)
    none = InlineButton(ctx.label("came_back", "none"), PhraseButton("came_back", "none").encode())
    ctx.say_with_buttons("came_back", [none])


def awaits_identity(ctx: Context, text: str) -> bool:
    """Whether what was typed is a word or numbers to come back by, or a new private word."""
    if private_word.awaits_private_word(ctx):
        return True
    if ctx.starts:
        return False
    if ctx.participant is not None:
        return False
    return (
        ctx.lookups.awaits_private_word
        or move_phone.digits_in(text) is not None
        or _says_back(ctx, text)
    )


def _says_back(ctx: Context, text: str) -> bool:
    """Whether they typed what the button says by which they come back."""
    return normalise(text) == normalise(ctx.label("came_back", "ask"))


async def typed(ctx: Context, what: TextMessage) -> None:
    """Takes such a word."""
    if ctx.participant is None and _says_back(ctx, what.text):
        await _ask_for_word(ctx)
        return
    if ctx.update.message_id is not None:
        ctx.delete_message_ids.append(ctx.update.message_id)
    participant = ctx.participant
    if participant is not None:
        await _new_word(ctx, participant, what.text)
    elif not await _opened(ctx, what.text):
        # The same words whether it was wrong, too old, used, or not even looked at.
        ctx.say("word_wrong")


async def _opened(ctx: Context, text: str) -> bool:
    stories, chat, now = ctx.uow.identity, ctx.update.chat, ctx.now
    if not await stories.may_attempt(chat, now):
        return False
    found = stories.whose_word(private_word.forms(text), ctx.lookups.inactive_participants)
    if len(found) == 1:  # two who have chosen the same come back by numbers only
        move_phone.greeting(ctx, await _bring(ctx, found[0]))
        return True
    digits = move_phone.digits_in(text)
    taken = await stories.redeem_transfer_code(digits, now) if digits else None
    if taken is None:
        await stories.record_failure(chat, now)
        return False
    person_id, by_worker = taken
    if not ctx.lookups.inactive_participants:
        await stories.reset_failures(
            chat
        )  # else their wrong ones count on: here is a word to be found
    participant = (await ctx.uow.participants.load_by_id([person_id]))[person_id]
    await move_phone.move(ctx, participant, closes=by_worker)
    move_phone.greeting(ctx, participant, closed=by_worker, asks_phone=True)
    return True


async def _bring(ctx: Context, absent: InactiveParticipant) -> Participant:
    """Makes somebody the one who is here again."""
    await ctx.uow.identity.activate(absent, ctx.update.chat)
    participant = (await ctx.uow.participants.load_by_id([absent.id]))[absent.id]
    ctx.lookups.inactive_participants.remove(absent)
    ctx.participant, ctx.chat_changed_hands = participant, True
    if ctx.lookups.claimed_case is not None and participant.state is not ParticipantState.STOPPED:
        await join_case.join(ctx, participant, ctx.lookups.claimed_case)
    return participant


async def no_word(ctx: Context, button: PhraseButton) -> None:
    """Somebody without a word says that the story here is theirs: they begin an empty one.

    It could be anyone who holds this phone. The story itself stays aside, and waits for its word,
    its numbers or its worker; nothing of it is shown, shared or moved from here.
    """
    if ctx.participant is not None:
        ctx.toast_phrase("stale")
        return
    if button.choice == "claim" and any(
        each.private_word_hash is None for each in ctx.lookups.inactive_participants
    ):
        ctx.say_without_buttons("story_closed")
    await begin(ctx, button)


# --- a private word ------------------------------------------------------------------------------


async def word_asked(ctx: Context, _button: PhraseButton) -> None:
    """Goes on without a word."""
    participant = ctx.participant
    if participant is None:
        ctx.toast_phrase("stale")
    else:
        await _carry_on(ctx, participant)


async def _new_word(ctx: Context, participant: Participant, text: str) -> None:
    """Keeps a word, unless it cannot be used. It is compared with nobody's.

    How often words are chosen in one chat is limited: who chooses one and then comes back by it
    could find out whether somebody else has the same.
    """
    stories, chat = ctx.uow.identity, ctx.update.chat
    word = private_word.usable(ctx, text)
    if word is not None and not await stories.may_choose(chat, ctx.now):
        word = None
    if word is None:
        ctx.say("word_other")
        return
    participant.pending_input = {}
    ctx.uow.participants.save(participant)
    await stories.set_word(participant, word)
    ctx.say_without_buttons("word_kept")
    await _carry_on(ctx, participant)


async def _carry_on(ctx: Context, participant: Participant) -> None:
    """Brings back what waits, or begins the first check-in of somebody new."""
    if participant.open_checkin is not None:
        answering.ask(ctx, participant, participant.open_checkin)
    elif await ctx.uow.identity.is_new(participant.id):
        case, flow = participant.case(None), answering.first_for(ctx, participant)
        await answering.begin(ctx, participant, flow, case_id=case.id if case else None)


# --- a hello, a stop, an end, for somebody who is not here ---------------------------------------


async def whose(ctx: Context, button: PhraseButton) -> None:
    """Somebody says whether a hello was for them: then whoever was here is put aside."""
    if button.choice == "word":
        await _ask_whose(ctx)
    elif ctx.participant is not None and ctx.participant.state is not ParticipantState.STOPPED:
        # It was not for them who was gone; who is here may still be anybody who holds the phone.
        opening_line.ask_who(ctx, ctx.participant)
    else:
        await commands.resume(ctx)


async def _ask_whose(ctx: Context) -> None:
    if ctx.participant is not None:
        await _aside(ctx, ctx.participant)
    await _ask_for_word(ctx)


async def stop_all(ctx: Context, event: str = "stop") -> None:
    """Stops everyone of a chat: a block, or Stop where it is not known whose it is."""
    people = list(
        (
            await ctx.uow.participants.load_by_id([a.id for a in ctx.lookups.inactive_participants])
        ).values()
    )
    here = [ctx.participant] if ctx.participant is not None else []
    for participant in [*people, *here]:
        stop.silence(ctx, participant, event)
    ctx.lookups.inactive_participants[:] = [
        InactiveParticipant(p.id, p.private_word_hash, p.state, p.last_follow_up_at) for p in people
    ]
    if event == "stop":
        ctx.stops = True
        ctx.say_safely("stopped_all")


async def stopped_one(ctx: Context, _button: PhraseButton) -> None:
    """Everyone who talks to us in this chat is to hear no more."""
    await stop_all(ctx)


async def moved_away(ctx: Context, button: PhraseButton) -> None:
    """Somebody says that it was not them who left this chat for another."""
    participant = await move_phone.undo(ctx, button)
    if participant is None:
        ctx.toast_phrase("stale")
        return
    ctx.chat_changed_hands = True
    move_phone.greeting(ctx, participant, closed=True, asks_phone=True)


async def more(ctx: Context, button: PhraseButton) -> bool:
    """What of this stands on the screen about the phone; whether it was one of these."""
    participant = ctx.participant
    if (
        participant is None
        or participant.state is ParticipantState.STOPPED
        or button.choice not in ("move", "word")
    ):
        return False
    if button.choice == "move":
        await move_phone.issue_code(ctx, participant)
    else:
        private_word.ask(ctx, participant)
    return True
