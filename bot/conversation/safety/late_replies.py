"""A reply that could not be sent in time: what is sent instead, when, and how loudly.

Late is a reply to a message of ten minutes ago or more, whatever the reason: the bot, its database,
or the connection to Telegram was down. By then the participant may have put the phone down, and
another person may hold it. So on a shared phone only the opening line is sent, and no phone rings
outside safe times.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bot.content.environment import Environment
from bot.conversation.safety import opening_line
from bot.domain.participant import ContactTimes, Participant
from bot.domain.states import ParticipantState
from bot.messages.reply import Reply
from bot.schedule.plan import next_safe

LATE = dt.timedelta(minutes=10)


def is_late(written: dt.datetime, now: dt.datetime) -> bool:
    """Whether a message written then is answered late now."""
    return now - written > LATE


def instead(
    reply: Reply,
    participant: Participant | None,
    env: Environment,
    now: dt.datetime,
    *,
    here: bool = False,
) -> Reply | None:
    """What is sent of a late reply; None while it is no time for it.

    A participant who is `here`, since they have written or tapped just now, need not wait for a
    safe time.

    On a shared phone, a participant who has stopped, or only gets messages when they write first,
    is sent nothing.
    """
    if reply.standalone and reply.clear is None:
        return reply
    if here and (participant is None or not participant.shared_phone):
        return reply
    if participant is None:
        loud = next_safe(now, env.zone, ContactTimes(), env.plan) == now
        return reply if loud else replace(reply, silent=True)
    if not participant.shared_phone:
        return _on_their_own_phone(reply, participant, env, now)
    if reply.clear is not None:
        return replace(reply, messages=())  # cleared all the same, without a message
    if participant.state is ParticipantState.STOPPED or participant.contact_times.never:
        return Reply(reply.id, reply.chat, is_placeholder=True)
    if next_safe(now, participant.timezone, participant.contact_times, env.plan) != now:
        return None
    said = opening_line.message(participant, env, about=reply.id)
    # A reply that passes the chat to another participant, or removes a secret from it, does not
    # wait for a tap.
    return Reply(
        reply.id,
        reply.chat,
        (said,),
        is_placeholder=True,
        supersedes_queue=reply.supersedes_queue,
        blank_text=reply.blank_text,
        incoming_ids=reply.incoming_ids,
        deletes_incoming=reply.deletes_incoming,
        silent=True,
    )


def _on_their_own_phone(
    reply: Reply, participant: Participant, env: Environment, now: dt.datetime
) -> Reply | None:
    """The reply itself, in a safe time; what cannot wait for one comes without a sound."""
    if next_safe(now, participant.timezone, participant.contact_times, env.plan) == now:
        return reply
    if reply.urgent or reply.stops or reply.clear is not None or participant.contact_times.never:
        return replace(reply, silent=True)
    return None
