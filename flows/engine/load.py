"""Loads a whole flow file and names every mistake with its file and line."""

from __future__ import annotations

import difflib
import hashlib
import re
from pathlib import Path

import yaml

from flows.engine import validation
from flows.engine.flow import (
    CONTROLS,
    END,
    RATHER_NOT_SAY,
    SKIP,
    WORDS_TO_SEND,
    Choice,
    Condition,
    Flow,
    Meaning,
    Step,
    Text,
    Variant,
)
from flows.engine.kinds import StepKind
from flows.engine.text_nodes import label_at, text_at
from flows.engine.yaml_reader import Problem, Reader, line_of, open_yaml, suggest, yaml_files

ID = re.compile(r"[a-z][a-z0-9_]{0,17}")
"""Short, so that session, step, turn and choice fit the 64 bytes a Telegram button carries."""

AUDIENCES = ("anyone", "adult", "young")
DOES = ("clear", "contact", "delete", "help", "others_see")
_FLOW_KEYS = ("flow", "for", "steps")
_STEP_KEYS = (
    "id",
    "kind",
    "text",
    "why",
    "hint",
    "name",
    "instead",
    "choices",
    "when",
    "next",
    "decline",
    "gate",
    "again",
    "typed",
    "meaning",
)
_CHOICE_KEYS = ("text", "next", "when", "does", "gate")


