"""What Telegram refuses, and the words it refuses it with.

It does not look at formatting (`entities.py`) or at buttons (`keyboards.py`).
Where a comment says "our words", Telegram's own description was not confirmed.
"""

import re
from datetime import datetime, timedelta
from typing import Any

Json = dict[str, Any]

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_ANSWER = 200
MAX_DOWNLOAD = 20_000_000  # "bots can download files of up to 20MB in size" (getFile)
DELETABLE_FOR = timedelta(hours=48)  # "can only be deleted if it was sent less than 48 hours ago"
ANSWERABLE_FOR = timedelta(seconds=60)  # Telegram gives no figure; it was seen to be short

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
OTHER_POLL = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
BLOCKED = "Forbidden: bot was blocked by the user"
CANNOT_INITIATE = "Forbidden: bot can't initiate conversation with a user"

CHAT_ACTIONS = frozenset(
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document "
    "choose_sticker find_location record_video_note upload_video_note".split()
)
SCOPES = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}


class RefusalError(Exception):
    """Telegram says no: a code, a description and perhaps `parameters`."""

    def __init__(self, code: int, description: str, parameters: Json | None = None) -> None:
        """Keeps the three parts of Telegram's answer."""
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> Json:
        """The JSON Telegram answers with."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


class StrictRefusalError(RefusalError):
    """Refused by this fake alone: Telegram would have ignored it, so it is a complaint too."""


def bad_request(why: str) -> RefusalError:
    """A 400 in Telegram's words."""
    return RefusalError(400, f"Bad Request: {why}")


def strict(why: str) -> StrictRefusalError:
    """A 400 in our words, for what Telegram would let pass."""
    return StrictRefusalError(400, f"Bad Request: {why}")


def too_many_requests(retry_after: int) -> RefusalError:
    """A 429, which says how many seconds to wait."""
    return RefusalError(
        429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after}
    )


def utf16_length(text: str) -> int:
    """Counts as Telegram does: in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_text(text: str) -> None:
    """Refuses an empty or too long text, counted after entities were parsed."""
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > MAX_TEXT:
        raise bad_request("message is too long")


def check_caption(caption: str) -> None:
    """Refuses a caption of more than 1024 units, counted after entities were parsed."""
    if utf16_length(caption) > MAX_CAPTION:
        raise bad_request("message caption is too long")


def check_answer(text: str) -> None:
    """Refuses the text of a callback answer over 200 characters."""
    if utf16_length(text) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")


def check_age(sent_at: datetime, now: datetime) -> None:
    """Refuses to delete what is 48 hours old."""
    if now - sent_at >= DELETABLE_FOR:
        raise bad_request("message can't be deleted for everyone")


def check_language(code: str) -> None:
    """Refuses anything but "" and a two-letter ISO 639-1 code."""
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad_request("invalid language code specified")


def check_length(text: str, most: int, refusal: str) -> None:
    """Refuses a text of more than `most` characters."""
    if len(text) > most:
        raise bad_request(refusal)


def check_commands(commands: object) -> list[Json]:
    """Refuses a list of commands Telegram would not take, and gives it back."""
    if not isinstance(commands, list):
        raise bad_request("can't parse commands: expected an Array of BotCommand")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not isinstance(command, dict) or set(command) != {"command", "description"}:
            raise bad_request("can't parse BotCommand: expected a command and a description")
        if not re.fullmatch(r"[a-z0-9_]{1,32}", str(command["command"])):
            raise bad_request("BOT_COMMAND_INVALID")
        if not str(command["description"]).strip():
            raise bad_request("command description must be non-empty")
        check_length(
            str(command["description"]), 256, "command description length must not exceed 256"
        )
    return commands


def check_scope(scope: object) -> Json:
    """Refuses an unknown scope or one that lacks or adds a field, and gives it back."""
    if not isinstance(scope, dict) or scope.get("type") not in SCOPES:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    if set(scope) != {"type", *SCOPES[scope["type"]]}:
        raise bad_request("can't parse BotCommandScope: wrong fields for this type")
    return scope


def check_webhook(url: str, secret: str, connections: int) -> None:
    """Refuses a webhook Telegram could not call; http is let through to loopback only."""
    plain = re.match(r"http://(127\.0\.0\.1|localhost|\[::1\])[:/]", url)
    if not plain and not re.match(r"https://[^/\s]+", url):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    if not 1 <= connections <= 100:
        raise strict("max_connections must be 1-100")
