"""Several participants on one account, each with data of their own that the others cannot see.

Moving to another phone is in `move_phone`; what counts as a private word is in `private_word`.
"""

from __future__ import annotations

import datetime as dt

from bot.conversation import stop
from bot.conversation.context import Context
from bot.conversation.identity import join_case, move_phone, private_word
from bot.conversation.next_step import Next
from bot.conversation.safety import opening_line
from bot.domain.participant import InactiveParticipant, Participant
from bot.domain.participant_inputs import AwaitingSamePerson
from bot.domain.states import ParticipantState
from bot.messages.callback_data import PhraseButton
from bot.messages.incoming import TextMessage
from bot.messages.parts import ButtonPart
from flows.engine.normalise import normalise

AFTER_ALL_FOR = dt.timedelta(minutes=10)
"""How long "I am someone else" can be undone."""

# --- is this the same person? --------------------------------------------------------------------


async def other_person(ctx: Context, button: PhraseButton) -> Next | None:
    """Asks whether it is the same person still, or handles the answer.

    Only under a question about the active participant does "someone else" take effect at once: an
    old button, or one under another message, asks first.
    """
    participant = ctx.participant
    if participant is None:
        return Next.ONBOARD
    if button.choice == "new" and button.about == participant.id:
        await _aside(ctx, participant)
        return Next.ONBOARD_OTHER
    if button.choice == "same":
        return await _same(ctx, participant)
    ctx.say("other_person", about=participant.id)
    return None


async def _same(ctx: Context, participant: Participant) -> Next | None:
    """Continues; by the worker's link that they opened, if that is why it was asked.

    Where others are known to use the chat, a yes is not enough for a participant with a private
    word.
    """
    held = ctx.lookups.claimed_case
    if ctx.lookups.inactive_participants and participant.private_word_hash is not None:
        await _ask_whose(ctx)
        return None
    participant.pending_input = None
    opening_line.is_them(ctx, participant)
    if participant.state is ParticipantState.STOPPED:
        return Next.ONBOARD
    if held is None:
        return Next.START
    await join_case.join(ctx, participant, held)
    return Next.FOR_CASE


async def _aside(ctx: Context, participant: Participant) -> None:
    """Deactivates the current participant at this chat; for a while that can be undone."""
    participant.pending_input, participant.pending_since = AwaitingSamePerson(), ctx.now
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


async def after_all(ctx: Context, button: PhraseButton) -> Next | None:
    """Undoes "I am someone else" within ten minutes, until someone else goes past the greeting.

    It opens no more than the yes would have: who has a private word is asked for it.
    """
    absent = next((a for a in ctx.lookups.inactive_participants if a.id == button.about), None)
    if absent is None:
        ctx.toast_phrase("stale")
        return None
    if absent.private_word_hash is not None:
        await _ask_for_word(ctx)
        return None
    here = [each.id for each in ctx.lookups.inactive_participants]
    people = await ctx.uow.participants.load_by_id(here)
    participant = people.pop(absent.id)
    since = participant.pending_since
    asks = isinstance(participant.pending_input, AwaitingSamePerson)
    if not asks or since is None or ctx.now - since > AFTER_ALL_FOR:
        ctx.toast_phrase("stale")
        return None
    if any(other.joined_at >= since for other in people.values()):
        ctx.toast_phrase("stale")  # another participant has begun since
        return None
    ctx.onboarding = None
    await _bring(ctx, absent)
    ctx.language = participant.language
    ctx.say_without_buttons("me_after_all")
    return await _same(ctx, participant)


async def end_undo(ctx: Context) -> None:
    """Another person goes past the greeting: "I am someone else" cannot be undone any more."""
    here = [each.id for each in ctx.lookups.inactive_participants]
    people = await ctx.uow.participants.load_by_id(here) if here else {}
    for participant in people.values():
        if isinstance(participant.pending_input, AwaitingSamePerson):
            participant.pending_input = participant.pending_since = None
            ctx.uow.participants.save(participant)


# --- coming back ---------------------------------------------------------------------------------


async def came_back(ctx: Context, button: PhraseButton) -> Next | None:
    """A sender states that they were here before: asks for their private word, or their code."""
    if button.choice == "ask":
        await _ask_for_word(ctx)
    elif button.choice == "none" and any(
        each.private_word_hash is None for each in ctx.lookups.inactive_participants
    ):
        ctx.say("no_word")
    else:
        return await begin(ctx, button)
    return None


async def begin(ctx: Context, _button: PhraseButton) -> Next:
    """They have no private word after all, and begin as a new participant."""
    await ctx.uow.identity.forget_expectation(ctx.update.chat)
    return Next.START


