"""What people do in many tests: agreeing, a whole BEFORE, and a crowd of people all at once.

It checks nothing by itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from bot.dispatch.dispatcher import Dispatcher
from bot.domain.send_result import SendResult
from bot.jobs.clean_up import CleanUpJob
from bot.jobs.erase_participants import ErasureJob
from bot.jobs.send_follow_ups import FollowUpJob
from bot.languages.environment_loader import load_environment
from bot.messages.callback_data import WorkerButton, parse
from bot.messages.incoming import ButtonPress, Command, IncomingUpdate, TextMessage, UpdateContent
from bot.messages.reply import InlineButton, Message, Reply
from bot.settings import read_settings
from bot.store.database import Database
from bot.store.opening import begin_store
from bot.store.tables import Base
from flows import engine
from flows.engine import Answer, Flow, Session, StepKind, Tap, Turn, Words
from tests.conftest import Time
from tests.support.running_bot import KEY, Running
from tests.support.telegram_fake import Person

CONSENT = ("18 or over", "Yes, keep it", "No, just me")
*NEARLY, LAST_YES = CONSENT
TO_KEEP = ("adult", "agree", "alone")
TO_KEEP_YOUNG = ("teen", "agree", "alone")
SAID = "words of my own"
HELLO = "Hi. Is now an OK time?"
FACTS = {"org_name": "Aspen House", "keep_months": 12, "language": "en", "offered": ("en",)}


# --- one person with a phone ---------------------------------------------------------------------


async def agree(person: Person, age: str = "18 or over", way: Sequence[str] = CONSENT) -> None:
    """Goes from the greeting to consent, or this far."""
    person.start()
    await person.waits()
    await person.taps(*(age if label == "18 or over" else label for label in way))


async def allow_messages(person: Person) -> None:
    """Says yes to being written to, half-way; who does not is asked at the end of BEFORE."""
    await person.says("/pause")
    await person.taps("Yes, you may write")


async def half_way(person: Person) -> None:
    """Agrees, answers one question, and leaves at the second."""
    await agree(person)
    await person.says("Somewhere safe, and quiet")
    assert "2 of 5" in person.last.text


async def before(person: Person, *, may_write: bool = True) -> None:
    """Answers all of BEFORE; where it asks if it may write again later, says so."""
    await person.says("Somewhere safe, and quiet")
    await person.taps("Drink or drugs", "Family or people", "Done")
    await person.says("I would sleep the whole night")
    await person.taps("Not sure")
    person.voice()
    await person.waits()
    await person.taps("Only me")
    if "May I write to you again" in person.last.text:
        await person.taps("Yes" if may_write else "No, just this time")
    await person.taps("OK")
    await person.sees("I have kept it, so you need not tell me again")


async def swept(sweep: CleanUpJob, time: Time) -> None:
    """Sweeps as of now: what is old now goes with the round two days later, unseen by the test."""
    await sweep.run()
    time.pass_(days=2)
    await sweep.run()
    time.pass_(days=-2)


async def everything(store: Database) -> bytes:
    """All that a database holds, table by table, as one string of bytes."""
    found: list[bytes] = []
    async with store.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in await connection.execute(sa.text(f'SELECT * FROM "{table.name}"')):  # noqa: S608
                found += [v if isinstance(v, bytes) else str(v).encode() for v in row]
    file = store.engine.url.database
    if store.engine.dialect.name == "sqlite" and file:
        found += await asyncio.to_thread(_files_of, file)
    return b"\0".join(found)


def _files_of(database: str) -> list[bytes]:
    path = Path(database)
    return [f.read_bytes() for f in path.parent.glob(path.name + "*") if not f.match("*.key")]


# --- many people at once, without Telegram -------------------------------------------------------


@dataclass
class Phone:
    """What one person of a crowd sees: the newest reply, and the buttons seen last."""

    chat: int
    reply: Reply | None = None
    messages: list[Message] = field(default_factory=list)
    keys: list[InlineButton] = field(default_factory=list)
    under: int = 0
    hint: str = "en"

    def take(self, reply: Reply | None, last_id: int = 0) -> None:
        """Shows a reply, whose last message got this id."""
        self.reply = reply
        self.messages = list(reply.messages) if reply else []
        for message in self.messages:
            if message.buttons:
                self.keys, self.under = list(message.buttons), last_id

    def press(self, choice: str) -> ButtonPress:
        """A tap on the button that chooses this, by its id."""
        for key in self.keys:
            button = parse(key.data)
            if not isinstance(button, WorkerButton | None) and button.choice == choice:
                return ButtonPress(key.data, self.under, "1")
        raise AssertionError(f"no button {choice!r}: {[k.data for k in self.keys]}")

    @property
    def offered(self) -> list[str]:
        """What the buttons choose, in order."""
        buttons = [parse(key.data) for key in self.keys]
        return [button.choice for button in buttons if not isinstance(button, WorkerButton | None)]


class Crowd:
    """Many people at the desk itself, over a real database; everyone acts at once.

    What the tick says first goes to `hellos`, and to their phones.
    """

    def __init__(self, database_url: str, time: Time, **settings: Any) -> None:
        self.settings = read_settings(
            _env_file=None,
            database_url=database_url,
            secret_keys=KEY,
            org_name="Aspen House",
            **settings,
        )
        self.time = time
        self.env = load_environment(self.settings)
        self.store = begin_store(self.settings)
        self.dispatcher = Dispatcher(self.store, self.env, time)
        self.ticking = FollowUpJob(
            self.store,
            self.env,
            time,
            self._said_first,
            self._in_turn,
            self.dispatcher.chat_blocked,
        )
        self.forget = ErasureJob(self.store, time)
        self.phones: dict[int, Phone] = {}
        self.hellos: list[int] = []
        self._number = 0  # of updates and messages alike

    async def __aenter__(self) -> Self:
        await self.store.open(self.time(), self.env.library.current.values())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.store.close()

    def chats(self, number: int, first: int = 10_001) -> list[Phone]:
        """So many people with a phone each."""
        new = [Phone(first + n) for n in range(number)]
        self.phones |= {phone.chat: phone for phone in new}
        return new

    async def act(self, acts: Iterable[tuple[Phone, UpdateContent]]) -> None:
        """Everyone does something at the same moment, and sees what comes back."""
        now, updates = self.time(), []
        for phone, what in acts:
            self._number += 1
            said = None if isinstance(what, ButtonPress) else self._number
            updates.append(IncomingUpdate(self._number, phone.chat, what, now, phone.hint, said))
            phone.take(None)
        delivered = []
        for reply in await self.dispatcher.process(updates):
            for _ in reply.messages:
                self._number += 1
            self.phones[reply.chat].take(reply, self._number)
            said = self._number if reply.messages else None
            row = {"id": reply.id, "chat": reply.chat, "session_id": reply.session_id}
            delivered.append({**row, "turn": reply.turn, "message_id": said})
        await self.store.mark_delivered(delivered)

    async def all(self, phones: Iterable[Phone], do: str | UpdateContent) -> None:
        """Everyone does the same: a button's choice, or something else."""
        await self.act((p, p.press(do) if isinstance(do, str) else do) for p in phones)

    async def agree(self, phones: Sequence[Phone], way: tuple[str, ...] = TO_KEEP) -> None:
        """Everyone comes (back) with START and says yes; who stopped says first that it is them."""
        await self.all(phones, Command("start"))
        await self.all([p for p in phones if "same" in p.offered], "same")
        for choice in way:
            await self.all(phones, choice)

    async def allow_messages(self, phones: Sequence[Phone]) -> None:
        """Everyone says yes to being written to; else that is asked at the end of BEFORE."""
        await self.all(phones, Command("pause"))
        await self.all(phones, "agree")

    async def tick(self) -> None:
        """What the scheduler does every half minute."""
        await self.forget.run()
        await self.ticking.run()

    async def deleted(self) -> None:
        """Lets the time pass in which a deletion can be undone, to the moment it is done."""
        self.time.pass_(minutes=10)
        await self.forget.run()

    async def count(self, table: type[Any], *where: Any) -> int:
        """How many rows of a table are so."""
        statement = sa.select(sa.func.count()).select_from(table).where(*where)
        async with self.store.engine.connect() as connection:
            return int((await connection.execute(statement)).scalar_one())

    async def _said_first(self, chat: int, message: Message) -> SendResult:
        self.hellos.append(chat)
        self._number += 1
        self.phones[chat].take(Reply(0, chat, (message,)), self._number)
        return SendResult.SENT

    @staticmethod
    async def _in_turn(_chat: int, work: Callable[[], Awaitable[None]]) -> None:
        await work()


