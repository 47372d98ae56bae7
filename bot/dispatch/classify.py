"""Classifies an update once, before any handler: its keyword, its danger, its button."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from bot.content.environment import Environment
from bot.conversation.safety import danger
from bot.conversation.safety.help import is_help
from bot.conversation.stop import is_stop
from bot.messages.callback_data import CallbackData, parse
from bot.messages.incoming import (
    ButtonPress,
    Command,
    IncomingUpdate,
    UpdateContent,
    keyword_in,
    stop_in,
)
from flows.engine import Heard, StopMeaning
from flows.engine.danger.detector import DangerKind
from flows.engine.flow import RATHER_NOT_SAY
from flows.engine.keywords import NOTHING_HEARD, STOP


@dataclass(frozen=True)
class Classified:
    """What an update is, independent of its sender.

    `keyword` is the meaning of its text where that is a keyword ("stop", "help", "start" or
    another), of an edit too; `button` is the callback data of a pressed button, if it is
    recognised.
    """

    content: UpdateContent
    keyword: str | None
    button: CallbackData | None
    env: Environment = field(repr=False, compare=False)
    stop: StopMeaning | None = None
    """What its whole text says about stopping, also where that may be an answer."""

    @cached_property
    def danger(self) -> DangerKind | None:
        """The danger in its text; detected when first asked, as HELP needs no answer.

        A text that may mean stop is answered as a bare wish that it would stop: both ask which is
        meant. A stop stops without being asked.
        """
        if self.keyword == RATHER_NOT_SAY:
            return None  # Romanian "I prefer not to answer" looks like "does not answer"
        kind = danger.kind_of(self.content, self.env)
        if kind is DangerKind.MAYBE and self.keyword == STOP:
            return None
        if kind is None and self.keyword is None and self.stop is StopMeaning.MAYBE:
            return DangerKind.MAYBE
        return kind

    @property
    def asks_for_help(self) -> bool:
        """Whether it asks for help: by keyword, by command, or by button."""
        return is_help(self.content, self.keyword)

    @property
    def asks_to_stop(self) -> bool:
        """Whether it asks to stop: by keyword, by command, or by button."""
        return is_stop(self.content, self.keyword)


def classify(update: IncomingUpdate, env: Environment) -> Classified:
    """The classification of an update; cached by `with_classification`."""
    found = update.classified
    if isinstance(found, Classified) and found.content is update.content:
        return found
    what = update.content
    heard = _heard(what, env)
    button = parse(what.data) if isinstance(what, ButtonPress) else None
    return Classified(what, heard.keyword, button, env, heard.stop)


def _heard(what: UpdateContent, env: Environment) -> Heard:
    keywords = env.library.keywords
    if words := keyword_in(what):
        return keywords.look(words)
    if words := stop_in(what):
        heard = keywords.look(words)
        # A command that only may mean stop is answered as a command.
        clear = heard.keyword == STOP or not isinstance(what, Command)
        return heard if clear and heard.stop is not None else NOTHING_HEARD
    return NOTHING_HEARD


def with_classification(update: IncomingUpdate, env: Environment) -> IncomingUpdate:
    """The same update with its classification, so that it is not computed again."""
    found = classify(update, env)
    return update if found is update.classified else replace(update, classified=found)
