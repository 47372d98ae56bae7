"""Which messages are visible in a chat: those just delivered, and those not recorded yet."""

from __future__ import annotations

from bot.dispatch.recent_messages import RecentMessages
from bot.domain.visible_message import VisibleMessage
from bot.telegram.sending.delivery import Delivery
from bot.telegram.sending.delivery_log import DeliveryLog


class VisibleMessages:
    """Records deliveries, in the database and in memory, and lists what a chat shows."""

    def __init__(self, log: DeliveryLog, recent: RecentMessages) -> None:
        self._log = log
        self._recent = recent

    def delivered(self, delivery: Delivery) -> None:
        """Records what became of a reply."""
        self._log.record(delivery)
        self._recent.add(delivery.reply.chat, delivery.visible)

    def add(self, chat: int, messages: tuple[VisibleMessage, ...]) -> None:
        """Records messages that are visible now."""
        self._log.record_visible(chat, messages)
        self._recent.add(chat, messages)

    def of(self, chat: int) -> list[VisibleMessage]:
        """The messages of a chat that the database may not know."""
        return [*self._recent.for_chat(chat), *self._log.pending_for(chat)]
