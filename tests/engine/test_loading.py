"""Loading: every mistake in a file is named with its line, all at once, and nothing else is raised.

Does not judge wording, and does not walk what was loaded.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.plan_loader import load_plan
from flows.engine import (
    BrokenFlow,
    Problem,
    load,
    load_folder,
    load_old,
    load_phrases,
    load_stop_words,
)
from tests.support.flow_explorer import FLOWS, FOLDER

HEAD = "flow: quiz\nfor: adult\nsteps:\n"
ASK = """\
- id: q1
  kind: choice
  text: How are you?
  why: We want to know.
  choices:
    y: Well
    n: Not so well
"""
WORDS = "- {id: %s, kind: words, text: And %s, why: So.}\n"
SAY = "- {id: %s, kind: say, text: Hello %s.}\n"
END = "- {id: bye, kind: say, text: Goodbye.}\n"


def step(extra: str, kind: str = "choice") -> str:
    """A file with one step, whose last line (10) is `extra`."""
    middle = (
        "  choices:\n    y: Well\n"
        if kind.startswith("choice")
        else "  hint: One\n  again: false\n"
    )
    return f"{HEAD}- id: q1\n  kind: {kind}\n  text: How?\n  why: So.\n{middle}{extra}\n"


def choice(extra: str) -> str:
    """A file with one step, whose first choice is on line 9."""
    return f"{HEAD}- id: q1\n  kind: choice\n  text: How?\n  why: So.\n  choices:\n    {extra}\n"


MISTAKES: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "empty": ("", [(1, "empty")]),
    "only a remark": ("# nothing yet\n", [(1, "empty")]),
    "a tab": (f"{HEAD}-\tid: q1\n\tkind: say\n", [(4, "not YAML")]),
    "a quote left open": (f'{HEAD}- id: "q1\n  kind: say\n', [(4, "not YAML")]),
    "a bracket left open": (f"{HEAD}- [id, kind\n", [(4, "not YAML")]),
    "a control character": (f"{HEAD}- id: q\x001\n", [(4, "not YAML")]),
    "an impossible letter": (f'{HEAD}- id: "\\UFFFFFFFF"\n', [(1, "not YAML")]),
    "too deep": (HEAD + "  [\n" * 3000, [(1, "not YAML")]),
    "two files in one": (f"{HEAD}{ASK}---\nflow: two\n", [(11, "not YAML")]),
    "an unknown anchor": (f"{HEAD}- *nobody\n", [(4, "not YAML")]),
    "a list at the top": ("- a\n- b\n", [(1, "must be `name: value`"), (1, "needs `flow:`")]),
    "no name": ("for: adult\nsteps: []\n", [(1, "a flow file needs `flow:`")]),
    "no steps": ("flow: quiz\nfor: adult\nsteps: []\n", [(3, "at least one step")]),
    "steps as words": ("flow: quiz\nfor: adult\nsteps: soon\n", [(3, "a step must be")]),
    "an unknown part": (f"{HEAD}{ASK}when_done: x\n", [(11, "a flow file has no `when_done`")]),
    "a slip in a part": (f"flwo: quiz\n{HEAD}{ASK}", [(1, "did you mean `flow`?")]),
    "a bad name": (f"flow: My Quiz\nfor: adult\nsteps:\n{ASK}", [(1, "small letter")]),
    "nobody's": (f"flow: quiz\nfor: aduld\nsteps:\n{ASK}", [(2, "did you mean `adult`?")]),
    "a step without id": (f"{HEAD}- kind: say\n  text: Hello.\n", [(4, "a step needs `id:`")]),
    "a step without text": (f"{HEAD}- id: q1\n  kind: say\n", [(4, "a step needs `text:`")]),
    "a step that is a word": (f"{HEAD}- hello\n", [(4, "must be `name: value`")]),
    "an unknown key": (step("  wyh: So."), [(10, "did you mean `why`?")]),
    "a key twice": (step("  why: Again."), [(10, "`why` stands twice")]),
    "a key that is a list": (step("  [a, b]: c"), [(10, "plain word")]),
    "an unknown kind": (step("", "choise"), [(5, "did you mean `choice`?")]),
    "an id too long": (f"{HEAD}- {{id: a{'b' * 18}, kind: say, text: H.}}\n", [(4, "up to 18")]),
    "an id with capitals": (f"{HEAD}- {{id: Q1, kind: say, text: H.}}\n", [(4, "small letter")]),
    "an id twice": (f"{HEAD}{ASK}{WORDS % ('q1', 'now')}", [(11, "two steps are called `q1`")]),
    "the end's name": (f"{HEAD}{SAY % ('end', 'you')}", [(4, "cannot be called `end`")]),
    "a button's name": (f"{HEAD}{SAY % ('skip', 'you')}", [(4, "cannot be called `skip`")]),
    "the stop's name": (f"{HEAD}{SAY % ('stopped', 'you')}", [(4, "cannot be called `stopped`")]),
    "empty words": (f'{HEAD}- {{id: a, kind: say, text: " "}}\n', [(4, "`text` is empty")]),
    "words that are a list": (f"{HEAD}- {{id: a, kind: say, text: [b]}}\n", [(4, "plain words")]),
    "too long a text": (
        f"{HEAD}- {{id: a, kind: say, text: {'a' * 1501}}}\n",
        [(4, "longer than 1500")],
    ),
    "a brace alone": (f'{HEAD}- {{id: a, kind: say, text: "Hi }}"}}\n', [(4, "partner")]),
    "braces turned round": (f'{HEAD}- {{id: a, kind: say, text: "}}Hi{{"}}\n', [(4, "partner")]),
    "an unknown placeholder": (
        f'{HEAD}- {{id: a, kind: say, text: "For {{org_nam}}"}}\n',
        [(4, "did you mean `org_name`?")],
    ),
    "a fact as a placeholder": (
        f'{HEAD}- {{id: a, kind: say, text: "By {{fact.org_name}}"}}\n',
        [(4, "nothing is called `{fact.org_name}`")],
    ),
    "a fact that may be missing": (
        f'{HEAD}- {{id: a, kind: say, text: "By {{worker_name}}"}}\n',
        [(4, "when: {fact.worker_name: known}")],
    ),
    "a number in one wording": (
        step('  instead: [{when: {fact.language: known}, text: "{number}. How?"}]'),
        [(4, "but not in `text`")],
    ),
    "no choices": (
        f"{HEAD}- {{id: a, kind: choice, text: H, why: S.}}\n",
        [(4, "needs `choices")],
    ),
    "choices for words": (step("  choices: {y: Well}", "words"), [(4, "cannot have `choices:`")]),
    "too many choices": (
        choice("\n    ".join(f"c{n}: Choice {n}" for n in range(13))),
        [(4, "more than 12")],
    ),
    "too long a label": (choice(f"y: {'a' * 61}"), [(4, "longer than 60")]),
    "a label of two lines": (choice('y: "One\\ntwo"'), [(4, "one line")]),
    "a label that may change": (
        choice('y: {text: "{worker_name}", when: {fact.worker_name: known}}'),
        [(4, "may be quoted later")],
    ),
    "a label that is missing": (choice("y: {next: end}"), [(9, "choice `y` needs `text:`")]),
    "a control as a choice": (choice("skip: Skip it"), [(9, "added by itself")]),
    "the end as a choice": (choice("end: The end"), [(9, "cannot be called `end`")]),
    "a choice with capitals": (choice("Yes: Well"), [(9, "cannot be called `Yes`")]),
    "a choice twice": (choice("y: Well\n    y: Ill"), [(10, "`y` stands twice")]),
    "an unknown deed": (choice("y: {text: Well, does: delet}"), [(9, "did you mean `delete`?")]),
    "a jump out of several": (
        step("    n: {text: No, next: end}", "choices"),
        [(4, "lets several be chosen")],
    ),
    "rather not say twice": (
        step("    rather_not_say: Rather not say\n  decline: rather_not_say"),
        [(4, "twice")],
    ),
    "no why": (f"{HEAD}- {{id: a, kind: words, text: How}}\n", [(4, "must say `why:`")]),
    "a saying with a why": (f"{HEAD}- {{id: a, kind: say, text: Hi., why: S.}}\n", [(4, "no why")]),
    "a gate of words": (step("  gate: true", "words"), [(4, "must be a choice")]),
    "a gate that may be shut": (
        f"{HEAD}- {{id: a, kind: choice, gate: true, text: Go,\n"
        "   choices: {y: {text: Go, when: {fact.language: en}}}}\n",
        [(4, "one choice must always be there")],
    ),
    "typed without choices": (step("  typed: true", "words"), [(4, "`typed` says nothing")]),
    "neither true nor false": (step("  typed: maybe"), [(10, "true or false")]),
    "an unknown decline": (step("  decline: no"), [(10, "`decline` cannot be `no`")]),
    "an unknown meaning": (step("  meaning: sucess"), [(10, "did you mean `success`?")]),
    "an unknown next": (step("  next: q2"), [(4, "goes to `q2`, which does not exist")]),
    "a next to itself": (step("  next: q1"), [(4, "goes to itself")]),
    "an unknown jump": (choice("y: {text: Well, next: ned}"), [(4, "does not exist")]),
    "a jump to what may not be": (
        f"{HEAD}{ASK}    o: {{text: Else, next: q2}}\n{WORDS % ('q3', 'so')}"
        "- {id: q2, kind: words, text: And, why: So., when: {q1: y}}\n",
        [(4, "only there `when`")],
    ),
    "a condition on nothing": (step("  when: {q2: y}"), [(4, "`when` names `q2`")]),
    "a condition on a slip": (
        f"{HEAD}{ASK}- {{id: q2, kind: words, text: And, why: So., when: {{q1: yy}}}}\n{END}",
        [(11, "did you mean `y`?")],
    ),
    "a condition that cannot be": (
        f"{HEAD}{ASK}- {{id: q2, kind: say, text: And., when: {{q1: met}}}}\n{END}",
        [(11, "can never be `met`")],
    ),
    "a condition on a gate's answer": (
        f"{HEAD}- {{id: q1, kind: choice, gate: true, text: Go, choices: {{y: Go}}}}\n"
        f"- {{id: q2, kind: say, text: And., when: {{q1: y}}}}\n{END}",
        [(5, "can never be `y`")],
    ),
    "a condition on an unknown fact": (
        step("  when: {fact.wether: fine}"),
        [(4, "no fact `wether`")],
    ),
    "a condition that is a word": (step("  when: always"), [(10, "must be `name: value`")]),
    "a condition without values": (step("  when: {fact.language: []}"), [(4, "names nothing")]),
    "a wording without words": (
        step("  instead: [{when: {fact.language: en}}]"),
        [(10, "needs `when:` and `text:`")],
    ),
    "what nothing leads to": (
        f"{HEAD}{ASK}  next: bye\n{WORDS % ('lost', 'so')}{END}",
        [(12, "nothing ever leads to `lost`")],
    ),
    "what never ends": (
        HEAD
        + "- {id: a, kind: choice, gate: true, again: true, text: Go, choices: {y: Go}, next: b}\n"
        "- {id: b, kind: choice, gate: true, again: true, text: Go, choices: {y: Go}, next: a}\n",
        [(4, "can never come to an end"), (5, "can never come to an end")],
    ),
    "a loop that only says": (
        f"{HEAD}- {{id: a, kind: say, again: true, text: Tick., next: b}}\n"
        "- {id: b, kind: say, again: true, text: Tock., next: a}\n",
        [(4, "without a question"), (4, "can never come to an end")],
    ),
    "too many sayings": (
        HEAD + "".join(SAY % (f"s{n}", n) for n in range(3)) + ASK,
        [(4, "more than 2 messages")],
    ),
    "too many sayings where some are passed by": (
        f"{HEAD}{ASK}{SAY % ('s1', 1)}- {{id: s2, kind: say, text: Hi., when: {{q1: y}}}}\n"
        f"{SAY % ('s3', 3)}",
        [(11, "more than 2 messages")],
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_every_mistake_is_named_with_its_line(name: str) -> None:
    source, expected = MISTAKES[name]
    with pytest.raises(BrokenFlow) as broken:
        load(source, "quiz.yaml")
    for line, fragment in expected:
        assert any(
            p.file == "quiz.yaml" and p.line == line and fragment in p.message
            for p in broken.value.problems
        ), (line, fragment, str(broken.value))


def test_all_mistakes_are_named_at_once() -> None:
    source = f"{HEAD}{ASK}  wyh: x\n- {{id: q1, kind: wrods, text: A, why: B}}\n- {{id: q3}}\n"
    source += "- {id: q4, kind: words, text: 'And {this}?', next: nowhere}\n"
    with pytest.raises(BrokenFlow) as broken:
        load(source, "quiz.yaml")
    assert {p.line for p in broken.value.problems} == {11, 12, 13, 14}
    assert len([p for p in broken.value.problems if p.line == 14]) == 3
    assert str(broken.value).splitlines()[0].startswith("quiz.yaml:11: ")


def test_words_are_taken_as_typed() -> None:
    """In most YAML readers `yes`, `no`, `on` and `0x1` would turn into something else."""
    flow = load(choice("yes: yes\n    no: no\n    on: 0x1\n    off: ~\n    null: 2026-11-22"))
    labels = {c.id: c.label.source for c in flow.steps[0].choices}
    assert labels == {"yes": "yes", "no": "no", "on": "0x1", "off": "~", "null": "2026-11-22"}


def test_the_version_is_of_the_file() -> None:
    one, same, other = (load(HEAD + ASK + more) for more in ("", "", "# a remark\n"))
    assert one.version == same.version != other.version
    assert one.version.isalnum()
    assert len(one.version) == 16


def test_what_the_authors_page_shows_loads() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    branch, kinds = (
        load(HEAD + each) for each in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    )
    assert {s.kind.value for s in kinds.steps} == {"say", "choice", "choices", "words"}
    assert branch.by_id["pet_more"].when


def folder_of(tmp_path: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (tmp_path / f"{name}.yaml").write_bytes(raw)
    return tmp_path


def problems_of(read: Callable[[], object]) -> list[Problem]:
    with pytest.raises(BrokenFlow) as broken:
        read()
    return broken.value.problems


def test_a_folder_names_the_mistakes_of_all_its_files(tmp_path: Path) -> None:
    later = "flow: later\nfor: adult\nsteps:\n- {id: a, kind: say, text: 'You said {quiz.q9}.'}\n"
    later += "- {id: b, kind: words, text: And, why: So., when: {quiz.q1: maybe}}\n"
    later += "- {id: c, kind: say, text: 'And {quiz.hi}.', when: {quix.q1: y}}\n"
    quiz = f"{HEAD}{SAY % ('hi', 'you')}{ASK}"
    folder = folder_of(
        tmp_path,
        quiz=quiz,
        later=later,
        latin="flow: latin\n# caf\xe9\n".encode("latin-1"),
        other=f"flow: another\nfor: adult\nsteps:\n{ASK}",
        phrases="org_name: us\n",
    )
    found = problems_of(lambda: load_folder(folder))
    assert [(p.file, p.line) for p in found] == [
        ("later.yaml", 4),
        ("later.yaml", 5),
        ("later.yaml", 6),
        ("later.yaml", 6),
        ("latin.yaml", 2),
        ("other.yaml", 1),
    ]
    text = "\n".join(map(str, found))
    for fragment in (
        "there is no `quiz.q9`; did you mean `quiz.q1`?",
        "`quiz.q1` can never be `maybe`",
        "there is no `quix.q1`; did you mean `quiz.q1`?",
        "`quiz.hi` keeps no answer",
        "not UTF-8",
        "must be in a file called another.yaml",
    ):
        assert fragment in text


def test_a_folder_without_flows_is_a_mistake(tmp_path: Path) -> None:
    assert "no flows" in problems_of(lambda: load_folder(tmp_path))[0].message


def test_a_file_from_another_system_loads(tmp_path: Path) -> None:
    """With a byte order mark and its own line ends, as some editors write them."""
    raw = b"\xef\xbb\xbf" + (HEAD + ASK).replace("\n", "\r\n").encode()
    assert load_folder(folder_of(tmp_path, quiz=raw))["quiz"].steps[0].id == "q1"


def test_an_old_version_is_loaded_though_the_laws_have_grown() -> None:
    old = f"{HEAD}- {{id: a, kind: words, text: How}}\n"
    assert problems_of(lambda: load(old))
    assert [s.id for s in load_old(old, "quiz").steps] == ["a"]
    assert problems_of(lambda: load_old("steps: [", "quiz"))[0].file == "quiz.yaml"


CONTROLS = "controls: {done: D, back: B, skip: S, rather_not_say: R, not_now: N, stop: X}\n"
PHRASES = f"org_name: us\n{CONTROLS}menu: {{a: b}}\nabout: {{a: b}}\nphrases:\n  hi: Hello\n"
BESIDE: list[tuple[Callable[[Path], object], str, str, list[tuple[int, str]]]] = [
    (load_phrases, "phrases", "org_name: us\n", [(1, "`controls:` is missing")]),
    (load_phrases, "phrases", PHRASES.replace("skip: S, ", ""), [(2, "control `skip`")]),
    (load_phrases, "phrases", f"{PHRASES}  hi: Twice\n", [(7, "`hi` stands twice")]),
    (
        load_phrases,
        "phrases",
        f"{PHRASES}  ho: {{choices: {{a: b}}}}\n",
        [(7, "`ho` needs `text:`")],
    ),
    (load_phrases, "phrases", f"{PHRASES}  ho: {{text: a, chocies: b}}\n", [(7, "`choices`?")]),
    (load_phrases, "phrases", f"{PHRASES}  ho:\n", [(7, "empty")]),
    (
        load_phrases,
        "phrases",
        f"{PHRASES}  ho:\nextra: x\n",
        [(7, "empty"), (8, "this file has no `extra`")],
    ),
    (load_phrases, "phrases", "\tx", [(1, "not YAML")]),
    (load_stop_words, "stop_words", "start: {en: go}\n", [(1, "`help:`")]),
    (
        load_stop_words,
        "stop_words",
        "start: {en: [go, '!']}\nhelp:\n  en: [help]\n  fr: [Stóp, GO]\n",
        [
            (1, "without letters"),
            (4, "`Stóp` means both stop and help"),
            (4, "`GO` means both start and help"),
        ],
    ),
    (load_stop_words, "stop_words", "start: [a]\nhelp: {}\n", [(1, "must be `name:")]),
    (
        load_stop_words,
        "stop_words",
        "stop: {en: stop}\nstrat: {en: go}\nhelp: {en: a}\n",
        [
            (1, "stand in the folder `stops`"),
            (2, "did you mean `start`?"),
            (1, "`start:` is missing"),
        ],
    ),
]


@pytest.mark.parametrize(("read", "name", "source", "expected"), BESIDE)
def test_the_other_files_name_their_mistakes_too(
    read: Callable[[Path], object],
    name: str,
    source: str,
    expected: list[tuple[int, str]],
    tmp_path: Path,
) -> None:
    path = folder_of(tmp_path, **{name: source}) / f"{name}.yaml"
    (tmp_path / "stops").symlink_to(FOLDER / "stops")
    found = problems_of(lambda: read(path))
    for line, fragment in expected:
        assert any(p.line == line and fragment in p.message for p in found), found


PLAN = (FOLDER / "plan.yaml").read_text(encoding="utf-8")
PLANS = [
    ("unfinished: 2 days", "unfinished: 2 dyas", "must be like"),
    ("unfinished: 2 days", "unfinsihed: 2 days", "did you mean `unfinished`?"),
    ('at: "19:00"', 'at: "25:00"', "must be a time"),
    ("unanswered: 2", "unanswered: two", "whole number"),
    ('from: "09:00"', 'from: "21:00"', "ends before it begins"),
]


@pytest.mark.parametrize(("right", "wrong", "fragment"), PLANS)
def test_a_broken_plan_is_named(right: str, wrong: str, fragment: str, tmp_path: Path) -> None:
    assert right in PLAN
    line = PLAN[: PLAN.index(right)].count("\n") + 1
    path = folder_of(tmp_path, plan=PLAN.replace(right, wrong, 1)) / "plan.yaml"
    found = problems_of(lambda: load_plan(path))
    assert any(p.line == line and fragment in p.message for p in found), found


@pytest.mark.parametrize("read", [load_phrases, load_stop_words, load_plan])
def test_a_missing_file_is_named(read: Callable[[Path], object], tmp_path: Path) -> None:
    assert "missing" in problems_of(lambda: read(tmp_path / "gone.yaml"))[0].message


def mutated(source: str, seed: int) -> str:
    """The file after a few accidents, as an author's hand makes them."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    lines = source.splitlines()
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines))
        accident = chance.randrange(8)
        if accident == 0:
            del lines[at]
        elif accident == 1:
            lines.insert(at, chance.choice(lines))
        elif accident == 2:
            lines[at] = " " * chance.randint(1, 4) + lines[at]
        elif accident == 3:
            lines[at] = lines[at].lstrip()
        elif accident == 4:
            words = lines[at].split(" ")
            words[chance.randrange(len(words))] = chance.choice(_STRANGE)
            lines[at] = " ".join(words)
        elif accident == 5:
            words = lines[at].split(" ")
            words[chance.randrange(len(words))] = chance.choice(chance.choice(lines).split(" "))
            lines[at] = " ".join(words)
        elif accident == 6:
            lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
        else:
            start = chance.randrange(len(lines))
            lines[at:at] = lines[start : start + chance.randint(1, 12)]
        if not lines:
            lines = [""]
    return "\n".join(lines) + "\n"


