"""What a handler decides to say: parts of a reply, not yet in a language.

`renderer` turns them into messages once, after the handler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.domain.participant import ContentOwner
from bot.i18n.localizer import Localizer
from bot.messages.callback_data import PhraseButton
from bot.messages.reply import Attachment, Message, MessageEdit
from flows.engine import LazyText, Phrases, Prompt, Quoted, Recap, Text, Value

LONGEST_LABEL = 64


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it stands above its answer: without its number in the series."""

    text: Text


@dataclass(frozen=True, slots=True)
class Listing:
    """Several words as a list of the language."""

    items: tuple[Words, ...]


Words = str | LazyText | Question | Listing | Quoted | Recap
"""Words to be rendered; a `str` is a name, or what a participant wrote."""


@dataclass(frozen=True, slots=True)
class ButtonPart:
    """A button: its label, cut at `longest` characters, and its callback data.

    `on` marks a choice that is picked already.
    """

    label: Words
    data: str
    on: bool = False
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Words in one language, without a message of their own: a toast, or a tapped label."""

    words: Words
    localizer: Localizer


@dataclass(frozen=True, slots=True)
class Menu:
    """The commands shown in a chat from now on, by name; without any, those of all chats."""

    commands: Mapping[str, Text]
    localizer: Localizer

    @property
    def resets(self) -> bool:
        """Whether the chat has no commands of its own from now on."""
        return not self.commands


@dataclass(frozen=True, slots=True)
class MessagePart:
    """One message. `lines` are joined by `between`; the other fields are those of `Message`.

    `asks` marks a question of a check-in.
    """

    lines: tuple[Words, ...]
    localizer: Localizer
    between: str = "\n"
    reason: LazyText | None = None
    choices: tuple[ButtonPart, ...] = ()
    compact: tuple[ButtonPart, ...] = ()
    controls: tuple[ButtonPart, ...] = ()
    attachment: Attachment | PagePart | None = None
    protect_content: bool = False
    source_ref: str | None = None
    asks: bool = False
    alert_id: int | None = None


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line of a page. `kind` is what it is: head, asked, said, or note."""

    kind: str
    words: Words


@dataclass(frozen=True, slots=True)
class PagePart:
    """Lines under headings: as one message from each heading, or as a `Document` to keep."""

    lines: tuple[PageLine, ...]
    localizer: Localizer
    paper: bool = False
    one_message: bool = False


@dataclass(frozen=True, slots=True)
class AnswersPart:
    """Questions with their answers, in as few messages as possible, nothing cut.

    `head` begins the first message with a phrase; the last one has the `choices`.
    """

    items: tuple[tuple[Text, Quoted], ...]
    localizer: Localizer
    head: Text | None = None
    choices: tuple[ButtonPart, ...] = ()


Part = MessagePart | PagePart | AnswersPart | Message
"""A `Message` is one that was rendered before, such as a reply that was deferred."""


@dataclass(frozen=True, slots=True)
class OtherReply:
    """A reply to another chat than the one whose update is handled; the fields are of `Reply`."""

    chat: int
    parts: tuple[Part, ...]
    owner: ContentOwner | None = None
    menu: Menu | None = None
    urgent: bool = False
    silent: bool = False
    standalone: bool = True
    supersedes_queue: bool = False
    edit: MessageEdit | None = None


def lazy(text: Text, values: Mapping[str, Value] | None = None) -> LazyText:
    """A text with its values."""
    return LazyText(text, tuple(values.items()) if values else ())


def quotes(values: Mapping[str, Value] | None) -> bool:
    """Whether values quote a participant: such a message must not be forwarded."""
    return any(isinstance(value, Quoted | Recap) for value in (values or {}).values())


def phrase_part(
    name: str,
    localizer: Localizer,
    phrases: Phrases,
    values: Mapping[str, Value] | None = None,
    about: int = 0,
) -> MessagePart:
    """One phrase, with its own buttons if it has any."""
    phrase = phrases[name]
    return text_part(
        phrase.text,
        localizer,
        values,
        choices=(
            ButtonPart(lazy(text, values), PhraseButton(name, choice, about).encode())
            for choice, text in phrase.choices.items()
        ),
    )


def text_part(
    text: Text,
    localizer: Localizer,
    values: Mapping[str, Value] | None = None,
    *,
    more: Iterable[Words] = (),
    choices: Iterable[ButtonPart] = (),
    controls: Iterable[ButtonPart] = (),
    attachment: Attachment | PagePart | None = None,
) -> MessagePart:
    """One text in a language, with `more` lines below it."""
    return MessagePart(
        (lazy(text, values), *more),
        localizer,
        choices=tuple(choices),
        controls=tuple(controls),
        attachment=attachment,
        protect_content=quotes(values),
        source_ref=text.context,
    )


def prompt_part(
    prompt: Prompt,
    localizer: Localizer,
    phrases: Phrases,
    data: Callable[[str], str],
    *,
    before: Iterable[Words] = (),
    protect_content: bool = False,
) -> MessagePart:
    """One prompt of a flow. `data` returns the callback data of a choice.

    `before` is said above it in the same message: one buzz of the phone, not two.
    """

    def choice(choice_id: str, *, on: bool) -> str:
        return (("-" if on else "+") + choice_id) if prompt.several else choice_id

    texts = (prompt.text, prompt.hint) if prompt.hint is not None else (prompt.text,)
    return MessagePart(
        (*before, *(lazy(text, prompt.values) for text in texts)),
        localizer,
        "\n\n",
        lazy(prompt.why, prompt.values) if prompt.why else None,
        choices=tuple(
            ButtonPart(
                lazy(b.label, prompt.values), data(choice(b.id, on=b.on)), b.on, LONGEST_LABEL
            )
            for b in prompt.choices
            if b.label is not None
        ),
        controls=tuple(
            ButtonPart(lazy(phrases.controls[b.id]), data(b.id)) for b in prompt.controls
        ),
        protect_content=protect_content or quotes(prompt.values) or prompt.stands is not None,
        source_ref=prompt.text.context,
        asks=True,
    )
