"""One sentence for each kind of danger in each language, and what has to be said to it.

Says the law a second time, in numbers as they are printed; asks the bot's own code nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.content.loading import read_danger
from bot.i18n.localizer import Tongues
from bot.messages.callback_data import Aside, read
from bot.messages.incoming import Spoken, Typed, Unreadable, What
from bot.messages.reply import Message
from flows.engine.danger.detector import Kind
from tests.engine.danger.danger_cases import cases
from tests.support.flow_explorer import FOLDER

DANGER = read_danger(FOLDER)

ADULT, YOUNG, UNKNOWN = "adult", "young", "unknown"
SAMARITANS, SHOUT, ABUSE, MEN, CHILDLINE, EMERGENCY = (
    "116 123",
    "85258",
    "0808 2000 247",
    "0808 801 0327",
    "0800 1111",
    "999",
)
NUMBERS = {SAMARITANS, SHOUT, ABUSE, MEN, CHILDLINE, EMERGENCY}
_FOR = {
    Kind.SELF_HARM: {SAMARITANS, SHOUT},
    Kind.HARM_TO_OTHERS: {SAMARITANS, SHOUT},
    Kind.ABUSE_NOW: {ABUSE, MEN},
    Kind.CHILD_AT_RISK: {SAMARITANS},
}
_SAYS = {
    Kind.SELF_HARM: "danger_self_harm",
    Kind.HARM_TO_OTHERS: "danger_others",
    Kind.ABUSE_NOW: "danger_abuse",
    Kind.CHILD_AT_RISK: "danger_child",
    Kind.OVERDOSE_NOW: "danger_overdose",
    Kind.MAYBE: "stop_maybe",
}


@dataclass(frozen=True)
class Said:
    """What somebody writes, and the danger in it."""

    text: str
    kind: Kind
    language: str


def sayings() -> list[Said]:
    """For each language and kind the files' own examples, or else one message of our collection."""
    found = {
        (Said(e.text, e.kind, e.file.removesuffix(".yaml")))
        for e in DANGER.examples
        if e.kind is not None
    }
    have = {(s.language, s.kind) for s in found}
    for case in cases("open"):
        noticed = DANGER.find(case.text)
        if noticed is None or noticed.kind != case.kind or (case.language, noticed.kind) in have:
            continue
        have.add((case.language, noticed.kind))
        found.add(Said(case.text, noticed.kind, case.language))
    return sorted(found, key=lambda s: (s.language, s.kind, s.text))


def ways(text: str) -> dict[str, What]:
    """Every form in which words of a person come to the desk."""
    voice = {"file_id": "v", "file_unique_id": "u", "mime_type": "audio/ogg", "size": 1}
    return {
        "typed": Typed(text),
        "under a voice note": Spoken({**voice, "caption": text}),
        "in an edit": Unreadable("edited", text),
        "forwarded": Unreadable("forwarded", text),
    }


def faults(
    message: Message, kind: Kind, whose: str, tongues: Tongues, language: str, *, shared: bool
) -> list[str]:
    """What is wrong with an answer; nothing, if it is as it has to be."""
    tongue = tongues[language]
    wanted = _FOR.get(kind, set[str]()) | ({EMERGENCY} if kind is not Kind.MAYBE else set())
    name = _SAYS[kind]
    if kind in _FOR:
        if shared:
            name, wanted = "danger_shared", {EMERGENCY}
        elif whose == YOUNG:
            name, wanted = "danger_young", {CHILDLINE, SHOUT, EMERGENCY}
        elif whose == UNKNOWN or kind is Kind.CHILD_AT_RISK:
            wanted = wanted | ({CHILDLINE} if whose == UNKNOWN else set())
    found = []
    first = tongue.phrase(name).partition("\n")[0].partition("{")[0]
    if not first or not message.text.startswith(first):
        found.append(f"not {name} in {language}: {message.text[:80]!r}")
    if (said := {n for n in NUMBERS if n in message.text}) != wanted:
        found.append(f"{kind} for {whose}, shared {shared}: {said ^ wanted}")
    if "{" in message.text:
        found.append(f"not filled in: {message.text}")
    buttons = [button for key in message.choices if isinstance(button := read(key.data), Aside)]
    if {button.phrase for button in buttons} != {name}:
        found.append(f"other buttons: {buttons}")
    if "carry_on" not in {button.choice for button in buttons}:
        found.append("no way to carry on")
    return found
