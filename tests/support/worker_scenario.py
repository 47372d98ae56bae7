"""Workers and their people at the desk itself, over a real database, many at once without HTTP.

It checks nothing by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from bot.jobs.worker_notifications import WorkerNotificationJob
from bot.messages.callback_data import PhraseButton, QuestionButton, WorkerButton, parse
from bot.messages.deep_links import WORKS_FOR, new_token
from bot.messages.incoming import ButtonPress, Command, TextMessage
from bot.messages.reply import Message, QrCode, Reply
from bot.store.tables import Base
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.worker_tables import CaseRow
from tests.conftest import Time
from tests.support.database.opened_rows import rows_of
from tests.support.participants import TO_KEEP, Crowd, Phone

WORDS = "the stairs are loud at night"
SERVICE = "A room at Aspen House"
_UNFILLED = re.compile(r"\{\w+\}")


@dataclass
class Ear(Phone):
    """A phone that remembers all it has heard."""

    heard: list[Message] = field(default_factory=list)
    toasts: list[str] = field(default_factory=list)

    def take(self, reply: Reply | None, last_id: int = 0) -> None:
        """Shows a reply, and remembers it."""
        before = self.messages if reply is not None else []
        super().take(reply, last_id)
        self.messages = [*before, *self.messages]
        if reply is not None:
            for message in reply.messages:
                labels = [key.label for key in (*message.choices, *message.controls)]
                assert not _UNFILLED.search("\n".join([message.text, *labels])), message
                assert all(labels), message
            self.heard += reply.messages
            self.toasts += [reply.toast] if reply.toast else []

    @property
    def said(self) -> str:
        """All the words of the answer to what they did last."""
        return "\n\n".join(message.text for message in self.messages)

    @property
    def work(self) -> list[WorkerButton]:
        """The buttons of the workers' side seen last."""
        found = [parse(key.data) for key in self.keys]
        return [button for button in found if isinstance(button, WorkerButton)]

    def does(self, verb: str, how: str | None = None) -> ButtonPress:
        """A tap on the button that does this."""
        for button in self.work:
            if button.verb == verb and how in (None, button.how):
                return ButtonPress(button.encode(), self.under, "1")
        raise AssertionError(f"no button for {verb!r} {how!r}: {self.work}")


