"""Quotes earlier answers in a question: spoken ones as they were, none where others see it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from bot.content.library import FlowLibrary
from bot.domain.participant import Checkin
from bot.i18n.localizer import Localizer
from bot.messages.parts import MessagePart, Question, lazy
from bot.messages.reply import VoiceNote
from flows.engine import Answer, Flow, LazyText, Phrases, Prompt, Quoted, Recap


def voices_before(
    prompts: Iterable[Prompt], live: Checkin, library: FlowLibrary, localizer: Localizer
) -> Iterator[MessagePart]:
    """The voice notes that these prompts quote, of this check-in or of the one before."""
    for prompt in prompts:
        for name, value in prompt.values.items():
            if isinstance(value, Recap):
                flow = library.get_version(live.session.version)
                yield from voices(flow, live.session.answers, localizer)
            elif isinstance(value, Quoted) and value.voice and live.follows_version is not None:
                earlier, _, step = name.partition(".")
                answers = live.session.earlier.get(earlier, {})
                flow = library.get_version(live.follows_version)
                yield from voices(flow, {s: a for s, a in answers.items() if s == step}, localizer)


def voices(
    flow: Flow, answers: Mapping[str, Answer], localizer: Localizer
) -> Iterator[MessagePart]:
    """The voice notes among these answers, each under its question, in the order of the flow."""
    for step in flow.steps:
        for note in answers[step.id].voice if step.id in answers else ():
            yield MessagePart(
                (Question(step.heading),),
                localizer,
                attachment=VoiceNote(str(note["file_id"]), note.get("id")),
                protect_content=True,
            )


def hidden(prompt: Prompt, phrases: Phrases) -> Prompt:
    """The same prompt without the answers that are repeated at the end."""
    if not isinstance(prompt.values.get("answers"), Recap):
        return prompt
    words = lazy(phrases["answers_hidden"].text)
    return replace(prompt, values={**prompt.values, "answers": words})


def standing(prompt: Prompt, phrases: Phrases, *, shared: bool) -> tuple[LazyText, ...]:
    """The answer from before, above the question that they have come back to."""
    if prompt.stands is None:
        return ()
    if shared:
        return (lazy(phrases["stands_hidden"].text),)
    return (lazy(phrases["stands"].text, {"answer": prompt.stands}),)
