"""A reply brings a picture, a file or a voice note, whatever goes wrong on the way.

What is on the pictures is looked at elsewhere.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from rich.console import Console
from telegram import Bot

from bot.documents import qr_code
from bot.domain.send_result import SendResult
from bot.messages.reply import (
    Attachment,
    CardSheet,
    InlineButton,
    InvitationCard,
    Message,
    QrCode,
    Reply,
    VoiceNote,
)
from bot.messages.reply_codec import decode, encode
from bot.telegram.sending.attachments import prepare_file
from bot.telegram.sending.delivery import Delivery, DeliveryStatus
from bot.telegram.sending.rate_limiter import RateLimiter, Timer
from bot.telegram.sending.sender import Sender
from bot.telegram.transport import http_transport
from bot.terminal.screen import Screen
from tests.support.qr_reader import codes, pages, photo
from tests.support.telegram_fake import TOKEN, FakeTelegram, Person

LINK = "https://t.me/check_in_bot?start=Ab1"
CARDS = CardSheet(
    (
        InvitationCard(LINK, ("Talk when you want",), "17"),
        InvitationCard(f"{LINK}2", ("مرحبا",), None, "ar", True),
    )
)
KEYS = (InlineButton("Done", "m:done"),)
QR = Message("Show this. 1 < 2", reason="They choose.", choices=KEYS, attachment=QrCode(LINK))
SHEET = Message("Print & cut these.", controls=KEYS, attachment=CARDS)
SENT_BY = {"sendPhoto": QR, "sendDocument": SHEET}
WORDS = "Show this. 1 < 2\nThey choose."


class Post:
    """A sender on its own, with what it told of each reply."""

    def __init__(self, bot: Bot) -> None:
        self.told: list[Delivery] = []
        self.slept = 0.0
        self.sender = Sender(
            bot, RateLimiter(Timer(lambda: self.slept, self._sleep), 0, 0.0), self.told.append
        )

    async def _sleep(self, seconds: float) -> None:
        self.slept += seconds
        await asyncio.sleep(0)

    async def send(self, person: Person, *messages: Message, **more: Any) -> Delivery:
        """Sends a reply as it comes out of the database."""
        reply = Reply(len(self.told) + 1, person.chat_id, messages, **more)
        self.sender.send(decode(encode(reply)))
        await self.sender.wait_idle()
        return self.told[-1]


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as served:
        yield served
        assert served.complaints == []


@pytest.fixture
async def post(telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    # An upload that is not answered is given up after 20 seconds more: here at once.
    monkeypatch.setattr(http_transport, "UPLOAD", 0.0)
    request = http_transport.HttpTransport(read_timeout=0.25)
    async with Bot(TOKEN, f"{telegram.url}/bot", request=request) as bot:
        post = Post(bot)
        yield post
        await post.sender.close()


@pytest.fixture
def sam(telegram: FakeTelegram) -> Person:
    return telegram.person("Sam", started=True)


def voice(sam: Person, telegram: FakeTelegram) -> Message:
    """A message with a voice note that somebody once sent."""
    sam.voice(data=b"OggS what they said")
    (stored,) = telegram.files.values()
    return Message("Listen.", choices=KEYS, attachment=VoiceNote(stored.file_id))


# On the way


async def test_a_code_arrives_with_its_words_and_buttons(
    post: Post, sam: Person, telegram: FakeTelegram
) -> None:
    delivery = await post.send(sam, QR)
    (bubble,) = telegram.sent_to(sam.chat_id)
    assert (bubble.kind, bubble.text, bubble.buttons) == ("photo", WORDS, [["Done"]])
    assert bubble.entities == []
    assert bubble.file
    assert codes(photo(bubble.file)) == [LINK]
    assert (delivery.status, delivery.message_id) == (DeliveryStatus.SENT, bubble.message_id)


async def test_cards_arrive_as_a_sheet_that_names_nobody(
    post: Post, sam: Person, telegram: FakeTelegram
) -> None:
    await post.send(sam, SHEET)
    (bubble,) = telegram.sent_to(sam.chat_id)
    assert (bubble.kind, bubble.text, bubble.buttons) == ("document", SHEET.text, [["Done"]])
    assert bubble.file_name == "A4.pdf"
    assert bubble.file
    assert [link for page in pages(bubble.file) for link in codes(page)] == [LINK, f"{LINK}2"]


async def test_a_voice_note_is_sent_by_its_name(
    post: Post, sam: Person, telegram: FakeTelegram
) -> None:
    await post.send(sam, voice(sam, telegram))
    (bubble,) = telegram.sent_to(sam.chat_id)
    assert (bubble.kind, bubble.text, bubble.file) == ("voice", "Listen.", b"OggS what they said")
    assert len(telegram.files) == 1  # it was not sent anew


@pytest.mark.parametrize("protect", [True, False])
async def test_what_is_protected_cannot_be_passed_on(
    protect: bool, post: Post, sam: Person, telegram: FakeTelegram
) -> None:
    attaches: list[Attachment | None] = [None, QrCode(LINK), CARDS, voice(sam, telegram).attachment]
    await post.send(
        sam, *(Message("Words", attachment=a, protect_content=protect) for a in attaches)
    )
    long = Message("a" * 1025, attachment=QrCode(LINK), protect_content=protect)
    assert await post.sender.send_once(sam.chat_id, long) is SendResult.SENT
    sent = telegram.sent_to(sam.chat_id)
    assert [b.kind for b in sent] == ["text", "photo", "document", "voice", "photo", "text"]
    assert {b.protected for b in sent} == {protect}
    assert [b.silent for b in sent] == [False] * 4 + [True] * 2


@pytest.mark.parametrize(
    ("text", "why", "of_messages"),
    [
        ("a" * 1024, None, 1),
        ("a" * 1025, None, 2),
        ("a" * 1000 + "\n", "b" * 22, 1),
        ("a" * 1000 + "\n", "b" * 23, 2),
        ("🙂" * 512, None, 1),
        ("🙂" * 512 + "a", None, 2),
        ("<&>" * 341, None, 1),
    ],
)
async def test_words_too_long_for_a_caption_follow_in_a_message_of_their_own(
    text: str, why: str | None, of_messages: int, post: Post, sam: Person, telegram: FakeTelegram
) -> None:
    message = Message(text, why, KEYS, attachment=QrCode(LINK))
    delivery = await post.send(sam, message)
    assert await post.sender.send_once(sam.chat_id, message) is SendResult.SENT
    whole = text if why is None else f"{text}\n{why}"
    expected = [("photo", whole, [["Done"]])]
    if of_messages == 2:
        expected = [("photo", "", []), ("text", whole, [["Done"]])]
    sent = telegram.sent_to(sam.chat_id)
    assert [(b.kind, b.text, b.buttons) for b in sent] == expected * 2
    assert delivery.message_id == sent[of_messages - 1].message_id


async def test_others_are_not_kept_waiting_while_a_hundred_cards_are_drawn() -> None:
    many = CardSheet(
        tuple(InvitationCard(f"{LINK}{n}", ("Talk when you want",)) for n in range(100))
    )
    drawing = asyncio.create_task(prepare_file(Message("", attachment=many)))
    turns = 0
    while not drawing.done():
        turns += 1
        await asyncio.sleep(0.001)
    assert turns > 10
    assert isinstance(drawing.result(), bytes)


# What goes wrong

PASSING = ["500", "502_html", "429", "timeout", "drop_before", "drop_after"]


@pytest.mark.parametrize("kind", PASSING)
@pytest.mark.parametrize("method", SENT_BY)
async def test_it_is_sent_until_it_is_there(
    method: str, kind: str, post: Post, sam: Person, telegram: FakeTelegram
) -> None:
    telegram.faults.add(kind=kind, method=method, times=3, chat=sam.chat_id)
    delivery = await post.send(sam, SENT_BY[method], Message("And then?"))
    assert delivery.status is DeliveryStatus.SENT
    sent = telegram.sent_to(sam.chat_id)
    assert len(sent) == 2 + (3 if kind == "drop_after" else 0)
    assert sent[-1].text == "And then?"
    assert {b.file for b in sent[:-1]} == {sent[0].file}
    assert post.slept > 0
    assert len(telegram.faults.consumed) == 3


async def test_whether_it_was_seen_before_is_not_known(
    post: Post, sam: Person, telegram: FakeTelegram
) -> None:
    telegram.faults.add(kind="drop_after", method="sendPhoto")
    assert (await post.send(sam, QR)).message_id is None


@pytest.mark.parametrize("method", SENT_BY)
async def test_a_refused_caption_goes_out_plainly(
    method: str, post: Post, sam: Person, telegram: FakeTelegram
) -> None:
    telegram.faults.add(kind="400", method=method, description="Bad Request: can't parse entities")
    assert (await post.send(sam, SENT_BY[method])).status is DeliveryStatus.SENT
    (bubble,) = telegram.sent_to(sam.chat_id)
    assert bubble.entities == []
    assert bubble.buttons == [["Done"]]
    assert bubble.file


@pytest.mark.parametrize("long", [False, True])
async def test_a_refused_picture_leaves_the_link_in_words(
    long: bool, post: Post, sam: Person, telegram: FakeTelegram
) -> None:
    telegram.faults.add(kind="400", method="sendPhoto", times=2)
    message = Message("a" * 1025, choices=KEYS, attachment=QrCode(LINK)) if long else QR
    assert (await post.send(sam, message)).status is DeliveryStatus.SENT
    texts = [(b.kind, b.text) for b in telegram.sent_to(sam.chat_id)]
    if long:
        assert texts == [("text", LINK), ("text", "a" * 1025)]
    else:
        assert texts == [("text", f"{WORDS}\n{LINK}")]
    assert telegram.sent_to(sam.chat_id)[-1].buttons == [["Done"]]


async def test_a_voice_note_that_is_known_no_more_leaves_the_words(
    post: Post, sam: Person, telegram: FakeTelegram
) -> None:
    lost = [
        Message(text, choices=KEYS, attachment=VoiceNote("of another bot"))
        for text in ("Listen.", "")
    ]
    assert (await post.send(sam, *lost, Message("And then?"))).status is DeliveryStatus.SENT
    assert [b.text for b in telegram.sent_to(sam.chat_id)] == ["Listen.", "And then?"]


@pytest.mark.parametrize("method", SENT_BY)
async def test_a_block_or_a_lost_chat_is_told(
    method: str, post: Post, sam: Person, telegram: FakeTelegram
) -> None:
    telegram.faults.add(kind="403_blocked", method=method)
    assert (await post.send(sam, SENT_BY[method])).status is DeliveryStatus.BLOCKED
    telegram.faults.add(kind="400", method=method, description="Bad Request: chat not found")
    assert (await post.send(sam, SENT_BY[method])).status is DeliveryStatus.BLOCKED
    assert telegram.sent_to(sam.chat_id) == []


@pytest.mark.parametrize(
    ("kind", "attempt"),
    [
        ("429", SendResult.NOT_SENT),
        ("403_blocked", SendResult.BLOCKED),
        ("400", SendResult.REFUSED),
        ("500", SendResult.UNCERTAIN),
        ("timeout", SendResult.UNCERTAIN),
        ("drop_after", SendResult.UNCERTAIN),
    ],
)
@pytest.mark.parametrize("method", SENT_BY)
async def test_what_is_said_once_is_tried_once(
    method: str, kind: str, attempt: SendResult, post: Post, sam: Person, telegram: FakeTelegram
) -> None:
    telegram.faults.add(kind=kind, method=method, retry_after=1)
    assert await post.sender.send_once(sam.chat_id, SENT_BY[method]) is attempt
    assert len(telegram.calls_of(method)) == 1


async def test_half_of_what_is_said_once_is_not_said_again(
    post: Post, sam: Person, telegram: FakeTelegram
) -> None:
    telegram.faults.add(kind="429", method="sendMessage", retry_after=1)
    message = Message("a" * 1025, attachment=QrCode(LINK))
    assert await post.sender.send_once(sam.chat_id, message) is SendResult.UNCERTAIN
    assert [b.kind for b in telegram.sent_to(sam.chat_id)] == ["photo"]


# In a terminal


@pytest.mark.parametrize("tty", [True, False])
def test_a_terminal_shows_links_and_codes(tty: bool) -> None:
    shown = io.StringIO()
    screen = Screen(Console(file=shown, force_terminal=tty, width=60, color_system=None))
    long = f"https://t.me/{'b' * 32}?start={'c' * 64}"
    attaches: list[Attachment] = [QrCode(long), CARDS, VoiceNote("terminal")]
    screen.reply(
        Reply(1, 1, tuple(Message(f"Words {a.__class__}", attachment=a) for a in attaches))
    )
    said = [line.rstrip() for line in shown.getvalue().splitlines()]
    assert f"  {long}" in said
    assert f"  17  {LINK}" in said
    assert f"  {LINK}2" in said
    assert "  (a voice note)" in said
    code = [line.rstrip() for line in qr_code.blocks(long).splitlines()]
    assert ("\n".join(code) in "\n".join(said)) is tty
