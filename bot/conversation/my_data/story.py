"""My story: a participant's hopes, troubles and goals, and what they answered later.

For another service they get a file, not a link: a link would have to store their answers for its
holder, and could be opened by the wrong one first; a file is theirs alone, names no one, and needs
nothing from us to be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from bot.content.story_threads import GOOD, HOPED, WRONG
from bot.conversation.context import Context
from bot.domain.participant import Checkin, ContentOwner, Participant
from bot.messages.callback_data import PhraseButton
from bot.messages.reply import Document, DocumentLine, Message
from bot.messages.splitting import split_text
from flows.engine import AnswerState, Quoted, Text
from flows.engine.prompting import quoted

MADE = ("picture", "page")
TOLD = (AnswerState.ANSWERED, AnswerState.NOT_SURE)
"""Skipped questions are left out: they are no part of the story."""

Part = tuple[Text, Quoted]


def show(ctx: Context, participant: Participant | None) -> None:
    """Shows the story, and offers it as a picture or a page."""
    lines = list(_lines(ctx, participant)) if participant is not None else []
    if not lines:
        ctx.say("story_none")
        return
    assert participant is not None  # noqa: S101 - the lines are theirs
    ctx.owner = ContentOwner.of(participant)
    for part in _parts(lines):
        for piece in split_text(text_of(part)):
            right_to_left = ctx.localizer.right_to_left
            ctx.messages.append(Message(piece, right_to_left=right_to_left, protect_content=True))
    ctx.say("story")


def make(ctx: Context, participant: Participant | None, button: PhraseButton) -> None:
    """Creates the picture or page; on a shared phone, asks first."""
    lines = tuple(_lines(ctx, participant)) if participant is not None else ()
    if participant is None or not lines:
        ctx.say("story_none")
        return
    if participant.shared_phone and button.phrase != "story_safe":
        ctx.say("story_safe")
        return
    localizer, paper = ctx.localizer, button.choice == "page"
    words = localizer.phrase("story_page" if paper else "story_picture")
    page = Document(lines, localizer.code, localizer.right_to_left, paper)
    ctx.owner = ContentOwner.of(participant)
    # Not protected: what is theirs they may keep and send on.
    ctx.messages.append(Message(words, right_to_left=localizer.right_to_left, attachment=page))


def parts_of(ctx: Context, past: Checkin, threads: tuple[str, ...]) -> list[Part]:
    """The answers in a check-in to the questions of some threads, in that order."""
    library = ctx.env.library
    flow = library.get_version(past.version)
    answers = library.with_labels(past.version, past.session.answers)
    steps = [step for name in threads for step in library.threads.of(name, flow.name)]
    if not library.threads.steps:
        steps = [step.id for step in flow.steps]
    return [
        (flow.by_id[step].text, quoted(answers[step]))
        for step in steps
        if step in flow.by_id and step in answers and answers[step].state in TOLD
    ]


def told(ctx: Context, parts: list[Part]) -> Iterator[DocumentLine]:
    """Questions with their answers, as lines of a page."""
    for text, said in parts:
        yield DocumentLine("asked", ctx.localizer.question(text))
        yield DocumentLine("said", ctx.localizer.format_value(said))


def text_of(lines: Iterable[DocumentLine]) -> str:
    """The same lines as one message: an answer is right under its question."""
    found = ""
    for line in lines:
        between = "\n" if line.kind == "said" else "\n\n"
        found += between + line.words if found else line.words
    return found


def _lines(ctx: Context, participant: Participant) -> Iterator[DocumentLine]:
    """The newest BEFORE with answers, and all later answers about it."""
    threads = (HOPED, WRONG, GOOD)
    befores = [
        p for p in participant.checkins if p.follows_id is None and parts_of(ctx, p, threads)
    ]
    if not befores:
        return
    before = befores[-1]
    yield DocumentLine("head", ctx.localizer.phrase("story_before"))
    yield from told(ctx, parts_of(ctx, before, threads))
    for past in participant.checkins:
        if past.follows_id == before.id and (parts := parts_of(ctx, past, threads)):
            date = past.started_at.astimezone(ZoneInfo(participant.timezone)).date()
            yield DocumentLine("head", ctx.localizer.phrase("story_after", {"date": date}))
            yield from told(ctx, parts)


def _parts(lines: list[DocumentLine]) -> Iterator[list[DocumentLine]]:
    """The lines from each heading to the next."""
    part: list[DocumentLine] = []
    for line in lines:
        if line.kind == "head" and part:
            yield part
            part = []
        part.append(line)
    yield part
