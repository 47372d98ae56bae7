"""Everything that is missing or wrong in the settings is named at once, and no secret with it.

What the settings lead to is tested where it happens.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import PREFIX, ROOT, WrongSettings, read_settings

WRONG = {
    "TELEGRAM_TOKEN": "hush-hush",
    "TELEGRAM_API_URL": "telegram.example",
    "DATABASE_URL": "mysql://u:hush-hush@example/db",
    "WEBHOOK_URL": "example.org",
    "LISTEN": "8080",
    "ORG_NAME": "x" * 81,
    "TIMEZONE": "Europe/Atlantis",
    "COUNTRY": "England",
    "KEEP_MONTHS": "0",
    "TICK_SECONDS": "soon",
    "FLOWS": "no/such/folder",
}


@pytest.fixture(autouse=True)
def _no_settings_of_our_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in WRONG:
        monkeypatch.delenv(PREFIX + name, raising=False)


def test_without_any_setting_everything_has_its_default() -> None:
    settings = read_settings()
    assert settings.telegram_token is None
    assert settings.database_url == "sqlite:///checkin.db"
    assert settings.sqlite_file == Path("checkin.db")
    assert settings.flows == ROOT / "flows"
    assert (settings.timezone, settings.country) == ("Europe/London", "gb")
    assert (settings.keep_months, settings.tick_seconds) == (12, 30)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + name, WRONG[name])
    with pytest.raises(WrongSettings) as caught:
        read_settings()
    lines = str(caught.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == [PREFIX + name]
    assert "hush-hush" not in str(caught.value)


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WRONG.items():
        monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(WrongSettings) as caught:
        read_settings()
    named = {line.partition(":")[0] for line in str(caught.value).splitlines()}
    assert named == {PREFIX + name for name in WRONG}


def test_what_belongs_together_is_asked_for_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKIN_DATABASE_URL", "postgresql://u@localhost/db")
    monkeypatch.setenv("CHECKIN_WEBHOOK_URL", "https://example.org/hook")
    with pytest.raises(WrongSettings) as caught:
        read_settings()
    assert "CHECKIN_SECRET_KEYS" in str(caught.value)
    assert "checkin keys new" in str(caught.value)
    assert "CHECKIN_WEBHOOK_SECRET" in str(caught.value)


def test_a_file_in_the_working_folder_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text(
        "CHECKIN_ORG_NAME=Aspen House\nCHECKIN_KEEP_MONTHS=6\nCHECKIN_TIMEZONE=\n"
    )
    monkeypatch.setenv("CHECKIN_KEEP_MONTHS", "24")
    settings = read_settings()
    assert (settings.org_name, settings.keep_months) == ("Aspen House", 24)
    assert settings.timezone == "Europe/London"


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKIN_SECRET_KEYS", " new , old,")
    monkeypatch.setenv("CHECKIN_LANGUAGES", "en, pl")
    settings = read_settings()
    assert [key.get_secret_value() for key in settings.secret_keys] == ["new", "old"]
    assert settings.languages == ("en", "pl")


def test_no_secret_is_printed_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKIN_TELEGRAM_TOKEN", "123456:hush-hush")
    monkeypatch.setenv("CHECKIN_SECRET_KEYS", "hush-hush-too")
    monkeypatch.setenv("CHECKIN_WEBHOOK_SECRET", "hush-hush-three")
    assert "hush" not in repr(read_settings())
