"""What `checkin flows check` tells an author: mistakes with ideas, what changed, who is half-way.

The laws of wording themselves are in `test_wording`; what the loader refuses is in `test_loading`.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.authors.check import check
from bot.authors.check_report import report
from bot.authors.edit_impact import EditImpact, impact_of
from bot.authors.flow_diff import changes
from bot.authors.suggestions import suggest_fix
from bot.settings import ROOT, CannotBeDone, Settings, read_settings
from bot.store.tables.checkin_tables import CheckinRow
from flows.engine import BrokenFlow, Problem, load
from tests.conftest import Time
from tests.engine.flow_mistakes import MISTAKES
from tests.support.cli_process import checkin
from tests.support.flow_explorer import FLOWS, NAMES, reachable
from tests.support.participants import agree
from tests.support.running_bot import FLOWS as FOLDER
from tests.support.running_bot import KEY, Running
from tests.support.telegram_fake import FakeTelegram

FIRST = "What would you like this service to give you?"
EDITED = "What would make you glad you came?"


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    folder = tmp_path / "flows"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "engine", "__pycache__"))
    return folder


def edit(folder: Path, old: str, new: str, name: str = "before.yaml") -> None:
    source = (folder / name).read_text(encoding="utf-8")
    assert old in source
    (folder / name).write_text(source.replace(old, new, 1), encoding="utf-8")


# --- every mistake at once -----------------------------------------------------------------------

BROKEN: dict[str, tuple[str, str, str, str]] = {
    # what happened: before, after, what is said, what to do
    "a slip in a name": (
        "  why: So the help fits",
        "  wyh: So the help fits",
        "a step has no `wyh`; did you mean `why`?",
        "write `why`",
    ),
    "a jump to nowhere": (
        "next: who_may_read",
        "next: who_may_raed",
        "goes to `who_may_raed`, which does not exist; did you mean `who_may_read`?",
        "write `who_may_read`",
    ),
    "a tab": ("  kind: choices", "\tkind: choices", "this is not YAML", "never the tab key"),
    "a colon without quotes": (
        "text: May I write to you",
        "text: This: may I write to you",
        "this is not YAML: mapping values",
        "need quotes around them",
    ),
    "a quote left open": (
        '"{number} of {total}. Who or what',
        '"{number} of {total}." Who or what',
        "this is not YAML",
        "put the quotes around the whole",
    ),
    "no reason": (
        "  why: So the help can build on what works for you.\n",
        "",
        "it must say `why:`",
        "add a line `why: We ask so …`",
    ),
    "two of one name": ("- id: b2", "- id: b1", "two steps are called `b1`", "such as `b1_2`"),
    "a capital": (
        "- id: strength",
        "- id: Strength",
        "must begin with a small letter",
        "such as `strength`",
    ),
    "a condition that cannot be": (
        "when: {first: y}",
        "when: {first: yes}",
        "`first` can never be `yes`",
        "name one of its choices",
    ),
    "a placeholder nobody fills": (
        "{answers}",
        "{anwsers}",
        "nothing is called `{anwsers}`; did you mean `answers`?",
        "write `answers`",
    ),
    "a control as a choice": (
        "    talk: Someone to talk to",
        "    skip: Skip it",
        "`skip` is added by itself",
        "take this line away",
    ),
    "a question nothing leads to": (
        "  meaning: sharing\n",
        "  meaning: sharing\n  next: finish\n",
        "nothing ever leads to `felt`",
        "a `next:` jumps over it",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_mistake_is_named_with_its_line_and_what_to_do(what: str, flows: Path) -> None:
    old, new, said, do = BROKEN[what]
    edit(flows, old, new)
    lines = list(check(flows, ROOT / "locales").lines())
    place = next((n for n, line in enumerate(lines) if said in line), None)
    assert place is not None, lines
    assert lines[place].startswith("before.yaml:")
    assert do in lines[place + 1]


def test_all_files_are_looked_at_at_once(flows: Path) -> None:
    edit(flows, "kind: choices", "kind: choises")
    edit(flows, "for: adult", "for: adults", "after.yaml")
    edit(flows, "hello:", "hullo:", "phrases.yaml")
    edit(flows, "Do you feel safe and settled", "Surely you feel safe and settled", "after.yaml")
    helplines = flows / "helplines" / "gb.yaml"
    helplines.write_text("place: gb\n", encoding="utf-8")
    found = check(flows, ROOT / "locales")
    assert {p.file for p in found.problems} >= {"before.yaml", "after.yaml", "gb.yaml"}
    assert [f.law for f in found.findings] == ["leading"]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_there_is_an_idea_for_every_known_mistake(mistake: str) -> None:
    with pytest.raises(BrokenFlow) as broken:
        load(MISTAKES[mistake][0])
    problems = broken.value.problems
    assert [p.message for p in problems if not suggest_fix(p)] == []


def test_an_idea_fills_in_what_was_written() -> None:
    problem = Problem("a.yaml", 1, "a step's id `My Wish!` must begin with a small letter and …")
    assert suggest_fix(problem) == "such as `my_wish`"


async def test_the_exit_code_says_how_bad_it_is(flows: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    edit(flows, FIRST, "How helpful is this?")
    hard = await checkin(empty, "flows", "check", "en", flows=flows)
    assert hard.code == 1
    assert "before.yaml:16: before/b1/text: “How helpful” already holds an answer" in hard.out
    edit(flows, "kind: choices", "kind: choises")
    broken = await checkin(empty, "flows", "check", flows=flows)
    assert broken.code == 2
    assert "The questions cannot be used yet:" in broken.err
    assert "before.yaml:13: `kind` cannot be `choises`; did you mean `choices`?" in broken.err
    assert "already holds an answer" in broken.err
    assert list(empty.iterdir()) == []


# --- what changed --------------------------------------------------------------------------------

CHANGES = [
    (
        FIRST,
        EDITED,
        f"the question `b1` has new words: “{{number}} of {{total}}. {EDITED}”, before",
    ),
    ("  hint: A few words is fine.\n", "", "the question `b3` has no hint any more"),
    ("    time: Time and space\n", "", "has lost the choice `time`: “Time and space”"),
    ("    talk: Someone to talk to\n", "    talk: Somebody\n", "that now says “Somebody”, before"),
    (
        "    money: Help with money\n",
        "    money: {text: Help with money, when: {fact.language: en}}\n",
        "has a choice `money` that now leads or shows otherwise",
    ),
    (
        "  when: {first: y}\n",
        "  when: {first: [y, not_sure]}\n",
        "is asked when first is not_sure or y, before when first is y",
    ),
    (
        "- id: strength\n  kind: words",
        "- id: strong\n  kind: words",
        "the question `strong` is new, after `first_more`",
    ),
    ("What better looks like\n  typed: true\n", "What better looks like\n", "has another `typed`"),
]


@pytest.mark.parametrize(("old", "new", "said"), CHANGES)
def test_a_change_is_said_in_plain_words(old: str, new: str, said: str) -> None:
    source = FLOWS["before"].source
    assert source.count(old) == 1
    new_source = source.replace(old, new).replace("next: strength", "next: strong", "strong" in new)
    lines = list(changes(FLOWS["before"], load(new_source)))
    assert any(said in line for line in lines), lines


@pytest.mark.parametrize("name", NAMES)
def test_nothing_changed_is_nothing_said(name: str) -> None:
    assert list(changes(FLOWS[name], load(FLOWS[name].source + "# a remark\n"))) == []


async def test_the_last_commit_is_what_is_compared_with(flows: Path, time: Time) -> None:
    def git(*words: str) -> None:
        mail = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", "-C", str(flows), *mail, *words], check=True, capture_output=True)

    git("init")
    git("add", ".")
    git("commit", "-m", "As it was")
    settings = read_settings(_env_file=None, flows=flows, database_url=f"sqlite:///{flows}/none.db")

    async def said() -> list[str]:
        return (await report(check(flows, settings.locales), settings, "en", against_live=False))[0]

    assert (await said())[0] == "changed since the last commit: nothing"
    edit(flows, FIRST, EDITED)
    edit(flows, "Sorry, I did not", "Sorry. I did not", "phrases.yaml")
    lines = await said()
    at = 0
    assert lines[at] == "changed since the last commit:"  # what the check is run for comes first
    assert lines[at + 1].startswith("  before: the question `b1` has new words: ")
    assert lines[at + 2].startswith("  words: phrases/")
    assert not (flows / "none.db").exists()


# --- who is half-way -----------------------------------------------------------------------------


@pytest.fixture
async def edited(
    telegram: FakeTelegram, database_url: str, time: Time, flows: Path
) -> AsyncIterator[Running]:
    async with Running(telegram, database_url, time, flows=flows) as bot:
        yield bot


def _settings(bot: Running) -> Settings:
    given = {k: v for k, v in bot.settings.items() if not k.startswith("telegram")}
    return read_settings(_env_file=None, **{**given, "secret_keys": KEY})


async def test_those_who_are_half_way_are_counted_and_named(
    telegram: FakeTelegram, edited: Running, flows: Path, time: Time
) -> None:
    settings = _settings(edited)

    async def said(*, live: bool = True) -> str:
        checked = check(flows, settings.locales)
        return "\n".join((await report(checked, settings, "en", against_live=live))[0])

    sam, kim, alex = (telegram.person(name) for name in ("Sam", "Kim", "Alex"))
    for person in (sam, kim, alex):
        await agree(person)
    await kim.taps("Time and space", "Done")
    await alex.taps("Skip")
    await alex.says("A secret that no author may read")
    ids = {r.step: r.id for r in await edited.rows(CheckinRow) if r.flow == "before"}
    assert set(ids) == {"b1", "b2", "b3"}
    nothing = await said()
    assert "check-ins that wait: 3." in nothing
    assert "3 would see the same" in nothing
    assert "half-way" not in nothing

    edit(flows, FIRST, EDITED)
    edit(flows, "    time: Time and space\n", "")
    new = "- id: quiet\n  kind: words\n  text: Is it quiet?\n  why: We ask so you rest.\n\n"
    edit(flows, "- id: b3\n", f"{new}- id: b3\n")
    whole = await said()
    assert "before: this would be version 2" in whole
    assert "before: 3 people are in the middle of version 1; they will finish on it" in whole
    assert f"1 would see the question in other words\n  {ids['b1']}  before: b1" in whole
    assert f"1 would lose an answer\n  {ids['b2']}  before: b1" in whole
    stands = f"  {ids['b3']}  before: quiet, not b3"
    assert f"1 would stand at another question\n{stands}" in whole
    assert "Nobody is moved: each finishes on the version they began." in whole
    assert "secret" not in whole
    assert "If they were moved" not in await said(live=False)


async def test_without_a_database_nobody_can_be_half_way(
    flows: Path, tmp_path: Path, time: Time
) -> None:
    url = f"sqlite:///{tmp_path}/none.db"
    settings = read_settings(_env_file=None, flows=flows, database_url=url)
    with pytest.raises(CannotBeDone, match="there is no database yet"):
        await report(check(flows, settings.locales), settings, None, against_live=True)
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("name", ["before", "after_young"])
def test_on_the_same_questions_everyone_stands_where_they_stand(name: str) -> None:
    """Places of a flow that can be reached without going back, replayed on that flow."""
    flow = FLOWS[name]
    seen = 0
    for place in reachable(flow)[::3]:
        forward = len(set(place.session.trail)) == len(place.session.trail)
        if place.session.picks or place.session.begun or not forward:
            continue
        order = [step.id for step in flow.steps]
        last = place.session.trail[-1:] or (place.session.step,)
        if order.index(place.session.step) < order.index(last[0]):
            continue  # came back, and took the answer back
        if place.session.answers.keys() - set(place.session.trail):
            continue  # came back by a button, and what lies ahead is answered
        seen += 1
        what, where = impact_of(place.session, flow, flow)
        if what is EditImpact.ELSEWHERE and where.partition(",")[0] not in place.session.answers:
            continue  # took an answer back, and left the question without one
        assert what is EditImpact.NONE, (place.session, where, place.world.name)
    assert seen > 20
