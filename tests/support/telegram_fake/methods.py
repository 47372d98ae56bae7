"""What the bot can do with messages, each method refusing what Telegram refuses.

It does not receive updates or change the bot's profile (`setup.py`).
"""

import copy
from collections.abc import Callable

from tests.support.telegram_fake.chats import Chat, Line, Stored
from tests.support.telegram_fake.files import file_of
from tests.support.telegram_fake.reading import Upload
from tests.support.telegram_fake.state import World
from tests.support.telegram_fake.validation.entities import formatted
from tests.support.telegram_fake.validation.keyboards import checked_markup
from tests.support.telegram_fake.validation.rules import (
    ANSWERABLE_FOR,
    BLOCKED,
    CANNOT_INITIATE,
    CHAT_ACTIONS,
    MAX_DOWNLOAD,
    NOT_MODIFIED,
    QUERY_TOO_OLD,
    Json,
    RefusalError,
    bad_request,
    check_age,
    check_answer,
    check_caption,
    check_text,
)

Method = Callable[[World, Json], object]


def _chat(world: World, asked: Json) -> Chat:
    chat = world.chats.get(asked["chat_id"])
    if chat is None:
        raise bad_request("chat not found")
    if chat.is_private and not chat.bot_may_write:
        raise RefusalError(403, CANNOT_INITIATE)
    if not chat.bot_may_write:
        raise RefusalError(403, "Forbidden: bot is not a member of the supergroup chat")
    if chat.blocked:  # for edits and deletions too: whether Telegram minds those is not confirmed
        raise RefusalError(403, BLOCKED)
    return chat


def _message(chat: Chat, message_id: int, what: str) -> Stored:
    stored = chat.messages.get(message_id)
    if stored is None or stored.deleted:
        raise bad_request(f"{what} not found")
    return stored


def _content(world: World, asked: Json, *, caption: bool = False) -> Json:
    """The text or caption of a call, with its entities, as Telegram stores it."""
    names = ("caption", "caption_entities") if caption else ("text", "entities")
    words = formatted(asked.get(names[0], ""), asked.get("parse_mode"), asked.get(names[1]))
    for link in words.dropped:
        world.complain(f"Telegram silently drops this link: {link}")
    if caption:
        check_caption(words.text)
    else:
        check_text(words.text)
    content: Json = {names[0]: words.text} if words.text else {}
    if words.entities:
        content[names[1]] = words.entities
    return content


def _reply(chat: Chat, asked: Json) -> Json:
    """What a reply quotes."""
    parameters = asked.get("reply_parameters")
    if parameters is None:
        return {}
    if not isinstance(parameters, dict) or "message_id" not in parameters:
        raise bad_request('can\'t find field "message_id"')
    stored = chat.messages.get(parameters["message_id"])
    if stored is None or stored.deleted:
        if parameters.get("allow_sending_without_reply"):
            return {}
        raise bad_request("message to be replied not found")
    quoted = {key: value for key, value in stored.body.items() if key != "reply_to_message"}
    return {"reply_to_message": copy.deepcopy(quoted)}


def _send(world: World, asked: Json, chat: Chat, content: Json) -> Json:
    markup = checked_markup(asked["reply_markup"]) if "reply_markup" in asked else None
    content = {**content, **_reply(chat, asked)}
    if markup and "inline_keyboard" in markup:
        content["reply_markup"] = markup
    if asked.get("protect_content"):
        content["has_protected_content"] = True
    world.flood.note(chat.chat_id, world.clock())
    if markup and ("keyboard" in markup or "remove_keyboard" in markup):
        chat.keyboard = [
            [b if isinstance(b, str) else b["text"] for b in row]
            for row in markup.get("keyboard", [])
        ]
    silent = bool(asked.get("disable_notification"))
    stored = world.store(chat, world.bot, content, silent=silent)
    return copy.deepcopy(stored.body)


def send_message(world: World, asked: Json) -> Json:
    return _send(world, asked, _chat(world, asked), _content(world, asked))


def send_voice(world: World, asked: Json) -> Json:
    chat, content = _chat(world, asked), _content(world, asked, caption=True)
    voice = file_of(world, asked["voice"], "voice", ".oga")
    voice.update(duration=asked.get("duration", 1), mime_type="audio/ogg")
    return _send(world, asked, chat, {"voice": voice, **content})


def send_photo(world: World, asked: Json) -> Json:
    chat, content = _chat(world, asked), _content(world, asked, caption=True)
    photo = file_of(world, asked["photo"], "photos", ".jpg")
    if asked.get("has_spoiler"):
        content["has_media_spoiler"] = True
    return _send(world, asked, chat, {"photo": [photo], **content})


def send_document(world: World, asked: Json) -> Json:
    chat, content = _chat(world, asked), _content(world, asked, caption=True)
    document = file_of(world, asked["document"], "documents", ".bin")
    if isinstance(asked["document"], Upload):
        document["file_name"] = asked["document"].name
        document["mime_type"] = asked["document"].content_type
    return _send(world, asked, chat, {"document": document, **content})


