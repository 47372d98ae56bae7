"""Every code is read back, on a screen and on paper; words are whole, joined and the right way.

How they are sent is tested elsewhere; what they should say is for the phrases.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.documents import qr_code
from bot.documents.invitation_cards import CODE, FONTS, HEIGHT, INSIDE, LEFT, TOP, WIDTH, sheets
from bot.i18n import bidi
from bot.languages.environment_loader import load_environment
from bot.messages.reply import CardSheet, InvitationCard
from bot.settings import read_settings
from tests.support.qr_reader import codes, ink, lines, pages, photo, printed

LONGEST = f"https://t.me/{'W' * 32}?start={'aB3_-x9Z' * 8}"
SHORT = "https://t.me/b_bot?start=1"
LINKS = [SHORT, "https://t.me/check_in_bot?start=Il1O0aB-_", LONGEST]

# For trying only: nobody has checked these words.
SAMPLES = {
    "en": ("Talk when you want", "Scan this, or type the address. You choose what to say."),
    "pt": ("Fale quando quiser", "Leia o código ou escreva o endereço. A decisão é sua."),
    "pl": ("Porozmawiaj, kiedy chcesz", "Zeskanuj kod lub wpisz adres. Zażółć gęślą jaźń."),
    "ro": ("Vorbește când vrei", "Scanează codul sau scrie adresa. Își alege cuvintele în țară."),
    "es": ("Habla cuando quieras", "¿Escanear? ¡O escribe la dirección! Tú eliges, mañana."),
    "ar": ("تحدّث متى شئت", "امسح الرمز أو اكتب العنوان. أنت تختار ما تقوله، ٣ (Telegram)."),
    "uk": ("Поговоримо, коли захочете", "Скануйте код або введіть адресу. Ґанок, їжа, м’ята."),
    "fa": ("هر وقت خواستید حرف بزنید", "کد را اسکن کنید یا نشانی را بنویسید. انتخاب می‌کنید. ۱۲۳"),
    "ur": ("جب چاہیں بات کریں", "کوڈ اسکین کریں یا پتہ لکھیں۔ آپ چنتے ہیں کہ کیا کہنا ہے۔ ٹڈڑ ھے"),
    "bn": ("যখন ইচ্ছা কথা বলুন", "কোডটি স্ক্যান করুন বা ঠিকানা লিখুন। ক্ষ জ্ঞ ন্ত্র ৎ ড়"),
    "fr": ("Parlez quand vous voulez", "Scannez le code ou tapez l’adresse : c’est à vous, cœur."),
    "zh_hans": ("想聊的时候就来聊", "扫描二维码，或输入网址。您可以随时停止！“好”吗；是？"),
}  # fmt: skip
RIGHT_TO_LEFT = {"ar", "fa", "ur"}
# Where the words of the sheet's first card may stand, in millimetres.
FIRST = (LEFT + INSIDE + CODE + 1, TOP + 1, LEFT + WIDTH - 0.5, TOP + INSIDE + CODE + 1)
FIRST_RIGHT_TO_LEFT = (LEFT + 0.5, TOP + 1, LEFT + WIDTH - INSIDE - CODE - 1, FIRST[3])


def card(link: str, language: str = "en", mark: str | None = None, *words: str) -> InvitationCard:
    said = words or SAMPLES[language]
    return InvitationCard(link, said, mark, language, language in RIGHT_TO_LEFT)


def one(language: str, *words: str, mark: str | None = None) -> bytes:
    return sheets(CardSheet((card(SHORT, language, mark, *words),)))


def extent(language: str, *words: str) -> tuple[float, ...]:
    """Where the ink of a card's words is."""
    box = FIRST_RIGHT_TO_LEFT if language in RIGHT_TO_LEFT else FIRST
    found = ink(pages(one(language, *words), dots=4)[0], box)
    assert found is not None
    return found


def wide(language: str, *words: str) -> float:
    left, _, right, _ = extent(language, *words)
    return right - left


@cache
def _drawable() -> frozenset[int]:
    return frozenset().union(*(TTFont(file).getBestCmap() for file in Path(FONTS).glob("*.ttf")))


