"""Shows that the fake Telegram does what it says, with the real client library and raw HTTP.

It tests nothing of the product.
"""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta

import aiohttp
import pytest
from telegram import (
    Bot,
    BotCommandScopeChat,
    error,
)

from tests.fake_telegram.calls import JPEG, YES_NO, Clock, ask, connect, surplus
from tests.support.telegram_fake import FakeTelegram, Person

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
