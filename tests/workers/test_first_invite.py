"""From an invite on the command line to a person's first answer, over Telegram.

Who may do what is in `test_worker_law`; what a link is worth in `test_worker_links`.
"""

from __future__ import annotations

from bot.cli import manage_workers
from bot.store.tables.checkin_tables import AnswerRow
from tests.conftest import Time
from tests.support.participants import CONSENT
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

MOST = 6
"""What a worker in a doorway taps and types, from the invite to somebody's first answer."""


async def invited(
    telegram: FakeTelegram, running: Running, name: str = "Sam", *, lead: bool = False
) -> Person:
    """A person made a worker by a link from the command line."""
    await running.bot.started.wait()
    link = await manage_workers.invite(running.bot.settings, running.clock, name, lead=lead)
    worker = telegram.person(name)
    worker.start(link.partition("start=")[2])
    await running.quiet()
    return worker


def token_in(worker: Person) -> str:
    """The token of the newest link shown."""
    texts = [bubble.text for bubble in reversed(worker.chat) if "start=" in bubble.text]
    return texts[0].partition("start=")[2].split()[0]


async def joins(person: Person, running: Running, token: str) -> None:
    """Opens a link, and agrees."""
    person.start(token)
    await running.quiet()
    await person.taps(*CONSENT)


async def nothing_known(worker: Person) -> int:
    """Says that neither language, where it is asked, nor age is known; gives how many taps."""
    asked = ["I do not know"] * (2 if worker.last.text.startswith("Which language") else 1)
    await worker.taps(*asked)
    return len(asked)


async def test_from_an_invite_to_the_first_answer(telegram: FakeTelegram, running: Running) -> None:
    sam = await invited(telegram, running)
    await sam.taps("Make a link")
    await sam.says("Kim")
    await sam.says("A room at Aspen House")
    acts = 4 + await nothing_known(sam)
    kim = telegram.person("Kimberley")
    await joins(kim, running, token_in(sam))
    await kim.says("Somewhere quiet")
    assert "going wrong" in kim.last.text
    (answer,) = await running.rows(AnswerRow)
    assert answer.step == "b1"
    photo = [bubble for bubble in sam.chat if bubble.kind == "photo"]
    assert [bubble.text.count(token_in(sam)) for bubble in photo] == [1]
    assert acts <= MOST
    print(f"\n{sam.transcript()}\n\n{kim.transcript()}\n\nthe worker's taps and messages: {acts}")  # noqa: T201


async def test_several_names_make_a_sheet_of_cards(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = await invited(telegram, running)
    await sam.says("/new\nKim\n  Lee  \n\nKim\nNoor")
    await sam.says("A group")
    if "Which language" in sam.last.text:
        await sam.taps("I do not know")
    (sheet,) = [bubble for bubble in sam.chat if bubble.kind == "document"]
    assert sheet.file is not None
    assert sheet.file.startswith(b"%PDF")
    assert any(bubble.text == "1  Kim\n2  Lee\n3  Noor" for bubble in sam.chat)
    for name in (b"Kim", b"Noor", b"A group"):
        assert name not in sheet.file
    await sam.says("/people")
    shown = {label for row in sam.last.buttons for label in row}
    assert {f"{name}: not yet joined" for name in ("1  Kim", "2  Lee", "3  Noor")} <= shown


async def test_a_service_is_tapped_the_second_time(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = await invited(telegram, running)
    await sam.says("/new Kim")
    await sam.says("A group")
    await nothing_known(sam)
    first = token_in(sam)
    time.pass_(days=1)
    await sam.says("/new Lee")
    await sam.taps("A group")
    await nothing_known(sam)
    assert token_in(sam) != first
    for wrong in ("/new " + "x" * 61, "/new " + "\n".join(f"n{n}" for n in range(51))):
        await sam.says(wrong)
        assert sam.last.text.startswith("Please send one short name")


async def test_what_is_read_cannot_be_passed_on(telegram: FakeTelegram, running: Running) -> None:
    sam = await invited(telegram, running)
    await sam.says("/new Kim")
    await sam.says("A group")
    await nothing_known(sam)
    kim = telegram.person("Kimberley")
    await joins(kim, running, token_in(sam))
    await kim.says("😀" * 2_000)
    await kim.says("Money <b>")
    kim.voice()
    await running.quiet()
    await kim.taps("No")
    await kim.says("My sister")
    await kim.taps("Sam", "Yes", "OK")
    await sam.says("/people")
    label = next(label for row in sam.last.buttons for label in row if label.startswith("Kim"))
    await sam.taps(label, "Read what they shared")
    before = len(sam.chat)
    await sam.taps(next(b for row in sam.last.buttons for b in row))
    shown = [b for b in sam.chat[before:] if b.from_bot][:-1]
    assert shown
    assert all(bubble.protected for bubble in shown)
    assert sum(bubble.kind == "voice" for bubble in shown) == 1
    assert "😀" * 2_000 in "".join(bubble.text for bubble in shown)
    assert any("Money <b>" in bubble.text for bubble in shown)
