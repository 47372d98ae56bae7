"""One arrival being handled: who it is from, what may be changed, and what is said back.

Decides nothing itself; the use cases do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from bot.content.helplines import Helplines
from bot.content.library import Library
from bot.domain.participant import Absent, FollowUp, Live, Person, Whose
from bot.domain.worker import Case, Invite, Worker
from bot.i18n.localizer import Tongue, Tongues, shortened
from bot.messages.builder import LONGEST_MESSAGE, phrase_message, prompt_message
from bot.messages.callback_data import Aside, Button, Question, Welcome, read
from bot.messages.deep_links import Address
from bot.messages.incoming import Arrival, Pressed
from bot.messages.reply import Attachment, Clear, Key, Message, Reply
from bot.schedule.plan import Plan
from bot.store.crypto.system_keys import new_id
from bot.store.repositories.delivery.chat_message_repository import Said
from bot.store.unit_of_work import Batch
from flows.engine import Meaning, Prompt, Quoted, Recap, Value
from flows.engine.danger.detector import Danger


@dataclass(slots=True)
class Around:
    """What is the same for every arrival, until the files it was read from change."""

    library: Library
    tongues: Tongues
    plan: Plan
    org_name: str | None
    zone: str
    keep_months: int
    danger: Danger
    helplines: Helplines
    country: str
    region: str | None
    tells_workers: bool = False
    address: Address = field(default_factory=Address)

    def become(self, new: Around) -> None:
        """Takes over what was read anew, in one step: everyone who holds this sees all of it.

        Versions that people are on stay at hand; what this process learnt at its start stays too.
        """
        new.library.keep(self.library)
        new.tongues.keep(self.tongues)
        self.library, self.tongues, self.plan = new.library, new.tongues, new.plan
        self.danger, self.helplines = new.danger, new.helplines


@dataclass(frozen=True, slots=True)
class Known:
    """What of the workers' side one arrival may touch, read and locked before it is handled.

    `cases` by id, `people` by participant id; `link` is what a link they opened leads to, and
    `held` the case whose link they hold and have not joined by. `absent` are others who use the
    chat, and `asked` says that they were asked just now for a word to come back by. `coded` says
    that all they typed are as many digits as stand on a card.
    """

    cases: Mapping[int, Case] = field(default_factory=dict)
    people: Mapping[int, Person] = field(default_factory=dict)
    link: Case | Invite | None = None
    held: Case | None = None
    absent: list[Absent] = field(default_factory=list)
    asked: bool = False
    coded: bool = False


Then = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Visit:
    """An arrival with the person it is from (None before their yes) and the batch it is part of.

    `hello` is the hello of ours that they answer by typing its button's words, `held` the reply
    that waits for them to say that it is them, `line` the newest hello in this chat that is open
    on a phone that others see. `stood` are messages that are known in memory only;
    `clear` takes the whole chat away. `way` is how far
    someone without a yes has come; it lives in memory and in their buttons only. `worker` is who
    they are on the workers' side, if anyone. `then` is done right after the visit, still in its
    transaction: what needs to ask the database. `beside` are replies to other chats. `whose` words
    the answer holds. `clears` says that the chat has passed to somebody else, and `removes` which
    messages of theirs hold a secret. `stopped_at` is the stop before consent that the database
    knows of, and `stops` says that they stop now: nothing that waits for this chat is sent.
    """

    arrival: Arrival
    person: Person | None
    batch: Batch
    now: dt.datetime
    around: Around
    follow_ups: Mapping[int, FollowUp] = field(default_factory=dict)
    way: Welcome | None = None
    stopped_at: Welcome | None = None
    hello: FollowUp | None = None
    held: int | None = None
    line: FollowUp | None = None
    stood: tuple[Said, ...] = ()
    worker: Worker | None = None
    known: Known = field(default_factory=Known)
    then: list[Then] = field(default_factory=list)
    beside: list[Reply] = field(default_factory=list)
    urgent: bool = False
    menu: tuple[tuple[str, str], ...] = ()
    clear: Clear | None = None
    language: str | None = None
    messages: list[Message] = field(default_factory=list)
    toast: str | None = None
    redraw: bool = False
    chosen: str | None = None
    asked: tuple[int, int] | None = None
    whose: Whose | None = None
    clears: bool = False
    stops: bool = False
    removes: list[int] = field(default_factory=list)

    @property
    def tongue(self) -> Tongue:
        """The language to answer in: chosen, the person's, or the first guess."""
        tongues = self.around.tongues
        if self.language is None:
            self.language = (
                self.person.language if self.person else tongues.guess(self.arrival.hint)
            ) or tongues.offered[0]
        return tongues[self.language]

    @property
    def pressed(self) -> Pressed | None:
        """The tap, if it was one."""
        return self.arrival.what if isinstance(self.arrival.what, Pressed) else None

    @property
    def button(self) -> Button | None:
        """What the tapped button carried, if it is one of ours."""
        return read(self.pressed.data) if self.pressed else None

    def say(self, name: str, values: Mapping[str, Value] | None = None, about: int = 0) -> None:
        """Adds a phrase to what is said."""
        phrases = self.around.library.phrases
        self.messages.append(phrase_message(name, self.tongue, phrases, values, about))

    @property
    def safe_tongue(self) -> Tongue:
        """The language to answer help, danger and stop in: as they chose, whatever it lacks."""
        found = self.tongue
        return self.around.tongues.for_safety(self.language) if self.language else found

    def say_safely(self, name: str) -> None:
        """Adds a phrase in the language they chose, whatever state that language is in."""
        phrases = self.around.library.phrases
        self.messages.append(phrase_message(name, self.safe_tongue, phrases))

    def say_bare(self, name: str) -> None:
        """Adds a phrase without its buttons."""
        message = Message(
            self.tongue.phrase(name),
            right_to_left=self.tongue.right_to_left,
            place=self.around.library.phrases[name].text.context,
        )
        self.messages.append(message)

    def languages(self) -> None:
        """Asks which language, each in its own script."""
        names = self.language_names()
        self.offer("language", [Key(name, Aside("language", c).data()) for c, name in names])

    def language_names(self) -> list[tuple[str, str]]:
        """The code of each language offered, and its name in its own script."""
        welcome = self.around.library.today["welcome"]
        step = next(s for s in welcome.steps if s.meaning is Meaning.LANGUAGE)
        offered = self.around.tongues.offered
        return [(c.id, c.label.source) for c in step.choices if c.id in offered]

    def offer(
        self,
        name: str,
        keys: Iterable[Key] = (),
        values: Mapping[str, Value] | None = None,
        controls: Iterable[Key] = (),
        attach: Attachment | None = None,
    ) -> None:
        """Adds a phrase with buttons that are not written in the phrase itself."""
        words = shortened(self.tongue.phrase(name, values), LONGEST_MESSAGE)
        message = Message(
            words,
            choices=tuple(keys),
            controls=tuple(controls),
            right_to_left=self.tongue.right_to_left,
            attach=attach,
            place=self.around.library.phrases[name].text.context,
        )
        self.messages.append(message)

    def add(self, words: str) -> None:
        """Adds words that are put together already."""
        words = shortened(words, LONGEST_MESSAGE)
        self.messages.append(Message(words, right_to_left=self.tongue.right_to_left))

    def label(self, phrase: str, choice: str, values: Mapping[str, Value] | None = None) -> str:
        """The words of a phrase's button."""
        return self.tongue.say(self.around.library.phrases[phrase].choices[choice], values)

    def case(self, case_id: int | None) -> Case | None:
        """The person's case with this id, if it is theirs."""
        return self.person.case(case_id) if self.person and case_id is not None else None

    def glance(self, name: str) -> None:
        """Answers a tap for a moment, without a message."""
        self.toast = self.tongue.phrase(name)

    def prompts(self, prompts: tuple[Prompt, ...], live: Live) -> None:
        """Adds a session's prompts to what is said."""
        for prompt in prompts:
            self.messages.append(
                prompt_message(
                    prompt,
                    self.tongue,
                    self.around.library.phrases,
                    lambda choice, p=prompt: Question(  # type: ignore[misc]
                        live.id, p.step, p.turn, choice
                    ).data(),
                )
            )
        quotes = any(isinstance(v, Quoted | Recap) for p in prompts for v in p.values.values())
        if quotes and self.person is not None:
            self.whose = Whose.of(self.person)
        self.asked = (live.id, live.session.turn)

    def facts(self, case_id: int | None = None) -> dict[str, Value]:
        """What the flows may know beside what was said, for a worker's case if there is one."""
        around, person = self.around, self.person
        if case_id is None and person is not None and person.live is not None:
            case_id = person.live.case_id
        facts: dict[str, Value] = {
            "org_name": around.org_name or self.tongue.text(around.library.phrases.org_name),
            "keep_months": person.keep_months if person else around.keep_months,
            "language": self.tongue.code,
        }
        case = self.case(case_id)
        if case is not None and case.worker_name is not None:
            facts["worker_name"] = case.worker_name
        may_write = person is not None and person.may_message and not person.safe.never
        if person is not None and may_write and person.next_hello is not None:
            facts["hello_date"] = person.next_hello.astimezone(ZoneInfo(person.zone)).date()
        return facts

    def reply(self) -> Reply:
        """Everything said back, ready to be owed."""
        session_id, turn = self.asked or (None, 0)
        said = self.arrival.message_id
        shared = self.person is not None and self.person.shared_phone
        leave = dict.fromkeys([*self.removes, *([said] if shared and said is not None else [])])
        return Reply(
            id=new_id(),
            chat=self.arrival.chat,
            messages=tuple(self.messages),
            pressed=self.pressed,
            toast=self.toast,
            redraw=self.redraw,
            chosen=self.chosen,
            session_id=session_id,
            turn=turn,
            urgent=self.urgent,
            menu=self.menu,
            whose=self.whose,
            lasting=self.clear is not None,
            clear=self.clear,
            heard=tuple((number, self.arrival.at.timestamp()) for number in leave),
            forgets=bool(leave),
            closes=self.clears,
            clears=self.tongue.phrase("cleared_words") if self.clears else "",
            stranger=self._is_stranger,
            stops=self.stops,
        )

    @property
    def _is_stranger(self) -> bool:
        """Whether this is a first greeting, which anybody can cause by the million."""
        known = self.person or self.worker or self.known.link or self.known.held
        comes_back = self.known.absent or self.known.asked
        return known is None and self.pressed is None and not comes_back
