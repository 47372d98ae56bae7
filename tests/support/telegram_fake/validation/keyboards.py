"""Checks the buttons a bot puts under a message.

It does not know games, payments, web apps or log-in buttons: those are refused.
"""

from tests.support.telegram_fake.validation.links import checked_link
from tests.support.telegram_fake.validation.rules import Json, bad_request, strict

MAX_BUTTONS = 100
MAX_ROW = 8
ACTIONS = frozenset({"callback_data", "url", "copy_text"})
LOOKS = frozenset({"text", "style", "icon_custom_emoji_id"})
STYLES = frozenset({"primary", "success", "danger"})
REPLY_FIELDS = frozenset(
    "keyboard resize_keyboard one_time_keyboard selective input_field_placeholder "
    "is_persistent".split()
)
REPLY_BUTTON = LOOKS | {"request_contact", "request_location", "request_poll"}
KINDS = {
    "inline_keyboard": frozenset({"inline_keyboard"}),
    "keyboard": REPLY_FIELDS,
    "remove_keyboard": frozenset({"remove_keyboard", "selective"}),
    "force_reply": frozenset({"force_reply", "selective", "input_field_placeholder"}),
}


def checked_markup(markup: object, *, inline_only: bool = False) -> Json | None:
    """Refuses what Telegram refuses; None for no keyboard at all."""
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    kind = next((name for name in KINDS if name in markup), None)
    if kind is None:
        if markup:
            raise strict(f"reply_markup of an unknown kind: {', '.join(sorted(markup))}")
        return None
    if unknown := set(markup) - KINDS[kind]:
        raise strict(f"unknown fields in reply_markup: {', '.join(sorted(unknown))}")
    if inline_only and kind != "inline_keyboard":
        raise bad_request("inline keyboard expected")
    if kind in {"inline_keyboard", "keyboard"}:
        _check_rows(markup[kind], kind)
        if not any(markup[kind]):
            return None
    return markup


def _check_rows(rows: object, kind: str) -> None:
    whole = "InlineKeyboardMarkup" if kind == "inline_keyboard" else "ReplyKeyboardMarkup"
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{kind}" of the {whole} must be an Array of Arrays')
    for row in rows:
        if len(row) > MAX_ROW:
            raise bad_request(f"reply markup has more than {MAX_ROW} buttons in a row")  # our words
        for button in row:
            if kind == "inline_keyboard":
                _check_inline(button)
            else:
                _check_reply(button)
    if sum(len(row) for row in rows) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")


def _check_inline(button: object) -> None:
    cannot = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad_request(cannot + "InlineKeyboardButton must be an Object")
    if unknown := set(button) - LOOKS - ACTIONS:
        raise strict(f"unknown fields in an inline button: {', '.join(sorted(unknown))}")
    _check_label(button, cannot)
    actions = [name for name in ACTIONS if button.get(name)]
    if not actions:  # what Telegram says for an empty callback_data, too
        raise bad_request(cannot + "Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise strict(f"an inline button does one thing, not {' and '.join(sorted(actions))}")
    data = button.get("callback_data")
    if data and (not isinstance(data, str) or len(data.encode()) > 64):
        raise bad_request("BUTTON_DATA_INVALID")
    url = button.get("url")
    if url and checked_link(str(url)) is None:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _check_reply(button: object) -> None:
    cannot = "can't parse keyboard button: "
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict):
        raise bad_request(cannot + "KeyboardButton must be an Object")
    if unknown := set(button) - REPLY_BUTTON:
        raise strict(f"unknown fields in a reply button: {', '.join(sorted(unknown))}")
    _check_label(button, cannot)


def _check_label(button: Json, cannot: str) -> None:
    if "text" not in button:
        raise bad_request(cannot + 'Can\'t find field "text"')
    if not isinstance(button["text"], str):
        raise bad_request(cannot + 'Field "text" must be of type String')
    if not button["text"].strip():  # Telegram leaves such a button out; nobody ever wants that
        raise strict("a button has no text")
    if button.get("style") not in {None, *STYLES}:
        raise bad_request("BUTTON_STYLE_INVALID")
