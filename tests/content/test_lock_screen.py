"""The lock-screen law: nothing that we begin shows what this is about, to whom, from whom.

Held for every first line, in every language, alone and shared, against `flows/lock_screen.yaml`;
and for each kind of hello that the tick says, over the fake Bot API.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.content.loading import read_folder
from bot.content.lock_screen import FILE, Revealing, read_lock_screen
from bot.conversation.context import Around
from bot.conversation.safety import late_replies, opening_line
from bot.domain.participant import Person
from bot.i18n.catalog import po_file, read_translations
from bot.i18n.localizer import Tongue, Tongues
from bot.i18n.tools.extraction import texts_in
from bot.languages.completeness import about, codes
from bot.languages.environment_loader import around
from bot.messages.reply import Message, Reply
from bot.schedule.plan import KINDS
from bot.settings import ROOT, read_settings
from bot.store.tables import FollowUpRow, Life, ParticipantRow
from tests.conftest import Time
from tests.support.participants import agree, before, say, tap
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram

FLOWS, LOCALES = ROOT / "flows", ROOT / "locales"
LIBRARY, _ = read_folder(FLOWS)
REVEALING = read_lock_screen(FLOWS)
NAMES = ("Aspen House", "Ali", "somewhere safe and quiet", "Sam")
"""The organisation, the worker, the person's own words, and their name."""
START = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)


def tongue(code: str) -> Tongue:
    """A language as it is spoken, whole or not: what has no translation yet is in English."""
    if code == "en":
        return Tongue("en", LIBRARY.phrases)
    found = read_translations(po_file(LOCALES, code))
    return Tongue(code, LIBRARY.phrases, found, about(LOCALES, code).locale)


TONGUES = Tongues([tongue(code) for code in codes(LOCALES)])


def person(language: str, line: str | None, *, shared: bool) -> Person:
    """Somebody, as far as a first line needs them."""
    whole = {"state": Life.ACTIVE, "audience": "adult", "zone": "Europe/London"}
    kept = {"may_message": True, "keep_months": 12, "joined_at": START, "moved_at": START}
    made = Person(1, 1, b"", language=language, **whole, **kept)  # type: ignore[arg-type]
    made.shared_phone, made.line = shared, line
    return made


@pytest.fixture(scope="module")
def everywhere() -> Around:
    """All that is said, in every language."""
    settings = read_settings(_env_file=None, languages=("en",), org_name="Aspen House")
    return replace(around(settings), tongues=TONGUES)


def shown(message: Message) -> Iterator[str]:
    """Everything of a message that can be read."""
    yield message.text
    if message.why:
        yield message.why
    for key in (*message.choices, *message.controls):
        yield key.label


# --- the law -------------------------------------------------------------------------------------


def test_there_are_words_for_every_language() -> None:
    assert REVEALING.languages == set(codes(LOCALES))
    assert (FLOWS / FILE).is_file()


def test_the_law_finds_what_would_give_somebody_away() -> None:
    """A law that cannot fail is none: most of what we say in a check-in breaks it."""
    for code in TONGUES.offered:
        asked = [step.text for name in ("before", "after") for step in LIBRARY.today[name].steps]
        said = [TONGUES[code].text(text) for text in asked]
        broken = [text for text in said if REVEALING.found(text, code)]
        assert len(broken) > len(said) / 4, (code, len(broken), len(said))
    assert REVEALING.found("Hello Sam. Aspen House here", "en", NAMES) == ["Aspen House", "Sam"]
    assert REVEALING.anywhere("leaf_checkin_bot") == ["checkin"]


def test_nothing_that_we_begin_reveals_anything(everywhere: Around) -> None:
    looked = 0
    for code in TONGUES.offered:
        for shared in (False, True):
            for line in (None, *opening_line.lines(everywhere)):
                message = opening_line.message(person(code, line, shared=shared), everywhere, 2**61)
                for text in shown(message):
                    looked += 1
                    assert REVEALING.found(text, code, NAMES) == [], (code, line, text)
        for phrase in ("is_it_you", "cleared_words", "moved_away", "moved_back"):
            said = LIBRARY.phrases[phrase]
            for said_too in (said.text, *said.choices.values()):
                looked += 1
                words = TONGUES[code].text(said_too)
                assert REVEALING.found(words, code, NAMES) == [], (code, words)
    print(f"\nlock-screen law: {looked} texts in {len(TONGUES.offered)} languages")  # noqa: T201
    assert looked > 600


