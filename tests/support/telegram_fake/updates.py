"""Builds the JSON of messages and updates, as complete as Telegram sends it.

It keeps nothing and queues nothing.
"""

from datetime import datetime

from tests.support.telegram_fake.validation.rules import Json


def user(user_id: int, first_name: str, language_code: str | None) -> Json:
    """A person, as others see them; the language is left out by some apps."""
    body: Json = {"id": user_id, "is_bot": False, "first_name": first_name}
    if language_code:
        body["language_code"] = language_code
    return body


def bot(user_id: int, first_name: str, username: str) -> Json:
    """The bot, as it appears in a message."""
    return {"id": user_id, "is_bot": True, "first_name": first_name, "username": username}


def private_chat(person: Json) -> Json:
    """The chat between a person and the bot; its id is the person's."""
    return {"id": person["id"], "type": "private", "first_name": person["first_name"]}


def group_chat(chat_id: int, title: str) -> Json:
    """A group; its id is negative."""
    return {"id": chat_id, "type": "supergroup", "title": title}


def message(message_id: int, sender: Json, chat: Json, at: datetime, content: Json) -> Json:
    """A message with its content: a text, a voice message, a place."""
    return {
        "message_id": message_id,
        "from": sender,
        "chat": chat,
        "date": int(at.timestamp()),
        **content,
    }


def inaccessible(message_id: int, chat: Json) -> Json:
    """A message that is gone; "always 0" is its date."""
    return {"message_id": message_id, "chat": chat, "date": 0}


def callback_query(query_id: str, sender: Json, under: Json, data: str) -> Json:
    """A tap on a button under a message."""
    return {
        "id": query_id,
        "from": sender,
        "message": under,
        "chat_instance": str(under["chat"]["id"] * 31 + 7),
        "data": data,
    }


def member(of: Json, status: str) -> Json:
    """Somebody's place in a chat."""
    body: Json = {"user": of, "status": status}
    if status == "kicked":
        body["until_date"] = 0
    return body


def my_chat_member(
    chat: Json, sender: Json, at: datetime, the_bot: Json, change: tuple[str, str]
) -> Json:
    """The bot's own place changed; in a private chat, only when it was blocked or unblocked."""
    before, now = change
    return {
        "chat": chat,
        "from": sender,
        "date": int(at.timestamp()),
        "old_chat_member": member(the_bot, before),
        "new_chat_member": member(the_bot, now),
    }
