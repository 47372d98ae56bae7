"""People who answer whatever they are asked, once each, and remember what they said.

They see only what a phone shows; they do not look inside the bot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.messages.callback_data import (
    OnboardingButton,
    PhraseButton,
    QuestionButton,
    WorkerButton,
    parse,
)
from tests.support.telegram_fake import Bubble, FakeTelegram, Person

AGREE = ("adult", "agree", "alone", "en")
"""Buttons before the yes, whichever of them is there."""
TAPS = {"intro": "start", "who_may_read": "only_me", "message": "agree", "felt": "fine"}
STOPS_AT = "a5"
LAST_WORDS = "I have kept it, so you need not tell me again"


@dataclass
class Talker:
    """Somebody who talks until nothing is asked, and again when there is a hello."""

    telegram: FakeTelegram
    person: Person
    number: int
    stops: bool = False
    said: dict[tuple[int, str], str] = field(default_factory=dict)
    stopped: bool = False
    _met: set[str] = field(default_factory=set)
    _last_question: str = ""

    def act(self) -> bool:
        """Answers the newest message, if it asks for something that is not answered yet."""
        asked = self._asked()
        if asked is None:
            return False
        newest, button, key = asked
        self._met.add(key)
        if isinstance(button, QuestionButton):
            self._last_question = key
            self._answer(newest, button)
        elif isinstance(button, OnboardingButton):
            self._tap(newest, next(c for c in AGREE if c in _choices(newest)))
        elif button.phrase == "hello":
            self._tap(newest, "open")
        elif button.phrase == "safety":
            self._tap(newest, "alone")
        elif button.phrase == "stopped":
            self._tap(newest, "keep")
        elif button.phrase == "unknown":  # days have gone by: what was typed is not kept
            self._met -= {key, self._last_question}
            self._tap(newest, "carry_on")
        else:
            raise AssertionError(f"not expected: {newest.text}")
        return True

    @property
    def waits(self) -> bool:
        """Whether their last act has brought nothing yet."""
        return not self.person.fresh

    @property
    def done(self) -> bool:
        """Whether all is answered, on both sides."""
        return not self.waits and self._asked() is None

    @property
    def finished(self) -> bool:
        """Whether their first check-in has had its last words."""
        sent = self.telegram.chats[self.person.chat_id].sent
        return any(LAST_WORDS in bubble.text for bubble in sent)

    def _asked(self) -> tuple[Bubble, QuestionButton | OnboardingButton | PhraseButton, str] | None:
        """What the newest message asks, with a name for it, if it was not answered before."""
        newest = next(iter(reversed(self.telegram.chats[self.person.chat_id].sent)), None)
        found = (parse(data) for data in newest.data.values()) if newest else iter(())
        button = next((b for b in found if b is not None), None)  # its first; controls come last
        if newest is None or button is None:
            return None
        if isinstance(button, QuestionButton):
            key = f"q:{button.session}:{button.turn}"
        elif isinstance(button, OnboardingButton):
            key = f"w:{button.path}"
        elif isinstance(button, PhraseButton):
            key = f"p:{button.phrase}:{button.about}"
        else:
            raise TypeError("a worker's button, where nobody is a worker")
        return None if key in self._met else (newest, button, key)

    def _answer(self, newest: Bubble, asked: QuestionButton) -> None:
        step, choices = asked.step, _choices(newest)
        if self.stops and step == STOPS_AT:
            self.stopped = True
            self.person.say("stop")
        elif step == "b2" and self.number % 2:
            # Two quick taps: the second says nothing of the first, so they must stay in order.
            self._tap(newest, "+money")
            self._tap(newest, "done")
            self.said[asked.session, step] = "money"
        elif step in TAPS:
            self._tap(newest, TAPS[step])
        elif step in {"b1", "b2", "b3"} or len(choices & _CONTROLS) == len(choices):
            words = f"what {self.number} says to {step} at {asked.turn}"
            self.said[asked.session, step] = words
            self.person.say(words)
        else:
            first = next(c for c in _ordered(newest) if c not in _CONTROLS)
            self.said[asked.session, step] = first
            self._tap(newest, first)

    def _tap(self, newest: Bubble, choice: str) -> None:
        label = next(k for k, d in newest.data.items() if _choice(d) == choice)
        self.person.tap_old(newest, label)


_CONTROLS = {"skip", "decline", "later", "not_now", "stop", "back", "done", "rather_not_say"}


def _choice(data: str) -> str:
    button = parse(data)
    return "" if button is None or isinstance(button, WorkerButton) else button.choice


def _ordered(bubble: Bubble) -> list[str]:
    return [_choice(data) for data in bubble.data.values()]


def _choices(bubble: Bubble) -> set[str]:
    return set(_ordered(bubble))


@dataclass
class Town:
    """All the people; those who wait for nothing make room for new ones."""

    telegram: FakeTelegram
    at_once: int
    people: list[Talker] = field(default_factory=list)
    acts: int = 0
    _task: asyncio.Task[None] | None = None

    def newcomer(self) -> Talker:
        """Somebody new, who presses Start."""
        number = len(self.people)
        person = self.telegram.person(f"Person {number}")
        talker = Talker(self.telegram, person, number, stops=number % 5 == 4)
        self.people.append(talker)
        person.start()
        return talker

    def act(self) -> None:
        """Everyone who can does something."""
        for talker in self.people:
            while talker.act():
                self.acts += 1

    def open(self) -> None:
        """From now on everyone acts as soon as there is something to answer."""
        self._task = asyncio.create_task(self._live())

    async def close(self) -> None:
        """Nobody acts any more."""
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def until(self, ready: Callable[[], bool], within: float) -> bool:
        """Waits until something holds."""
        if self._task is not None and self._task.done():
            self._task.result()
        return await self.telegram.changes.until(ready, within)

    async def _live(self) -> None:
        heard = -1

        def news() -> bool:
            return self.telegram._happenings != heard

        while True:
            await self.telegram.changes.until(news, 3600)
            heard = self.telegram._happenings
            self.act()
            while sum(not t.done for t in self.people) < self.at_once:
                self.newcomer()
