"""A worker sees before beside after: the person's view first, the record beside, where they part.

Who may press the button at all is in `test_worker_law`.
"""

from __future__ import annotations

from bot.messages.incoming import Command
from bot.messages.renderer import page_text
from bot.messages.reply import Document, Message
from bot.store.tables.worker_tables import ReadRow
from bot.telegram.sending.attachments import prepare_file
from tests.conftest import Time
from tests.support.worker_scenario import WORDS, Ear, Office, an_office

CHANGE = "ask me sooner"


async def after(office: Office, kim: Ear, success: str, safe: str, sharing: str = "worker") -> None:
    """Two weeks later, how it went."""
    office.time.pass_(days=15)
    await office.all([kim], Command("start"))
    await office.all([kim], "start")
    await office.all([kim], success)
    await office.say(kim, "because of the stairs")
    for choice in (safe, "n", "n"):
        await office.all([kim], choice)
    await office.say(kim, CHANGE)
    for choice in (sharing, "fine"):
        await office.all([kim], choice)


async def record(
    office: Office, sam: Ear, outcome: str, words: str = "", name: str = "Kim"
) -> None:
    """What the service writes down."""
    await office.does(sam, "record", await office.case(name), outcome)
    if words:
        office.time.pass_(minutes=1)
        await office.act([(sam, sam.does("record", f"add.{outcome}"))])
        await office.say(sam, words)


async def beside(office: Office, sam: Ear, name: str = "Kim") -> str:
    """What the worker is shown, all of it protected but the last words."""
    await office.does(sam, "beside", await office.case(name))
    *shown, last = sam.messages
    assert all(message.protect_content for message in shown)
    assert last.text == office.words("w_beside", name=name)
    return "\n\n".join(message.text for message in shown)


async def test_their_view_comes_first_and_the_record_beside(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        await office.before(kim)
        shown = await beside(office, sam)
        assert office.words("w_beside_none") in shown
        await after(office, kim, "n", "n")
        await record(office, sam, "reached", "a flat in Mill Street")
        shown = await beside(office, sam)
        order = [
            office.words("w_beside_success"),
            "because of the stairs",
            office.words("w_beside_record"),
            office.label("w_record", "reached"),
            "a flat in Mill Street",
            office.words("w_beside_parts"),
            "If it was a success",
            "Safe and settled",
            office.words("w_beside_before", date=time.now.date().replace(day=23, month=11)),
            WORDS,
            office.words("w_beside_change"),
            CHANGE,
        ]
        place = 0
        for words in order:
            assert words in shown[place:], (words, shown[place:])
            place = shown.index(words, place)
        # Each check-in that was shown is written down as read, each time.
        assert await office.count(ReadRow) == 1 + 2
        await office.aside(kim, "mydata", "readers")
        assert kim.said.count("Sam") == 3


async def test_where_the_two_say_the_same_nothing_is_said_to_part(
    database_url: str, time: Time
) -> None:
    parts = "They do not say the same"
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        for success, safe, outcome, part in (
            ("y", "y", "reached", False),
            ("y", "n", "reached", True),
            ("n", "n", "not_reached", False),
            ("y", "n", "left", True),
            ("n", "n", "partly", False),
            ("not_sure", "y", "reached", False),
        ):
            name = f"{success} {safe} {outcome}"
            kim = await office.joined(sam, name)
            await office.before(kim)
            await after(office, kim, success, safe)
            await record(office, sam, outcome, name=name)
            shown = await beside(office, sam, name)
            assert (parts in shown) is part, name


async def test_only_what_was_shared_with_this_worker(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        await office.before(kim, "service")
        for verb in ("beside", "sheet"):
            await office.does(sam, verb, await office.case())
            assert sam.said == office.words("w_shared_none", name="Kim")
        await after(office, kim, "some", "y")
        shown = await beside(office, sam)
        assert CHANGE in shown
        assert WORDS not in shown.replace(CHANGE, "")
        assert await office.count(ReadRow) == 1


async def test_a_page_to_print_has_no_name_and_is_a_reading(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        await office.before(kim)
        shown = await beside(office, sam)
        await office.act([(sam, sam.does("sheet"))])
        (message,) = sam.messages
        page = the_page(message)
        assert page.paper
        assert not message.protect_content  # what cannot be saved cannot be printed
        assert page_text(page.lines) == shown
        assert "Kim" not in shown
        assert "Sam" not in shown
        file = await prepare_file(message)
        assert isinstance(file, bytes)
        assert file.startswith(b"%PDF")
        assert await office.count(ReadRow) == 2


def the_page(message: Message) -> Document:
    assert isinstance(message.attachment, Document)
    return message.attachment
