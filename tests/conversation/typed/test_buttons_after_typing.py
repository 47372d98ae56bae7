"""A question answered by typing loses its buttons: none looks as if it still counts."""

from __future__ import annotations

from tests.support.participants import agree
from tests.support.running_bot import Running
from tests.support.telegram_fake import Bubble, FakeTelegram, Person


def under(person: Person, message: Bubble) -> list[list[str]]:
    """The buttons that a message has now."""
    return next(b.buttons for b in person.chat if b.message_id == message.message_id)


def live(person: Person) -> list[str]:
    """The messages that have buttons which do something."""
    marked = [b for b in person.chat if b.from_bot and b.buttons]
    return [b.text for b in marked if not all(k.startswith("✓") for row in b.buttons for k in row)]


async def test_words_take_the_buttons_away(sam_half_way: Person) -> None:
    asked = sam_half_way.last
    assert asked.buttons
    await sam_half_way.says("it is the damp, all over the walls")
    assert under(sam_half_way, asked) == []
    assert live(sam_half_way) == [sam_half_way.last.text]


async def test_a_voice_note_takes_them_away(sam_half_way: Person) -> None:
    asked = sam_half_way.last
    sam_half_way.voice()
    await sam_half_way.waits()
    assert under(sam_half_way, asked) == []


async def test_a_label_that_is_typed_is_marked_like_a_tap(sam_half_way: Person) -> None:
    await sam_half_way.taps("Skip")
    asked = sam_half_way.last
    await sam_half_way.says("not sure yet")
    assert under(sam_half_way, asked) == [["✓ Not sure yet"]]


async def test_a_question_asked_again_has_them_once(sam_half_way: Person) -> None:
    asked = sam_half_way.last
    await sam_half_way.says("/start")
    assert under(sam_half_way, asked) == []
    assert sam_half_way.last.buttons == asked.buttons


async def test_what_is_no_answer_leaves_them(sam_half_way: Person) -> None:
    asked = sam_half_way.last
    sam_half_way.sticker()
    await sam_half_way.waits()
    assert under(sam_half_way, asked) == asked.buttons


async def test_after_a_restart_the_newest_question_is_known(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    await agree(sam)
    asked = sam.last
    await running.stop()
    await running.start()
    await sam.says("a room with a door")
    assert under(sam, asked) == []