class Office(Crowd):
    """A crowd with workers in it, and the rounds that write to them."""

    def __init__(self, database_url: str, time: Time, **settings: Any) -> None:
        super().__init__(database_url, time, **settings)
        self.rounds = WorkerNotificationJob(self.store, self.env, time)
        self.rounds.on_message = self.dispatcher.memory.remember_other
        self._next = 20_001

    def phone(self) -> Ear:
        """Somebody nobody knows yet."""
        phone = Ear(self._next)
        self._next += 1
        self.phones[phone.chat] = phone
        return phone

    async def worker(self, name: str, *, lead: bool = False, phone: Ear | None = None) -> Ear:
        """A worker, made by an invite."""
        phone = phone or self.phone()
        await self.act([(phone, Command("start", await self.invite(name, lead=lead)))])
        return phone

    async def invite(self, name: str, *, lead: bool = False) -> str:
        """The token of an invite, as the command line makes it."""
        token, now = new_token(), self.time()
        async with self.store.unit_of_work() as uow:
            await uow.workers.make_invite(
                token, name, lead=lead, now=now, expires_at=now + WORKS_FOR
            )
        return token

    async def remove(self, worker: Ear, to: Ear | None = None) -> None:
        """Takes a worker away, as the command line does."""
        number, other = await self.number(worker), await self.number(to) if to else None
        async with self.store.unit_of_work() as uow:
            await uow.workers.remove(number, other, self.time())

    async def number(self, worker: Ear) -> int:
        """The number of a worker."""
        async with self.store.unit_of_work() as uow:
            return (await uow.workers.by_chat([worker.chat]))[worker.chat].id

    async def link(
        self,
        worker: Ear,
        name: str = "Kim",
        language: str = "any",
        service: str = SERVICE,
        age: str = "any",
    ) -> str:
        """The token of a link a worker makes for somebody."""
        await self.act([(worker, Command("new", name))])
        await self.say(worker, service)
        if any(button.verb == "lang" for button in worker.work):
            await self.act([(worker, worker.does("lang", language))])
        await self.act([(worker, worker.does("age", age))])
        return token_in(worker.messages)

    async def links(self, worker: Ear, names: list[str]) -> list[str]:
        """The tokens of links for many, without asking for each."""
        tokens, now = [(name, new_token()) for name in names], self.time()
        async with self.store.unit_of_work() as uow:
            who = (await uow.workers.by_chat([worker.chat]))[worker.chat]
            await uow.cases.create(who, tokens, SERVICE, None, now, now + WORKS_FOR)
        return [token for _, token in tokens]

    async def all_of_before(self, worker: Ear, names: list[str], texts: list[str]) -> list[Ear]:
        """Many who came by a worker's links and answered BEFORE, each in their own words."""
        tokens, phones = await self.links(worker, names), [self.phone() for _ in names]
        await self.act((p, Command("start", t)) for p, t in zip(phones, tokens, strict=True))
        for choice in TO_KEEP:
            await self.all(phones, choice)
        for _ in range(3):
            await self.act((p, TextMessage(t)) for p, t in zip(phones, texts, strict=True))
        await self.all(phones, "n")
        await self.act((p, TextMessage(t)) for p, t in zip(phones, texts, strict=True))
        for choice in ("only_me", "agree", "fine"):
            await self.all(phones, choice)
        return phones

    async def joined(self, worker: Ear, name: str = "Kim", way: tuple[str, ...] = TO_KEEP) -> Ear:
        """Somebody who came by a link of this worker and said yes."""
        token, phone = await self.link(worker, name), self.phone()
        await self.joins(phone, token, way)
        return phone

    async def joins(self, phone: Ear, token: str, way: tuple[str, ...] = TO_KEEP) -> None:
        """Opens a link, and goes this way."""
        await self.open(phone, token)
        for choice in way:
            await self.all([phone], choice)

    async def open(self, phone: Ear, token: str, who: str | None = "same") -> None:
        """Opens a link; where it is asked who they are, says so, if they are to say at all."""
        await self.act([(phone, Command("start", token))])
        if who is not None and phone.said == self.words("other_person"):
            await self.all([phone], who)

    async def before(
        self, phone: Ear, sharing: str = "worker", words: str = WORDS, *, may_write: str = "agree"
    ) -> None:
        """Answers all of BEFORE, the first words being these."""
        await self.all_before([phone], sharing, words, may_write=may_write)

    async def all_before(
        self,
        phones: list[Ear],
        sharing: str = "worker",
        words: str = WORDS,
        *,
        may_write: str = "agree",
    ) -> None:
        """The same for many at once."""
        for text in (words, WORDS, WORDS):
            await self.all(phones, TextMessage(text))
        await self.all(phones, "n")
        await self.all(phones, TextMessage(WORDS))
        await self.all(phones, sharing)
        await self.all([p for p in phones if may_write in p.offered], may_write)
        await self.all(phones, "fine")

    async def after(self, phone: Ear, sharing: str = "worker") -> None:
        """Answers all of AFTER."""
        await self.all([phone], "start")
        await self.all([phone], "y")
        await self.say(phone, WORDS)
        for choice in ("y", "n", "n"):
            await self.all([phone], choice)
        await self.say(phone, WORDS)
        await self.all([phone], sharing)
        for choice in ("agree", "fine") if "agree" in phone.offered else ("fine",):
            await self.all([phone], choice)

    async def say(self, phone: Ear, text: str) -> None:
        """Types something."""
        await self.act([(phone, TextMessage(text))])

    async def does(self, phone: Ear, verb: str, about: int = 0, how: str = "") -> None:
        """Taps a button of the workers' side, whether it was shown or not."""
        await self.act(
            [(phone, ButtonPress(WorkerButton(verb, about, how).encode(), phone.under, "1"))]
        )

    async def aside(self, phone: Ear, phrase: str, choice: str, about: int = 0) -> None:
        """Taps a button under a phrase, whether it was shown or not."""
        await self.act([(phone, ButtonPress(PhraseButton(phrase, choice, about).encode(), 0, "1"))])

    async def go_round(self) -> list[Ear]:
        """What the scheduler does for workers; gives who heard."""
        replies = await self.rounds.run()
        for reply in replies:
            self._number += 1
            self.phones[reply.chat].take(None)
            self.phones[reply.chat].take(reply, self._number)
        await self.store.mark_delivered(
            [
                {"id": r.id, "chat": r.chat, "session_id": None, "turn": 0, "message_id": None}
                for r in replies
            ]
        )
        return [phone for r in replies if isinstance(phone := self.phones[r.chat], Ear)]

    async def case(self, name: str = "Kim", worker: Ear | None = None) -> int:
        """The id of the case with this name, of this worker if it has to be said."""
        whose = await self.number(worker) if worker is not None else None
        rows = [row.id for row in await self.rows(CaseRow) if whose in (None, row.worker_id)]
        async with self.store.unit_of_work() as uow:
            cases = await uow.cases.find(ids=rows)
        (found,) = [case.id for case in cases if case.name == name]
        return found

    async def rows(self, table: type[Any]) -> list[Any]:
        """All rows of a table."""
        return await rows_of(self.store, table)

    async def sessions(self) -> list[Any]:
        """All check-ins, oldest first."""
        return sorted(await self.rows(CheckinRow), key=lambda row: row.started_at)

    def words(self, phrase: str, **values: Any) -> str:
        """A phrase as it is said in English."""
        return self.env.languages["en"].phrase(phrase, values)

    def label(self, phrase: str, choice: str, **values: Any) -> str:
        """The words of a phrase's button in English."""
        text = self.env.library.phrases[phrase].choices[choice]
        return self.env.languages["en"].say(text, values)

    def moment(self, moment: Any, zone: str = "Europe/London") -> str:
        """A moment as it is said in English."""
        return self.env.languages["en"].format_datetime(moment, zone)


