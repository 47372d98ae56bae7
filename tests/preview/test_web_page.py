"""The page in a real Chromium: by taps, by keyboard alone, from right to left, and as files change.

What the program answers is tested in `test_web`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
import yaml
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.concurrency import cancelled
from bot.languages.completeness import language_codes
from bot.preview import review_notes
from bot.preview.web.server import serve
from bot.settings import ROOT, Settings, read_settings
from tests.conftest import Time
from tests.support.browser import HOW, chromium
from tests.support.running_bot import copied

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORDS = ROOT / "bot" / "preview" / "web" / "words.yaml"
WITHIN = 60_000  # milliseconds, for a busy machine; a saved file shows within two seconds

Open = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    where = await asyncio.to_thread(chromium)
    if where is None:
        pytest.skip(HOW)
    async with async_playwright() as playwright:
        # A name that is not ours leads here too: as when another site's name is turned to us.
        rules = "--host-resolver-rules=MAP evil.example 127.0.0.1"
        found = await playwright.chromium.launch(executable_path=where, args=[rules])
        yield found
        await found.close()


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    return read_settings(_env_file=None, flows=copied(tmp_path))


@pytest_asyncio.fixture(loop_scope="module")
async def address(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """Where a table is served, on questions of the test's own where it asks for some."""
    asked = "own" in request.fixturenames
    used = request.getfixturevalue("own") if asked else read_settings(_env_file=None)
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(used, Time(), 0, address.set_result))
    yield await address
    await cancelled(task)


@pytest_asyncio.fixture(loop_scope="module")
async def open_page(browser: Browser, address: str) -> AsyncIterator[Open]:
    expect.set_options(timeout=WITHIN)
    context = await browser.new_context(viewport={"width": 1200, "height": 860})
    context.set_default_timeout(WITHIN)
    said: list[str] = []

    async def opened(query: str = "", *, width: int = 1200, shows: str = "article.bot") -> Page:
        page = await context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        await page.set_viewport_size({"width": width, "height": 860})
        await page.goto(f"{address}/?{query}")
        await expect(page.locator(shows).first).to_be_visible()
        return page

    yield opened
    await context.close()
    assert said == []


async def tap(page: Page, *labels: str) -> None:
    for label in labels:
        await page.get_by_role("log").get_by_role("button", name=label, exact=True).click()


async def whole(page: Page) -> list[str]:
    """What axe-core finds wrong for people who see, hear or move differently."""
    found = await Axe().run(page)
    return [f"{v['id']}: {v['nodes'][0]['html']}" for v in found.response["violations"]]


async def test_a_conversation_by_taps(open_page: Open) -> None:
    page = await open_page()
    chat = page.get_by_role("log", name="The conversation")
    await tap(page, "Help with money", "A safe place to live")
    await expect(page.get_by_role("status")).to_have_text("")
    await expect(chat.get_by_role("button", name="✓ A safe place to live")).to_be_focused()
    await tap(page, "Done", "Skip")
    await expect(chat).to_contain_text("No problem. I skip that one.")
    await expect(chat.locator(".chosen").first).to_have_text(
        "A safe place to live and Help with money"
    )
    await page.get_by_role("button", name="Answer otherwise").first.click()
    await tap(page, "Someone to talk to", "Done")
    # What came after is answered as before.
    await expect(chat.locator("article").last).to_contain_text("if things were better?")
    await page.get_by_role("button", name="Let time pass until the next hello").click()
    await expect(chat.locator("article").last).to_contain_text("Is now an OK time?")
    await page.get_by_label("Jump to a question").select_option("after/a5")
    await page.get_by_role("button", name="Jump").click()
    await expect(chat.locator("article").last).to_contain_text("What should come next")


