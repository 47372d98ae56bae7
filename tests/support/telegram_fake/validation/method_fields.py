"""Which methods the fake knows, and which fields each takes.

It leaves out every method and field the product has no use for: they are refused, not ignored.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "int", "bool", "json", "chat", "file"]
Fields = dict[str, Kind]


@dataclass(frozen=True)
class Takes:
    """The fields one method takes."""

    required: Fields
    optional: Fields

    def kind(self, name: str) -> Kind | None:
        """How a field is written, or None for an unknown one."""
        return self.required.get(name) or self.optional.get(name)


_EDIT: Fields = {"chat_id": "chat", "message_id": "int"}
_SEND: Fields = {
    "disable_notification": "bool",
    "protect_content": "bool",
    "reply_parameters": "json",
    "reply_markup": "json",
}
_FORMAT: Fields = {"parse_mode": "text"}
_TEXT: Fields = {**_FORMAT, "entities": "json", "link_preview_options": "json"}
_CAPTION: Fields = {**_FORMAT, "caption": "text", "caption_entities": "json"}
_LANGUAGE: Fields = {"language_code": "text"}
_SCOPE: Fields = {"scope": "json", **_LANGUAGE}

METHODS: dict[str, Takes] = {
    "getMe": Takes({}, {}),
    "getUpdates": Takes(
        {}, {"offset": "int", "limit": "int", "timeout": "int", "allowed_updates": "json"}
    ),
    "setWebhook": Takes(
        {},
        {
            "url": "text",
            "max_connections": "int",
            "allowed_updates": "json",
            "drop_pending_updates": "bool",
            "secret_token": "text",
        },
    ),
    "deleteWebhook": Takes({}, {"drop_pending_updates": "bool"}),
    "getWebhookInfo": Takes({}, {}),
    "sendMessage": Takes({"chat_id": "chat", "text": "text"}, {**_SEND, **_TEXT}),
    "sendVoice": Takes(
        {"chat_id": "chat", "voice": "file"}, {**_SEND, **_CAPTION, "duration": "int"}
    ),
    "sendPhoto": Takes(
        {"chat_id": "chat", "photo": "file"}, {**_SEND, **_CAPTION, "has_spoiler": "bool"}
    ),
    "sendDocument": Takes(
        {"chat_id": "chat", "document": "file"},
        {**_SEND, **_CAPTION, "disable_content_type_detection": "bool"},
    ),
    "editMessageText": Takes({**_EDIT, "text": "text"}, {**_TEXT, "reply_markup": "json"}),
    "editMessageReplyMarkup": Takes(_EDIT, {"reply_markup": "json"}),
    "deleteMessage": Takes(_EDIT, {}),
    "deleteMessages": Takes({"chat_id": "chat", "message_ids": "json"}, {}),
    "answerCallbackQuery": Takes(
        {"callback_query_id": "text"}, {"text": "text", "show_alert": "bool", "cache_time": "int"}
    ),
    "sendChatAction": Takes({"chat_id": "chat", "action": "text"}, {}),
    "getChat": Takes({"chat_id": "chat"}, {}),
    "getFile": Takes({"file_id": "text"}, {}),
    "setMyCommands": Takes({"commands": "json"}, _SCOPE),
    "getMyCommands": Takes({}, _SCOPE),
    "deleteMyCommands": Takes({}, _SCOPE),
    "setMyName": Takes({}, {"name": "text", **_LANGUAGE}),
    "setMyDescription": Takes({}, {"description": "text", **_LANGUAGE}),
    "setMyShortDescription": Takes({}, {"short_description": "text", **_LANGUAGE}),
    "setChatMenuButton": Takes({}, {"chat_id": "chat", "menu_button": "json"}),
}
