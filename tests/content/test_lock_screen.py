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

from bot.content.environment import Environment
from bot.content.loading import read_folder
from bot.content.lock_screen import FILE, SensitiveWords, read_lock_screen
from bot.conversation.safety import late_replies, opening_line
from bot.domain.participant import Participant
from bot.domain.states import ParticipantState
from bot.i18n.catalog import po_file, read_translations
from bot.i18n.localizer import Languages, Localizer
from bot.i18n.tools.extraction import collect_texts
from bot.languages.completeness import about, language_codes
from bot.languages.environment_loader import load_environment
from bot.messages.reply import Message, Reply
from bot.schedule.plan import KINDS
from bot.settings import ROOT, read_settings
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.support.participants import agree, allow_messages, before
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram

FLOWS, LOCALES = ROOT / "flows", ROOT / "locales"
LIBRARY, _ = read_folder(FLOWS)
REVEALING = read_lock_screen(FLOWS)
NAMES = ("Aspen House", "Ali", "somewhere safe and quiet", "Sam")
"""The organisation, the worker, the person's own words, and their name."""
START = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)


def localizer(code: str) -> Localizer:
    """A language as it is spoken, whole or not: what has no translation yet is in English."""
    if code == "en":
        return Localizer("en", LIBRARY.phrases)
    found = read_translations(po_file(LOCALES, code))
    return Localizer(code, LIBRARY.phrases, found, about(LOCALES, code).locale)


TONGUES = Languages([localizer(code) for code in language_codes(LOCALES)])


def person(language: str, line: str | None, *, shared: bool) -> Participant:
    """Somebody, as far as a first line needs them."""
    whole = {"state": ParticipantState.ACTIVE, "audience": "adult", "timezone": "Europe/London"}
    kept = {"may_message": True, "retention_months": 12, "joined_at": START, "moved_at": START}
    made = Participant(1, 1, b"", language=language, **whole, **kept)  # type: ignore[arg-type]
    made.shared_phone, made.opening_line = shared, line
    return made


@pytest.fixture(scope="module")
def everywhere() -> Environment:
    """All that is said, in every language."""
    settings = read_settings(_env_file=None, languages=("en",), org_name="Aspen House")
    return replace(load_environment(settings), languages=TONGUES)


def shown(message: Message) -> Iterator[str]:
    """Everything of a message that can be read."""
    yield message.text
    if message.reason:
        yield message.reason
    for key in (*message.choices, *message.controls):
        yield key.label


# --- the law -------------------------------------------------------------------------------------


def test_there_are_words_for_every_language() -> None:
    assert REVEALING.languages == set(language_codes(LOCALES))
    assert (FLOWS / FILE).is_file()


def test_the_law_finds_what_would_give_somebody_away() -> None:
    """A law that cannot fail is none: most of what we say in a check-in breaks it."""
    for code in TONGUES.codes:
        asked = [step.text for name in ("before", "after") for step in LIBRARY.current[name].steps]
        said = [TONGUES[code].text(text) for text in asked]
        broken = [text for text in said if REVEALING.find(text, code)]
        assert len(broken) > len(said) / 4, (code, len(broken), len(said))
    assert REVEALING.find("Hello Sam. Aspen House here", "en", NAMES) == ["Aspen House", "Sam"]
    assert REVEALING.find_in_any_language("leaf_checkin_bot") == ["checkin"]


def test_nothing_that_we_begin_reveals_anything(everywhere: Environment) -> None:
    looked = 0
    for code in TONGUES.codes:
        for shared in (False, True):
            for line in (None, *opening_line.lines(everywhere)):
                message = opening_line.message(person(code, line, shared=shared), everywhere, 2**61)
                for text in shown(message):
                    looked += 1
                    assert REVEALING.find(text, code, NAMES) == [], (code, line, text)
        for phrase in ("is_it_you", "cleared_words", "moved_away", "moved_back"):
            said = LIBRARY.phrases[phrase]
            for said_too in (said.text, *said.choices.values()):
                looked += 1
                words = TONGUES[code].text(said_too)
                assert REVEALING.find(words, code, NAMES) == [], (code, words)
    print(f"\nlock-screen law: {looked} texts in {len(TONGUES.codes)} languages")  # noqa: T201
    assert looked > 600


