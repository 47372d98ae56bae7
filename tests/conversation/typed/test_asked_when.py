"""Who asked for a person, and then asks when somebody calls, is told what is known, and no more."""

from __future__ import annotations

import pytest

from bot.content.loading import read_replies
from bot.store.tables.worker_tables import AlertRow
from flows.engine.replies.reply_words import ReplyMeaning
from tests.conftest import Time
from tests.support.contact_requests import OTHERS, asks, joined, sees, worker
from tests.support.participants import answers_of, before
from tests.support.running_bot import FLOWS, Running
from tests.support.telegram_fake import FakeTelegram

READ = read_replies(FLOWS).read
WHEN = ("when will she call", "When will someone ring me?", "did she see it?", "still waiting")
UNKNOWN_WHEN, WAITS = "I do not know when they will contact you", "Nobody has said yet"
SAID = {
    "en": (
        *WHEN,
        "has anyone seen it yet",
        "any news?",
        "nobody has called me",
        "how long will it take",
    ),
    "es": ("¿Cuándo me va a llamar?", "¿lo ha visto?", "sigo esperando", "nadie me ha llamado"),
    "pt": ("quando me vai ligar?", "ela já viu?", "ainda estou à espera", "ninguém ligou"),
    "fr": ("quand est-ce qu'elle va m'appeler ?", "elle a vu ?", "j'attends toujours"),
    "pl": ("kiedy zadzwoni?", "czy ona to widziała", "ciągle czekam", "jak długo mam czekać"),
    "ro": ("când mă sună?", "a văzut mesajul", "încă aștept", "nimeni nu m-a sunat"),
    "uk": ("коли вона подзвонить?", "вона бачила?", "все ще чекаю", "ніхто не подзвонив"),
    "ar": ("متى ستتصل بي؟", "هل شافت رسالتي", "ما زلت أنتظر", "امتى هيكلمني"),
    "fa": ("کی زنگ میزنه؟", "دیده؟", "هنوز منتظرم", "چقدر باید صبر کنم"),
    "ur": ("وہ کب فون کرے گی؟", "کیا اس نے دیکھا", "kab call karegi", "abhi tak wait kar rahi hun"),
    "bn": ("উনি কখন ফোন করবেন?", "দেখেছে কি", "এখনো অপেক্ষা করছি", "kokhon call korbe"),
    "zh_hans": ("她什么时候给我打电话？", "看到了吗", "还在等", "还要等多久"),
}
KEPT = (
    "when he calls I am scared",
    "still waiting for a flat",
    "any news is bad news",
    "how long it hurts",
)


@pytest.mark.parametrize("language", SAID)
def test_it_is_heard_in_every_language(language: str) -> None:
    for text in SAID[language]:
        read = READ(text, language)
        assert read is not None, text
        assert read.meaning is ReplyMeaning.ASKS_WHEN, text


@pytest.mark.parametrize("text", KEPT)
def test_what_holds_more_is_an_answer(text: str) -> None:
    assert READ(text, "en") is None


async def test_before_and_after_a_worker_has_seen_it(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    wanda = await worker(telegram, running)
    kim = await joined(telegram, running, wanda)
    await asks(kim)
    for text in WHEN:
        await kim.says(text)
        said = "\n".join(b.text for b in kim.fresh)
        assert "I asked Wanda at 10:00. Nobody has said yet that they have seen it." in said, text
    time.pass_(minutes=4)
    await sees(wanda)
    for text in WHEN:
        await kim.says(text)
        said = "\n".join(b.text for b in kim.fresh)
        assert "Wanda has seen it at 10:04. I do not know when they will contact you." in said, text
        assert "did not understand" not in said
    time.pass_(days=1)
    await kim.says(WHEN[0])
    assert "Wanda has seen it at 10:04 (30 November 2026)." in kim.last.text or any(
        "10:04 (" in b.text for b in kim.fresh
    )
    assert len(await running.rows(AlertRow)) == 1, "nobody is asked again by a question"


async def test_they_can_ask_again_under_it(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    wanda = await worker(telegram, running)
    kim = await joined(telegram, running, wanda)
    await asks(kim)
    await sees(wanda)
    time.pass_(hours=5)
    await kim.says("when will she call")
    await kim.taps("Ask someone to contact me")
    assert "I have asked Wanda just now" in "\n".join(b.text for b in kim.fresh)
    assert len(await running.rows(AlertRow)) == 2


async def test_at_a_question_in_words_it_is_answered_and_not_lost(
    telegram: FakeTelegram, running: Running
) -> None:
    wanda = await worker(telegram, running)
    kim = await joined(telegram, running, wanda)
    await asks(kim)
    await sees(wanda)
    await kim.says("START")
    assert "1 of 5" in kim.last.text
    await kim.says("when will she call")
    assert UNKNOWN_WHEN in "\n".join(b.text for b in kim.fresh)
    assert await answers_of(running, kim) == {}
    await kim.taps("That was my answer")
    assert (await answers_of(running, kim))["b1"].words == "when will she call"


async def test_before_the_questions_it_cannot_have_been_an_answer(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    wanda = await worker(telegram, running)
    kim = await joined(telegram, running, wanda)
    await before(kim)
    time.pass_(days=14)
    await running.tick()
    await kim.taps("Yes")
    assert "Can I ask how it went" in kim.last.text
    await asks(kim)
    await kim.says("when will she call")
    assert WAITS in "\n".join(b.text for b in kim.fresh)
    assert "That was my answer" not in str([b.buttons for b in kim.fresh])


async def test_at_a_choice_the_question_comes_again(
    telegram: FakeTelegram, running: Running
) -> None:
    wanda = await worker(telegram, running)
    kim = await joined(telegram, running, wanda)
    await asks(kim)
    await kim.says("START")
    await kim.says("A door")
    await kim.taps("Money", "Done")
    await kim.says("I would sleep")
    assert "4 of 5" in kim.last.text
    await kim.says("did she see it?")
    said = "\n".join(b.text for b in kim.fresh)
    assert WAITS in said
    assert "4 of 5" in kim.last.text
    assert "did not understand" not in said


async def test_where_others_see_the_phone_nobody_is_named(
    telegram: FakeTelegram, running: Running
) -> None:
    wanda = await worker(telegram, running)
    kim = await joined(telegram, running, wanda, phone=OTHERS)
    await asks(kim)
    await sees(wanda)
    await kim.says("when will she call")
    said = "\n".join(b.text for b in kim.fresh)
    assert "Someone has seen it at 10:00" in said
    assert "Wanda" not in said


async def test_without_a_request_nothing_is_promised(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    wanda = await worker(telegram, running)
    kim = await joined(telegram, running, wanda)
    await kim.says("when will she call")
    said = "\n".join(b.text for b in kim.fresh)
    assert UNKNOWN_WHEN not in said
    assert WAITS not in said
    assert await running.rows(AlertRow) == []