def test_nothing_telegram_shows_of_the_bot_reveals_anything() -> None:
    looked = list(texts_in([LIBRARY.phrases.about, LIBRARY.phrases.menu]))
    for code in TONGUES.offered:
        for text in looked:
            assert REVEALING.found(TONGUES[code].text(text), code, NAMES) == [], (code, text.source)
    assert len(looked) >= 10


def test_what_comes_late_still_takes_away_what_is_not_for_the_one_who_holds_the_phone(
    everywhere: Around,
) -> None:
    words = (Message("Hello again. You are back."),)
    passed_on = Reply(
        1, 1, words, closes=True, clears="Hello.", heard=((7, START.timestamp()),), forgets=True
    )
    said = late_replies.instead(passed_on, person("en", None, shared=True), everywhere, START)
    assert said is not None
    assert said.holds
    assert said.messages != words
    assert (said.closes, said.clears) == (passed_on.closes, passed_on.clears)
    assert (said.heard, said.forgets) == (passed_on.heard, passed_on.forgets)


# --- over the fake Bot API -----------------------------------------------------------------------


@pytest.mark.parametrize("line", [None, "Hello again. No rush."])
async def test_every_kind_of_hello_comes_with_the_first_line_alone(
    line: str | None, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    """Every kind of follow-up there is, made due by hand, said by the real tick."""
    sam = telegram.person("Sam")
    await agree(sam, running)
    await before(sam, running)
    if line is not None:
        await say(sam, running, "/times")
        await tap(sam, running, "Safety first", "Who sees this phone", "Yes, sometimes")
        await tap(sam, running, "My first line", line, "Carry on")
    already = len(telegram.sent_to(sam.chat_id))
    said = 0
    for kind in KINDS:
        time.pass_(hours=24)
        async with running.bot.store.engine.begin() as connection:
            one = sa.select(FollowUpRow.id).limit(1).scalar_subquery()
            due = {"kind": kind, "due_at": time.now, "state": "waiting", "outcome": None}
            useful = {"useless_after": time.now + dt.timedelta(days=1), "ended_at": None}
            if kind in ("unfinished", "not_now", "pause"):
                continue  # these bring back what waits: see below
            await connection.execute(
                sa.update(FollowUpRow).where(FollowUpRow.id == one).values(**due, **useful)
            )
            await connection.execute(sa.update(ParticipantRow).values(unanswered=0))
        await running.tick()
        said += 1
        assert len(telegram.sent_to(sam.chat_id)) == already + said, kind
    time.pass_(hours=24)
    for bubble in telegram.sent_to(sam.chat_id)[already:]:
        assert bubble.text == (line or "Hi. Is now an OK time?")
        assert bubble.silent
        for text in (bubble.text, *(label for row in bubble.buttons for label in row)):
            assert REVEALING.found(text, "en", NAMES) == []


@pytest.mark.parametrize("kind", ["unfinished", "not_now", "pause", "later"])
async def test_what_brings_back_a_question_comes_with_the_first_line_alone(
    kind: str, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await running.quiet()
    await tap(sam, running, "Tell me more", "18 or over", "Next", "Safety first")
    await tap(sam, running, "Yes, sometimes", "Yes, keep my answers", "Yes")
    await tap(sam, running, "My first line", "Hi there.", "Carry on", "Start")
    if kind == "not_now":
        await tap(sam, running, "Not now", "Tomorrow")
    elif kind == "pause":
        await say(sam, running, "/pause")
        await tap(sam, running, "1 week")
    time.pass_(days=8 if kind == "pause" else 2)
    already = len(telegram.sent_to(sam.chat_id))
    await running.tick()
    (hello,) = telegram.sent_to(sam.chat_id)[already:]
    assert hello.text == "Hi there."
    if kind == "later":
        await tap(sam, running, "Yes", "Later")
        time.pass_(days=1)
        already = len(telegram.sent_to(sam.chat_id))
        await running.tick()
        (hello,) = telegram.sent_to(sam.chat_id)[already:]
        assert hello.text == "Hi there."
    assert REVEALING.found(hello.text, "en", NAMES) == []


def test_the_words_are_found_as_people_write_them() -> None:
    words = Revealing({"en": ["drug", "help line", "self-harm"], "zh_hans": ["毒品"]})
    assert words.found("DRUGS?", "en") == ["drug"]
    assert words.found("The help-line", "en") == ["help line"]
    assert words.found("self-harm", "en") == words.found("SELF HARM", "en") == ["self harm"]
    assert words.found("undrugged", "en") == []
    assert words.found("没有毒品了", "zh_hans") == ["毒品"]
    assert words.anywhere("my_drug_bot") == ["drug"]
