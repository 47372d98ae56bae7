"""Who says that others see the phone, or that it is not theirs, gets no private one."""

from __future__ import annotations

import pytest

from bot.content.loading import read_meanings
from flows.engine.replies.reply_words import ReplyMeaning
from tests.support.running_bot import FLOWS

MEANINGS = read_meanings(FLOWS)
NOT_ONLY_ME = {
    "en": [
        "it's not my phone",
        "not my phone",
        "its not mine",
        "this isn't my phone",
        "no its not my phone",
        "it isnt mine",
        "no, not only me",
        "not just me",
        "not only me",
        "no not alone",
    ],
    "pt": [
        "não é meu telefone",
        "não é o meu telemóvel",
        "o telefone não é meu",
        "não é meu",
        "não só eu",
        "não moro sozinho",
        "não sou só eu",
    ],
    "es": [
        "no es mi teléfono",
        "no es mío",
        "el móvil no es mío",
        "no solo yo",
        "no vivo solo",
        "no soy solo yo",
    ],
    "fr": [
        "c'est pas mon téléphone",
        "ce n'est pas le mien",
        "pas seulement moi",
        "pas que moi",
        "je ne vis pas seul",
        "c'est pas à moi",
    ],
    "pl": [
        "to nie mój telefon",
        "to nie moj telefon",
        "nie mój",
        "nie tylko ja",
        "nie mieszkam sam",
    ],
    "ro": ["nu e telefonul meu", "nu e al meu", "nu doar eu", "nu stau singur", "nu numai eu"],
    "uk": [
        "це не мій телефон",
        "не мій",
        "не тільки я",
        "не лише я",
        "не живу сам",
        "это не мой телефон",
    ],
    "ar": [
        "هذا ليس هاتفي",
        "مو تلفوني",
        "مش تليفوني",
        "ليس أنا فقط",
        "مو بس انا",
        "مش انا بس",
        "لا أعيش وحدي",
    ],
    "fa": ["گوشی من نیست", "مال من نیست", "فقط من نیستم", "تنها زندگی نمیکنم", "نه فقط من"],
    "ur": [
        "یہ میرا فون نہیں",
        "میرا نہیں ہے",
        "صرف میں نہیں",
        "sirf main nahi",
        "mera phone nahi hai",
        "akela nahi rehta",
    ],
    "bn": ["এটা আমার ফোন না", "আমার না", "শুধু আমি না", "amar phone na", "shudhu ami na"],
    "zh_hans": [
        "不是我的手机",
        "不是我的",
        "不只是我",
        "不是只有我",
        "不止我一个人",
        "我不是一个人住",
        "不只有我",
    ],
}
"""Nearly all are one sign away from "no, only me"."""
NO_ONLY_ME = {
    "en": ["no just me", "nope, only me", "No, nobody else"],
    "fr": ["non, juste moi"],
    "pl": ["tylko ja", "nie, nikt"],
    "es": ["solo yo", "no, nadie"],
    "ar": ["لا بس انا", "بس انا"],
    "ur": ["nahi sirf main", "صرف میں"],
    "zh_hans": ["只有我", "没有，只有我"],
}


@pytest.mark.parametrize("language", NOT_ONLY_ME)
def test_not_only_me_makes_no_phone_private(language: str) -> None:
    for said in NOT_ONLY_ME[language]:
        read = MEANINGS.replies.read(said, language)
        assert read is None or read.meaning is not ReplyMeaning.ONLY_ME, said
        presses = read is not None and read.meaning is ReplyMeaning.NO
        assert not (presses and MEANINGS.is_clear(said, language)), said


@pytest.mark.parametrize("language", NO_ONLY_ME)
def test_no_only_me_is_understood(language: str) -> None:
    for said in NO_ONLY_ME[language]:
        read = MEANINGS.replies.read(said, language)
        assert read is not None, said
        assert read.meaning is ReplyMeaning.ONLY_ME, said
