"""Everything that is missing or wrong in the settings is named at once, and no secret with it.

What the settings lead to is tested where it happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.config.env_file import NAMED_BY, PREFIX, find
from bot.settings import ROOT, Settings, WrongSettings, read_live_settings, read_settings

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
    assert settings.sqlite_file == ROOT / "checkin.db"
    assert settings.database_url == f"sqlite:///{ROOT / 'checkin.db'}"
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
    monkeypatch.delenv(NAMED_BY)
    Path(".env").write_text(
        "CHECKIN_ORG_NAME=Aspen House\nCHECKIN_KEEP_MONTHS=6\nCHECKIN_TIMEZONE=\n"
    )
    monkeypatch.setenv("CHECKIN_KEEP_MONTHS", "24")
    settings = read_settings()
    assert (settings.org_name, settings.keep_months) == ("Aspen House", 24)
    assert settings.timezone == "Europe/London"
    assert settings.env_file == Path(".env").absolute()
    assert settings.sqlite_file == Path("checkin.db").absolute()


# --- any folder ----------------------------------------------------------------------------------


@pytest.mark.parametrize("other", [None, "", "PORT=80\nDEBUG=1\n"])
def test_from_another_folder_the_same_file_is_found(
    other: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(NAMED_BY)
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    elsewhere.mkdir()
    (project / ".env").write_text("CHECKIN_ORG_NAME=Aspen House\n")
    if other is not None:  # of another program
        (elsewhere / ".env").write_text(other)
    for folder in (project, elsewhere):
        monkeypatch.chdir(folder)
        assert find(project).path == project / ".env"
    monkeypatch.setenv(NAMED_BY, str(tmp_path / "none"))
    assert "there is no file" in find(project).wrong[0]


@pytest.mark.parametrize(
    ("given", "file"),
    [("checkin.db", "checkin.db"), ("data/a.db", "data/a.db"), ("../b.db", "../b.db")],
)
def test_a_relative_database_lies_beside_the_file_that_named_it(
    given: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    (project / "data").mkdir(parents=True)
    elsewhere.mkdir()
    (project / ".env").write_text(f"CHECKIN_DATABASE_URL=sqlite:///{given}\n")
    monkeypatch.setenv(NAMED_BY, str(project / ".env"))
    for folder in (project, elsewhere, tmp_path):
        monkeypatch.chdir(folder)
        assert read_live_settings().sqlite_file == project / file
        Path("checkin.db").touch()  # a stray one changes nothing: the file says which is meant
        assert read_live_settings().sqlite_file == project / file


def test_which_of_two_databases_is_meant_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before, a relative path began at the working folder; an update must not leave that."""
    Path("town.db").touch()
    monkeypatch.setenv("CHECKIN_DATABASE_URL", "sqlite:///town.db")
    with pytest.raises(WrongSettings) as caught:
        read_live_settings()
    for file in (ROOT / "town.db", Path("town.db").absolute()):
        assert str(file) in str(caught.value)
    Path("town.db").unlink()
    assert read_live_settings().sqlite_file == ROOT / "town.db"
    monkeypatch.setenv("CHECKIN_DATABASE_URL", "sqlite:///no/town.db")
    with pytest.raises(WrongSettings, match=f"there is no folder {ROOT / 'no'}: make it"):
        read_live_settings()
    assert read_settings().sqlite_file == ROOT / "no/town.db"  # who writes questions needs none


# --- the truth about each ------------------------------------------------------------------------


def slips(name: str) -> Iterator[str]:
    """What a hand that slips once makes of a name."""
    for at in range(len(PREFIX), len(name)):
        yield name[:at] + name[at + 1 :]
        yield name[: at + 1] + name[at:]
        yield name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :]


def test_a_slip_in_a_name_is_named_with_what_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    tried = sorted({slip for name in known for slip in slips(name)} - known)
    for slip in tried:
        monkeypatch.setenv(slip, "x")
    with pytest.raises(WrongSettings) as caught:
        read_settings()
    lines = str(caught.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == tried
    meant = {line.partition(":")[0]: line.partition("did you mean ")[2][:-1] for line in lines}
    wrong = {s: m for s, m in meant.items() if s not in slips(m)}
    assert len(tried) > 300
    assert wrong == {}


@pytest.mark.parametrize("line", ["CHEKIN_ORG_NAME=x", "CHECKIN-ORG_NAME=x", "CHECKIN_ORG=x"])
def test_a_slip_in_the_file_is_named_too(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAMED_BY)
    Path(".env").write_text(f"CHECKIN_KEEP_MONTHS=6\nPATH_TO_X=1\n{line}\n")
    with pytest.raises(WrongSettings, match="did you mean CHECKIN_ORG_NAME"):
        read_settings()


@pytest.mark.parametrize("line", ["CHECKIN_ORG_NAME", "CHECKIN_ORG_NAME='x", "what is this"])
def test_a_line_that_is_none_is_named_with_its_number(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(NAMED_BY)
    Path(".env").write_text(f"# ours\nCHECKIN_KEEP_MONTHS=6\n{line}\n")
    with pytest.raises(WrongSettings, match=r"\.env, line 3: is not NAME=value"):
        read_settings()
    Path(".env").write_bytes(b"CHECKIN_ORG_NAME=caf\xe9\n")
    with pytest.raises(WrongSettings, match="is not plain text"):
        read_settings()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("gb", "gb"),
        ("uk", "gb"),
        ("UK", "gb"),
        (" GB ", "gb"),
        ("uk-eng-oxf", "gb-eng-oxf"),
        ("IE", "ie"),
    ],
)
def test_a_place_is_understood_as_people_write_it(written: str, meant: str) -> None:
    assert read_settings(country=written).country == meant


