"""Several participants on one account, each with data of their own that the others cannot see.

Moving to another phone is in `move_phone`; what counts as a private word is in `private_word`.
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
    """Asks whether it is the same person still, or handles the answer.

    Only under a question about the active participant does "someone else" take effect at once: an
    old button, or one under another message, asks first.
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
    """Continues; by the worker's link that they opened, if that is why it was asked.

    Where others are known to use the chat, a yes is not enough for a participant with a private
    word.
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
    """Deactivates the current participant at this chat."""
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
    """A sender states that they were here before: asks for their private word, or their code."""
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
    """They have no private word after all, and begin as a new participant."""
    await ctx.uow.identity.forget_expectation(ctx.update.chat)
    await commands.resume(ctx)


async def _ask_for_word(ctx: Context) -> None:
    await ctx.uow.identity.expect_private_word(ctx.update.chat, ctx.now)
    none = InlineButton(ctx.label("came_back", "none"), PhraseButton("came_back", "none").encode())
    ctx.say_with_buttons("came_back", [none])


def awaits_identity(ctx: Context, text: str) -> bool:
    """Whether a text is a private word or code to return by, or a new private word."""
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
    """Whether they typed the label of the button by which one returns."""
    return normalise(text) == normalise(ctx.label("came_back", "ask"))


async def typed(ctx: Context, what: TextMessage) -> None:
    """Handles such a text."""
    if ctx.participant is None and _says_back(ctx, what.text):
        await _ask_for_word(ctx)
        return
    if ctx.update.message_id is not None:
        ctx.delete_message_ids.append(ctx.update.message_id)
    participant = ctx.participant
    if participant is not None:
        await _new_word(ctx, participant, what.text)
    elif not await _opened(ctx, what.text):
        # The same text whether it was wrong, expired, used, or not even checked.
        ctx.say("word_wrong")


async def _opened(ctx: Context, text: str) -> bool:
    stories, chat, now = ctx.uow.identity, ctx.update.chat, ctx.now
    if not await stories.may_attempt(chat, now):
        return False
    found = stories.whose_word(private_word.forms(text), ctx.lookups.inactive_participants)
    if len(found) == 1:  # two with the same word can return by codes only
        move_phone.greeting(ctx, await _bring(ctx, found[0]))
        return True
    digits = move_phone.digits_in(text)
    taken = await stories.redeem_transfer_code(digits, now) if digits else None
    if taken is None:
        await stories.record_failure(chat, now)
        return False
    person_id, by_worker = taken
    if not ctx.lookups.inactive_participants:
        # Else the failed attempts count on: there is a word to guess.
        await stories.reset_failures(chat)
    participant = (await ctx.uow.participants.load_by_id([person_id]))[person_id]
    await move_phone.move(ctx, participant, closes=by_worker)
    move_phone.greeting(ctx, participant, closed=by_worker, asks_phone=True)
    return True


async def _bring(ctx: Context, absent: InactiveParticipant) -> Participant:
    """Makes a participant the active one again."""
    await ctx.uow.identity.activate(absent, ctx.update.chat)
    participant = (await ctx.uow.participants.load_by_id([absent.id]))[absent.id]
    ctx.lookups.inactive_participants.remove(absent)
    ctx.participant, ctx.chat_changed_hands = participant, True
    if ctx.lookups.claimed_case is not None and participant.state is not ParticipantState.STOPPED:
        await join_case.join(ctx, participant, ctx.lookups.claimed_case)
    return participant


async def no_word(ctx: Context, button: PhraseButton) -> None:
    """A sender without a private word claims the data here: they begin with none.

    It could be anyone who holds this phone. The data itself stays inactive, and waits for its word,
    its code or its worker; nothing of it is shown, shared or moved from here.
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
    """Continues without a private word."""
    participant = ctx.participant
    if participant is None:
        ctx.toast_phrase("stale")
    else:
        await _carry_on(ctx, participant)


async def _new_word(ctx: Context, participant: Participant, text: str) -> None:
    """Stores a word, unless it is unusable. It is not compared with others' words.

    How often words are chosen in one chat is limited: otherwise one could choose a word, return by
    it, and so find out whether another participant has the same.
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
    """Resumes what is open, or begins the first check-in of a new participant."""
    if participant.open_checkin is not None:
        answering.ask(ctx, participant, participant.open_checkin)
    elif await ctx.uow.identity.is_new(participant.id):
        case, flow = participant.case(None), answering.first_for(ctx, participant)
        await answering.begin(ctx, participant, flow, case_id=case.id if case else None)


# --- a follow-up, a stop, an end, for an inactive participant ------------------------------------


async def whose(ctx: Context, button: PhraseButton) -> None:
    """A sender confirms that a follow-up was for them: the active participant is deactivated."""
    if button.choice == "word":
        await _ask_whose(ctx)
    elif ctx.participant is not None and ctx.participant.state is not ParticipantState.STOPPED:
        # It was not for the previous participant; the active one may still be anyone who holds the
        # phone.
        opening_line.ask_who(ctx, ctx.participant)
    else:
        await commands.resume(ctx)


async def _ask_whose(ctx: Context) -> None:
    if ctx.participant is not None:
        await _aside(ctx, ctx.participant)
    await _ask_for_word(ctx)


async def stop_all(ctx: Context, event: str = "stop") -> None:
    """Stops all participants of a chat: a block, or Stop where it is not known whose it is."""
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
    """Stops all messages to every participant of this chat."""
    await stop_all(ctx)


async def moved_away(ctx: Context, button: PhraseButton) -> None:
    """A sender denies having moved from this chat to another."""
    participant = await move_phone.undo(ctx, button)
    if participant is None:
        ctx.toast_phrase("stale")
        return
    ctx.chat_changed_hands = True
    move_phone.greeting(ctx, participant, closed=True, asks_phone=True)


async def more(ctx: Context, button: PhraseButton) -> bool:
    """Handles the buttons about identity; whether it was one of these."""
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