def _editable(world: World, asked: Json) -> tuple[Chat, Stored]:
    chat = _chat(world, asked)
    stored = _message(chat, asked["message_id"], "message to edit")
    if not stored.from_bot:
        raise bad_request("message can't be edited")
    return chat, stored


def _edit(world: World, stored: Stored, content: Json, markup: Json | None) -> Json:
    """Changes a message; a keyboard that is not given again is taken away."""
    after = {key: value for key, value in stored.body.items() if key != "reply_markup"}
    if content:
        after.pop("entities", None)
        after.update(content)
    if markup:
        after["reply_markup"] = markup
    if after == stored.body:
        raise bad_request(NOT_MODIFIED)
    after["edit_date"] = int(world.clock().timestamp())
    words = stored.text
    stored.body = after
    if stored.text != words:  # a keyboard that goes away is nothing new to read
        stored.touched = world.happen()
    world.changes.tell()
    return copy.deepcopy(after)


def edit_message_text(world: World, asked: Json) -> Json:
    chat, stored = _editable(world, asked)
    if "text" not in stored.body:
        raise bad_request("there is no text in the message to edit")
    before = stored.text
    content = _content(world, asked)
    result = _edit(
        world, stored, content, checked_markup(asked.get("reply_markup", {}), inline_only=True)
    )
    if stored.text != before:
        chat.log.append(Line("bot", f"(edited) {stored.text}", stored.shown().buttons))
    return result


def edit_message_reply_markup(world: World, asked: Json) -> Json:
    _, stored = _editable(world, asked)
    return _edit(world, stored, {}, checked_markup(asked.get("reply_markup", {}), inline_only=True))


def delete_message(world: World, asked: Json) -> bool:
    chat = _chat(world, asked)
    stored = _message(chat, asked["message_id"], "message to delete")
    _check_deletable(world, stored)
    _delete(world, chat, [stored])
    return True


def delete_messages(world: World, asked: Json) -> bool:
    """Deletes 1 to 100; "if some can't be found, they are skipped"; one too old stops them all."""
    chat, numbers = _chat(world, asked), asked["message_ids"]
    if not isinstance(numbers, list):
        raise bad_request("expected an Array of message identifiers")
    if not numbers:
        raise bad_request("message identifiers are not specified")
    if len(numbers) > 100:
        raise bad_request("too many message identifiers specified")
    if not all(isinstance(number, int) and number > 0 for number in numbers):
        raise bad_request("invalid message identifier specified")
    found = [chat.messages[number] for number in numbers if number in chat.messages]
    found = [stored for stored in found if not stored.deleted]
    for stored in found:
        _check_deletable(world, stored)
    _delete(world, chat, found)
    return True


def _check_deletable(world: World, stored: Stored) -> None:
    check_age(stored.sent_at, world.clock())
    if stored.stuck:
        raise bad_request("message can't be deleted")


def _delete(world: World, chat: Chat, gone: list[Stored]) -> None:
    for stored in gone:
        stored.deleted = True
    if gone:
        noun = "message" if len(gone) == 1 else "messages"
        chat.log.append(Line("note", f"{len(gone)} {noun} deleted by the bot"))
    world.changes.tell()


def answer_callback_query(world: World, asked: Json) -> bool:
    query = world.queries.get(asked["callback_query_id"])
    check_answer(asked.get("text", ""))
    if query is None or query.answered or world.clock() - query.at > ANSWERABLE_FOR:
        raise bad_request(QUERY_TOO_OLD)
    query.answered = True
    query.text = asked.get("text", "")
    query.alert = bool(asked.get("show_alert"))
    if query.text:
        world.chats[query.chat_id].log.append(Line("note", f"a notice appears: {query.text}"))
    world.changes.tell()
    return True


def send_chat_action(world: World, asked: Json) -> bool:
    _chat(world, asked)
    if asked["action"] not in CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    return True


def get_chat(world: World, asked: Json) -> Json:
    """What the bot may know of a chat; also of one that has blocked it, and nothing shows there."""
    chat = world.chats.get(asked["chat_id"])
    if chat is None:
        raise bad_request("chat not found")
    return dict(chat.body)


def get_file(world: World, asked: Json) -> Json:
    stored = world.files.get(asked["file_id"])
    if stored is None:
        raise bad_request("invalid file_id")
    if stored.size > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    world.may_download.add(stored.path)
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": stored.size,
        "file_path": stored.path,
    }


MESSAGE_METHODS: dict[str, Method] = {
    "sendMessage": send_message,
    "sendVoice": send_voice,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "editMessageText": edit_message_text,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "answerCallbackQuery": answer_callback_query,
    "sendChatAction": send_chat_action,
    "getChat": get_chat,
    "getFile": get_file,
}
