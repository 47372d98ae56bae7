"""Everything the environment can say, read once and checked together.

Does not open anything it names.
"""

from __future__ import annotations

import zoneinfo
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.store.address import kind_of, parsed

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: where flows/, locales/ and alembic/ lie."""

PREFIX = "CHECKIN_"


class CannotBeDone(Exception):
    """What an operator asked for cannot be done; the message says why, in words for them."""


class WrongSettings(Exception):
    """One or more settings are missing or wrong; the message names every one, a line each."""


class Settings(BaseSettings):
    """The settings, as DESIGN names them."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    telegram_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org"
    database_url: str = "sqlite:///checkin.db"
    secret_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    webhook_url: str | None = None
    webhook_secret: SecretStr | None = None
    listen: str = "127.0.0.1:8080"
    org_name: str | None = Field(default=None, max_length=80)
    timezone: str = "Europe/London"
    country: str = Field(default="gb", pattern=r"^[a-z]{2}(-[a-z]{2,3}){0,2}$")
    languages: Annotated[tuple[str, ...], NoDecode] = ()
    keep_months: int = Field(default=12, ge=1, le=120)
    safeguarding: bool = False
    tick_seconds: int = Field(default=30, ge=1, le=3600)
    flows: Path = ROOT / "flows"
    locales: Path = ROOT / "locales"

    @field_validator("secret_keys", "languages", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("telegram_token")
    @classmethod
    def _token_has_its_shape(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            number, colon, rest = value.get_secret_value().partition(":")
            if not (number.isdigit() and colon and rest.strip()):
                raise ValueError("does not look like a bot token (123456:ABC...)")
        return value

    @field_validator("telegram_api_url", "webhook_url")
    @classmethod
    def _is_a_web_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise ValueError("must begin with https://")
        return value.rstrip("/") if value else value

    @field_validator("database_url")
    @classmethod
    def _is_a_known_database(cls, value: str) -> str:
        parsed(value)
        return value

    @field_validator("timezone")
    @classmethod
    def _is_a_time_zone(cls, value: str) -> str:
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"there is no time zone {value!r}") from error
        return value

    @field_validator("listen")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        host, colon, port = value.rpartition(":")
        if not (host and colon and port.isdigit() and int(port) < 65536):
            raise ValueError("must be address:port, such as 127.0.0.1:8080")
        return value

    @field_validator("flows", "locales")
    @classmethod
    def _is_a_folder(cls, value: Path) -> Path:
        if not value.is_dir():
            raise ValueError(f"there is no folder {value}")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Settings:
        wrong = []
        if kind_of(self.database_url) == "postgresql" and not self.secret_keys:
            wrong.append(
                "CHECKIN_SECRET_KEYS: PostgreSQL needs it; make one with `checkin keys new`"
            )
        if self.webhook_url and not self.webhook_secret:
            wrong.append("CHECKIN_WEBHOOK_SECRET: a webhook needs one")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    @property
    def sqlite_file(self) -> Path | None:
        """The database file, when it is SQLite."""
        head, _, path = self.database_url.partition("sqlite:///")
        return Path(path) if not head else None


def read_settings(**overrides: object) -> Settings:
    """Reads the settings from the environment (and `.env` in the working folder).

    Raises:
        WrongSettings: naming every missing or wrong value, with what to do.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise WrongSettings("\n".join(_lines(error))) from None


def _lines(error: ValidationError) -> list[str]:
    lines: list[str] = []
    for problem in error.errors(include_url=False, include_input=False):
        message = problem["msg"].removeprefix("Value error, ")
        if not problem["loc"]:
            lines.extend(message.split("\n"))
            continue
        lines.append(f"{PREFIX}{str(problem['loc'][0]).upper()}: {message}")
    return lines