def test_nothing_telegram_shows_of_the_bot_reveals_anything() -> None:
    looked = list(collect_texts([LIBRARY.phrases.about, LIBRARY.phrases.menu]))
    for code in TONGUES.codes:
        for text in looked:
            assert REVEALING.find(TONGUES[code].text(text), code, NAMES) == [], (code, text.source)
    assert len(looked) >= 10


def test_what_comes_late_still_takes_away_what_is_not_for_the_one_who_holds_the_phone(
    everywhere: Environment,
) -> None:
    words = (Message("Hello again. You are back."),)
    passed_on = Reply(
        1,
        1,
        words,
        supersedes_queue=True,
        blank_text="Hello.",
        incoming_ids=((7, START.timestamp()),),
        deletes_incoming=True,
    )
    said = late_replies.instead(passed_on, person("en", None, shared=True), everywhere, START)
    assert said is not None
    assert said.is_placeholder
    assert said.messages != words
    assert (said.supersedes_queue, said.blank_text) == (
        passed_on.supersedes_queue,
        passed_on.blank_text,
    )
    assert (said.incoming_ids, said.deletes_incoming) == (
        passed_on.incoming_ids,
        passed_on.deletes_incoming,
    )


# --- over the fake Bot API -----------------------------------------------------------------------


@pytest.mark.parametrize("line", [None, "Hello again. No rush."])
async def test_every_kind_of_hello_comes_with_the_first_line_alone(
    line: str | None, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    """Every kind of follow-up there is, made due by hand, said by the real tick."""
    sam = telegram.person("Sam")
    await agree(sam)
    await before(sam)
    if line is not None:
        await sam.says("/times")
        await sam.taps("Safety first", "Who sees this phone", "Yes, sometimes")
        await sam.taps("My first line", line, "Carry on")
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
            assert REVEALING.find(text, "en", NAMES) == []


@pytest.mark.parametrize("kind", ["unfinished", "not_now", "pause", "later"])
async def test_what_brings_back_a_question_comes_with_the_first_line_alone(
    kind: str, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await running.quiet()
    await sam.taps("18 or over", "Yes, keep it", "Yes, sometimes")
    await sam.taps("My first line", "Hi there.", "Carry on")
    if kind != "not_now":
        await allow_messages(sam)
    if kind == "not_now":
        await sam.taps("Not now", "Tomorrow")
    elif kind == "pause":
        await sam.says("/pause")
        await sam.taps("1 week")
    time.pass_(days=8 if kind == "pause" else 2)
    already = len(telegram.sent_to(sam.chat_id))
    await running.tick()
    (hello,) = telegram.sent_to(sam.chat_id)[already:]
    assert hello.text == "Hi there."
    if kind == "later":
        await sam.taps("Yes", "Later")
        time.pass_(days=1)
        already = len(telegram.sent_to(sam.chat_id))
        await running.tick()
        (hello,) = telegram.sent_to(sam.chat_id)[already:]
        assert hello.text == "Hi there."
    assert REVEALING.find(hello.text, "en", NAMES) == []


def test_the_words_are_found_as_people_write_them() -> None:
    words = SensitiveWords({"en": ["drug", "help line", "self-harm"], "zh_hans": ["毒品"]})
    assert words.find("DRUGS?", "en") == ["drug"]
    assert words.find("The help-line", "en") == ["help line"]
    assert words.find("self-harm", "en") == words.find("SELF HARM", "en") == ["self harm"]
    assert words.find("undrugged", "en") == []
    assert words.find("没有毒品了", "zh_hans") == ["毒品"]
    assert words.find_in_any_language("my_drug_bot") == ["drug"]
