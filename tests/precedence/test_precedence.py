"""The law of precedence: every kind of update in every state does what `today.tsv` says.

The file says of each pair which rung handles it, and what is sent and changed. It was recorded
before the order became one table. Where a change of it is meant, write it anew with
`python -m tests.precedence.write`, and read the difference.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.precedence.building import Builder
from tests.precedence.kinds import ALWAYS, KINDS, MOSTLY, tried_in
from tests.precedence.recording import in_the_table, lines_of, read, written
from tests.precedence.states import EVERYTHING, STATES
from tests.precedence.write import FILE, LANGUAGES

TODAY = read(FILE.read_text())
MOST_BYTES = 400_000


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Builder:
    return Builder(tmp_path_factory.mktemp("precedence"), sqlite_template)


@pytest.mark.parametrize("state", STATES)
async def test_every_kind_of_update_does_what_it_did(
    state: str, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKIN_LANGUAGES", LANGUAGES)
    wrong = []
    for kind, (route, is_now) in (await lines_of(builder, state, tried_in(state))).items():
        rung, was = TODAY[state, kind]
        if is_now != was:
            wrong.append(f"{state} / {kind} ({rung})\n     was: {was}\n      is: {is_now}")
        if route not in (None, in_the_table(rung)):
            wrong.append(
                f"{state} / {kind}\n     was handled by: {rung}\n      is handled by: {route}"
            )
    assert not wrong, "\n".join(["", *wrong])


STOPS = (
    *("stop in a sentence", "stop under a voice note", "forwarded stop", "edit to stop"),
    *("edit to /stop", "command that stops"),
)


@pytest.mark.parametrize("state", STATES)
def test_a_stop_is_a_stop_however_it_comes(state: str) -> None:
    """In every state the file says of each of them what it says of a typed "Stop"."""
    wrong = {k: TODAY[state, k] for k in STOPS if TODAY[state, k] != TODAY[state, "stop word"]}
    assert wrong == {}, TODAY[state, "stop word"]


@pytest.mark.parametrize("state", STATES)
def test_what_may_be_a_stop_is_asked_about_and_not_kept(state: str) -> None:
    """Everywhere it is taken as a bare wish that it would stop; it makes no complaint."""
    route, does = TODAY[state, "danger: maybe"]
    if "complaints+1" in does:
        route, does = "danger", "stop_maybe[p:stop_maybe×3] (urgent)"
    assert TODAY[state, "perhaps a stop"] == (route, does)


def test_the_file_says_it_of_every_pair_that_is_tried() -> None:
    tried = {(state, kind) for state in STATES for kind in tried_in(state)}
    assert set(TODAY) == tried
    assert {state for state, _ in TODAY} == set(STATES)
    assert {kind for _, kind in TODAY} == set(KINDS)


def test_what_is_tried_is_known_and_named_once() -> None:
    assert set(MOSTLY) <= set(KINDS)
    assert set(ALWAYS) <= set(MOSTLY)
    assert set(EVERYTHING) <= set(STATES)
    assert max(Counter(MOSTLY).values()) == 1


def test_the_file_is_as_it_is_written() -> None:
    text = FILE.read_text()
    assert written(TODAY) == text
    assert len(text.encode()) < MOST_BYTES
    assert "?" not in {rung for rung, _ in TODAY.values()}
