"""A greeting, thanks, "who is this?" and "later" typed half-way are not kept as an answer.

Each is answered, the question stays, and one button says that it was the answer after all.
"""

from __future__ import annotations

import pytest

from bot.messages.callback_data import PhraseButton, parse
from bot.messages.incoming import Command, TextMessage
from bot.store.tables.checkin_tables import AnswerRow
from tests.conftest import Time
from tests.support.database.opened_rows import rows_of
from tests.support.participants import (
    FACTS,
    TO_KEEP,
    TO_KEEP_YOUNG,
    Crowd,
    Phone,
    answers_of,
    doing,
    grand_tour,
    told,
)
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

BUTTON = "That was my answer"
SAID = {
    "en": ("hi", "Thank you!", "who is this?", "busy now, later"),
    "es": ("hola", "gracias", "¿quién eres?", "más tarde"),
    "pt": ("bom dia", "obrigada", "quem é?", "mais tarde"),
    "fr": ("bonjour", "merci", "c'est qui ?", "plus tard"),
    "pl": ("cześć", "dziękuję", "kto to?", "później"),
    "ro": ("bună", "mulțumesc", "cine e?", "mai târziu"),
    "uk": ("привіт", "дякую", "хто це?", "пізніше"),
    "ar": ("السلام عليكم", "شكرا", "من أنت؟", "لاحقا"),
    "fa": ("سلام", "ممنون", "شما کی هستید؟", "بعدا"),
    "ur": ("السلام علیکم", "شکریہ", "آپ کون ہیں؟", "بعد میں"),
    "bn": ("হ্যালো", "ধন্যবাদ", "আপনি কে?", "পরে"),
    "zh_hans": ("你好", "谢谢", "你是谁？", "晚点"),
}
"""A greeting, thanks, who is this, and later."""
THANKS = 1


def offers(phone: Phone) -> PhraseButton | None:
    """The button that keeps it, under what was said last."""
    last = phone.messages[-1]
    found = [parse(key.data) for key in (*last.choices, *last.controls)]
    wanted = [b for b in found if isinstance(b, PhraseButton) and b.choice == "was_answer"]
    return wanted[0] if wanted else None


async def tries_at(crowd: Crowd, phones: dict[str, Phone], step: str) -> int:
    """Everybody says small talk of their language at the open question; nothing of it is kept."""
    tried = 0
    was = await rows_of(crowd.store, AnswerRow)
    for number in range(4):
        if number == THANKS and step == "felt_more":
            continue  # what is asked about the questions may be answered with thanks
        said = [(phone, SAID[code][number]) for code, phone in phones.items()]
        await crowd.act((phone, TextMessage(text)) for phone, text in said)
        assert await rows_of(crowd.store, AnswerRow) == was, (step, number)
        for phone, text in said:
            assert offers(phone), (step, text, phone.messages)
        tried += len(said)
    await crowd.all(phones.values(), Command("start"))
    return tried