async def test_a_conversation_by_keyboard_alone(open_page: Open) -> None:
    page = await open_page()
    press, chat = page.keyboard.press, page.get_by_role("log")
    await press("Tab")
    await expect(page.get_by_role("link", name="To the conversation")).to_be_focused()
    await press("Enter")
    await press("Tab")
    await expect(chat.get_by_role("button", name="A safe place to live")).to_be_focused()
    await press("Space")
    ticked = chat.get_by_role("button", name="✓ A safe place to live")
    await expect(ticked).to_be_focused()
    await press("Space")
    await expect(ticked).to_have_count(0)
    await expect(chat.get_by_role("button", name="A safe place to live")).to_be_focused()
    await page.get_by_label("Answer in your own words").focus()
    await page.keyboard.type("somewhere quiet")
    await press("Enter")
    await expect(chat.locator("article", has_text="2 of 5.")).to_be_visible()
    words = page.get_by_label("Answer in your own words")
    await expect(words).to_be_focused()  # whoever types goes on typing
    await expect(words).to_have_value("")
    await press("Shift+Tab")
    for _ in range(4):
        if await chat.get_by_role("button", name="Stop").evaluate(
            "b => b === document.activeElement"
        ):
            break
        await press("Shift+Tab")
    await press("Enter")
    await expect(chat).to_contain_text("Done. I have stopped.")


async def test_from_right_to_left_with_large_text_on_a_phone(open_page: Open) -> None:
    page = await open_page("language=ar&young=yes&text=large&flow=before", width=390)
    chat = page.get_by_role("log")
    await expect(chat).to_have_attribute("dir", "rtl")
    await expect(chat).to_have_attribute("lang", "ar")
    bubble, keys = chat.locator(".bubble").first, chat.locator(".row").first.locator("button")
    box, edge = await bubble.bounding_box(), await chat.bounding_box()
    assert box is not None
    assert edge is not None
    assert edge["x"] + edge["width"] - (box["x"] + box["width"]) < 60, "bubbles begin at the right"
    await keys.first.click()
    await tap(page, "انتهيت")
    await expect(chat.locator("article")).to_have_count(2)
    row = chat.locator(".row", has=page.locator("button:nth-child(2)")).first.locator("button")
    first, second = await row.nth(0).bounding_box(), await row.nth(1).bounding_box()
    assert first is not None
    assert second is not None
    assert first["x"] > second["x"], "the first button of a row is at the right"
    assert float((await chat.evaluate("one => getComputedStyle(one).fontSize"))[:-2]) > 22
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await whole(page) == []


async def test_language_and_audience_are_switched(open_page: Open) -> None:
    page = await open_page()
    await page.get_by_label("Language").select_option("pl")
    await expect(page.locator("article.bot").first).to_contain_text("krótkich pytań")
    await page.get_by_label("A young person, 13 to 17").check()
    await expect(page.locator(".file").first).to_have_text("before_young.yaml:12")
    await page.get_by_label("After a service").check()
    await expect(page.locator("article.bot").first).to_contain_text("Cześć.")
    assert "flow=after&language=pl&young=yes" in page.url
    await page.reload()
    await expect(page.get_by_label("Language")).to_have_value("pl")
    await expect(page.locator("article.bot").first).to_contain_text("Cześć.")


async def test_a_saved_file_appears_and_a_broken_one_shows_its_mistake(
    open_page: Open, own: Settings
) -> None:
    page = await open_page()
    await page.get_by_label("Answer in your own words").fill("half a word")
    file = own.flows / "before.yaml"
    source = file.read_text()
    file.write_text(source.replace("What would you like this service to give you?", "What now?"))
    asked = page.locator("article", has_text="1 of 5. What now?")
    await expect(asked).to_be_visible()
    await expect(asked).to_have_class("bot fresh")
    await expect(page.get_by_role("status")).to_have_text("The questions were changed.")
    await expect(page.get_by_label("Answer in your own words")).to_have_value("half a word")
    file.write_text(source.replace("kind: words", "kind: wrods", 1))
    mistakes = page.get_by_role("alert")
    await expect(mistakes).to_contain_text("`kind` cannot be `wrods`; did you mean `words`?")
    await expect(asked).to_be_visible()
    late = await open_page(shows="#mistakes")
    await expect(late.locator("article")).to_have_count(0)
    file.write_text(source)
    await expect(late.locator("article")).to_have_count(1)
    await expect(mistakes).to_be_hidden()
    await expect(
        page.locator("article", has_text="What would you like this service")
    ).to_be_visible()


