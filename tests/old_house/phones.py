"""The phones of the fixture: what the fake Telegram held when it was made, put into a new one.

Knows nothing of the product. Of the files only voice notes are kept, which the bot sends by name.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.support.telegram_fake import FakeTelegram, Person
from tests.support.telegram_fake.chats import Query, Stored, StoredFile

Json = dict[str, Any]
LAST = 16
"""So many messages of a chat are kept; Telegram has the rest, and nobody taps there."""


def pack(telegram: FakeTelegram, people: dict[str, Person]) -> Json:
    """Everything on all phones, as JSON."""
    phones = {
        name: {
            "user": person.user,
            "blocked": person._chat.blocked,
            "messages": [
                {
                    "body": stored.body,
                    "from_bot": stored.from_bot,
                    "sent_at": stored.sent_at.isoformat(),
                }
                for stored in person._chat.visible()[-LAST:]
            ],
        }
        for name, person in people.items()
    }
    voices = [f for f in telegram.files.values() if f.path.startswith("voice/")]
    return {
        "phones": phones,
        "files": [[f.file_id, f.unique_id, f.path, f.data.hex(), f.size] for f in voices],
        "last_message": telegram._messages,
    }


def unpack(telegram: FakeTelegram, packed: Json) -> dict[str, Person]:
    """Gives everybody their phone again, by first name."""
    people: dict[str, Person] = {}
    for name, phone in packed["phones"].items():
        person = Person(telegram, phone["user"], started=True)
        chat = person._chat
        chat.blocked = phone["blocked"]
        for each in phone["messages"]:
            at = dt.datetime.fromisoformat(each["sent_at"])
            stored = Stored(each["body"], each["from_bot"], at, telegram.happen())
            chat.messages[stored.message_id] = stored
        people[name] = person
    for file_id, unique_id, path, data, size in packed["files"]:
        telegram.files[file_id] = StoredFile(file_id, unique_id, path, bytes.fromhex(data), size)
    telegram._messages = packed["last_message"]
    return people


def open_query(telegram: FakeTelegram, person: Person, query_id: str) -> None:
    """A tap that the bot has not answered yet."""
    query = Query(query_id, person.chat_id, "an old tap", telegram.clock())
    telegram.queries[query_id] = query