async def _ask_for_word(ctx: Context) -> None:
    await ctx.uow.identity.expect_private_word(ctx.update.chat, ctx.now)
    none = ButtonPart(ctx.label("came_back", "none"), PhraseButton("came_back", "none").encode())
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
    label = ctx.env.library.phrases["came_back"].choices["ask"]
    return normalise(text) == normalise(ctx.localizer.text(label))


async def typed(ctx: Context, what: TextMessage) -> Next | None:
    """Handles such a text."""
    if ctx.participant is None and _says_back(ctx, what.text):
        await _ask_for_word(ctx)
        return None
    if ctx.update.message_id is not None:
        ctx.delete_message_ids.append(ctx.update.message_id)
    participant = ctx.participant
    if participant is not None:
        return await _new_word(ctx, participant, what.text)
    if (found := await _opened(ctx, what.text)) is None:
        # The same text whether it was wrong, expired, used, or not even checked.
        ctx.say("word_wrong")
        return None
    closed, moved = found
    assert ctx.participant is not None  # noqa: S101 - they are back
    return move_phone.greeting(ctx, ctx.participant, closed=closed, asks_phone=moved)


async def _opened(ctx: Context, text: str) -> tuple[bool, bool] | None:
    """Brings a story back: whether its answers are hidden, and whether it has moved here."""
    stories, chat, now = ctx.uow.identity, ctx.update.chat, ctx.now
    if not await stories.may_attempt(chat, now):
        return None
    found = stories.whose_word(private_word.forms(text), ctx.lookups.inactive_participants)
    if len(found) == 1:  # two with the same word can return by codes only
        await _bring(ctx, found[0])
        return False, False
    digits = move_phone.digits_in(text)
    taken = await stories.redeem_transfer_code(digits, now) if digits else None
    if taken is None:
        await stories.record_failure(chat, now)
        return None
    person_id, by_worker = taken
    if not ctx.lookups.inactive_participants:
        # Else the failed attempts count on: there is a word to guess.
        await stories.reset_failures(chat)
    participant = (await ctx.uow.participants.load_by_id([person_id]))[person_id]
    await move_phone.move(ctx, participant, closes=by_worker)
    ctx.participant = participant
    return by_worker, True


async def _bring(ctx: Context, absent: InactiveParticipant) -> Participant:
    """Makes a participant the active one again."""
    await ctx.uow.identity.activate(absent, ctx.update.chat)
    participant = (await ctx.uow.participants.load_by_id([absent.id]))[absent.id]
    if isinstance(participant.pending_input, AwaitingSamePerson):
        participant.pending_input = None
        ctx.uow.participants.save(participant)
    ctx.lookups.inactive_participants.remove(absent)
    ctx.participant, ctx.chat_changed_hands = participant, True
    if ctx.lookups.claimed_case is not None and participant.state is not ParticipantState.STOPPED:
        await join_case.join(ctx, participant, ctx.lookups.claimed_case)
    return participant


async def no_word(ctx: Context, button: PhraseButton) -> Next:
    """A sender without a private word claims the data here: they begin with none.

    It could be anyone who holds this phone. The data itself stays inactive, and waits for its word,
    its code or its worker; nothing of it is shown, shared or moved from here.
    """
    if button.choice == "claim" and any(
        each.private_word_hash is None for each in ctx.lookups.inactive_participants
    ):
        ctx.say_without_buttons("story_closed")
    return await begin(ctx, button)


# --- a private word ------------------------------------------------------------------------------


async def word_asked(_ctx: Context, _participant: Participant, _button: PhraseButton) -> Next:
    """Continues without a private word."""
    return Next.AFTER_WORD


async def _new_word(ctx: Context, participant: Participant, text: str) -> Next | None:
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
        return None
    participant.pending_input = None
    ctx.uow.participants.save(participant)
    await stories.set_word(participant, word)
    ctx.say_without_buttons("word_kept")
    return Next.AFTER_WORD


# --- a follow-up, a stop, an end, for an inactive participant ------------------------------------


async def whose(ctx: Context, button: PhraseButton) -> Next | None:
    """A sender confirms that a follow-up was for them: the active participant is deactivated."""
    if button.choice == "word":
        await _ask_whose(ctx)
    elif ctx.participant is not None and ctx.participant.state is not ParticipantState.STOPPED:
        # It was not for the previous participant; the active one may still be anyone who holds the
        # phone.
        opening_line.ask_who(ctx, ctx.participant)
    else:
        return Next.START
    return None


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


async def moved_away(ctx: Context, button: PhraseButton) -> Next | None:
    """A sender denies having moved from this chat to another."""
    participant = await move_phone.undo(ctx, button)
    if participant is None:
        ctx.toast_phrase("stale")
        return None
    ctx.chat_changed_hands = True
    return move_phone.greeting(ctx, participant, closed=True, asks_phone=True)


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
