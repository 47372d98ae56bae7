"""What Telegram refuses the fake refuses too, in its words."""

import aiohttp
import pytest
from telegram import (
    Bot,
    error,
)

from tests.fake_telegram.calls import JPEG, YES_NO, Clock, ask, png
from tests.support.telegram_fake import TOKEN, FakeTelegram, Person
from tests.support.telegram_fake.validation.entities import parse_html

# Refusing

HELLO = {"text": "Hello"}
BUTTON = {"text": "A", "callback_data": "a"}


def keyboard(*rows: object) -> dict[str, object]:
    return {**HELLO, "reply_markup": {"inline_keyboard": list(rows)}}


def html(text: str) -> dict[str, object]:
    return {"text": text, "parse_mode": "HTML"}


def bold(offset: int, length: int, kind: str = "bold") -> dict[str, object]:
    return {"text": "a😀b", "entities": [{"type": kind, "offset": offset, "length": length}]}


REFUSED_TEXTS: list[tuple[dict[str, object], str]] = [
    ({"text": ""}, "message text is empty"),
    ({"text": " \n "}, "message text is empty"),
    (html("<b> </b>"), "message text is empty"),
    ({"text": "é" * 4097}, "message is too long"),
    ({"text": "😀" * 2049}, "message is too long"),
    (html("<b>a"), "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
    (html("<p>a</p>"), 'can\'t parse entities: Unsupported start tag "p" at byte offset 0'),
    (html("é</b>"), "can't parse entities: Unexpected end tag at byte offset 2"),
    (
        html("<b><i>a</b></i>"),
        'can\'t parse entities: Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
    ),
    (html("5 < 6"), 'can\'t parse entities: Unsupported start tag "" at byte offset 2'),
    ({"text": "a", "parse_mode": "BB"}, "unsupported parse_mode"),
    (bold(0, 1, "loud"), "can't parse MessageEntity: Unsupported type specified"),
    (bold(-1, 1), "receive an entity with incorrect offset -1"),
    (bold(0, 0), "receive an entity with incorrect length 0"),
    (bold(9, 1), "entity begins after the end of the text at UTF-16 offset 9"),
    (
        bold(0, 9),
        "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 9",
    ),
    (bold(0, 2), "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol"),
    (keyboard([{"text": "A", "callback_data": "é" * 33}]), "BUTTON_DATA_INVALID"),
    (
        keyboard([{"text": "A", "callback_data": ""}]),
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    (keyboard([{**BUTTON, "text": " "}]), "a button has no text"),
    (keyboard([BUTTON] * 9), "reply markup has more than 8 buttons in a row"),
    (keyboard(*[[BUTTON]] * 101), "reply markup is too long"),
    (keyboard([{**BUTTON, "colour": "red"}]), "unknown fields in an inline button: colour"),
    (keyboard(BUTTON), 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array'),
    ({**HELLO, "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
    ({**HELLO, "reply_markup": None}, "object expected as reply markup"),
    ({**HELLO, "reply_parameters": {"message_id": 1}}, "message to be replied not found"),
    ({**HELLO, "parse_mod": "HTML"}, "sendMessage does not take 'parse_mod'"),
    ({**HELLO, "chat_id": 42}, "chat not found"),
]


@pytest.mark.parametrize(("fields", "why"), REFUSED_TEXTS)
async def test_message_is_refused(
    fields: dict[str, object], why: str, telegram: FakeTelegram, sam: Person
) -> None:
    status, body = await ask(telegram, "sendMessage", **{"chat_id": sam.chat_id, **fields})
    assert status == 400
    assert body["description"].startswith(f"Bad Request: {why}")
    assert sam.chat == []


COMMAND = {"command": "stop", "description": "Stop"}
REFUSED_CALLS: list[tuple[str, dict[str, object], str]] = [
    ("sendVoice", {"voice": "no-such-file"}, "wrong file identifier/HTTP URL specified"),
    ("sendPhoto", {"photo": "x", "caption": "a" * 1025}, "message caption is too long"),
    ("sendPhoto", {"photo": "x", "text": "a"}, "sendPhoto does not take 'text'"),
    ("sendPhoto", {"caption": "a"}, "there is no photo in the request"),
    ("sendVoice", {}, "there is no voice in the request"),
    ("sendDocument", {"document": ""}, "there is no document in the request"),
    ("sendChatAction", {"action": "dancing"}, "wrong parameter action in request"),
    ("editMessageText", {"message_id": 1, "text": "a"}, "message to edit not found"),
    ("deleteMessage", {"message_id": 1}, "message to delete not found"),
    ("deleteMessages", {"message_ids": []}, "message identifiers are not specified"),
    ("deleteMessages", {"message_ids": [1] * 101}, "too many message identifiers specified"),
    ("answerCallbackQuery", {"callback_query_id": "1"}, "query is too old and response timeout"),
    ("answerCallbackQuery", {"callback_query_id": "1", "text": "a" * 201}, "MESSAGE_TOO_LONG"),
    ("getFile", {"file_id": "x"}, "invalid file_id"),
    ("setMyCommands", {"commands": [COMMAND] * 101}, "BOT_COMMANDS_TOO_MUCH"),
    ("setMyCommands", {"commands": [{**COMMAND, "command": "Stop"}]}, "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": [{**COMMAND, "command": "s" * 33}]}, "BOT_COMMAND_INVALID"),
    (
        "setMyCommands",
        {"commands": [{**COMMAND, "description": "d" * 257}]},
        "command description length must not exceed 256",
    ),
    (
        "setMyCommands",
        {"commands": [COMMAND], "language_code": "ckb"},
        "invalid language code specified",
    ),
    ("setMyCommands", {"commands": [COMMAND], "scope": {"type": "moon"}}, "can't parse BotCommand"),
    ("setMyName", {"name": "n" * 65}, "bot name is too long"),
    ("setMyDescription", {"description": "d" * 513}, "bot description is too long"),
    ("setMyShortDescription", {"short_description": "d" * 121}, "bot short_description is too"),
    ("setWebhook", {"url": "http://example.org/hook"}, "bad webhook: An HTTPS URL must be"),
    ("setWebhook", {"url": "https://example.org", "secret_token": "a b"}, "secret token contains"),
    ("setWebhook", {"url": "https://example.org", "max_connections": 101}, "max_connections must"),
    ("getUpdates", {"limit": 0}, "limit must be 1-100"),
    ("getUpdates", {"allowed_updates": ["mesage"]}, "unknown allowed_updates"),
]


@pytest.mark.parametrize(("method", "fields", "why"), REFUSED_CALLS)
async def test_call_is_refused(
    method: str, fields: dict[str, object], why: str, telegram: FakeTelegram, sam: Person
) -> None:
    to_chat = {"chat_id": sam.chat_id} if method.startswith(("send", "edit", "delete")) else {}
    status, body = await ask(telegram, method, **to_chat, **fields)
    assert status == 400
    assert body["description"].startswith(f"Bad Request: {why}")
    assert telegram.calls[-1].outcome == f"400 {body['description']}"


REFUSED_FILES: list[tuple[str, dict[str, str], bytes, str]] = [
    ("photo", {}, b"", "file must be non-empty"),
    ("photo", {}, b"%PDF", "IMAGE_PROCESS_FAILED"),
    ("photo", {}, png(600, 29), "PHOTO_INVALID_DIMENSIONS"),
    ("photo", {}, png(5000, 5001), "PHOTO_INVALID_DIMENSIONS"),
    ("photo", {"caption": "<b>a", "parse_mode": "HTML"}, JPEG, "can't parse entities"),
    ("photo", {"reply_markup": "{"}, JPEG, "can't parse reply keyboard markup"),
    ("document", {"captoin": "a"}, b"%PDF", "sendDocument does not take 'captoin'"),
    ("document", {"caption": "a" * 1025}, b"%PDF", "message caption is too long"),
    ("document", {"protect_content": "yes"}, b"%PDF", "protect_content is neither true nor false"),
    ("voice", {"chat_id": "42"}, b"OggS", "chat not found"),
]


@pytest.mark.parametrize(("kind", "fields", "data", "why"), REFUSED_FILES)
async def test_file_is_refused(
    kind: str, fields: dict[str, str], data: bytes, why: str, telegram: FakeTelegram, sam: Person
) -> None:
    form = aiohttp.FormData({"chat_id": str(sam.chat_id), **fields})
    form.add_field(kind, data, filename="a file")
    address = f"{telegram.url}/bot{TOKEN}/send{kind.title()}"
    async with aiohttp.ClientSession() as session, session.post(address, data=form) as answer:
        body = await answer.json()
    assert answer.status == 400
    assert body["description"].startswith(f"Bad Request: {why}")
    assert sam.chat == []


async def test_file_of_one_kind_is_not_sent_as_another(bot: Bot, sam: Person) -> None:
    photo = (await bot.send_photo(sam.chat_id, png(640, 640))).photo[-1]
    assert (photo.width, photo.height) == (640, 640)
    with pytest.raises(error.BadRequest, match="Can't use file of type photo as voicenote"):
        await bot.send_voice(sam.chat_id, photo.file_id)
    again = await bot.send_photo(sam.chat_id, photo.file_id)
    assert again.photo[-1].file_unique_id == photo.file_unique_id
    assert [b.file for b in sam.chat] == [png(640, 640)] * 2


async def test_bot_cannot_write_first(bot: Bot, telegram: FakeTelegram) -> None:
    with pytest.raises(error.Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(telegram.person().chat_id, "hi")


async def test_edit_without_a_change_and_of_their_words_is_refused(bot: Bot, sam: Person) -> None:
    sent = await bot.send_message(sam.chat_id, "<b>A</b>", "HTML", reply_markup=YES_NO)
    with pytest.raises(error.BadRequest, match="Message is not modified"):
        await sent.edit_text("<b>A</b>", "HTML", reply_markup=YES_NO)
    with pytest.raises(error.BadRequest, match="Message is not modified"):
        await sent.edit_reply_markup(YES_NO)
    await sent.edit_text("A", reply_markup=YES_NO)
    sam.say("mine")
    with pytest.raises(error.BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("ours", sam.chat_id, sam.chat[-1].message_id)


async def test_two_days_old_is_not_deleted(bot: Bot, clock: Clock, sam: Person) -> None:
    old = await bot.send_message(sam.chat_id, "old")
    clock.forward(hours=47, minutes=59)
    new = await bot.send_message(sam.chat_id, "new")
    clock.forward(minutes=1)
    for delete in (old.delete(), bot.delete_messages(sam.chat_id, [new.id, old.id])):
        with pytest.raises(error.BadRequest, match="Message can't be deleted for everyone"):
            await delete
    assert len(sam.chat) == 2
    await new.delete()
    assert [b.text for b in sam.chat] == ["old"]


async def test_a_message_that_a_test_has_stick_is_not_deleted_but_reworded(
    bot: Bot, telegram: FakeTelegram, sam: Person
) -> None:
    first, second = [await bot.send_message(sam.chat_id, text) for text in ("one", "two")]
    telegram.stick(sam.chat[-2])
    for delete in (first.delete(), bot.delete_messages(sam.chat_id, [first.id, second.id])):
        with pytest.raises(error.BadRequest, match="Message can't be deleted"):
            await delete
    await bot.delete_messages(sam.chat_id, [second.id])
    await first.edit_text("Hello.")
    assert [b.text for b in sam.chat] == ["Hello."]


async def test_only_what_telegram_would_let_pass_is_a_complaint(
    telegram: FakeTelegram, sam: Person
) -> None:
    await ask(telegram, "sendMessage", chat_id=sam.chat_id, text="")
    assert telegram.complaints == []
    assert (await ask(telegram, "copyMessage"))[0] == 404
    await ask(telegram, "sendMessage", chat_id=sam.chat_id, text="a", colour="red")
    link = '<a href="tel:999">Ring</a>'
    await ask(telegram, "sendMessage", chat_id=sam.chat_id, text=link, parse_mode="HTML")
    assert [c.split(":")[0] for c in telegram.complaints] == [
        "unknown method copyMessage",
        "sendMessage",
        "Telegram silently drops this link",
    ]


@pytest.mark.parametrize(
    ("markup", "text", "entities"),
    [
        ("🏟&lt;<i  aba = 'x'>🏟 &amp</i>", "🏟<🏟 &", [("italic", 3, 4)]),
        ('<span class="tg-spoiler">a</span>', "a", [("spoiler", 0, 1)]),
        (
            "<blockquote expandable>a<b>b</></>",
            "ab",
            [("expandable_blockquote", 0, 2), ("bold", 1, 1)],
        ),
        ('<pre><code class="language-py">x</code></pre>', "x", [("pre", 0, 1)]),
        ("<b></b>&ge;&#33;", "&ge;!", []),
        ("<a href=telegram.org>t</a>", "t", [("text_link", 0, 1)]),
    ],
)
def test_html_is_read(markup: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    read = parse_html(markup)
    assert read.text == text
    assert [(e["type"], e["offset"], e["length"]) for e in read.entities] == entities