@pytest.mark.parametrize(
    "written", ["zz", "de", "gb-wls", "generic", "England", "g b", "", "../gb"]
)
def test_a_place_without_help_numbers_is_refused_with_those_there_are(written: str) -> None:
    with pytest.raises(WrongSettings) as caught:
        read_settings(country=written)
    said = str(caught.value)
    assert "gb, gb-eng-oxf, gb-sct, ie" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("TELEGRAM_TOKEN", " 123456:abc", "there is a blank"),
        ("TELEGRAM_TOKEN", "123456: abc", "there is a blank"),
        ("TELEGRAM_TOKEN", "123456:abc\n", "there is a blank"),
        ("TELEGRAM_TOKEN", "abc:123456", "copy it whole from @BotFather"),
        ("TELEGRAM_TOKEN", "123456:a/b", "copy it whole from @BotFather"),
        ("LISTEN", "127.0.0.1:80999", "there is no port 80999"),
        ("LISTEN", "127.0.0.1:0", "there is no port 0"),
        ("LISTEN", "127.0.0.1:²", "there is no port ²"),
        ("LISTEN", "8080", "must be address:port"),
        ("TIMEZONE", "europe/london", "did you mean Europe/London"),
        ("TIMEZONE", "Europe/Lodnon", "did you mean Europe/London"),
        ("TIMEZONE", "xx", "such as Europe/London"),
        ("DATABASE_URL", "sqlite:///", "names no file"),
        ("DATABASE_URL", "sqlite:///~/checkin.db", "write the whole path"),
        ("DATABASE_URL", "sqlite:///a.db?x=1", "no ?"),
        ("DATABASE_URL", "postgresql://u:hush@host:port/x", "cannot be read"),
        ("DATABASE_URL", "postgresql://u:hu/sh@[host/x", "cannot be read"),
        ("KEEP_MONTHS", "many", "must be a number of months from 1 to 120"),
        ("KEEP_MONTHS", "1.5", "must be a number of months"),
        ("TICK_SECONDS", "0", "must be a number of seconds"),
        ("SAFEGUARDING", "perhaps", "must be true or false"),
        ("FLOWS", "no/such", "there is no folder"),
    ],
)
def test_each_mistake_has_its_way_out_in_our_words(
    name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(WrongSettings) as caught:
        read_settings()
    said = str(caught.value)
    assert said.startswith(f"{PREFIX}{name}: ")
    assert words in said
    for foreign in ("Input should", "pydantic", "Value error", "hush", "hu/sh"):
        assert foreign not in said


def test_a_token_that_is_needed_is_asked_for_with_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKIN_KEEP_MONTHS", "0")
    with pytest.raises(WrongSettings) as caught:
        read_live_settings(token_needed=True)
    named = [line.partition(":")[0] for line in str(caught.value).splitlines()]
    assert named == ["CHECKIN_TELEGRAM_TOKEN", "CHECKIN_KEEP_MONTHS"]


# --- what belongs together -----------------------------------------------------------------------


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


def test_what_a_host_sets_beside_a_service_of_our_name_is_no_mistake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "CHECKIN_SERVICE_HOST": "10.0.0.7",
        "CHECKIN_SERVICE_PORT_HTTP": "8080",
        "CHECKIN_PORT": "tcp://10.0.0.7:8080",
        "CHECKIN_PORT_8080_TCP": "tcp://10.0.0.7:8080",
        "CHECKIN_PORT_8080_TCP_PROTO": "tcp",
        "CHECKIN_PORT_8080_TCP_ADDR": "10.0.0.7",
        "CHECKIN_WEB_SERVICE_HOST": "10.0.0.8",
        "CHECKIN_WEB_PORT": "tcp://10.0.0.8:80",
        "CHECKIN_NAME": "/web/checkin",
    }.items():
        monkeypatch.setenv(name, value)
    read_settings()
    monkeypatch.setenv("CHECKIN_PORT", "8080")
    read_settings()
    monkeypatch.setenv("CHECKIN_NAME", "Our charity")
    with pytest.raises(WrongSettings, match="CHECKIN_NAME"):
        read_settings()
