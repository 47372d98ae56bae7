"""The result of sending a reply."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.visible_message import VisibleMessage
from bot.messages.reply import Reply


class DeliveryStatus(StrEnum):
    """What became of a message; the closed set that other modules know."""

    SENT = "sent"
    BLOCKED = "gone"
    REFUSED = "refused"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A finished reply: `message_id` is what its last message became.

    None also where an earlier copy may have been seen: an answer to that one is older than the
    message we know, and is not early. `visible` are all messages that are in the chat since, the
    bot's and those of the participant that are not recorded yet; `deleted` are those deleted.
    """

    reply: Reply
    status: DeliveryStatus
    message_id: int | None = None
    visible: tuple[VisibleMessage, ...] = ()
    deleted: tuple[int, ...] = ()


class ReplyWithdrawn(Exception):
    """The reply's content was withdrawn before it was sent; the rest of it is not sent either."""
