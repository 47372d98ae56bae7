"""Draws a chat as a small phone shows it: a page with the bubbles, and a picture of that page.

The page is of the numbers in `layout` and of the fonts we carry. A picture names the page that
it was drawn from, so that it can be held to it where there is no browser.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path

from PIL import Image, PngImagePlugin
from playwright.async_api import Route, async_playwright

from bot.documents.font_scripts import FONTS
from bot.documents.text_measuring import width
from bot.i18n.bidi import clean, has_right_to_left
from bot.telegram.sending.keyboard_layout import GAP, LABEL_SIZE, PADDING, ROW_WIDTH
from tests.support.small_phone import layout as phone
from tests.support.telegram_fake import Bubble

FACES = {"sans": "", "arabic": "U+600-6FF", "bengali": "U+964-965, U+980-9FF"}
COLOURS = 32
_ADDRESS = "http://phone.test/"
_DRAWN_FROM = "Drawn from"
_STYLE = f"""
* {{ box-sizing: border-box; margin: 0; }}
body {{ width: {phone.WIDTH}px; height: {phone.HEIGHT}px; overflow: hidden; background: #dbe5ea;
  display: flex; flex-direction: column; color: #14212b;
  font: {phone.TEXT_SIZE}px/{phone.LINE}px ours; }}
.status {{ flex: none; height: {phone.STATUS_BAR}px; background: #46606e; color: #fff;
  font-size: 12px; line-height: {phone.STATUS_BAR}px; text-align: right; padding: 0 12px; }}
.bar {{ flex: none; height: {phone.ACTION_BAR}px; background: #547081; padding: 8px 64px; }}
.bar i {{ display: block; width: 40px; height: 40px; border-radius: 50%; background: #cfdde4; }}
.chat {{ flex: 1; min-height: 0; overflow: hidden; padding: 0 5px {phone.UNDER}px;
  display: flex; flex-direction: column; justify-content: flex-end; }}
.chat > * {{ flex: none; }}
.bubble {{ background: #fff; border-radius: 10px; padding: 9.5px 15px 10px; width: fit-content;
  max-width: {phone.TEXT_WIDTH + 31}px; margin-top: 4px; }}
.person {{ background: #dcf3d2; margin-left: auto; }}
.bubble p {{ white-space: pre-wrap; unicode-bidi: plaintext; min-height: {phone.LINE}px;
  overflow-wrap: anywhere; }}
.bubble time {{ display: block; font-size: 12px; line-height: {phone.TIME}px; color: #5b6b73;
  text-align: right; }}
.bubble time.beside {{ margin-top: -{phone.TIME}px; }}
.row {{ display: grid; grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); gap: {GAP:g}px;
  height: {phone.BUTTON_ROW}px; padding-top: 4px; }}
.row b {{ height: 44px; border-radius: 8px; background: #5b7988; color: #fff; text-align: center;
  font: {LABEL_SIZE:g}px/44px ours; padding: 0 {PADDING / 2:g}px; white-space: nowrap;
  overflow: hidden; text-overflow: ellipsis; unicode-bidi: plaintext; }}
.field {{ flex: none; height: {phone.INPUT_FIELD}px; background: #fff; padding: 10px 48px; }}
.field i {{ display: block; height: 30px; border-radius: 15px; background: #eef2f4; }}
"""


def page(chat: Sequence[Bubble]) -> str:
    """The page of the newest messages of a chat, the last of them at the bottom."""
    faces = "".join(
        f"@font-face {{ font-family: ours; src: url(fonts/{name}.ttf);"
        + (f" unicode-range: {letters};" if letters else "")
        + " }\n"
        for name, letters in FACES.items()
    )
    time = f"{chat[-1].sent_at:%H:%M}"
    return (
        f"<!doctype html><meta charset=utf-8><style>{faces}{_STYLE}</style>\n"
        f"<div class=status>{time}</div><div class=bar><i></i></div>\n"
        f"<div class=chat>\n{''.join(map(_bubble, chat))}</div>\n<div class=field><i></i></div>\n"
    )


def drawn_from(picture: Path) -> str:
    """Which page a picture was drawn from."""
    with Image.open(picture) as image:
        return str(image.info.get(_DRAWN_FROM, ""))


def name_of(html: str) -> str:
    """A name for a page that no other page has."""
    return hashlib.sha256(html.encode()).hexdigest()


async def draw(html: str, picture: Path, chromium: str) -> None:
    """Draws a page with a browser."""

    async def give(route: Route) -> None:
        name = route.request.url.removeprefix(_ADDRESS)
        if name.startswith("fonts/"):
            await route.fulfill(path=FONTS / Path(name).name, content_type="font/ttf")
        else:
            await route.fulfill(body=html, content_type="text/html")

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium)
        size = {"width": phone.WIDTH, "height": phone.HEIGHT}
        tab = await browser.new_page(viewport=size, device_scale_factor=2)  # type: ignore[arg-type]
        await tab.route("**/*", give)
        await tab.goto(_ADDRESS)
        await tab.evaluate("document.fonts.ready")
        seen = await tab.screenshot()
        await browser.close()
    with Image.open(io.BytesIO(seen)) as image:
        about = PngImagePlugin.PngInfo()
        about.add_text(_DRAWN_FROM, name_of(html))
        image.convert("RGB").quantize(COLOURS).save(picture, optimize=True, pnginfo=about)


def _bubble(bubble: Bubble) -> str:
    last = width(phone.text_lines(bubble.text)[-1]) * phone.TEXT_SIZE
    apart = has_right_to_left(bubble.text) or last > phone.TEXT_WIDTH - phone.TIME_WIDTH
    text = "".join(f"<p>{escape(line, quote=False)}</p>" for line in bubble.text.split("\n"))
    time = f"<time{'' if apart else ' class=beside'}>{bubble.sent_at:%H:%M}</time>"
    keys = "".join(f"<div class=row>{''.join(map(_key, row))}</div>" for row in bubble.buttons)
    who = "" if bubble.from_bot else " person"
    return (
        f'<div class="bubble{who}">{text}{time}</div>'
        f'<div style="width: {ROW_WIDTH:g}px">{keys}</div>\n'
    )


def _key(label: str) -> str:
    return f"<b>{escape(clean(label), quote=False)}</b>"
