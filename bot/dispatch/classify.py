"""Classifies an update once, before any handler: its keyword, its danger, its button."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from bot.content.environment import Environment
from bot.conversation.safety import danger
from bot.conversation.safety.help import is_help
from bot.conversation.stop import is_stop
from bot.messages.callback_data import CallbackData, parse
from bot.messages.incoming import ButtonPress, IncomingUpdate, UpdateContent, keyword_in
from flows.engine.danger.detector import DangerKind


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

    @cached_property
    def danger(self) -> DangerKind | None:
        """The danger in its text; detected when first asked, as HELP needs no answer."""
        return danger.kind_of(self.content, self.env)

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
    words = keyword_in(what)
    keyword = env.library.keywords(words) if words else None
    button = parse(what.data) if isinstance(what, ButtonPress) else None
    return Classified(what, keyword, button, env)


def with_classification(update: IncomingUpdate, env: Environment) -> IncomingUpdate:
    """The same update with its classification, so that it is not computed again."""
    return replace(update, classified=classify(update, env))
