"""Shows that the fake Telegram does what it says, with the real client library and raw HTTP.

It tests nothing of the product.
"""

import asyncio
import json
import re
import struct
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from telegram import (
    Bot,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    TelegramObject,
    Update,
    error,
)
from telegram.request import HTTPXRequest

from tests.support.telegram_fake import TOKEN, FakeTelegram, Person
from tests.support.telegram_fake.validation.entities import parse_html

YES_NO = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Yes", callback_data="y"),
            InlineKeyboardButton("No", callback_data="n"),
        ]
    ]
)

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF invented"


def png(width: int, height: int) -> bytes:
    """As much of a picture as is looked at."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(clock=clock, webhook_timeout=0.3) as served:
        yield served


def connect(telegram: FakeTelegram) -> Bot:
    """The real client; a short read timeout keeps the test of a hanging call short."""
    base, files = f"{telegram.url}/bot", f"{telegram.url}/file/bot"
    ordinary, polling = HTTPXRequest(read_timeout=0.3), HTTPXRequest(read_timeout=5)
    return Bot(TOKEN, base, files, request=ordinary, get_updates_request=polling)


@pytest.fixture
async def bot(telegram: FakeTelegram) -> AsyncIterator[Bot]:
    async with connect(telegram) as connected:
        yield connected


@pytest.fixture
def sam(telegram: FakeTelegram) -> Person:
    return telegram.person("Sam", started=True)


async def ask(telegram: FakeTelegram, method: str, **fields: object) -> tuple[int, dict[str, Any]]:
    """One call as JSON, without a library that checks it first."""
    address = f"{telegram.url}/bot{TOKEN}/{method}"
    async with aiohttp.ClientSession() as session, session.post(address, json=fields) as answer:
        body: dict[str, Any] = await answer.json()
        return answer.status, body


def surplus(thing: object) -> list[str]:
    """The fields python-telegram-bot did not know, anywhere inside."""
    if isinstance(thing, list | tuple):
        return [name for each in thing for name in surplus(each)]
    if not isinstance(thing, TelegramObject):
        return []
    parts = [getattr(thing, slot, None) for k in type(thing).__mro__ for slot in _slots(k)]
    return [*thing.api_kwargs, *(name for part in parts for name in surplus(part))]


def _slots(kind: type) -> list[str]:
    return [s for s in getattr(kind, "__slots__", ()) if not s.startswith("_")]


# Receiving


async def test_says_who_the_bot_is_and_refuses_another_token(telegram: FakeTelegram) -> None:
    async with connect(telegram) as bot:
        assert bot.username == "check_in_bot"
    address = f"{telegram.url}/bot1:wrong/getMe"
    async with aiohttp.ClientSession() as session, session.post(address) as answer:
        assert await answer.json() == {
            "ok": False,
            "error_code": 401,
            "description": "Unauthorized",
        }


async def test_update_comes_again_until_it_is_confirmed(bot: Bot, telegram: FakeTelegram) -> None:
    sam = telegram.person("Sam")
    first, second = sam.start("abc"), sam.say("hello")
    assert [u.update_id for u in await bot.get_updates()] == [first, second]
    assert [u.update_id for u in await bot.get_updates(limit=1)] == [first]
    assert [u.update_id for u in await bot.get_updates(offset=second)] == [second]
    assert [u.update_id for u in await bot.get_updates()] == [second]
    assert await bot.get_updates(offset=second + 1) == ()
    await telegram.drained()


async def test_negative_offset_keeps_only_the_last(bot: Bot, sam: Person) -> None:
    ids = [sam.say(str(number)) for number in range(4)]
    assert [u.update_id for u in await bot.get_updates(offset=-2)] == ids[2:]
    assert [u.update_id for u in await bot.get_updates()] == ids[2:]


async def test_long_poll_ends_when_something_comes(bot: Bot, sam: Person) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=5))
    with pytest.raises(AssertionError, match="not seen"):
        await sam.sees("anything", within=0.05)  # the poll is waiting by now
    update_id = sam.say("hello")
    assert [u.update_id for u in await asyncio.wait_for(poll, 2)] == [update_id]


async def test_client_that_gives_up_on_a_poll_leaves_no_conflict(
    bot: Bot, telegram: FakeTelegram
) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    assert await telegram.changes.until(lambda: bool(telegram.calls_of("getUpdates")), 2)
    poll.cancel()
    call = telegram.calls_of("getUpdates")[0]
    assert await telegram.changes.until(lambda: call.outcome == "gone", 2)
    assert await bot.get_updates() == ()


async def test_two_polls_conflict(bot: Bot, telegram: FakeTelegram) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=5))
    assert await telegram.changes.until(lambda: bool(telegram.calls_of("getUpdates")), 2)
    status, body = await ask(telegram, "getUpdates")
    assert (status, body["description"][:38]) == (409, "Conflict: terminated by other getUpdat")
    with pytest.raises(error.Conflict):
        await poll


async def test_duplicate_old_and_random_ids_are_delivered(
    bot: Bot, telegram: FakeTelegram, sam: Person
) -> None:
    first = sam.say("once")
    await bot.get_updates()
    await bot.get_updates(offset=first + 1)
    telegram.repeat(first)
    telegram.inbox.next_id = 7  # as after a quiet week
    second = sam.say("a lower id")
    assert [u.update_id for u in await bot.get_updates(offset=first + 1)] == [first, second]
    assert await bot.get_updates(offset=first + 1) == ()


async def test_allowed_updates_are_remembered(bot: Bot, sam: Person) -> None:
    await bot.get_updates(allowed_updates=["message"])
    sam.block()
    sam.unblock()
    sam.say("hello")
    assert [u.message.text for u in await bot.get_updates() if u.message] == ["hello"]
    assert len(await bot.get_updates(allowed_updates=[])) == 1


ACTS: list[Callable[[Person], int]] = [
    lambda sam: sam.start("aZ-_9"),
    lambda sam: sam.say("words " * 900),
    Person.voice,
    lambda sam: sam.photo("/help with this"),
    Person.document,
    Person.sticker,
    Person.video_note,
    Person.location,
    Person.contact,
    Person.poll,
    Person.block,
    lambda sam: sam.forward("said elsewhere"),
    lambda sam: sam.reply(sam.chat[0], "about that"),
    lambda sam: sam.edit(sam.chat[0], "better words"),
    lambda sam: sam.tap_data("x"),
]


@pytest.mark.parametrize("act", ACTS)
async def test_every_act_is_an_update_the_library_knows_whole(
    act: Callable[[Person], int], bot: Bot, sam: Person
) -> None:
    sam.say("first words")
    update_id = act(sam)
    update = (await bot.get_updates())[-1]
    assert update.update_id == update_id
    assert update.effective_user
    assert update.effective_user.id == sam.chat_id
    assert surplus(update) == []


async def test_voice_is_downloaded(bot: Bot, sam: Person) -> None:
    sam.voice(4, data=b"OggS spoken")
    sam.voice(size=20_000_001)
    small, large = [u.message.voice for u in await bot.get_updates() if u.message]
    assert small
    assert large
    assert await (await small.get_file()).download_as_bytearray() == b"OggS spoken"
    with pytest.raises(error.BadRequest, match="File is too big"):
        await large.get_file()


async def test_group_is_told_apart(bot: Bot, telegram: FakeTelegram, sam: Person) -> None:
    group = telegram.group("Street team")
    with pytest.raises(error.Forbidden):
        await bot.send_message(group.chat_id, "hi")
    group.add_bot(sam)
    group.say(sam, "/start@check_in_bot")
    added, said = await bot.get_updates()
    assert added.my_chat_member
    assert added.my_chat_member.new_chat_member.status == "member"
    assert said.effective_chat
    assert said.effective_chat.type == "supergroup"
    await bot.send_message(group.chat_id, "hi")


# Sending


async def test_html_is_stored_as_plain_text_and_comes_back_with_a_tap(
    bot: Bot, telegram: FakeTelegram, sam: Person
) -> None:
    sent = await bot.send_message(
        sam.chat_id, "  😀 <b>Ready &amp; <i>able</i></b>?", parse_mode="HTML", reply_markup=YES_NO
    )
    assert sent.text == "😀 Ready & able?"
    assert {e.type: sent.parse_entity(e) for e in sent.entities} == {
        "bold": "Ready & able",
        "italic": "able",
    }
    assert surplus(sent) == []
    assert sam.last.buttons == [["Yes", "No"]]
    sam.tap("yes")
    query = (await bot.get_updates())[-1].callback_query
    assert query
    assert query.data == "y"
    assert query.message == sent
    await query.answer("Thank you")
    assert sam.toasts == ["Thank you"]
    with pytest.raises(error.BadRequest, match="Query is too old"):
        await query.answer()
    await query.edit_message_text("Done")
    assert (sam.last.text, sam.last.buttons, sam.last.edited) == ("Done", [], True)
    assert [b.text for b in telegram.sent_to(sam.chat_id)] == ["😀 Ready & able?"]


async def test_tap_is_too_old_after_a_minute(bot: Bot, clock: Clock, sam: Person) -> None:
    await bot.send_message(sam.chat_id, "Ready?", reply_markup=YES_NO)
    sam.tap("No")
    clock.forward(seconds=61)
    query = (await bot.get_updates())[-1].callback_query
    assert query
    with pytest.raises(error.BadRequest, match="Query is too old"):
        await query.answer()


async def test_old_button_can_still_be_tapped(bot: Bot, sam: Person) -> None:
    sent = await bot.send_message(sam.chat_id, "Ready?", reply_markup=YES_NO)
    before = sam.last
    await sent.edit_reply_markup(None)
    with pytest.raises(AssertionError, match="no button 'Yes'"):
        sam.tap("Yes")
    sam.tap_old(before, "Yes")
    await sent.delete()
    sam.tap_old(before, "No")
    old, gone = [u.callback_query for u in await bot.get_updates()]
    assert old
    assert gone
    assert (old.data, gone.data) == ("y", "n")
    assert gone.message
    assert not gone.message.is_accessible


async def test_phone_shows_what_a_phone_would(bot: Bot, sam: Person) -> None:
    said = asyncio.create_task(sam.sees(re.compile("quiet$")))
    sam.say("hello")
    await bot.send_message(sam.chat_id, "All quiet", disable_notification=True)
    seen = await said
    assert (seen.silent, seen.protected) == (True, False)
    await bot.send_voice(sam.chat_id, b"OggS", caption="<u>Listen</u>", parse_mode="HTML")
    await bot.send_photo(sam.chat_id, JPEG, protect_content=True)
    await bot.send_document(sam.chat_id, b"{}", filename="mine.json")
    assert [(b.kind, b.text) for b in sam.chat[1:]] == [
        ("text", "All quiet"),
        ("voice", "Listen"),
        ("photo", ""),
        ("document", ""),
    ]
    assert sam.chat[-2].protected
    assert [b.file for b in sam.chat[1:]] == [None, b"OggS", JPEG, b"{}"]
    assert sam.last.file_name == "mine.json"
    await bot.delete_messages(sam.chat_id, [b.message_id for b in sam.chat[:3]] + [999_999])
    assert [b.kind for b in sam.chat] == ["photo", "document"]
    sam.delete_chat_locally()
    assert sam.chat == []
    assert sam.transcript().startswith("**Sam:** hello\n\n**Bot:**\n\n> All quiet\n\n")


async def test_only_new_words_are_seen(bot: Bot, sam: Person) -> None:
    sent = await bot.send_message(sam.chat_id, "Ready?", reply_markup=YES_NO)
    sam.tap("Yes")
    await sent.edit_reply_markup(None)
    assert sam.fresh == []
    await sent.edit_text("Ready? Yes.")
    assert await sam.sees("Ready?") == sam.last
    await bot.answer_callback_query(sam.queries[0].query_id)
    await sam.answered()


async def test_nobody_speaks_before_start_or_through_a_block(telegram: FakeTelegram) -> None:
    ali = telegram.person("Ali")
    with pytest.raises(AssertionError, match="only a Start button"):
        ali.say("hello")
    with pytest.raises(AssertionError, match="no link can carry"):
        ali.start("a b")
    ali.start()
    ali.block()
    with pytest.raises(AssertionError, match="has blocked the bot"):
        ali.voice()


async def test_menu_of_commands_is_the_narrowest(bot: Bot, sam: Person) -> None:
    await bot.set_my_commands([("help", "Help")])
    await bot.set_my_commands([("help", "Aiuto")], language_code="it")
    assert sam.commands == {"help": "Help"}
    await bot.set_my_commands([("stop", "Stop")], scope=BotCommandScopeChat(sam.chat_id))
    assert sam.commands == {"stop": "Stop"}
    await bot.set_my_short_description("A neutral line")
    await bot.send_chat_action(sam.chat_id, "typing")


async def test_blocked_until_start_is_pressed_again(bot: Bot, sam: Person) -> None:
    sam.block()
    with pytest.raises(error.Forbidden, match="bot was blocked by the user"):
        await bot.send_message(sam.chat_id, "hi")
    sam.start()
    await bot.send_message(sam.chat_id, "hi")
    kinds = [next(iter(u.to_dict().keys() - {"update_id"})) for u in await bot.get_updates()]
    assert kinds == ["my_chat_member", "my_chat_member", "message"]


async def test_flood_is_noted_and_refused_on_request(
    bot: Bot, telegram: FakeTelegram, clock: Clock, sam: Person
) -> None:
    await bot.send_message(sam.chat_id, "one")
    clock.forward(seconds=0.4)
    await bot.send_message(sam.chat_id, "two")
    assert telegram.flood.shortest_gap(sam.chat_id) == timedelta(seconds=0.4)
    telegram.flood.enforce = True
    status, body = await ask(telegram, "sendMessage", chat_id=sam.chat_id, text="three")
    assert (status, body["parameters"]) == (429, {"retry_after": 1})


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


# Failing


@pytest.mark.parametrize(
    ("kind", "expected", "said"),
    [
        ("400", error.BadRequest, []),
        ("403_blocked", error.Forbidden, []),
        ("429", error.RetryAfter, []),
        ("500", error.NetworkError, []),
        ("502_html", error.NetworkError, []),
        ("timeout", error.TimedOut, []),
        ("drop_before", error.NetworkError, []),
        ("drop_after", error.NetworkError, ["hi"]),
    ],
)
async def test_fault_happens_once_as_named(
    kind: str,
    expected: type[error.TelegramError],
    said: list[str],
    bot: Bot,
    telegram: FakeTelegram,
    sam: Person,
) -> None:
    telegram.faults.add(kind=kind, method="sendMessage", chat=sam.chat_id)
    await bot.send_message(telegram.person(started=True).chat_id, "to somebody else")
    with pytest.raises(expected):
        await bot.send_message(sam.chat_id, "hi")
    assert [b.text for b in sam.chat] == said
    assert [c.kind for c in telegram.faults.consumed] == [kind]
    assert telegram.calls[-1].outcome == f"fault {kind}"
    await bot.send_message(sam.chat_id, "and again")


async def test_fault_after_the_work_and_a_late_answer(
    bot: Bot, telegram: FakeTelegram, sam: Person
) -> None:
    telegram.faults.add(kind="500", method="sendMessage", after=True)
    with pytest.raises(error.NetworkError):
        await bot.send_message(sam.chat_id, "one")
    telegram.faults.add(kind="timeout", method="sendMessage")
    sending = asyncio.create_task(bot.send_message(sam.chat_id, "two"))
    assert await telegram.changes.until(lambda: len(telegram.faults.consumed) == 2, 2)
    assert [b.text for b in sam.chat] == ["one"]
    telegram.faults.release()
    await sending
    assert [b.text for b in sam.chat] == ["one", "two"]


# The webhook


class Hook:
    """A bot's webhook that answers what the test wants."""

    def __init__(self) -> None:
        self.status = 200
        self.texts: list[str] = []
        self.secrets: set[str | None] = set()
        self.meeting: asyncio.Barrier | None = None

    async def answer(self, request: web.Request) -> web.Response:
        update = Update.de_json(json.loads(await request.text()))
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        if self.meeting:
            await self.meeting.wait()
        if self.status == 200 and update.message:
            self.texts.append(update.message.text or "")
        return web.Response(status=self.status)


