"""Every conversation that was played and saved is held again, word for word.

`checkin flows replay --write` takes new words over. Judges no wording.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.preview.scenario import conversations
from bot.preview.transcript_file import diff, read, replay, replayed
from bot.settings import ROOT, CannotBeDone, Settings, read_settings
from tests.support.cli_process import checkin
from tests.support.running_bot import FLOWS, copied

TRANSCRIPTS = ROOT / "tests" / "preview" / "transcripts"
SAVED = sorted(TRANSCRIPTS.glob("*.yaml"))


def settings(flows: Path = FLOWS) -> Settings:
    return read_settings(_env_file=None, flows=flows)


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Questions of another town, with one conversation saved beside them."""
    flows = copied(tmp_path)
    conversations(settings(flows)).mkdir()
    shutil.copy(
        TRANSCRIPTS / "before-and-after.yaml",
        flows / "conversations",
    )
    return flows


def change(file: Path, words: str, others: str) -> None:
    source = file.read_text()
    assert words in source
    file.write_text(source.replace(words, others))


def test_they_are_in_english_and_from_right_to_left() -> None:
    assert {read(file).language for file in SAVED} >= {"en", "ar"}
    assert {read(file).who for file in SAVED} == {"adult", "young"}


@pytest.mark.parametrize("file", SAVED, ids=lambda file: file.stem)
async def test_a_saved_conversation_is_as_it_was(file: Path) -> None:
    changed = diff(file, (await replayed(file, settings()))[0])
    assert not changed, f"\n{changed}\n\nIf this is meant: checkin flows replay --write"


async def test_a_changed_sentence_shows_and_can_be_taken_over(town: Path) -> None:
    change(town / "before.yaml", "Who or what helps you keep going?", "Who is there for you?")
    one = await checkin(town, "flows", "replay", flows=town)
    assert (one.code, one.err) == (1, "")
    assert "\n-- bot: 5 of 5. Who or what helps you keep going?\n" in one.out
    assert "\n+- bot: 5 of 5. Who is there for you?\n" in one.out
    assert len(one.out.splitlines()) < 40, "only what is near it"
    (taken,) = await replay(settings(town), write=True)
    assert taken.rstrip() == one.out.rstrip()
    assert await replay(settings(town), write=False) == []


async def test_a_button_that_is_gone_is_named_where_it_was_tapped(town: Path) -> None:
    change(town / "before.yaml", "    not_sure: Not sure\n", "")
    (file,) = conversations(settings(town)).iterdir()
    before = file.read_text()
    (changed,) = await replay(settings(town), write=True)
    assert "+- stuck: 'there is no button `not_sure` here; there is: y, n, back," in changed
    assert file.read_text() == before, "what cannot be held to its end is not cut off"
    # Whoever looks after it says what is done instead, and then it can be taken over.
    change(file, "button: not_sure", "button: y")
    (changed,) = await replay(settings(town), write=True)
    assert "first_more" in changed


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("flow: before", "Field required"),
        ("flow: [", "while parsing"),
        ("flow: middle\nlanguage: en\nfor: adult\nbegins: 2026-11-22 11:26\ntalk: []", "flow"),
        (
            "flow: before\nlanguage: en\nfor: adult\nbegins: 2026-11-22 11:26\ntalk:\n- tap: Yes",
            "stand together",
        ),
    ],
)
def test_what_is_no_conversation_is_named(source: str, wrong: str, tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(source)
    with pytest.raises(CannotBeDone, match=wrong) as refused:
        read(file)
    assert str(refused.value).startswith("broken.yaml: ")