_STRANGE = [
    *("\t", "{", "}", "[", "]", ":", "- ", "'", '"', "|", ">", "&a", "*a", "!!int", "%", "@", "?"),
    *("\x00", "\u2028", "\ufeff", "\ud7ff", "𝒳", "end", "skip", "{number}", "{a}", "when:", "<<:"),
    *("---", "...", "~", "true", "next: end", '"\\UFFFFFFFF"', '"\\x"', "{before.b1}", "fact.x"),
]
READERS: dict[str, Callable[[Path], object]] = {
    "phrases": load_phrases,
    "stop_words": load_stop_words,
    "plan": load_plan,
}


@pytest.mark.parametrize("name", [*FLOWS, *READERS])
def test_accidents_in_our_files_are_named_or_harmless(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp(name)
    whole = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    named: list[int] = []

    @settings(max_examples=120, deadline=None, database=None, derandomize=True)
    @given(st.integers(min_value=0))
    def accident(seed: int) -> None:
        source = mutated(whole, seed)
        path = folder / f"{name}.yaml"
        path.write_text(source, encoding="utf-8")
        found: list[Problem] = []
        try:
            READERS[name](path) if name in READERS else load_folder(folder)
        except BrokenFlow as broken:
            found = broken.problems
            named.append(len(found))
        last = max(1, len(source.splitlines()))
        assert all(1 <= p.line <= last and p.message for p in found)

    accident()
    assert min(named) > 0


# --- words that count ----------------------------------------------------------------------------

COUNTS = """flow: a
for: anyone
steps:
- id: s1
  kind: say
  text: {forms}
"""


def test_words_that_count_have_two_forms() -> None:
    forms = '{one: "{total} day", other: "{total} days", count: total}'
    (step,) = load(COUNTS.format(forms=forms)).steps
    assert (step.text.one, step.text.source) == ("{total} day", "{total} days")
    assert (step.text.count, step.text.key) == ("total", ("a/s1/text", "{total} day"))


@pytest.mark.parametrize(
    ("forms", "message"),
    [
        ('{one: "{total} day", other: "{total} days"}', "needs `count:`"),
        ('{one: "a day", other: "days", count: total}', "so `other` must hold {total}"),
        (
            '{one: "{org_name}", other: "{total}", count: total}',
            "{org_name}, which `other` has not",
        ),
        ('{one: "", other: "{total}", count: total}', "`one` is empty"),
        ('{one: "a", many: "b", other: "{total}", count: total}', "has no `many`"),
    ],
)
def test_what_is_wrong_with_words_that_count_is_named(forms: str, message: str) -> None:
    with pytest.raises(BrokenFlow, match=re.escape(message)):
        load(COUNTS.format(forms=forms))


def test_a_choice_counts_nothing() -> None:
    source = COUNTS.format(forms="Hi").replace("kind: say", "kind: choice\n  gate: true")
    source += '  choices:\n    a: {text: {one: "{total}", other: "{total}", count: total}}\n'
    with pytest.raises(BrokenFlow, match="must be plain words"):
        load(source)