# --- ways through a flow -------------------------------------------------------------------------

Do = str
"""What one does at a question: the id of a button, or `SAID` for typing."""


def doing(phone: Phone, do: Do) -> UpdateContent:
    """The arrival it makes."""
    return TextMessage(SAID) if do == SAID else phone.press(do)


def grand_tour(flow: Flow, facts: Mapping[str, Any], earlier: Any = None) -> list[tuple[str, Do]]:
    """A walk through a flow that waits at every question it has: (question, what is done there).

    Found by trying: on to the first question in the file not yet met, the shortest way.
    """
    turn = engine.begin(flow, facts=facts, earlier=earlier)
    tour: list[tuple[str, Do]] = []
    while not turn.ended:
        met = {step for step, _ in tour} | {turn.session.step}
        for do in _nearest(flow, turn, facts, met):
            for each in _at_length(flow, turn.session, do):
                tour.append((turn.session.step, each))
                turn = _do(flow, turn.session, each, facts)
    return tour


def _nearest(flow: Flow, start: Turn, facts: Any, met: set[str]) -> list[Do]:
    """The way to the first question of the file that is not met yet, or else to the end."""
    queue: deque[tuple[Turn, list[Do]]] = deque([(start, [])])
    seen, found, end = {start.session.step}, dict[str, list[Do]](), list[Do]()
    while queue:
        turn, way = queue.popleft()
        for do in _doable(turn):
            onward = _do(flow, turn.session, do, facts)
            if onward.stopped or onward.postponed or onward.actions or onward.note:
                continue
            if onward.ended:
                end = end or [*way, do]
            elif onward.session.step not in met:
                found.setdefault(onward.session.step, [*way, do])
            elif onward.session.step not in seen:
                seen.add(onward.session.step)
                queue.append((onward, [*way, do]))
    return next((found[step.id] for step in flow.steps if step.id in found), end)


