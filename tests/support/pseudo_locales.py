"""Made-up translations of everything, in the letters of real languages, so that each can be tried.

They mean nothing; they have the right letters, plural forms, placeholders and numbers.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml
from babel import Locale
from babel.messages import Message

from bot.content.loading import read_folder
from bot.i18n.catalog import forms, key_of, msgids, po_file
from bot.i18n.tools.catalog_update import merge, template, write
from bot.i18n.tools.extraction import TranslatableText, collect_texts
from bot.settings import ROOT
from flows.engine import Text

LOCALES = {
    "pt": "pt_PT",
    "pl": "pl",
    "ro": "ro",
    "es": "es",
    "ar": "ar",
    "uk": "uk",
    "fa": "fa",
    "ur": "ur",
    "bn": "bn",
    "fr": "fr",
    "zh_hans": "zh_Hans",
}
"""The languages to come, with the locale of each."""
RIGHT_TO_LEFT = ("ar", "fa", "ur")

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_ARABIC = "ابجدهوزحطيكلمنسعفصقرشتثخذض"
_LETTERS = {
    "ar": _ARABIC,
    "fa": _ARABIC.replace("ي", "ی").replace("ك", "ک"),
    "ur": _ARABIC.replace("ي", "ی").replace("ك", "ک"),
    "uk": "абцдефґгійклмнопщрстуввхизж",
    "bn": "অবচদএফগহইজকলমনওপঢরসতউভৱক্ষযঝ",
    "zh_hans": "安北次大而父高好一见可来们你哦平去人是他五为问西由在",
}
_KEPT = re.compile(r"\{[^}]*\}|\b(?:STOP|START|HELP|SHOUT|OK|Telegram|Childline|Samaritans)\b")


def spoken(words: str, code: str) -> str:
    """The words in the letters of a language, with what must stay left as it is."""
    letters = str.maketrans(_LATIN, _LETTERS.get(code, _LATIN[::-1])[: len(_LATIN)])
    parts = _KEPT.split(words)
    kept = [*_KEPT.findall(words), ""]
    return "".join(p.lower().translate(letters) + k for p, k in zip(parts, kept, strict=True))


def write_languages(
    folder: Path,
    codes: tuple[str, ...] = tuple(LOCALES),
    flows: Path = ROOT / "flows",
) -> Path:
    """Lays whole made-up languages into a folder, and there in `flows` the questions for them."""
    copy = shutil.copytree(flows, folder / "flows")
    danger = copy / "danger"
    for code in (code for code in codes if danger.is_dir()):
        if not (danger / f"{code}.yaml").exists():
            text = (danger / "en.yaml").read_text("utf-8")
            text = text.replace("language: en\n", f"language: {code}\n")
            (danger / f"{code}.yaml").write_text(text, "utf-8")
    library, _ = read_folder(flows)
    english = template(TranslatableText(text, []) for text in dict.fromkeys(collect_texts(library)))
    for code in codes:
        file = po_file(folder, code)
        file.parent.mkdir(parents=True)
        about = {"locale": LOCALES[code], "offered": True, "longest_sentence": 80}
        (folder / code / "about.yaml").write_text(yaml.safe_dump(about))
        locale = Locale.parse(LOCALES[code])
        catalogue = merge(None, english, locale)
        for message in catalogue:
            if message.id:
                many = msgids(message)[-1]
                message.string = (
                    tuple(f"{spoken(many, code)} ({form})" for form in forms(locale))
                    if message.pluralizable
                    else spoken(many, code)
                )
        write(catalogue, file)
    return folder


def text_of(message: Message) -> Text:
    """The text that a message translates."""
    (context, one), many = key_of(message), msgids(message)[-1]
    return Text(context, many, one if message.pluralizable else None)
