"""Reads the books afterwards: what was said and is not kept, and which hellos were sent.

It judges nothing.
"""

from __future__ import annotations

from collections import Counter

from bot.messages.callback_data import PhraseButton, parse
from bot.store.database import Database
from tests.reliability.crash.crash_participants import Talker
from tests.support.telegram_fake import FakeTelegram


def hellos(telegram: FakeTelegram) -> Counter[int]:
    """How often the hello of each follow-up was sent, by the number that its buttons carry.

    It is hidden as `Database.mask` does.
    """
    found: Counter[int] = Counter()
    for chat in telegram.chats.values():
        for bubble in chat.sent:
            ids = {
                button.about
                for button in map(parse, bubble.data.values())
                if isinstance(button, PhraseButton) and button.phrase == "hello"
            }
            found.update(ids)
    return found


async def lost_answers(store: Database, talker: Talker) -> list[str]:
    """What a person said and is not there, unsealed with their own key."""
    chat = talker.person.chat_id
    async with store.unit_of_work() as uow:
        person = (await uow.participants.load([chat], [chat])).get(chat)
    past = {store.mask(p.id): p for p in person.checkins} if person else {}
    lost = []
    for (session, step), said in talker.said.items():
        kept = past[session].session.answers.get(step) if session in past else None
        if kept is None or said not in (*kept.choices, kept.words):
            lost.append(f"{talker.number} {step}: {said!r}, kept {kept}")
    return lost