class BrokenFlow(Exception):
    """One or more flow files cannot be used; `problems` has every mistake, in order."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(p) for p in self.problems))


def load(source: str, file: str = "flow") -> Flow:
    """A flow from the text of its file.

    Raises:
        BrokenFlow: with all mistakes of the file at once.
    """
    flow, problems = _read(source, file)
    if flow is None or problems:
        raise BrokenFlow(problems)
    return flow


def load_old(source: str, name: str) -> Flow:
    """A version with open check-ins: what was good enough to begin is good enough to finish.

    Raises:
        BrokenFlow: only when nothing can be made of it at all.
    """
    flow, problems = _read(source, f"{name}.yaml")
    if flow is None:
        raise BrokenFlow(problems)
    return flow


def load_folder(folder: Path) -> dict[str, Flow]:
    """Every flow of a folder, by name: the files that have `steps`.

    Raises:
        BrokenFlow: with all mistakes of all files at once.
    """
    flows: dict[str, Flow] = {}
    problems: list[Problem] = []
    for path in yaml_files(folder):
        source = _source(path, problems)
        if source is None or not re.search(r"^(flow|steps)\s*:", source, re.MULTILINE):
            continue
        flow, found = _read(source, path.name)
        problems += found
        if flow is not None:
            if flow.name != path.stem:
                message = f"flow `{flow.name}` must be in a file called {flow.name}.yaml"
                problems.append(Problem(path.name, 1, message))
            flows.setdefault(flow.name, flow)
    if not flows and not problems:
        problems.append(Problem(folder.name, 1, "there are no flows in this folder"))
    # What depends on a broken file is not reported as well.
    unsure = {Path(problem.file).stem for problem in problems}
    problems += validation.check_flows(flows, unsure)
    if problems:
        raise BrokenFlow(problems)
    return flows


def open_or_refuse(path: Path) -> tuple[Reader, yaml.Node]:
    """A reader of a YAML file, and its root.

    Raises:
        BrokenFlow: the file cannot be read, or is no YAML.
    """
    reader, root = open_yaml(path)
    if root is None:
        raise BrokenFlow(reader.problems)
    return reader, root


def _source(path: Path, problems: list[Problem]) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.append(Problem(path.name, line, "this is not UTF-8 text"))
        return None


def version_of(source: str) -> str:
    """The version of a flow file: the first 16 hex digits of its SHA-256.

    A word to send counts as its English word: where it was written out, it is the same version, and
    the buttons of it stay valid.
    """
    for name, meaning in WORDS_TO_SEND.items():
        source = source.replace(f"{{{name}}}", meaning.upper())
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def _read(source: str, file: str) -> tuple[Flow | None, list[Problem]]:
    reader = Reader(file)
    root = reader.root(source)
    if root is None:
        return None, reader.problems
    top = reader.mapping(root, "a flow file", _FLOW_KEYS)
    for key in _FLOW_KEYS:
        if key not in top:
            reader.note(root, f"a flow file needs `{key}:`")
    if len(top) < len(_FLOW_KEYS):
        return None, reader.problems
    name = _id(reader, top["flow"][1], "the flow's name")
    audience = _one_of(reader, top["for"][1], "`for`", AUDIENCES)
    steps = [
        s
        for node in reader.items(top["steps"][1], "`steps`")
        if (s := _step(reader, node, name)) is not None
    ]
    if not steps:
        reader.note(top["steps"][1], "a flow needs at least one step")
        return None, reader.problems
    flow = Flow(name, version_of(source), audience, source, tuple(steps))
    validation.check_flow(flow, reader)
    # Two steps in one, for want of a `- `: all other mistakes come of it.
    doubled = [p for p in reader.problems if p.message.startswith("`id` stands twice in a step")]
    return flow, doubled or reader.problems


def _step(reader: Reader, node: yaml.Node, flow: str) -> Step | None:
    keys = reader.mapping(node, "a step", _STEP_KEYS)
    for key in ("id", "kind", "text"):
        if key not in keys:
            reader.note(node, f"a step needs `{key}:`")
    if not {"id", "kind", "text"} <= keys.keys():
        return None
    values = {key: value for key, (_, value) in keys.items()}
    step_id = _id(reader, values["id"], "a step's id")
    kind = _one_of(reader, values["kind"], "`kind`", [k.value for k in StepKind])
    if not step_id:
        return None
    if not kind:
        # Reported already. It stays a step, so that references to it are not reported as well.
        kind = _likely(values)
    here = f"{flow}/{step_id}"

    def text(key: str) -> Text | None:
        return text_at(reader, values[key], f"`{key}`", f"{here}/{key}") if key in values else None

    def flag(key: str) -> bool:
        return key in values and reader.flag(values[key], f"`{key}`")

    step = Step(
        id=step_id,
        kind=StepKind(kind),
        text=text_at(reader, values["text"], "`text`", f"{here}/text"),
        line=line_of(node),
        why=text("why"),
        hint=text("hint"),
        name=text("name"),
        instead=_instead(reader, values.get("instead"), here),
        choices=_choices(reader, values.get("choices"), here),
        when=_when(reader, values.get("when")),
        next=reader.text(values["next"], "`next`") if "next" in values else None,
        decline=_one_of(reader, values["decline"], "`decline`", (SKIP, RATHER_NOT_SAY))
        if "decline" in values
        else SKIP,
        gate=flag("gate"),
        again=flag("again"),
        typed=flag("typed"),
        meaning=Meaning(found)
        if "meaning" in values
        and (found := _one_of(reader, values["meaning"], "`meaning`", [m.value for m in Meaning]))
        else None,
    )
    validation.check_step(step, reader)
    return step


def _likely(values: dict[str, yaml.Node]) -> str:
    typed = str(values["kind"].value)
    close = difflib.get_close_matches(typed, [k.value for k in StepKind], n=1)
    return close[0] if close else StepKind.CHOICE if "choices" in values else StepKind.WORDS


def _id(reader: Reader, node: yaml.Node, what: str) -> str:
    value = reader.text(node, what)
    if value and not ID.fullmatch(value):
        reader.note(
            node,
            f"{what} `{value}` must begin with a small letter and hold up to 18 small letters,"
            " digits or _",
        )
        return ""
    return value


def _one_of(reader: Reader, node: yaml.Node, what: str, known: list[str] | tuple[str, ...]) -> str:
    value = reader.text(node, what)
    if value and value not in known:
        hint = suggest(value, known) or f"; it can be {', '.join(known)}"
        reader.note(node, f"{what} cannot be `{value}`{hint}")
        return ""
    return value


def _choices(reader: Reader, node: yaml.Node | None, here: str) -> tuple[Choice, ...]:
    if node is None:
        return ()
    choices: list[Choice] = []
    for choice_id, (key, value) in reader.mapping(node, "`choices`").items():
        if not ID.fullmatch(choice_id) or choice_id == END:
            reader.note(key, f"a choice cannot be called `{choice_id}`")
        if choice_id in CONTROLS and choice_id != RATHER_NOT_SAY:
            reader.note(key, f"`{choice_id}` is added by itself; leave it out")
        context = f"{here}/{choice_id}"
        if not isinstance(value, yaml.MappingNode):
            choices.append(Choice(choice_id, label_at(reader, value, "a choice's words", context)))
            continue
        parts = reader.mapping(value, "a choice", _CHOICE_KEYS)
        if "text" not in parts:
            reader.note(key, f"choice `{choice_id}` needs `text:`")
            continue
        choices.append(
            Choice(
                choice_id,
                label_at(reader, parts["text"][1], "a choice's words", context),
                next=reader.text(parts["next"][1], "`next`") if "next" in parts else None,
                when=_when(reader, parts["when"][1] if "when" in parts else None),
                does=_one_of(reader, parts["does"][1], "`does`", DOES) or None
                if "does" in parts
                else None,
                gate="gate" in parts and reader.flag(parts["gate"][1], "`gate`"),
            )
        )
    return tuple(choices)


def _instead(reader: Reader, node: yaml.Node | None, here: str) -> tuple[Variant, ...]:
    if node is None:
        return ()
    found: list[Variant] = []
    for number, item in enumerate(reader.items(node, "`instead`"), 1):
        parts = reader.mapping(item, "`instead`", ("when", "text"))
        if len(parts) < 2:
            reader.note(item, "`instead` needs `when:` and `text:`")
            continue
        words = text_at(reader, parts["text"][1], "`text`", f"{here}/instead{number}")
        found.append(Variant(_when(reader, parts["when"][1]), words))
    return tuple(found)


def _when(reader: Reader, node: yaml.Node | None) -> tuple[Condition, ...]:
    if node is None:
        return ()
    return tuple(
        Condition(
            ref, frozenset(reader.text(v, "a `when` value") for v in reader.items(value, "`when`"))
        )
        for ref, (_, value) in reader.mapping(node, "`when`").items()
    )
