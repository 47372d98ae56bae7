"""The conversation in a terminal, by piping words into the real `checkin` command.

What is said is the same as on Telegram and is tested there.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.clock import system_clock
from bot.settings import read_settings
from bot.store.opening import open_store
from bot.store.tables.checkin_tables import AnswerRow
from tests.support.cli_process import checkin, files, from_cold, written
from tests.support.database.opened_rows import rows_of

TO_FIRST = "3\n1\n1\n"
"""18 or over, Yes keep it, No just me."""
BEFORE = (
    "Somewhere safe, and quiet\n4 5\ndone\nI would sleep the whole night\nnot sure\n/voice\n"
    "only me\nyes\nok\n"
)
WORDS = "Somewhere safe, and quiet"


async def test_piped_input_ends_cleanly(tmp_path: Path) -> None:
    done = await from_cold(tmp_path, "chat")
    assert (done.code, done.err) == (0, "")
    assert "Practice: nobody real is here, and nothing is sent to anybody." in done.out
    assert "@BotFather" in done.out
    assert "Hello. I am a computer, not a person." in done.out
    assert "1 Under 13" in done.out
    assert done.out.rstrip().endswith("Closed. Run it again to carry on.")


async def test_closed_and_opened_again_it_goes_on_where_it_was(tmp_path: Path) -> None:
    one = await checkin(tmp_path, "chat", typed=f"{TO_FIRST}{WORDS}\n/quit\nnever read\n")
    assert (one.code, one.err) == (0, "")
    assert "1 of 5. What would you like this service to give you?" in one.out
    assert "2 of 5. What feels like it is going wrong right now?" in one.out
    assert "never read" not in one.out
    typed = "/mydata\n/stop\n2\n/mydata\n/wait 10 minutes\n/mydata\n"
    two = await checkin(tmp_path, "chat", typed=typed)
    assert two.code == 0
    assert "2 of 5." in two.out.partition("Here is all you have told me")[0]
    assert "Hello. I am a computer" not in two.out
    assert "1 of 5." not in two.out
    assert two.out.count(f"“{WORDS}”") == 1
    assert "Done. I have stopped." in two.out
    assert "All of it will be deleted at" in two.out
    assert two.out.index("I have not kept what you sent") < two.out.index("I hold no answers")
    with sqlite3.connect(tmp_path / "checkin.practice.db") as database:
        assert database.execute("SELECT count(*) FROM participants").fetchone() == (0,)
    database.close()
    assert WORDS.encode() not in written(tmp_path)


async def test_two_weeks_later_after_quotes_their_words(tmp_path: Path) -> None:
    typed = TO_FIRST + BEFORE + "/wait soon\n/wait 3 days\n/wait 2 weeks\n1\n"
    done = await checkin(tmp_path, "chat", typed=typed)
    assert (done.code, done.err) == (0, "")
    assert "Drink or drugs and Family or people" in done.out
    assert "I have kept it, so you need not tell me again" in done.out
    assert "Like this: /wait 2 weeks" in done.out
    assert "Hi. Is now an OK time?" in done.out
    assert "Can I ask how it went?" in done.out
    # The clock is remembered too, so the wait may be in one talk and the answer in the next.
    after = await checkin(tmp_path, "chat", typed="1\n2\n")
    assert f"“{WORDS}”" in after.out
    assert "“I would sleep the whole night”" in after.out
    assert "Do you feel this has been a success for you?" in after.out
    assert "What makes you say that?" in after.out
    settings = read_settings(
        _env_file=None, database_url=f"sqlite:///{tmp_path / 'checkin.practice.db'}"
    )
    store = open_store(settings)
    await store.open(system_clock(), ())
    kept = {row.step: row.choices for row in await rows_of(store, AnswerRow)}
    await store.close()
    assert kept["a1"] == ["some"]


async def test_stop_and_help_and_what_is_not_understood(tmp_path: Path) -> None:
    typed = f"help\n99\n{TO_FIRST}1 2 9\n\n\x1b[31m\u202e\nSTOP!\nhello\nstart\n"
    done = await checkin(tmp_path, "chat", typed=typed)
    assert (done.code, done.err) == (0, "")
    said = done.out
    assert "Samaritans: 116 123" in said
    assert said.index("Done. I have stopped.") < said.index("You have stopped, so I will not")
    assert said.count("Hello. I am a computer") >= 2


async def test_a_terminal_never_shows_control_characters(tmp_path: Path) -> None:
    done = await checkin(tmp_path, "chat", typed=f"{TO_FIRST}red \x1b[31m herring\n/mydata\n")
    shown = done.out.partition("Here is all you have told me")[2]
    assert "herring" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("words", [("--help",), ("flows", "check"), ("keys", "new")])
async def test_the_other_commands_answer(words: tuple[str, ...], tmp_path: Path) -> None:
    done = await from_cold(tmp_path, *words)
    assert (done.code, done.err) == (0, "")
    expected = {"--help": "doctor", "flows": "before: ", "keys": "="}[words[0]]
    assert expected in done.out
    assert files(tmp_path) == []
