"""My story: before and later, in somebody's own words and language, as text, picture and page.

What the letters look like is looked at by eye; that they are drawn at all is looked at here.
"""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.content.loading import read_folder
from bot.documents.page_layout import MOST_PIXELS, paper, picture
from bot.documents.typesetting import drawable
from bot.i18n.catalog import po_file, read_translations
from bot.i18n.localizer import Localizer
from bot.messages.incoming import Command
from bot.messages.renderer import page_text
from bot.messages.reply import Document, DocumentLine, Message
from bot.settings import ROOT
from bot.telegram.sending.attachments import prepare_file
from flows.engine import BrokenFlow, Quoted
from tests.conftest import Time
from tests.support.participants import TO_KEEP_YOUNG
from tests.support.worker_scenario import WORDS, Ear, Office, an_office

LATER = "I have a room now, and the stairs are loud"
LANGUAGES = {"en": "Somewhere quiet", "ar": "مكان آمن وهادئ", "bn": "নিরাপদ আর শান্ত জায়গা"}


async def before_and_after(office: Office, kim: Ear) -> None:
    """Answers BEFORE, and two weeks later AFTER."""
    await office.before(kim, "only_me")
    office.time.pass_(days=15)
    await office.all([kim], Command("start"))
    await office.all([kim], "start")
    await office.all([kim], "some")
    await office.say(kim, LATER)
    for choice in ("some", "n", "n"):
        await office.all([kim], choice)
    await office.say(kim, "Ask me sooner")
    for choice in ("only_me", "fine"):
        await office.all([kim], choice)


def page_of(message: Message) -> Document:
    assert isinstance(message.attachment, Document)
    return message.attachment


