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
from tests.engine.flow_mistakes import ASK, HEAD, MISTAKES, SAY, choice
from tests.support.flow_explorer import FLOWS, FOLDER


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
    (
        load_stop_words,
        "stop_words",
        "start: {en: [go]}\nhelp: {en: [sos]}\nstop_forms:\n  fr: [arrêté, Sós]\n"
        "other_words:\n  fr: [Arrêté, bateau]\n",
        [
            (4, "`Sós` is heard as no stop"),
            (6, "`Arrêté` stands under stop_forms too"),
            (6, "`bateau` is heard as no word"),
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
