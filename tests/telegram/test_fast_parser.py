"""What is read straight from an update's JSON is what the library would have read.

The forms that only the library reads are tested by their answers, in `conversation/incoming`.
"""

from __future__ import annotations

import datetime as dt
from copy import deepcopy
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import Bot, Update
from telegram.ext import Application, ApplicationBuilder

from bot.messages.incoming import ButtonPress, IncomingUpdate, TextMessage
from bot.telegram.receiving.fast_parser import parse_common
from bot.telegram.receiving.update_parser import UpdateParser

NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
PERSON = 4_294_967_297
"""Larger than 32 bits, as Telegram's numbers may be."""
App = Application[Any, Any, Any, Any, Any, Any]


@cache
def _understanding() -> tuple[App, UpdateParser]:
    made: App = ApplicationBuilder().bot(Bot("1:x")).updater(None).job_queue(None).build()
    # To be asked what an update is, an application needs no line to Telegram.
    made._initialized = True
    understanding = UpdateParser(lambda: NOW)
    understanding.register(made)
    return made, understanding


async def library_reads(raw: dict[str, Any]) -> IncomingUpdate | None:
    application, understanding = _understanding()
    return await understanding.parse(application, Update.de_json(deepcopy(raw), application.bot))


users = st.fixed_dictionaries(
    {
        "id": st.integers(1, 2**52),
        "is_bot": st.just(False),
        "first_name": st.text(min_size=1, max_size=8),
    },
    optional={
        "last_name": st.text(max_size=8),
        "username": st.text("abc_", min_size=5, max_size=9),
        "language_code": st.sampled_from(("en", "ar", "pt-br", "zh-hans", "")),
        "is_premium": st.just(True),
    },
)
words = st.text(min_size=1, max_size=40) | st.sampled_from(
    ("  STOP ", "\x00\x01", "\u200e", "قف", "a\nb", "\ud800", "ＳＴＯＰ", "/stop", "\u00a0")
)


@st.composite
def taps(draw: st.DrawFn) -> dict[str, Any]:
    user = draw(users)
    kind = draw(st.sampled_from(("private", "private", "private", "group")))
    tap: dict[str, Any] = {
        "id": draw(st.text("0123456789", min_size=1, max_size=20)),
        "from": user,
        "chat_instance": "7",
        "message": {
            "message_id": draw(st.integers(1, 2**31)),
            "date": draw(st.sampled_from((0, 1_760_000_000))),
            "chat": {"id": user["id"] if kind == "private" else -9, "type": kind, "title": "T"},
            "text": "If this is right, who may read it?",
        },
        "data": draw(st.text(max_size=64)),
    }
    for left_out in draw(st.sets(st.sampled_from(("message", "data")), max_size=1)):
        del tap[left_out]
    tap |= draw(st.sampled_from(({}, {}, {"inline_message_id": "8"}, {"game_short_name": "chess"})))
    return {"update_id": draw(st.integers(1, 2**31)), "callback_query": tap}


@st.composite
def messages(draw: st.DrawFn) -> dict[str, Any]:
    user = draw(users)
    kind = draw(st.sampled_from(("private", "private", "private", "supergroup")))
    message: dict[str, Any] = {
        "message_id": draw(st.integers(1, 2**31)),
        "from": user,
        "chat": {"id": user["id"] if kind == "private" else -9, "type": kind, "first_name": "S"},
        "date": draw(st.integers(1, 2**32)),
        "text": draw(words),
    }
    more: tuple[dict[str, Any], ...] = (
        {},
        {},
        {"entities": [{"type": "bot_command", "offset": 0, "length": 5}]},
        {"entities": [{"type": "bold", "offset": 0, "length": 1}]},
        {"edit_date": 1_760_000_000},
        {"forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "Kim"}},
        {"quote": {"text": "x", "position": 0}},
        {"sender_business_bot": {"id": 1, "is_bot": True, "first_name": "B"}},
    )
    message |= draw(st.sampled_from(more))
    name = draw(st.sampled_from(("message", "message", "message", "edited_message")))
    return {"update_id": draw(st.integers(1, 2**31)), name: message}


@settings(deadline=None, max_examples=500)
@given(taps() | messages())
async def test_it_is_what_the_library_reads(raw: dict[str, Any]) -> None:
    quick = parse_common(raw, lambda: NOW)
    assert quick is None or quick == await library_reads(raw)


def test_the_commonest_are_read_so() -> None:
    who = {"id": PERSON, "is_bot": False, "first_name": "Sam", "language_code": "ur"}
    chat = {"id": PERSON, "type": "private", "first_name": "Sam"}
    under = {"message_id": 5, "date": 1, "chat": chat, "text": "?"}
    tap = {"id": "77", "from": who, "message": under, "chat_instance": "1", "data": "q:1"}
    said = {"message_id": 6, "from": who, "chat": chat, "date": 0, "text": " A door "}
    pressed = IncomingUpdate(8, PERSON, ButtonPress("q:1", 5, "77"), NOW, "ur")
    typed = IncomingUpdate(
        9, PERSON, TextMessage("A door"), dt.datetime(1970, 1, 1, tzinfo=dt.UTC), "ur", 6
    )
    assert parse_common({"update_id": 8, "callback_query": tap}, lambda: NOW) == pressed
    assert parse_common({"update_id": 9, "message": said}, lambda: NOW) == typed


JUNK: tuple[Any, ...] = (
    None,
    1,
    "x",
    [],
    {},
    {"id": "1"},
    {"message_id": "5"},
    {"chat": {"type": "private"}},
)


def test_what_is_no_such_form_is_left_to_the_library() -> None:
    for junk in JUNK:
        for name in ("message", "callback_query", "poll"):
            assert parse_common({"update_id": 1, name: junk}, lambda: NOW) is None