@pytest.fixture
async def hook(bot: Bot) -> AsyncIterator[Hook]:
    served, app = Hook(), web.Application()
    app.router.add_post("/hook", served.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await bot.set_webhook(address, secret_token="s-3")
    yield served
    await bot.delete_webhook()
    await runner.cleanup()


async def test_webhook_gets_each_chat_in_order(
    hook: Hook, bot: Bot, telegram: FakeTelegram, sam: Person
) -> None:
    for number in range(5):
        sam.say(str(number))
    await telegram.drained()
    assert (hook.texts, hook.secrets) == (["0", "1", "2", "3", "4"], {"s-3"})
    with pytest.raises(error.Conflict, match="while webhook is active"):
        await bot.get_updates()


async def test_webhook_gets_different_chats_at_once(
    hook: Hook, telegram: FakeTelegram, sam: Person
) -> None:
    hook.meeting = asyncio.Barrier(2)
    sam.say("one")
    telegram.person("Ali", started=True).say("two")
    await telegram.drained()
    assert sorted(hook.texts) == ["one", "two"]


async def test_webhook_that_fails_or_hangs_gets_it_again(
    hook: Hook, bot: Bot, telegram: FakeTelegram, sam: Person
) -> None:
    hook.status = 503
    sam.say("keep me")
    assert await telegram.redeliver() == 1
    tries = len(telegram.webhook.deliveries)
    sam.say("and me")  # waits behind the one that failed
    with pytest.raises(AssertionError, match="2 updates still wait"):
        await telegram.drained(within=0.05)
    assert len(telegram.webhook.deliveries) == tries
    assert (await bot.get_webhook_info()).last_error_message
    hook.status, hook.meeting = 200, asyncio.Barrier(2)  # nobody else comes: it hangs
    assert await telegram.redeliver() == 2
    hook.meeting = None
    assert await telegram.redeliver() == 0
    assert hook.texts == ["keep me", "and me"]
    await telegram.drained()
