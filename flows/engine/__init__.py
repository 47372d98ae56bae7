"""Walks a flow, one turn at a time, as pure values.

Sending, storing, scheduling, translating and reading the clock are up to the caller.
"""

from flows.engine.answers import answer_of
from flows.engine.flow import (
    WORDS_TO_SEND,
    Choice,
    Condition,
    Flow,
    Meaning,
    Step,
    Text,
    placeholders,
)
from flows.engine.keywords import Heard, Keywords, load_stop_words
from flows.engine.kinds import StepKind
from flows.engine.load import BrokenFlow, load, load_folder, load_old
from flows.engine.moves import EndlessFlow
from flows.engine.phrases import Phrase, Phrases, load_phrases, load_said
from flows.engine.session import Answer, AnswerState, Incoming, Session, Tap, Voice, Words
from flows.engine.stops.stop_grammar import StopMeaning
from flows.engine.turn import Button, LazyText, Lines, Note, Prompt, Quoted, Recap, Turn, Value
from flows.engine.walk import (
    ask,
    begin,
    go_on,
    hear,
    is_kept,
    keep,
    orphans,
    say_again,
    stop,
)
from flows.engine.yaml_reader import Problem

__all__ = [
    "WORDS_TO_SEND",
    "Answer",
    "AnswerState",
    "BrokenFlow",
    "Button",
    "Choice",
    "Condition",
    "EndlessFlow",
    "Flow",
    "Heard",
    "Incoming",
    "Keywords",
    "LazyText",
    "Lines",
    "Meaning",
    "Note",
    "Phrase",
    "Phrases",
    "Problem",
    "Prompt",
    "Quoted",
    "Recap",
    "Session",
    "Step",
    "StepKind",
    "StopMeaning",
    "Tap",
    "Text",
    "Turn",
    "Value",
    "Voice",
    "Words",
    "answer_of",
    "ask",
    "begin",
    "go_on",
    "hear",
    "is_kept",
    "keep",
    "load",
    "load_folder",
    "load_old",
    "load_phrases",
    "load_said",
    "load_stop_words",
    "orphans",
    "placeholders",
    "say_again",
    "stop",
]