def undrawable(words: str) -> set[str]:
    """The characters that no font of ours has."""
    return {c for c in words if ord(c) not in _drawable() and c != "\n"}


# On a screen


@pytest.mark.parametrize("link", LINKS)
def test_a_picture_is_read_back(link: str) -> None:
    picture = photo(qr_code.picture(link))
    assert codes(picture) == [link]
    assert picture.width == picture.height >= 600
    # Far away, and dim: every pixel between two greys.
    small = picture.resize((200, 200), Image.Resampling.BILINEAR)
    assert codes(small.point(lambda grey: 60 + grey // 6)) == [link]
    # On a dark screen the white around it is its own.
    dark = Image.new("L", (picture.width + 200, picture.height + 200), 0)
    dark.paste(picture, (100, 100))
    assert codes(dark) == [link]


@settings(max_examples=25, deadline=None)
@given(
    name=st.from_regex(r"[A-Za-z][A-Za-z0-9_]{4,31}", fullmatch=True),
    payload=st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
)
def test_any_link_is_read_back(name: str, payload: str) -> None:
    link = f"https://t.me/{name}?start={payload}"
    assert codes(photo(qr_code.picture(link))) == [link]


@pytest.mark.parametrize("link", LINKS)
def test_a_code_in_a_terminal_is_read_back(link: str) -> None:
    halves = {" ": (0, 0), "▀": (255, 0), "▄": (0, 255), "█": (255, 255)}
    rows = qr_code.blocks(link).split("\n")
    seen = Image.new("L", (len(rows[0]) + 4, 2 * len(rows) + 4), 0)
    for down, row in enumerate(rows):
        for across, block in enumerate(row):
            for half, light in enumerate(halves[block]):
                seen.putpixel((across + 2, 2 * down + half + 2), light)
    large = seen.resize((seen.width * 5, seen.height * 5), Image.Resampling.NEAREST)
    assert codes(large) == [link]


# On paper


@pytest.mark.parametrize(("count", "of_pages"), [(1, 1), (7, 1), (8, 1), (9, 2), (100, 13)])
def test_every_card_is_read_back_in_order(count: int, of_pages: int) -> None:
    links = [f"https://t.me/check_in_bot?start=Ab{number}" for number in range(count)]
    drawn = pages(sheets(CardSheet(tuple(card(link) for link in links))), dots=2)
    assert len(drawn) == of_pages
    assert [link for page in drawn for link in codes(page)] == links


def test_cards_in_a_right_to_left_hand_begin_at_the_right() -> None:
    links = [f"https://t.me/check_in_bot?start=Ab{number}" for number in range(7)]
    cards = CardSheet(tuple(card(link, "ar") for link in links), right_to_left=True)
    order = [1, 0, 3, 2, 5, 4, 6]
    assert codes(pages(sheets(cards))[0]) == [links[number] for number in order]


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("language", SAMPLES)
def test_a_card_in_every_language_is_read_back(language: str, link: str) -> None:
    cards = CardSheet((card(link, language, "17"), card(SHORT, language)))
    (page,) = pages(sheets(cards))
    assert sorted(codes(page)) == sorted([link, SHORT])


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_link_stands_there_to_be_typed(language: str, link: str) -> None:
    text = "".join(lines(sheets(CardSheet((card(link, language, "17"),)))))
    assert link.removeprefix("https://") in text


def test_nothing_else_is_on_a_card_or_in_the_file() -> None:
    title, words = SAMPLES["en"]
    said = " ".join(lines(one("en")))
    assert said == f"{title} {words} {SHORT.removeprefix('https://')}"
    assert " ".join(lines(one("en", mark="17"))) == f"{said} 17"
    with printed(one("en")) as document:
        kept = {name: value for name, value in document.get_metadata_dict().items() if value}
    assert kept.pop("CreationDate").startswith("D:20000101")
    assert kept == {}
    assert one("en") == one("en")


# The words


@pytest.mark.parametrize("language", SAMPLES)
def test_every_letter_can_be_drawn(language: str) -> None:
    assert undrawable("".join(SAMPLES[language])) == set()


@pytest.mark.parametrize("language", SAMPLES)
def test_words_begin_at_the_right_side_and_stay_in_their_place(language: str) -> None:
    left, _, right, bottom = extent(language)
    if language in RIGHT_TO_LEFT:
        assert right == pytest.approx(FIRST_RIGHT_TO_LEFT[2] + 1 - INSIDE, abs=1)
        assert left > LEFT + INSIDE - 0.5
    else:
        assert left == pytest.approx(FIRST[0] - 1 + INSIDE, abs=1)
        assert right < LEFT + WIDTH - INSIDE + 0.5
    assert bottom < TOP + INSIDE + CODE


@pytest.mark.parametrize(
    ("language", "joined", "apart"),
    [
        ("ar", "سلام سلام", "س‌ل‌ا‌م س‌ل‌ا‌م"),
        ("ur", "چاہیں کہیں", "چ‌ا‌ہ‌ی‌ں ک‌ہ‌ی‌ں"),
        ("bn", "ক্ষক্ষক্ষ", "ক্‌ষক্‌ষক্‌ষ"),
    ],
)
def test_letters_are_joined(language: str, joined: str, apart: str) -> None:
    assert wide(language, joined) < wide(language, apart)


def test_arabic_is_set_from_the_right_with_numbers_and_latin_from_the_left() -> None:
    # The tall lam is the first letter here and the last there, so its ink is at opposite ends.
    def tall(words: str) -> float:
        left, top, right, _ = extent("ar", words)
        found = ink(pages(one("ar", words), dots=4)[0], (left, top, right + 0.5, top + 1))
        assert found is not None
        return ((found[0] + found[2]) / 2 - left) / (right - left)

    assert tall("لسسسس") > 0.8
    assert tall("سسسسل") < 0.3
    assert tall("سسسسس 1") < 0.2  # a number after the words, so to the left of them
    assert tall("سسسسس Ia") < 0.2


def test_marks_around_what_was_filled_in_are_not_seen() -> None:
    plain, marked = "Card 12, please", "Card \u206812\u2069, please"
    assert wide("en", marked) == pytest.approx(wide("en", plain), abs=0.2)
    plain, marked = "بطاقة 12 سلام", "بطاقة \u206812\u2069 سلام"
    assert wide("ar", marked) == pytest.approx(wide("ar", plain), abs=0.2)


def test_chinese_is_broken_where_it_may_be() -> None:
    words = "您可以随时停止，我们只问几个简短的问题。" * 4
    found = [
        line for line in lines(one("zh_hans", "好", words)) if re.match(r"[\u3000-\uffff]", line)
    ]
    assert len(found) > 4
    assert not [line for line in found if line[0] in "，。"]


@pytest.mark.parametrize("language", SAMPLES)
def test_more_words_than_anyone_should_say_leave_the_code_alone(language: str) -> None:
    words = (SAMPLES[language][0], *[SAMPLES[language][1]] * 3)
    cards = CardSheet((card(LONGEST, language, "17", *words), card(SHORT)))
    (page,) = pages(sheets(cards))
    assert sorted(codes(page)) == sorted([LONGEST, SHORT])
    bottom = extent(language, *words)[3]
    assert bottom < TOP + INSIDE + CODE + 0.5


def test_what_a_mark_says_is_seen_and_stays_on_its_card() -> None:
    (page,) = pages(one("ar", mark="رقم 17 " * 20))
    corner = (LEFT + 0.5, TOP + HEIGHT - 2 * INSIDE, LEFT + WIDTH - 0.5, TOP + HEIGHT - 1)
    found = ink(page, corner)
    assert found is not None
    assert found[0] >= LEFT + INSIDE - 0.5
    assert found[2] <= LEFT + WIDTH - INSIDE + 0.5


# What is really printed


def test_every_language_has_all_its_letters() -> None:
    found = load_environment(read_settings(_env_file=None, languages=""))
    for code in found.languages.codes:
        assert undrawable(bidi.clean(found.languages[code].phrase("w_card"))) == set(), code
