"""How a flow is walked, one turn at a time, as values.

Never sends, saves, schedules, translates or reads a clock.
"""

from flows.engine.flow import Choice, Condition, Flow, Kind, Meaning, Step, Text, placeholders
from flows.engine.load import BrokenFlow, load, load_folder, load_old
from flows.engine.phrases import Listened, Phrase, Phrases, load_phrases, load_said, load_stop_words
from flows.engine.session import Answer, Incoming, Session, State, Tap, Voice, Words
from flows.engine.turn import Button, Note, Prompt, Quoted, Recap, Turn, Value
from flows.engine.walk import (
    EndlessFlow,
    answer_of,
    ask,
    begin,
    hear,
    orphans,
    say_again,
    stop,
)
from flows.engine.yaml_reader import Problem

__all__ = [
    "Answer",
    "BrokenFlow",
    "Button",
    "Choice",
    "Condition",
    "EndlessFlow",
    "Flow",
    "Incoming",
    "Kind",
    "Listened",
    "Meaning",
    "Note",
    "Phrase",
    "Phrases",
    "Problem",
    "Prompt",
    "Quoted",
    "Recap",
    "Session",
    "State",
    "Step",
    "Tap",
    "Text",
    "Turn",
    "Value",
    "Voice",
    "Words",
    "answer_of",
    "ask",
    "begin",
    "hear",
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