async def test_before_comes_first_and_what_was_said_later_in_the_same_order(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        kim = office.phone()
        await office.act([(kim, Command("story"))])
        assert kim.said == office.words("story_none")
        await office.agree([kim])
        await before_and_after(office, kim)
        await office.act([(kim, Command("story"))])
        before, after, offer = (message.text for message in kim.messages)
        assert before.startswith(office.words("story_before"))
        assert before.count(WORDS) == 3
        assert LATER in after
        asked = ["was a success", "Why I say so", "Drink or drugs", "Fighting", "Safe and"]
        places = [after.index(words) for words in asked]
        assert places == sorted(places)
        assert "skipped" not in before + after
        assert offer == office.words("story")
        # Their words, and nobody else's.
        assert "Ask me sooner" not in after
        for choice, on_paper in (("picture", False), ("page", True)):
            await office.act([(kim, Command("story"))])
            await office.all([kim], choice)
            (message,) = kim.messages
            assert not message.protect_content
            page = page_of(message)
            assert page.paper is on_paper
            assert page_text(page.lines) == f"{before}\n\n{after}"
            assert await prepare_file(message)


async def test_where_others_see_the_phone_it_is_asked_first(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        kim = office.phone()
        await office.agree([kim])
        await office.before(kim, "only_me")
        async with office.store.unit_of_work() as uow:
            (person,) = (await uow.participants.load([kim.chat])).values()
            person.shared_phone = True
            uow.participants.save(person)
        await office.act([(kim, Command("story"))])
        await office.all([kim], "page")
        assert kim.said == office.words("story_safe")
        await office.all([kim], "leave")
        assert kim.said == office.words("story_left")
        await office.act([(kim, Command("story"))])
        await office.all([kim], "picture")
        await office.all([kim], "page")
        assert page_of(kim.messages[0]).paper


async def test_a_young_person_has_a_story_and_one_who_deleted_has_none(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        kim = office.phone()
        await office.agree([kim], TO_KEEP_YOUNG)
        await office.say(kim, WORDS)
        await office.act([(kim, Command("story"))])
        assert WORDS in kim.said
        old = kim.press("picture")
        await office.aside(kim, "delete_ask", "delete")
        await office.act([(kim, old)])
        assert not any(isinstance(m.attachment, Document) or WORDS in m.text for m in kim.messages)


def localizer(code: str) -> Localizer:
    library, _ = read_folder(ROOT / "flows")
    found = read_translations(po_file(ROOT / "locales", code)) if code != "en" else {}
    return Localizer(code, library.phrases, found)


def story(code: str) -> Document:
    spoken, (library, _) = localizer(code), read_folder(ROOT / "flows")
    asked = library.current["before"].by_id["b1"].text
    lines = [
        DocumentLine("asked", spoken.question(asked)),
        DocumentLine("said", spoken.format_value(Quoted(LANGUAGES[code]))),
    ]
    return Document((DocumentLine("head", "•"), *lines), code, spoken.right_to_left)


def dark(image: Image.Image) -> tuple[int, int, int, int]:
    """Where the letters of an answer stand."""
    box = image.convert("L").point(lambda v: 255 if v < 60 else 0).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_picture_in_a_language(code: str) -> None:
    page = story(code)
    image = Image.open(io.BytesIO(picture(page)))
    assert picture(page) == picture(page)
    left, _, right, _ = dark(image)
    margin = (left, image.width - right)
    # What is written from the right stands on the right.
    assert (margin[0] > margin[1]) is (code == "ar")
    assert min(margin) > 50
    assert image.width == 1080
    # All letters have a font: none was left out or replaced.
    assert drawable(LANGUAGES[code]) == LANGUAGES[code]


def test_a_page_on_paper_has_its_words_and_as_many_sheets_as_it_needs() -> None:
    short = pypdfium2.PdfDocument(paper(story("en")))
    assert len(short) == 1
    assert "Somewhere quiet" in short[0].get_textpage().get_text_range()
    long = Document(
        tuple(DocumentLine("said", f"{n} and more of it " * 20) for n in range(40)), paper=True
    )
    document = pypdfium2.PdfDocument(paper(long))
    assert len(document) > 2
    words = "".join(document[n].get_textpage().get_text_range() for n in range(len(document)))
    assert all(f"{n} and more" in words for n in range(40))


def test_a_very_long_story_is_still_a_photo_that_telegram_takes() -> None:
    page = Document(tuple(DocumentLine("said", "words " * 60) for _ in range(18)))
    image = Image.open(io.BytesIO(picture(page)))
    assert sum(image.size) <= MOST_PIXELS + 10
    assert image.height / image.width < 9


@settings(max_examples=12, deadline=None)
@given(st.text(max_size=40), st.booleans())
def test_any_words_can_be_drawn(words: str, right_to_left: bool) -> None:
    lines = (
        DocumentLine("head", words),
        DocumentLine("asked", words),
        DocumentLine("said", f"x{words}"),
    )
    assert picture(Document(lines, right_to_left=right_to_left)).startswith(b"\x89PNG")
    assert paper(Document(lines, right_to_left=right_to_left)).startswith(b"%PDF")


def test_signs_without_a_font_are_left_out_and_letters_are_marked() -> None:
    assert drawable("Better 🙂 now") == "Better  now"
    assert drawable("ሰላም") == "???"


@pytest.mark.parametrize("wrong", ["hoped: [before.b9]", "hoped: [b1]", "fears: [before.b1]"])
def test_a_story_about_no_question_is_named(tmp_path: Path, wrong: str) -> None:
    shutil.copytree(ROOT / "flows", tmp_path, dirs_exist_ok=True)
    (tmp_path / "story.yaml").write_text(wrong, encoding="utf-8")
    with pytest.raises(BrokenFlow, match=r"story\.yaml"):
        read_folder(tmp_path)


def test_a_folder_without_a_story_file_is_named(tmp_path: Path) -> None:
    for file in (ROOT / "flows").glob("*.yaml"):
        if file.name != "story.yaml":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(BrokenFlow, match=r"story\.yaml:1: this file is missing"):
        read_folder(tmp_path)
