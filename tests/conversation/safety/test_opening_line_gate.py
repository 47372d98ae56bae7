"""On a phone that others see, nothing sent under a first line opens anything but the right Yes.

Everything that can be typed, tapped or sent, in four languages, in every state in which a first
line of ours stands: no reply holds anybody's words, a question, a worker's name or the service,
nothing is stored as an answer, and the hello is not used up.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from bot.conversation.safety.help import is_help
from bot.domain.participant_inputs import PENDING_INPUT
from bot.domain.states import FollowUpState, ParticipantState
from bot.messages.callback_data import PhraseButton, QuestionButton, parse
from bot.messages.incoming import (
    ButtonPress,
    Command,
    TextMessage,
    UnsupportedMessage,
    UpdateContent,
    VoiceMessage,
)
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from flows.engine.normalise import normalise
from tests.conftest import Time
from tests.conversation.safety.gated_house import HELLOS, HERS, House, house, id_of
from tests.support.worker_scenario import Ear, Office, an_office

ROUNDS = 30


def texts(office: Office) -> list[str]:
    """The words of every button and command there is, in every language, and small words."""
    library, found = office.env.library, set[str]()
    for code in office.env.languages.codes:
        localizer = office.env.languages[code]
        for name in library.phrases.said:
            found |= {localizer.say(text, {}) for text in library.phrases[name].choices.values()
                      if "{" not in text.source}  # fmt: skip
        found |= {localizer.text(text) for text in library.phrases.controls.values()}
        for flow in library.current.values():
            for step in flow.steps:
                found |= {
                    localizer.text(c.label) for c in step.choices if "{" not in c.label.source
                }
    yes = {_yes(office, code) for code in office.env.languages.codes}
    found |= {f"{said}{mark}" for said in yes for mark in ("?", " ؟", "？", " ??", "?!")}
    found |= {"no", "No.", "NO!", "nope", "yes please", "yeah", "y", "n", "ok", "oui", "si", "да",
              "who is this", "Who are you?", "wrong number", "Kim", "Wanda", "Aspen House",
              "start", "tell me", "what did she say", "hello", "?", "👍", "123456789"}  # fmt: skip
    return sorted(found)


COMMANDS = (
    "start",
    "mydata",
    "change",
    "story",
    "delete",
    "language",
    "times",
    "pause",
    "people",
    "new",
)


def deed(
    office: Office, phone: Ear, chance: random.Random, words: list[str], old: list[str]
) -> UpdateContent:
    """Something that somebody does who is not asked whether it is them, or does not say yes."""
    kind = chance.random()
    if kind < 0.55:
        return TextMessage(chance.choice(words))
    if kind < 0.65:
        letters = "abc אבت ÆŁ 😀\u200c'’-.?!0123\n"
        return TextMessage("".join(chance.choice(letters) for _ in range(chance.randint(1, 20))))
    if kind < 0.75:
        return Command(chance.choice(COMMANDS))
    if kind < 0.80:
        return VoiceMessage({"file_id": "v"})
    if kind < 0.85:
        return UnsupportedMessage(chance.choice(("sticker", "edited", "forwarded")))
    return ButtonPress(chance.choice(old), 1, "1") if old else TextMessage("hm")


def opens(office: Office, what: UpdateContent, waits: str) -> bool:
    """Whether this is one of the deeds by which somebody is right to go on, or stops it all."""
    if isinstance(what, TextMessage):
        listened = office.env.library.keywords(what.text)
        if listened == "stop" or is_help(what, listened):
            return True
        asks = any(c in "?¿？؟" for c in what.text)
        labelled = normalise(what.text) in _labels(office)
        means_yes = office.env.library.replies.may_be_short(what.text)
        return waits == "you" and (labelled or means_yes) and not asks
    if isinstance(what, ButtonPress):
        button = parse(what.data)
        if getattr(button, "choice", "") == "stop":
            return True
        if isinstance(button, PhraseButton):
            return button.phrase in ("is_it_you", "other_person", "came_back", "no_word", "whose")
    return False


def _labels(office: Office) -> set[str]:
    phrases, languages = office.env.library.phrases, office.env.languages
    said = [*phrases["hello"].choices.values(), *phrases["is_it_you"].choices.values()]
    return {normalise(languages[code].text(text)) for code in languages.codes for text in said}


def told(phone: Ear) -> Iterator[str]:
    for message in phone.messages:
        yield message.text
        yield from (key.label for key in (*message.choices, *message.controls))


async def test_only_the_right_yes_opens_anything(
    database_url: str, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKIN_LANGUAGES", "en,es,ar,zh_hans")  # all twelve take minutes
    async with an_office(database_url, time) as office:
        each = len(office.env.languages.codes)
        found = await house(office, time, each)
        words, chance = texts(office), random.Random(5)  # noqa: S311 - the same in every run
        answers = await office.rows(AnswerRow)
        questions = {
            office.env.languages[code].text(step.text)
            for code in office.env.languages.codes
            for name, flow in office.env.library.current.items()
            if name != "welcome"
            for step in flow.steps
        }
        tried = 0
        for turn in range(ROUNDS):
            acts = []
            waits = await _waits(office)
            for state, phone in found.all():
                if state == "stopped":
                    continue
                what = deed(office, phone, chance, words, found.buttons[phone.chat])
                if not opens(office, what, waits.get(phone.chat, "")):
                    acts.append((phone, what))
            if turn % 10 == 9:
                yes = found.phones["after"] + found.phones["held"] + found.phones["unfinished"]
                acts = [a for a in acts if a[0] not in yes]
                acts += [(p, TextMessage(_yes(office, await _language(office, p)))) for p in yes]
                acts = [a for a in acts if not opens(office, a[1], waits.get(a[0].chat, ""))]
            await office.act(acts)
            for phone, what in acts:
                tried += 1
                for text in told(phone):
                    for secret in (HERS, "Wanda", "A room at", "KIT"):
                        assert secret not in text, (phone.chat, what, text)
                    assert text not in questions, (phone.chat, what, text)
                assert not any(
                    isinstance(parse(k.data), QuestionButton)
                    for m in phone.messages
                    for k in (*m.choices, *m.controls)
                ), (phone.chat, what, phone.said)
        assert await office.rows(AnswerRow) == answers
        print(f"\nfirst-line law: {tried} texts and taps, {each} languages")  # noqa: T201
        await _none_is_lost(office, found)


async def _none_is_lost(office: Office, found: House) -> None:
    """Every hello is open still, or another waits for the same; every held reply is held."""
    rows = [row for row in await office.rows(FollowUpRow) if row.outcome != "law"]
    for whose in {row.participant_id for row in rows}:
        mine = [row for row in rows if row.participant_id == whose]
        stopped = any(row.outcome in ("stop", "block") for row in mine)
        alive = [
            r
            for r in mine
            if r.state == FollowUpState.WAITING or (r.state == FollowUpState.SENT and not r.outcome)
        ]
        person = next(p for p in await office.rows(ParticipantRow) if p.id == whose)
        assert alive or stopped or person.state is ParticipantState.STOPPED, mine
        assert "opened" not in {row.outcome for row in mine}
    held = [row for row in await office.rows(OutboxRow) if row.held]
    assert len(held) == len(found.phones["held"])


async def _waits(office: Office) -> dict[int, str]:
    found = {}
    async with office.store.unit_of_work() as uow:
        people = await uow.participants.load([phone.chat for phone in office.phones.values()])
    for chat, person in people.items():
        found[chat] = str(PENDING_INPUT.encode(person.pending_input).get("to") or "")
    return found


async def _language(office: Office, phone: Ear) -> str:
    async with office.store.unit_of_work() as uow:
        return (await uow.participants.load([phone.chat]))[phone.chat].language


def _yes(office: Office, code: str) -> str:
    return office.env.languages[code].text(office.env.library.phrases["hello"].choices["open"])


@pytest.mark.parametrize("kind", HELLOS)
async def test_the_right_person_comes_to_what_the_hello_was_for(
    kind: str, database_url: str, time: Time
) -> None:
    """After any other words, Yes and Yes lead where they would have led."""
    async with an_office(database_url, time) as office:
        found = await house(office, time, 1)
        (phone,) = found.phones[kind]
        for text in ("who is this", "tell me", "What?"):
            await office.say(phone, text)
        hello = [
            r
            for r in await office.rows(FollowUpRow)
            if r.participant_id == await id_of(office, phone)
        ]
        (row,) = [r for r in hello if r.state == FollowUpState.SENT and r.outcome is None]
        await office.aside(phone, "hello", "open", row.id)
        assert phone.said == office.words("is_it_you")
        await office.aside(phone, "is_it_you", "open", row.id)
        assert phone.said
        assert phone.said != office.words("nothing_waits")
        (row,) = [r for r in await office.rows(FollowUpRow) if r.id == row.id]
        assert row.outcome == "opened"
