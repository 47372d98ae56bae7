"""Finds the worker's button that a typed text stands for: by its label, or by a short reply.

Only under the newest message, within a day, and as long as this process remembers it. What a button
does is checked as if it were tapped.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import NamedTuple

from bot.content.environment import Environment
from bot.conversation import typed_choices
from bot.conversation.last_asked import FRESH, LastAsked, WorkerChoice
from bot.domain.participant import Participant
from bot.domain.worker import Worker
from bot.domain.worker_inputs import (
    AwaitingAge,
    AwaitingAnnouncement,
    AwaitingLanguage,
    WorkerInput,
)
from bot.messages.callback_data import WorkerButton
from bot.messages.incoming import IncomingUpdate, TextMessage
from bot.workers import checkin_requests
from flows.engine import LazyText
from flows.engine.normalise import normalise

ROWS = ("one", "mate", "move", "invited")
"""Buttons that only show what a name stands for: the name alone presses them."""
_TURNS = ("page",)
"""Buttons that change their own message: there is none under what is typed."""
_ASKS_AGAIN = {"remove": "fire"}
"""What asks again where a yes is not clear enough."""
_NUMBERED = re.compile(r"(\d+)  (.+)", re.DOTALL)
LEAVE = "leave"


class TypedWork(NamedTuple):
    """The button that was typed, and whether by its very label."""

    button: WorkerButton
    exactly: bool = False


def read(
    env: Environment,
    worker: Worker | None,
    asked: LastAsked | None,
    update: IncomingUpdate,
    now: dt.datetime,
) -> TypedWork | None:
    """The button of a worker's newest message that their text stands for."""
    what = update.content
    if worker is None or not worker.active or not isinstance(what, TextMessage):
        return None
    if worker.pending_input is not None and _is_leave(env, what.text, worker):
        about = getattr(worker.pending_input, "case_id", 0)
        return TypedWork(WorkerButton(LEAVE, about), exactly=True)
    if not is_newest(asked, update, now) or asked is None:
        return None
    choices = [choice for choice in asked.work if choice.button.verb not in _TURNS]
    if (found := _labelled(what.text, choices)) is not None:
        return found if asked.takes_labels_only or _takes_replies(worker.pending_input) else None
    if asked.takes_labels_only or not _takes_replies(worker.pending_input):
        return None
    return _meant(env, what.text, worker.language, choices) or _dated(what.text, choices)


def is_newest(asked: LastAsked | None, update: IncomingUpdate, now: dt.datetime) -> bool:
    """Whether a text was sent after the newest message with workers' buttons, within a day.

    Times of Telegram are whole seconds. What was sent before is no answer to it: of two quick
    "yes" the second confirms nothing that its sender has not seen.
    """
    at = asked.work_at if asked is not None and asked.work else None
    return at is not None and now - at < FRESH and update.sent_at >= at.replace(microsecond=0)


def is_followed_up(participant: Participant | None, asked: LastAsked) -> bool:
    """Whether a follow-up came to them as a participant since: then that is the newest message."""
    at = participant.last_follow_up_at if participant is not None else None
    return at is not None and at > asked.at


def is_recent(asked: LastAsked, now: dt.datetime) -> bool:
    """Whether what was last said here was said within a day."""
    return now - asked.at < FRESH


def _labelled(text: str, choices: Iterable[WorkerChoice]) -> TypedWork | None:
    """The one button with this label, or with this name in it."""
    said, known = normalise(text), tuple(choices)
    if not said:
        return None
    whole = {c.button for c in known if normalise(_shown(c)) == said}
    found = whole or {c.button for c in known if said in _names(c)}
    return TypedWork(found.pop(), exactly=True) if len(found) == 1 else None


def _shown(choice: WorkerChoice) -> str:
    """The label as it was shown."""
    label = choice.label
    if isinstance(label, LazyText):
        return choice.localizer.say(label.text, dict(label.values))
    return label if isinstance(label, str) else ""


def _names(choice: WorkerChoice) -> set[str]:
    """The name on a button that only shows something, and the number of its card."""
    if choice.button.verb not in ROWS or not isinstance(choice.label, LazyText):
        return set()
    name = dict(choice.label.values).get("name")
    if not isinstance(name, str):
        return set()
    numbered = _NUMBERED.fullmatch(name)
    return {normalise(part) for part in (name, *(numbered.groups() if numbered else ()))}


def _meant(
    env: Environment, text: str, language: str, choices: Iterable[WorkerChoice]
) -> TypedWork | None:
    """The one button that a short reply stands for; an unclear yes asks again."""
    meanings, reply = env.library.choice_meanings, env.library.replies.read(text, language)
    if reply is None:
        return None
    found = {
        choice.button: choice.label.text
        for choice in choices
        if isinstance(choice.label, LazyText) and reply.meaning in meanings.of(choice.label.text)
    }
    if len(found) > 1:  # what leaves a question counts where nothing else is meant
        found = {button: label for button, label in found.items() if button.verb != LEAVE}
    if len(found) != 1:
        return None
    ((button, label),) = found.items()
    if not reply.asks and typed_choices.is_clear_enough(meanings, label, text, language):
        return TypedWork(button)
    again = _ASKS_AGAIN.get(button.verb)
    return TypedWork(WorkerButton(again, button.about, button.how)) if again else None


def _dated(text: str, choices: Iterable[WorkerChoice]) -> TypedWork | None:
    """The button for another day, where a day was typed."""
    if not checkin_requests.is_day(text):
        return None
    found = [c.button for c in choices if asks_day(c.button)]
    return TypedWork(found[0]) if len(found) == 1 else None


def asks_day(button: WorkerButton) -> bool:
    """Whether a button asks for a day to be typed."""
    return button.verb in ("when", "began", "ended") and button.how.split(".")[-1] == "date"


def _is_leave(env: Environment, text: str, worker: Worker) -> bool:
    """Whether a text is the label of the button that leaves a question: it is no name."""
    label = env.library.phrases["w_left"].choices[LEAVE]
    return normalise(env.languages[worker.language].say(label)) == normalise(text)


def _takes_replies(awaited: WorkerInput | None) -> bool:
    """Whether a text may be a button's answer while text is expected: a name stays a name."""
    if isinstance(awaited, AwaitingAnnouncement):
        return awaited.text is not None
    return awaited is None or isinstance(awaited, AwaitingLanguage | AwaitingAge)