@asynccontextmanager
async def an_office(database_url: str, time: Time) -> AsyncIterator[Office]:
    """An office with its database open."""
    async with Office(database_url, time) as crowd:
        assert isinstance(crowd, Office)
        yield crowd


def token_in(messages: list[Message]) -> str:
    """The token of the link in what was said."""
    (link,) = [m.attachment.link for m in messages if isinstance(m.attachment, QrCode)]
    return link.partition("start=")[2]


def waiting(phone: Ear) -> str:
    """The step whose buttons were seen last."""
    buttons = [parse(key.data) for key in phone.keys]
    return next((b.step for b in buttons if isinstance(b, QuestionButton)), "")


async def all_tables(office: Office, *but: str) -> dict[str, Counter[Any]]:
    """Every row of every table but these, and without these columns ("table.column")."""
    async with office.store.engine.connect() as connection:
        return {
            table.name: Counter(map(repr, await connection.execute(sa.text(_without(table, but)))))
            for table in Base.metadata.sorted_tables
            if table.name not in but
        }


def _without(table: sa.Table, but: tuple[str, ...]) -> str:
    """Reads a table without some columns, as they are stored."""
    names = [c.name for c in table.columns if f"{table.name}.{c.name}" not in but]
    columns = ", ".join(f'"{name}"' for name in names)
    return f'SELECT {columns} FROM "{table.name}"'  # noqa: S608 - names of our own tables


@contextmanager
def statements(office: Office) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(" ".join(statement.split()))

    engine = office.store.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


@asynccontextmanager
async def refusing(office: Office, table: str) -> AsyncIterator[None]:
    """A database that takes no new row into a table."""
    if office.store.engine.dialect.name == "sqlite":
        made = [
            f"CREATE TRIGGER refuse BEFORE INSERT ON {table}"
            " BEGIN SELECT RAISE(ABORT, 'refused'); END"
        ]
        gone = ["DROP TRIGGER refuse"]
    else:
        made = [
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$",
            f"CREATE TRIGGER refuse BEFORE INSERT ON {table} EXECUTE FUNCTION refuse()",
        ]
        gone = [f"DROP TRIGGER refuse ON {table}", "DROP FUNCTION refuse"]

    async def run(statements: list[str]) -> None:
        async with office.store.transaction() as connection:
            for statement in statements:
                await connection.exec_driver_sql(statement)

    await run(made)
    try:
        yield
    finally:
        await run(gone)
