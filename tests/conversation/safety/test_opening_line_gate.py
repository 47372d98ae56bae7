"""On a phone that others see, nothing sent under a first line opens anything but the right Yes.

Everything that can be typed, tapped or sent, in four languages, in every state in which a first
line of ours stands: no reply holds anybody's words, a question, a worker's name or the service,
nothing is stored as an answer, and the hello is not used up.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from bot.conversation.safety.help import is_help
from bot.conversation.safety.late_replies import instead
from bot.domain.participant_inputs import PENDING_INPUT
from bot.domain.states import FollowUpState, ParticipantState
from bot.messages.callback_data import PhraseButton, QuestionButton, parse
from bot.messages.incoming import (
    ButtonPress,
    Command,
    IncomingUpdate,
    TextMessage,
    UnsupportedMessage,
    UpdateContent,
    VoiceMessage,
)
from bot.schedule import follow_ups
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import CaseRow
from flows.engine.normalise import normalise
from tests.conftest import Time
from tests.support.participants import TO_KEEP
from tests.support.worker_scenario import Ear, Office, an_office

HERS = "the thing with the red door"
SHARED = tuple("shared" if step == "alone" else step for step in TO_KEEP)
HELLOS = ("unfinished", "not_now", "pause", "after", "ask_after", "handed_over")
STATES = (*HELLOS, "held", "two", "nobody", "stopped", "quiet")
ROUNDS = 30


@dataclass
class House:
    """One office, and a phone in each state and language."""

    office: Office
    phones: dict[str, list[Ear]]
    buttons: dict[int, list[str]]

    def all(self) -> list[tuple[str, Ear]]:
        return [(state, phone) for state, phones in self.phones.items() for phone in phones]


async def _set(office: Office, table: type, values: dict[str, object], *where: object) -> None:
    async with office.store.engine.begin() as connection:
        await connection.execute(sa.update(table).where(*where).values(**values))  # type: ignore[arg-type]


async def _id(office: Office, phone: Ear) -> int:
    async with office.store.unit_of_work() as uow:
        found = await uow.participants.load([phone.chat])
    return found[phone.chat].id if phone.chat in found else 0


async def house(office: Office, time: Time, each: int) -> House:
    """People half-way and people who are done, each with a first line that stands."""
    wanda = await office.worker("Wanda")
    phones: dict[str, list[Ear]] = {}
    for state in STATES:
        names = [f"KIT{state.upper()}{n}" for n in range(each)]
        phones[state] = []
        for _, token in zip(names, await office.links(wanda, names), strict=True):
            phone = office.phone()
            await office.joins(phone, token, SHARED)
            phones[state].append(phone)
    everyone = [phone for found in phones.values() for phone in found]
    done = [p for state in ("after", "ask_after", "handed_over") for p in phones[state]]
    rest = [p for p in everyone if p not in done]
    for phone in done:
        await office.before(phone, "worker", words=HERS)
    await office.all(rest, "start")
    await office.all(rest, TextMessage(HERS))
    buttons = {
        p.chat: [k.data for m in p.heard for k in (*m.choices, *m.controls)] for p in everyone
    }
    for phone in (*phones["two"], *phones["nobody"]):
        await office.act([(phone, Command("start"))])
        await office.all([phone], "new")
    for phone in phones["two"]:
        for choice in SHARED:
            await office.all([phone], choice)
        await office.all([phone], "later")
        await office.all([phone], "start")
        await office.all([phone], TextMessage(f"lee and {HERS}"))
    await _languages(office, each)
    time.pass_(days=2)
    await _say_hello(office, phones, time)
    return House(office, phones, buttons)


async def _languages(office: Office, each: int) -> None:
    codes = office.env.languages.codes
    for at, row in enumerate(await office.rows(ParticipantRow)):
        language = codes[at % min(each, len(codes))]
        await _set(office, ParticipantRow, {"language": language}, ParticipantRow.id == row.id)


async def _say_hello(office: Office, phones: dict[str, list[Ear]], time: Time) -> None:
    """Makes one follow-up of each kind due, and lets the real tick say it."""
    cases = {row.participant_id: row.id for row in await office.rows(CaseRow)}
    await _set(office, FollowUpRow, {"state": FollowUpState.DROPPED, "outcome": "law"})
    rows = []
    absent = {r.id for r in await office.rows(ParticipantRow) if r.aside_hash is not None}
    for state, found in phones.items():
        for phone in found:
            whose = await _id(office, phone)
            if state in ("two", "nobody"):
                whose = 0
            if whose and state != "held":
                kind = state if state in HELLOS else "unfinished"
                rows.append((whose, kind))
    rows += [(whose, "unfinished") for whose in absent]
    sessions = {row.participant_id: row.id for row in await office.rows(CheckinRow)}
    async with office.store.unit_of_work() as uow:
        people = await uow.participants.load_by_id([whose for whose, _ in rows])
        uow.follow_ups.add(
            follow_ups._due(
                office.env.plan,
                people[whose],
                kind,
                f"law:{whose}",
                sessions.get(whose),
                time.now,
                time.now,
                cases.get(whose),
            )
            for whose, kind in rows
        )
    await office.ticking.run()
    sent = {r.participant_id: r.state for r in await office.rows(FollowUpRow) if "law:" in r.scope}
    assert set(sent.values()) == {FollowUpState.SENT}, sent
    for phone in phones["held"]:
        await _hold(office, phone)
    for phone in phones["stopped"]:
        await office.say(phone, "stop")
    for phone in phones["quiet"]:
        mine = ParticipantRow.id == await _id(office, phone)
        await _set(office, ParticipantRow, {"state": ParticipantState.QUIET}, mine)


async def _hold(office: Office, phone: Ear) -> None:
    """A reply with her words that comes too late: only its first line is said."""
    office._number += 1
    number = office._number
    came = IncomingUpdate(number, phone.chat, Command("mydata"), office.time(), "en", number)
    (reply,) = await office.dispatcher.process([came])
    async with office.store.unit_of_work() as uow:
        person = (await uow.participants.load([phone.chat]))[phone.chat]
    late = instead(reply, person, office.env, office.time())
    assert late is not None
    assert late.is_placeholder
    phone.take(late, office._number)
    row = {"id": late.id, "chat": late.chat, "session_id": None, "turn": 0, "message_id": None}
    await office.store.mark_delivered([{**row, "held": True}])


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


COMMANDS = ("start", "mydata", "story", "delete", "language", "times", "pause", "people", "new")


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
            if r.participant_id == await _id(office, phone)
        ]
        (row,) = [r for r in hello if r.state == FollowUpState.SENT and r.outcome is None]
        await office.aside(phone, "hello", "open", row.id)
        assert phone.said == office.words("is_it_you")
        await office.aside(phone, "is_it_you", "open", row.id)
        assert phone.said
        assert phone.said != office.words("nothing_waits")
        (row,) = [r for r in await office.rows(FollowUpRow) if r.id == row.id]
        assert row.outcome == "opened"
