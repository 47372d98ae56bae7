"""A bot starts with a model that is whole; a broken one is named, and the phrases alone go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.cli.doctor.doctor import examine
from bot.cli.startup_log import tell_once_started
from bot.content.danger_model import read_danger_model
from bot.settings import read_settings
from flows.engine.danger import line_files, model_file
from tests.conftest import Time
from tests.danger_model.model_folder import SOUNDS_LIKE_DANGER, with_model
from tests.support.participants import agree
from tests.support.running_bot import FLOWS, KEY, Running
from tests.support.telegram_fake import FakeTelegram


def harm_model(danger: Path) -> None:
    path = danger / model_file.NAME
    path.write_text(path.read_text().replace("bias 0", "bias 1"))


def harm_lines(danger: Path) -> None:
    path = danger / "en" / line_files.DANGER
    path.write_text(path.read_text() + "# nonsense\n")


def change_lines(danger: Path) -> None:
    path = danger / "en" / line_files.DANGER
    path.write_text(path.read_text() + "one more\n")


HARMS: dict[Any, tuple[str, bool]] = {
    harm_model: ("model.txt:1: it was changed by hand or is cut off", False),
    harm_lines: ("en/sounds_like.txt:3: `# nonsense` is no heading here", True),
    change_lines: ("model.txt:1: its lines have changed since it was learnt", True),
}


@pytest.mark.parametrize("harm", HARMS)
async def test_what_is_broken_is_named_at_the_start_and_by_the_doctor(
    harm: Any, telegram: FakeTelegram, database_url: str, time: Time, tmp_path: Path
) -> None:
    flows = with_model(tmp_path)
    harm(flows / "danger")
    named, asks = HARMS[harm]
    with capture_logs() as logs:
        async with Running(telegram, database_url, time, flows=flows) as running:
            await tell_once_started(running.bot)
            sam = telegram.person("Sam")
            await agree(sam)
            await sam.says(SOUNDS_LIKE_DANGER)
            assert ("Are you safe right now" in sam.last.text) == asks
            await sam.says("I want to die")
            assert "These people can help" in sam.last.text
    told = [log for log in logs if log["event"] == "danger.model"]
    assert [named in log["problem"] for log in told] == [True]
    lines: list[str] = []
    settings = read_settings(
        _env_file=None,
        database_url=database_url,
        secret_keys=KEY,
        flows=flows,
        telegram_token=telegram.token,
        telegram_api_url=telegram.url,
    )
    assert await examine(settings, time, lines.append) == 1
    assert any(f"flows/danger/{named}" in line for line in lines)


def test_the_model_that_is_shipped_is_whole_and_learnt_from_its_lines() -> None:
    model, problems = read_danger_model(FLOWS)
    assert model is not None
    assert problems == ()


def test_questions_without_lines_have_no_model(tmp_path: Path) -> None:
    (tmp_path / "danger").mkdir()
    assert read_danger_model(tmp_path) == (None, ())


async def test_a_new_model_is_taken_up_and_a_broken_one_is_not(
    telegram: FakeTelegram, database_url: str, time: Time, tmp_path: Path
) -> None:
    flows = with_model(tmp_path)
    async with Running(telegram, database_url, time, flows=flows) as running:
        await running.bot.started.wait()
        path, renew = flows / "danger" / model_file.NAME, running.bot.content_reloader
        whole = running.bot.env.danger_model
        path.write_text(path.read_text().replace("bias 0", "bias 1"))
        with capture_logs() as logs:
            await renew.reload_if_changed()
            await renew.reload_if_changed()
        assert running.bot.env.danger_model is whole
        assert any("changed by hand" in str(log.get("problem")) for log in logs)
        digest = line_files.digest_of(flows / "danger")
        path.write_text(model_file.written({" weir ": 9.0}, 0.0, 0.1, digest)[0])
        await renew.reload_if_changed()
        await renew.reload_if_changed()
        assert running.bot.env.danger_problems == ()
        model = running.bot.env.danger_model
        assert model is not None
        assert model.may_be_danger("by the weir again")
