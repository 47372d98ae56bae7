"""All settings of the environment, read once and validated together."""

from __future__ import annotations

import os
import re
import zoneinfo
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.config import places
from bot.config.database_url import MEMORY, SQLITE, kind_of, parsed
from bot.config.env_file import FILE_NAME, PREFIX, EnvFile, find, read
from bot.config.setting_names import unknown_names, what_it_must_be

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: the folder with flows/, locales/ and alembic/."""

TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
TOKEN_NAME = f"{PREFIX}TELEGRAM_TOKEN"
_WAYS_TO_A_TOKEN = (
    f"Ask @BotFather in Telegram for /newbot, and put its token into {ROOT / FILE_NAME}. To try the"
    " conversation without one: `checkin chat`"
)
LONGEST_NAME = 80
LONGEST_DETAIL = 200


class CannotBeDone(Exception):
    """What an operator asked for cannot be done; the message explains why."""


class WrongSettings(Exception):
    """One or more settings are missing or wrong; the message names every one, a line each."""


@dataclass(frozen=True)
class _Reading:
    """How settings are read: where relative paths begin, and whether the database will be used."""

    home: Path
    database: bool
    named_in_file: bool


_reading: ContextVar[_Reading] = ContextVar("reading")


class Settings(BaseSettings):
    """The settings. The validation of a later one may use those before it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, validate_default=True
    )

    env_file: Path | None = None
    """The `.env` they were read from, where there was one."""
    telegram_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org"
    database_url: str = f"{SQLITE}checkin.db"
    secret_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    webhook_url: str | None = None
    webhook_secret: SecretStr | None = None
    listen: str = "127.0.0.1:8080"
    org_name: str | None = Field(default=None, max_length=LONGEST_NAME)
    org_contact: str | None = Field(default=None, max_length=LONGEST_DETAIL)
    org_data_contact: str | None = Field(default=None, max_length=LONGEST_DETAIL)
    org_authority: str | None = Field(default=None, max_length=LONGEST_DETAIL)
    timezone: str = "Europe/London"
    languages: Annotated[tuple[str, ...], NoDecode] = ()
    keep_months: int = Field(default=12, ge=1, le=120)
    safeguarding: bool = False
    tick_seconds: int = Field(default=30, ge=1, le=3600)
    flows: Path = ROOT / "flows"
    locales: Path = ROOT / "locales"
    country: str = "gb"

    @field_validator("languages", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("secret_keys", mode="before")
    @classmethod
    def _keys_are_there(cls, value: object, info: ValidationInfo) -> object:
        keys = cls._comma_separated(value)
        if not keys and kind_of(info.data.get("database_url", SQLITE + "/")) == "postgresql":
            raise ValueError("PostgreSQL needs it; make one with `checkin keys new`")
        return keys

    @field_validator("telegram_token")
    @classmethod
    def _token_has_its_shape(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        token = value.get_secret_value()
        if re.search(r"\s", token):
            raise ValueError("there is a blank or the end of a line in it: take that out")
        if not TOKEN.fullmatch(token):
            raise ValueError(
                "does not look like a bot token (123456:ABC...): copy it whole from @BotFather"
            )
        return value

    @field_validator("telegram_api_url", "webhook_url")
    @classmethod
    def _is_a_web_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise ValueError("must begin with https://")
        return value.rstrip("/") if value else value

    @field_validator("webhook_secret")
    @classmethod
    def _a_webhook_has_its_secret(
        cls, value: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        if value is None and info.data.get("webhook_url"):
            raise ValueError("a webhook needs one: 1 to 256 letters and digits that nobody guesses")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_a_known_database(cls, value: str) -> str:
        parsed(value)
        if kind_of(value) == "postgresql" or value == MEMORY:
            return value
        reading, given = _reading.get(), Path(value.removeprefix(SQLITE))
        file = reading.home / given
        if reading.database:
            if not file.parent.is_dir():
                raise ValueError(f"there is no folder {file.parent}: make it, or name another")
            here = Path.cwd() / given
            if not reading.named_in_file and here != file and here.exists():
                # Earlier, a relative path began at the working folder: which of the two is meant is
                # unknown, and the wrong one would hold no data.
                raise ValueError(
                    f"this means {file}, and there is {here} too: write the whole path of the one"
                    f" that is meant, as {SQLITE}{file if file.exists() else here}"
                )
        return f"{SQLITE}{file}"

    @field_validator("timezone")
    @classmethod
    def _is_a_time_zone(cls, value: str) -> str:
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            known = {name.casefold(): name for name in zoneinfo.available_timezones()}
            near = get_close_matches(value.casefold().replace(" ", "_"), known, 1)
            meant = f"did you mean {known[near[0]]}?" if near else "such as Europe/London"
            raise ValueError(f"there is no time zone {value!r}: {meant}") from None
        return value

    @field_validator("listen")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        host, colon, port = value.rpartition(":")
        if not (host and colon):
            raise ValueError("must be address:port, such as 127.0.0.1:8080")
        if not re.fullmatch("[0-9]{1,5}", port) or not 0 < int(port) < 65536:
            raise ValueError(f"there is no port {port}: it is a number from 1 to 65535")
        return value

    @field_validator("flows", "locales")
    @classmethod
    def _is_a_folder(cls, value: Path) -> Path:
        folder = _reading.get().home / value
        if not folder.is_dir():
            raise ValueError(f"there is no folder {folder}")
        return folder

    @field_validator("country")
    @classmethod
    def _has_help_numbers(cls, value: str, info: ValidationInfo) -> str:
        return places.place(value, info.data.get("flows", ROOT / "flows"))

    @property
    def sqlite_file(self) -> Path | None:
        """The database file, when it is SQLite."""
        head, _, path = self.database_url.partition(SQLITE)
        return Path(path) if not head else None


def read_settings(**overrides: object) -> Settings:
    """Reads the settings from the environment and `.env`.

    Relative paths begin at that file's folder.

    Raises:
        WrongSettings: naming every missing or wrong value, with what to do.
    """
    return _read(overrides, database=False)


def read_live_settings(*, token_needed: bool = False) -> Settings:
    """The same for a command that uses the database: its folder has to exist too.

    Raises:
        WrongSettings: naming every missing or wrong value, with what to do.
    """
    return _read({}, database=True, token_needed=token_needed)


def _read(overrides: dict[str, Any], *, database: bool, token_needed: bool = False) -> Settings:
    file = _file(overrides.pop("_env_file")) if "_env_file" in overrides else find(ROOT)
    # A file without our settings is another program's; one that is named may come later.
    ours = file.path if file.says_ours or (file.path and not file.path.exists()) else None
    overrides = {"env_file": ours, "_env_file": ours, **overrides}
    home = ours.parent if ours is not None and file.says_ours else ROOT
    wrong = [*file.wrong, *unknown_names(Settings.model_fields, file)]
    if token_needed and not (os.environ.get(TOKEN_NAME) or file.sets(TOKEN_NAME)):
        wrong.append(f"{TOKEN_NAME}: is not set. {_WAYS_TO_A_TOKEN}")
    given = "database_url" not in overrides and file.sets(f"{PREFIX}DATABASE_URL")
    token = _reading.set(_Reading(home, database, given))
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        wrong += _lines(error)
    else:
        if not wrong:
            return settings
    finally:
        _reading.reset(token)
    raise WrongSettings("\n".join(wrong))


def as_written(settings: Settings, name: str) -> str | None:
    """The raw value of a setting, before it was parsed; None where there is none."""
    key = f"{PREFIX}{name.upper()}"
    if given := os.environ.get(key):
        return given
    file = read(settings.env_file) if settings.env_file is not None else EnvFile()
    return next((v for k, v in file.values.items() if k.upper() == key and v), None)


def _file(named: object) -> EnvFile:
    """A file that a setting names; it may be created later."""
    if named is None:
        return EnvFile()
    path = Path(str(named)).absolute()
    return read(path) if path.exists() else EnvFile(path)


def _lines(error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        name = str(problem["loc"][0])
        own: Mapping[str, object] = problem.get("ctx", {})
        message = str(own["error"]) if "error" in own else what_it_must_be(name)
        lines.append(f"{PREFIX}{name.upper()}: {message}")
    return lines