async def test_a_note_is_kept_and_seen(open_page: Open, own: Settings) -> None:
    page = await open_page("flow=after&language=en")
    await page.get_by_text("Is this hard, unclear or unkind?").first.click()
    await page.get_by_label("Unkind").check()
    await page.get_by_label("What would be better?").fill("Say hello <b>first</b>")
    await page.get_by_role("button", name="Keep this note").click()
    await expect(page.get_by_role("status")).to_have_text("The note is kept.")
    shown = page.get_by_role("list", name="Notes on these words")
    await expect(shown).to_have_text("Unkind · Say hello <b>first</b>")
    (note,) = review_notes.read(own.flows, "phrases")
    assert (note.step, note.kind, note.words) == ("hello", "unkind", "Say hello <b>first</b>")


PLANTED = ("What would you like this service to give you?", "How was your assessment?")


async def inside(page: Page, what: str) -> bool:
    """Whether something lies whole within the window."""
    return bool(
        await page.locator(what).first.evaluate(
            "one => {const r = one.getBoundingClientRect();"
            " return r.height > 0 && r.top >= 0 && r.bottom <= innerHeight + 1}"
        )
    )


@pytest.mark.parametrize(("language", "width"), [("en", 1200), ("ar", 390)])
async def test_the_page_knows_what_the_command_knows(
    language: str, width: int, open_page: Open, own: Settings
) -> None:
    page = await open_page(f"language={language}", width=width)
    await page.set_viewport_size({"width": width, "height": 900})
    file = own.flows / "before.yaml"
    source = file.read_text()
    file.write_text(source.replace(*PLANTED))
    hard = page.locator("#hard")
    await expect(hard).to_contain_text("before.yaml:16: before/b1/text: “assessment” is how")
    await expect(hard.locator(".idea").first).to_be_visible()
    assert await inside(page, "#phone")
    line = source[: source.index("going wrong right now?")].count("\n") + 1
    file.write_text(source.replace('going wrong right now?"', "going wrong right now?"))
    wrong = page.get_by_role("alert")
    await expect(wrong).to_contain_text(f"before.yaml:{line}: this is not YAML: a quote opens here")
    await expect(wrong.locator(".idea").first).to_have_text(
        "write the closing quote at the end of these words"
    )
    await expect(wrong.locator("#wrong > li")).to_have_count(1)
    assert await inside(page, "#phone")
    file.write_text(source)
    await expect(wrong).to_be_hidden()


@pytest.mark.parametrize(("language", "width"), [("en", 1200), ("ar", 390)])
async def test_a_note_opens_where_it_is_seen_in_their_language(
    language: str, width: int, open_page: Open, own: Settings
) -> None:
    page = await open_page(f"language={language}", width=width)
    await page.set_viewport_size({"width": width, "height": 900})
    words = yaml.safe_load(WORDS.read_text("utf-8"))[language]
    summary = page.locator("article.bot summary").last
    await expect(summary).to_have_text(words["note"])
    await summary.click()
    await expect(page.locator("article.bot").last.get_by_label(words["hard"])).to_be_focused()
    form = page.locator("article.bot").last.locator(".note form")
    chat, box = await page.locator("#chat").bounding_box(), await form.bounding_box()
    assert chat is not None
    assert box is not None
    assert box["y"] >= chat["y"] - 1
    assert box["y"] + box["height"] <= chat["y"] + chat["height"] + 1
    await form.get_by_label(words["unkind"]).check()
    await form.get_by_role("button", name=words["keep"]).click()
    await expect(page.get_by_role("status")).to_have_text(words["kept"])
    await expect(page.locator(".notes li").first).to_contain_text(words["unkind"])
    assert await whole(page) == []


async def test_the_page_speaks_every_language() -> None:
    words = yaml.safe_load(WORDS.read_text("utf-8"))
    assert set(words) == set(language_codes(ROOT / "locales"))
    assert {tuple(said) for said in words.values()} == {tuple(words["en"])}
    assert all(each for said in words.values() for each in said.values())


async def test_everyone_can_use_it(open_page: Open) -> None:
    page = await open_page()
    await page.get_by_text("Is this hard, unclear or unkind?").last.click()
    assert await whole(page) == []


async def test_another_name_for_this_machine_is_refused(browser: Browser, address: str) -> None:
    page = await browser.new_page()
    answer = await page.goto(address.replace("127.0.0.1", "evil.example"))
    assert answer is not None
    assert (answer.status, await answer.text()) == (400, "Invalid host header")
    await page.close()