@pytest.mark.parametrize("audience", ["adult", "young"])
async def test_at_every_open_question_in_every_language(
    audience: str, database_url: str, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKIN_LANGUAGES", ",".join(SAID))
    young = audience == "young"
    first, second = ("before_young", "after_young") if young else ("before", "after")
    async with Crowd(database_url, time) as crowd:
        assert set(crowd.env.languages.codes) == set(SAID)
        flows, tried = crowd.env.library.current, 0
        phones = dict(zip(SAID, crowd.chats(len(SAID)), strict=True))
        for code, phone in phones.items():
            phone.hint = code.replace("_hans", "")
        await crowd.agree(list(phones.values()), TO_KEEP_YOUNG if young else TO_KEEP)
        earlier = None
        # What the first asks about messages is known in the second.
        for name, facts in ((first, FACTS), (second, {**FACTS, "may_message": "yes"})):
            tour = grand_tour(flows[name], facts, earlier)
            for place, (step, do) in enumerate(tour):
                here = step not in dict(tour[:place]) and flows[name].by_id[step].takes_words
                tried += await tries_at(crowd, phones, step) if here else 0
                await crowd.act((p, doing(p, do)) for p in phones.values())
            if name == first:
                earlier = {first: told(flows[first], tour, FACTS)}
                time.pass_(days=14)
                await crowd.tick()
                await crowd.all(phones.values(), "open")
        assert tried >= 12 * 4 * (2 if young else 6)


@pytest.mark.parametrize("how", ["tapped", "typed"])
@pytest.mark.parametrize("said", ["hi", "later", "who is this?", "thanks", "bye"])
async def test_the_button_keeps_it(
    running: Running, sam_half_way: Person, said: str, how: str
) -> None:
    sam = sam_half_way
    await sam.says(said)
    assert set(await answers_of(running, sam)) == {"b1"}
    await (sam.taps(BUTTON) if how == "tapped" else sam.says(BUTTON))
    assert "3 of 5" in sam.last.text, sam.transcript()
    assert (await answers_of(running, sam))["b2"].words == said


@pytest.mark.parametrize(
    ("said", "sees", "again"),
    [
        ("hello", "Hello. I have not kept that as your answer.", True),
        ("thanks", "Thank you. I have not kept that as your answer.", True),
        ("who is this?", "I am a computer, not a person.", True),
        ("later", "When shall I ask again?", False),
        ("bye", "Take care.", False),
    ],
)
async def test_it_is_answered_kindly(
    running: Running, sam_half_way: Person, said: str, sees: str, again: bool
) -> None:
    sam = sam_half_way
    await sam.says(said)
    shown = "\n".join(bubble.text for bubble in sam.fresh)
    assert sees in shown
    assert ("2 of 5" in shown) is again
    assert "Sorry" not in shown


async def test_who_goes_on_to_say_it_has_said_that_alone(
    running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    sam.say("hi")
    sam.say("I owe money to Dave")
    await sam.waits()
    answers = await answers_of(running, sam)
    assert answers["b1"].words == "Somewhere safe, and quiet"
    assert answers["b2"].words == "I owe money to Dave"
    under = next(b for b in sam.chat if BUTTON in str(b.buttons))
    sam.tap_old(under, BUTTON)
    await running.quiet()
    assert (await answers_of(running, sam)) == answers, "what was left out is gone"


async def test_after_a_restart_the_button_keeps_it_too(
    running: Running, sam_half_way: Person
) -> None:
    await sam_half_way.says("hi")
    await running.stop()
    await running.start()
    await sam_half_way.taps(BUTTON)
    assert (await answers_of(running, sam_half_way))["b2"].words == "hi"


@pytest.mark.parametrize(
    "said",
    ["Hi, I owe money", "thanks to my sister I eat", "later than I like", "🙏", "no", "sleep"],
)
async def test_what_holds_more_is_an_answer(
    running: Running, sam_half_way: Person, said: str
) -> None:
    await sam_half_way.says(said)
    assert (await answers_of(running, sam_half_way))["b2"].words == said


@pytest.mark.parametrize(
    "said",
    """
    working; tired; sleeping; studying; cooking; in hospital; at court; peace; grateful; what; busy;
    I can't; bad day; not well; praying; the kids; tomorrow; malade; dehors; fatigué; chora;
    zmęczona; bendiciones; paz; хворію; bolnavă; بالمستشفى; تعبان; خستم
    """.replace("\n", " ").split(";"),
)
async def test_what_puts_off_a_hello_may_be_what_feels_wrong(
    running: Running, sam_half_way: Person, said: str
) -> None:
    await sam_half_way.says(said.strip())
    assert (await answers_of(running, sam_half_way))["b2"].words == said.strip()


@pytest.mark.parametrize("said", ["hi", "later"])
async def test_danger_after_it_is_not_kept_by_its_button(
    running: Running, sam_half_way: Person, said: str
) -> None:
    sam = sam_half_way
    await sam.says(said)
    under = next((b for b in reversed(sam.chat) if BUTTON in str(b.buttons)), None)
    await sam.says("I want to kill myself")
    if under is not None:
        sam.tap_old(under, BUTTON)
        await running.quiet()
    assert set(await answers_of(running, sam)) == {"b1"}


async def test_what_is_kept_after_danger_is_kept_whatever_it_means(
    running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await sam.says("what is the point")  # which asks "Do you want me to stop? ..."
    await sam.says(BUTTON)
    assert (await answers_of(running, sam))["b2"].words == "what is the point"
    assert "3 of 5" in sam.last.text


async def test_a_button_of_the_question_comes_first(
    telegram: FakeTelegram, running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await sam.says("Not now")
    assert "When shall I ask again?" in sam.last.text
    assert BUTTON not in str(sam.last.buttons)


async def test_thanks_for_the_questions_are_kept(running: Running, sam: Person) -> None:
    await sam.says("Somewhere safe")
    await sam.says("the damp")
    await sam.says("I would sleep")
    await sam.taps("Not sure")
    await sam.says("my sister")
    await sam.taps("Only me", "Yes", "I would change something")
    assert "What should change" in sam.last.text
    await sam.says("thanks")
    assert (await answers_of(running, sam))["felt_more"].words == "thanks"
