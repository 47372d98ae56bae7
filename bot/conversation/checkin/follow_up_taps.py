"""The buttons under a follow-up's opening line, also typed: open, later, not today, stop.

An opening line shows nothing of what it leads to; on a shared phone "Is it you?" comes before that.
"""

from __future__ import annotations

from bot.conversation import stop
from bot.conversation.checkin import said_when, starting
from bot.conversation.context import Context
from bot.conversation.identity import shared_phone, transfer_confirmation
from bot.conversation.my_data import sharing
from bot.conversation.next_step import Next
from bot.conversation.safety import opening_line
from bot.domain.participant import FollowUp, Participant
from bot.domain.states import CheckinState, FollowUpState, ParticipantState
from bot.messages.callback_data import PhraseButton
from bot.schedule import follow_ups
from bot.schedule.said_times import furthest


async def pressed(ctx: Context, button: PhraseButton) -> Next | None:
    """Handles a tap under a follow-up, or its label typed."""
    if button.about not in ctx.follow_ups and ctx.answered_follow_up is None:
        await _held(ctx, button)
        return None
    participant, found = (
        ctx.participant,
        ctx.answered_follow_up or ctx.follow_ups.get(button.about),
    )
    mine = found is not None and participant is not None and found.participant_id == participant.id
    if found is not None and not mine and ctx.lookups.inactive_participants:
        await _of_absent(ctx, found, button.choice)
    elif (
        found is None
        or participant is None
        or not mine
        or participant.state is ParticipantState.STOPPED
    ):
        ctx.toast_phrase("stale")
    elif button.choice == "stop":
        stop.stop(ctx, participant)
    elif found.outcome is not None or found.state not in (
        FollowUpState.SENT,
        FollowUpState.UNCERTAIN,
        FollowUpState.SENDING,
    ):
        ctx.toast_phrase("stale")
    elif button.choice == "open":
        if not opening_line.must_ask(ctx, participant, button):
            follows = await _open(ctx, participant, found)
            ctx.uow.follow_ups.mark_opened(found)
            return follows
    else:
        _hello_again(ctx, participant, found, button.choice)
    return None


async def _of_absent(ctx: Context, found: FollowUp, choice: str) -> None:
    """Handles a tap under a follow-up to another participant of this chat: it opens nothing."""
    absent = next(
        (a for a in ctx.lookups.inactive_participants if a.id == found.participant_id), None
    )
    if absent is None or absent.state is ParticipantState.STOPPED:
        ctx.toast_phrase("stale")
    elif choice == "stop":
        await shared_phone.stop_all(ctx)
    elif choice == "open":
        ctx.say("whose")
    elif found.outcome is None:
        participant = (await ctx.uow.participants.load_by_id([absent.id]))[absent.id]
        _hello_again(ctx, participant, found, choice)


async def _held(ctx: Context, button: PhraseButton) -> None:
    """The same for an opening line of a reply deferred on a shared phone."""
    participant = ctx.participant
    held = await ctx.uow.outbox.deferred_for([participant]) if participant is not None else {}
    mine = participant is not None and button.about in held.get(participant.id, ())
    if participant is None or participant.state is ParticipantState.STOPPED or not mine:
        ctx.toast_phrase("stale")
    elif button.choice == "stop":
        stop.stop(ctx, participant)
    elif button.choice != "open":
        ctx.say("later_none")
    elif not opening_line.must_ask(ctx, participant, button):
        await opening_line.open_held(ctx, participant)


def _hello_again(ctx: Context, participant: Participant, found: FollowUp, choice: str) -> None:
    """Later, or Not today: the same follow-up again, at the chosen time, or the one typed."""
    later = ctx.env.plan.later.get(choice)
    if later is None:
        ctx.toast_phrase("stale")
        return
    said = said_when.read(ctx, getattr(ctx.update.content, "text", ""))
    due = follow_ups.due_after(later, participant.timezone, ctx.now)
    if said is not None:
        typed = said_when.due(ctx, participant, said)
        due = typed or furthest(ctx.now, participant.timezone)
    row = follow_ups.postponed(ctx.env.plan, participant, found, due, ctx.update.update_id, ctx.now)
    ctx.uow.follow_ups.add([row])
    ctx.uow.follow_ups.postpone(found)
    # A time they choose under what they chose before is a yes to one more, as there.
    allowed = participant.may_message or found.kind == "not_now"
    if participant.contact_times.never or not allowed:
        ctx.say("later_none")
        return
    when = said_when.said_back(ctx, participant, said, row["due_at"])
    ctx.say("later_set", {"hello_date": when})


async def _open(ctx: Context, participant: Participant, found: FollowUp) -> Next | None:
    ctx.announces_news = found.kind != "numbers"
    if found.kind == "handed_over":
        sharing.ask_new_worker(ctx, participant, found.case_id)
        return None
    if found.kind == "numbers":
        return await transfer_confirmation.ask(ctx, participant, found)
    if participant.open_checkin is not None:
        return Next.RESUME
    if found.kind in ("ask_before", "ask_after"):
        return None if await starting.begin_asked(ctx, participant, found) else Next.START
    about = found.session_id if found.kind == "after" else None
    before = next(
        (p for p in participant.checkins if p.id == about and p.state is CheckinState.DONE), None
    )
    asked_since = follow_ups.started_since(participant, about, found.due_at)
    if before is None or asked_since or not await starting.begin_after(ctx, participant, before):
        return Next.START
    return None
