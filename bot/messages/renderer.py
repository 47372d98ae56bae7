"""Renders parts of a reply as messages in their language, once, after the handler."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from bot.domain.ids import new_id
from bot.i18n import bidi
from bot.i18n.localizer import LONGEST_QUOTE, Localizer, truncate
from bot.messages.parts import (
    AnswersPart,
    ButtonPart,
    Line,
    Listing,
    Menu,
    MessagePart,
    OtherReply,
    PagePart,
    Part,
    Question,
    Words,
    lazy,
    phrase_part,
    prompt_part,
)
from bot.messages.reply import Document, DocumentLine, InlineButton, Message, Reply
from bot.messages.splitting import LONGEST, split_text
from flows.engine import LazyText, Phrases, Prompt, Quoted, Recap, Text, Value

ON = "✓ "
LONGEST_MESSAGE = 4000
"""Under Telegram's 4096 with room for the formatting of other parts."""


def render(parts: Iterable[Part]) -> tuple[Message, ...]:
    """The messages of a reply, in order."""
    return tuple(message for part in parts for message in _messages(part))


def render_other(other: OtherReply, blank_text: Text) -> Reply:
    """A reply to another chat; `blank_text` replaces visible messages that cannot be deleted."""
    localizer = next((p.localizer for p in other.parts if not isinstance(p, Message)), None)
    blanks = other.supersedes_queue and localizer is not None
    return Reply(
        new_id(),
        other.chat,
        render(other.parts),
        urgent=other.urgent,
        standalone=other.standalone,
        commands=render_menu(other.menu),
        resets_commands=other.menu is not None and other.menu.resets,
        owner=other.owner,
        supersedes_queue=other.supersedes_queue,
        blank_text=localizer.say(blank_text) if blanks and localizer else "",
        silent=other.silent,
        edit=other.edit,
    )


def render_line(line: Line | None) -> str | None:
    """The words of a toast or a tapped label."""
    return render_words(line.words, line.localizer) if line is not None else None


def render_menu(menu: Menu | None) -> tuple[tuple[str, str], ...]:
    """The commands with their descriptions."""
    if menu is None:
        return ()
    return tuple((name, menu.localizer.text(words)) for name, words in menu.commands.items())


def render_words(words: Words, localizer: Localizer) -> str:
    """Words in a language."""
    if isinstance(words, LazyText):
        return localizer.say(words.text, dict(words.values))
    if isinstance(words, Question):
        return localizer.question(words.text)
    if isinstance(words, Listing):
        return localizer.format_list(render_words(each, localizer) for each in words.items)
    if isinstance(words, Quoted | Recap):
        return localizer.format_value(words)
    return words


def prompt_text(prompt: Prompt, localizer: Localizer) -> str:
    """The text of one prompt, without the reason and the buttons."""
    texts = (prompt.text, prompt.hint) if prompt.hint is not None else (prompt.text,)
    said = "\n\n".join(localizer.say(text, prompt.values) for text in texts)
    return truncate(said, LONGEST_MESSAGE)


def prompt_message(
    prompt: Prompt, localizer: Localizer, phrases: Phrases, data: Callable[[str], str]
) -> Message:
    """One prompt in a language. `data` returns the callback data of a choice."""
    return _message(prompt_part(prompt, localizer, phrases, data))


def phrase_message(
    name: str,
    localizer: Localizer,
    phrases: Phrases,
    values: Mapping[str, Value] | None = None,
    about: int = 0,
) -> Message:
    """One phrase in a language, with its buttons if it has any."""
    return _message(phrase_part(name, localizer, phrases, values, about))


def _messages(part: Part) -> Iterator[Message]:
    match part:
        case Message():
            yield part
        case MessagePart():
            yield _message(part)
        case PagePart():
            yield from _pages(part)
        case AnswersPart():
            *before, last = _answers(part)
            yield from (_protected(text, part.localizer) for text in before)
            yield _protected(last, part.localizer, part.choices)


def _message(part: MessagePart) -> Message:
    localizer = part.localizer
    text = part.between.join(render_words(words, localizer) for words in part.lines)
    attachment = part.attachment
    return Message(
        truncate(text, LONGEST_MESSAGE),
        render_words(part.reason, localizer) if part.reason is not None else None,
        tuple(_button(button, localizer) for button in part.choices),
        tuple(_button(button, localizer) for button in part.controls),
        localizer.right_to_left,
        _document(attachment) if isinstance(attachment, PagePart) else attachment,
        part.protect_content,
        part.source_ref,
        tuple(_button(button, localizer) for button in part.compact),
        part.alert_id,
    )


def _protected(text: str, localizer: Localizer, choices: Iterable[ButtonPart] = ()) -> Message:
    buttons = tuple(_button(button, localizer) for button in choices)
    return Message(text, None, buttons, right_to_left=localizer.right_to_left, protect_content=True)


def _button(button: ButtonPart, localizer: Localizer) -> InlineButton:
    label = render_words(button.label, localizer)
    label = label if button.longest is None else truncate(label, button.longest)
    return InlineButton(bidi.signed(ON, label) if button.on else label, button.data)


def _document(page: PagePart) -> Document:
    localizer = page.localizer
    return Document(tuple(_lines(page)), localizer.code, localizer.right_to_left, page.paper)


def _lines(page: PagePart) -> Iterator[DocumentLine]:
    for line in page.lines:
        yield DocumentLine(line.kind, render_words(line.words, page.localizer))


def _pages(page: PagePart) -> Iterator[Message]:
    parts: list[list[DocumentLine]] = [[]]
    for line in _lines(page):
        if line.kind == "head" and parts[-1] and not page.one_message:
            parts.append([])
        parts[-1].append(line)
    for part in parts:
        for piece in split_text(page_text(part)):
            yield _protected(piece, page.localizer)


def page_text(lines: Iterable[DocumentLine]) -> str:
    """The lines as one message: an answer is right under its question."""
    found = ""
    for line in lines:
        between = "\n" if line.kind == "said" else "\n\n"
        found += between + line.words if found else line.words
    return found


def _answers(part: AnswersPart) -> Iterator[str]:
    """The answers in as few messages as possible; long text is whole, after its beginning."""
    head, page = part.head, list[tuple[Text, Quoted]]()

    def said() -> str:
        answers = Recap(tuple(page))
        words: Words = lazy(head, {"answers": answers}) if head is not None else answers
        return render_words(words, part.localizer)

    for item in part.items:
        page.append(item)
        if len(page) > 1 and _units(said()) > LONGEST:
            page.pop()
            yield said()
            head, page = None, [item]
        words = item[1].words
        if words and len(words) > LONGEST_QUOTE:
            yield said()
            head, page = None, []
            yield from split_text(bidi.clean(words))
    if page:
        yield said()


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
