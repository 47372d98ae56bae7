"""My story: a participant's hopes, troubles and goals, and what they answered later.

For another service they get a file, not a link: a link would have to store their answers for its
holder, and could be opened by the wrong one first; a file is theirs alone, names no one, and needs
nothing from us to be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from bot.content.story_threads import GOOD, HOPED, WRONG
from bot.conversation import quoted_answers
from bot.conversation.context import Context
from bot.domain.participant import Checkin, ContentOwner, Participant
from bot.messages.callback_data import PhraseButton
from bot.messages.parts import MessagePart, PageLine, PagePart, Question
from flows.engine import AnswerState, Quoted, Text
from flows.engine.prompting import quoted

MADE = ("picture", "page")
TOLD = (AnswerState.ANSWERED, AnswerState.NOT_SURE)
"""Skipped questions are left out: they are no part of the story."""

THREADS = (HOPED, WRONG, GOOD)
Part = tuple[Text, Quoted]


def show(ctx: Context, participant: Participant | None) -> None:
    """Shows the story, and offers it as a picture or a page."""
    lines = tuple(_lines(ctx, participant)) if participant is not None else ()
    if not lines:
        ctx.say("story_none")
        return
    assert participant is not None  # noqa: S101 - the lines are theirs
    ctx.owner = ContentOwner.of(participant)
    ctx.parts += _voices(ctx, participant)
    ctx.parts.append(PagePart(lines, ctx.localizer))
    ctx.say("story")


def _voices(ctx: Context, participant: Participant) -> Iterator[MessagePart]:
    """What the story quotes and was spoken; not where others see the phone."""
    if participant.shared_phone:
        return
    for past in _told(ctx, participant):
        flow = ctx.env.library.get_version(past.version)
        shown = {text for text, _ in parts_of(ctx, past, THREADS)}
        answers = {s.id: past.session.answers[s.id] for s in flow.steps if s.heading in shown}
        yield from quoted_answers.voices(flow, answers, ctx.localizer)


def make(ctx: Context, participant: Participant | None, button: PhraseButton) -> None:
    """Creates the picture or page; on a shared phone, asks first."""
    lines = tuple(_lines(ctx, participant)) if participant is not None else ()
    if participant is None or not lines:
        ctx.say("story_none")
        return
    if participant.shared_phone and button.phrase != "story_safe":
        ctx.say("story_safe")
        return
    paper = button.choice == "page"
    page = PagePart(lines, ctx.localizer, paper)
    ctx.owner = ContentOwner.of(participant)
    # Not protected: what is theirs they may keep and send on.
    ctx.say_with_buttons("story_page" if paper else "story_picture", attach=page)


def parts_of(ctx: Context, past: Checkin, threads: tuple[str, ...]) -> list[Part]:
    """The answers in a check-in to the questions of some threads, in that order."""
    library = ctx.env.library
    flow = library.get_version(past.version)
    answers = library.with_labels(past.version, past.session.answers)
    steps = [step for name in threads for step in library.threads.of(name, flow.name)]
    if not library.threads.steps:
        steps = [step.id for step in flow.steps]
    return [
        (flow.by_id[step].heading, quoted(answers[step]))
        for step in steps
        if step in flow.by_id and step in answers and answers[step].state in TOLD
    ]


def told(parts: list[Part]) -> Iterator[PageLine]:
    """Questions with their answers, as lines of a page."""
    for text, said in parts:
        yield PageLine("asked", Question(text))
        yield PageLine("said", said)


def _told(ctx: Context, participant: Participant) -> list[Checkin]:
    """The newest BEFORE with answers, and all later check-ins about it."""
    befores = [
        p for p in participant.checkins if p.follows_id is None and parts_of(ctx, p, THREADS)
    ]
    if not befores:
        return []
    before = befores[-1]
    return [before, *(p for p in participant.checkins if p.follows_id == before.id)]


def _lines(ctx: Context, participant: Participant) -> Iterator[PageLine]:
    for past in _told(ctx, participant):
        if not (parts := parts_of(ctx, past, THREADS)):
            continue
        date = past.started_at.astimezone(ZoneInfo(participant.timezone)).date()
        first = past.follows_id is None
        head = ctx.phrase("story_before") if first else ctx.phrase("story_after", {"date": date})
        yield PageLine("head", head)
        yield from told(parts)
