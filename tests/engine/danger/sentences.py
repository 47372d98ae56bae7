"""One sentence for each kind of danger in each language, and what has to be said to it.

Says the law a second time, in numbers as they are printed; asks the bot's own code nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.content.loading import read_danger
from bot.i18n.localizer import Languages
from bot.messages.callback_data import PhraseButton, parse
from bot.messages.incoming import TextMessage, UnsupportedMessage, UpdateContent, VoiceMessage
from bot.messages.reply import Message
from flows.engine.danger.detector import DangerKind
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
    DangerKind.SELF_HARM: {SAMARITANS, SHOUT},
    DangerKind.HARM_TO_OTHERS: {SAMARITANS, SHOUT},
    DangerKind.ABUSE_NOW: {ABUSE, MEN},
    DangerKind.CHILD_AT_RISK: {SAMARITANS},
}
_SAYS = {
    DangerKind.SELF_HARM: "danger_self_harm",
    DangerKind.HARM_TO_OTHERS: "danger_others",
    DangerKind.ABUSE_NOW: "danger_abuse",
    DangerKind.CHILD_AT_RISK: "danger_child",
    DangerKind.OVERDOSE_NOW: "danger_overdose",
    DangerKind.MAYBE: "stop_maybe",
}


@dataclass(frozen=True)
class Said:
    """What somebody writes, and the danger in it."""

    text: str
    kind: DangerKind
    language: str


def sayings() -> list[Said]:
    """For each language and kind the files' own examples, or else one message of our collection."""
    found = {
        (Said(e.text, e.kind, e.file.removesuffix(".yaml")))
        for e in DANGER.examples
        if e.kind is not None
    }
    have = {(s.language, s.kind) for s in found}
    for case in cases("development"):
        noticed = DANGER.find(case.text)
        if noticed is None or noticed.kind != case.kind or (case.language, noticed.kind) in have:
            continue
        have.add((case.language, noticed.kind))
        found.add(Said(case.text, noticed.kind, case.language))
    return sorted(found, key=lambda s: (s.language, s.kind, s.text))


def ways(text: str) -> dict[str, UpdateContent]:
    """Every form in which words of a person come to the desk."""
    voice = {"file_id": "v", "file_unique_id": "u", "mime_type": "audio/ogg", "size": 1}
    return {
        "typed": TextMessage(text),
        "under a voice note": VoiceMessage({**voice, "caption": text}),
        "in an edit": UnsupportedMessage("edited", text),
        "forwarded": UnsupportedMessage("forwarded", text),
    }


def faults(
    message: Message,
    kind: DangerKind,
    whose: str,
    languages: Languages,
    language: str,
    *,
    shared: bool,
) -> list[str]:
    """What is wrong with an answer; nothing, if it is as it has to be."""
    localizer = languages[language]
    wanted = _FOR.get(kind, set[str]()) | ({EMERGENCY} if kind is not DangerKind.MAYBE else set())
    name = _SAYS[kind]
    if kind in _FOR:
        if shared:
            name, wanted = "danger_shared", {EMERGENCY}
        elif whose == YOUNG:
            name, wanted = "danger_young", {CHILDLINE, SHOUT, EMERGENCY}
        elif whose == UNKNOWN or kind is DangerKind.CHILD_AT_RISK:
            wanted = wanted | ({CHILDLINE} if whose == UNKNOWN else set())
    found = []
    first = localizer.phrase(name).partition("\n")[0].partition("{")[0]
    if not first or not message.text.startswith(first):
        found.append(f"not {name} in {language}: {message.text[:80]!r}")
    if (said := {n for n in NUMBERS if n in message.text}) != wanted:
        found.append(f"{kind} for {whose}, shared {shared}: {said ^ wanted}")
    if "{" in message.text:
        found.append(f"not filled in: {message.text}")
    buttons = [
        button for key in message.choices if isinstance(button := parse(key.data), PhraseButton)
    ]
    if {button.phrase for button in buttons} != {name}:
        found.append(f"other buttons: {buttons}")
    if "carry_on" not in {button.choice for button in buttons}:
        found.append("no way to carry on")
    return found