def _at_length(flow: Flow, session: Session, do: Do) -> list[Do]:
    """Words where they can be typed; but where a later question hangs on taps, all of them."""
    step = flow.by_id[session.step]
    if step.kind is StepKind.CHOICES and any(choice.id == "drink_drugs" for choice in step.choices):
        return [*(f"+{choice.id}" for choice in step.choices if not choice.when), "done"]
    return [SAID] if step.takes_words else [do]


def _doable(turn: Turn) -> Iterator[Do]:
    prompt = turn.prompts[-1]
    if not prompt.several:
        yield from (button.id for button in prompt.choices)
    yield SAID


def _do(flow: Flow, session: Session, do: Do, facts: Any) -> Turn:
    if do == SAID:
        return engine.hear(flow, session, Words(SAID), facts=facts)
    return engine.hear(flow, session, Tap(session.step, session.turn, do), facts=facts)


def told(flow: Flow, tour: list[tuple[str, Do]], facts: Any) -> dict[str, Answer]:
    """The answers at the end of a tour."""
    turn = engine.begin(flow, facts=facts)
    for _, do in tour:
        turn = _do(flow, turn.session, do, facts)
    return dict(turn.session.answers)


def waits(flow: Flow) -> set[str]:
    """Every step of a flow at which someone can be waited for."""
    return {step.id for step in flow.steps if step.asks}


async def answers_of(running: Running, person: Person) -> dict[str, Answer]:
    """What one person has said so far, opened with their key, newest check-in last."""
    async with running.bot.store.unit_of_work() as uow:
        found = await uow.participants.load([person.chat_id], [person.chat_id])
    return {
        step: answer
        for past in (found[person.chat_id].checkins if found else ())
        for step, answer in past.session.answers.items()
    }
