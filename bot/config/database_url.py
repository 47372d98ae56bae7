"""Translates a database URL, as hosting providers give it, into one for our drivers.

The meaning of each `sslmode` is libpq's own
(postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit, urlunsplit

SCHEMES = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
"""URL schemes, and the driver for each. Some hosts still write `postgres`."""
WITHOUT_NAMES = ("disable", "allow", "prefer", "require")
MODES = (*WITHOUT_NAMES, "verify-ca", "verify-full")
SQLITE = "sqlite:///"
MEMORY = f"{SQLITE}:memory:"
"""A database that is gone when its connection closes."""
SYSTEM = "system"
"""The root certificates that the machine trusts, as libpq calls them."""


class WrongAddress(ValueError):
    """A URL that cannot be used; the message says why and what to do, without a secret."""


def kind_of(url: str) -> str:
    """Which database it is: "sqlite" or "postgresql".

    Raises:
        WrongAddress: when it is neither.
    """
    scheme, found, _ = url.partition("://")
    if not found or scheme not in SCHEMES or (scheme == "sqlite" and not url.startswith(SQLITE)):
        raise WrongAddress("must begin with sqlite:/// or postgresql://")
    return "sqlite" if scheme == "sqlite" else "postgresql"


def parsed(url: str) -> tuple[str, dict[str, Any]]:
    """The URL for SQLAlchemy, and the driver's options.

    Raises:
        WrongAddress: see `kind_of`; or an option is unknown, or has an invalid value.
    """
    if kind_of(url) == "sqlite":
        _whole_path(url.removeprefix(SQLITE))
        return url.replace("sqlite:", f"{SCHEMES['sqlite']}:", 1), {}
    parts = _split(url)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    # `ssl` is the driver's own name for it.
    mode = given.pop("sslmode", given.pop("ssl", None))
    root = given.pop("sslrootcert", None)
    options: dict[str, Any] = {}
    settings: dict[str, str] = {}
    for name, value in given.items():
        if name not in _OPTIONS:
            raise WrongAddress(
                f"`{name}` in the address is not known here; take it out"
                f" (known are sslmode, sslrootcert, {', '.join(_OPTIONS)})"
            )
        _OPTIONS[name](value, options, settings)
    if settings:
        options["server_settings"] = settings
    if mode is not None or root is not None:
        options["ssl"] = _ssl(mode or "verify-full", root)
    address = urlunsplit((SCHEMES["postgresql"], parts.netloc, parts.path, "", ""))
    return address, options


def where_it_is(url: str) -> str:
    """The database as an operator knows it: its file, or host and name, without a password."""
    if kind_of(url) == "sqlite":
        return url.removeprefix(SQLITE)
    parts = _split(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    name = unquote(parts.path.lstrip("/")) or "no name"
    return f"PostgreSQL, {name} on {host or 'this machine'}{port}"


def _whole_path(path: str) -> None:
    if not path or path.endswith("/"):
        raise WrongAddress("names no file: such as sqlite:////var/lib/checkin/checkin.db")
    if path.startswith("~"):
        raise WrongAddress("`~` is not known here: write the whole path")
    if "?" in path or "#" in path:
        raise WrongAddress("a file's name may have no ? and no # here")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # checks that it is a port
    except ValueError:
        raise WrongAddress(
            "cannot be read: postgresql://user:password@host:5432/name, where whatever in user or"
            " password is no letter or digit is written as %40 for @, %2F for /, and so on"
        ) from None
    return parts


def _ssl(mode: str, root: str | None) -> object:
    """The `ssl` argument of asyncpg: a mode by name, or a context with trusted certificates."""
    if mode not in MODES:
        raise WrongAddress(f"`sslmode={mode}` is none of: {', '.join(MODES)}")
    # With a root certificate libpq verifies the authority also where `require` alone is asked for.
    if mode in WITHOUT_NAMES and not (mode == "require" and root):
        return mode
    try:
        context = ssl.create_default_context(cafile=None if root in (None, SYSTEM) else root)
    except (OSError, ssl.SSLError):
        raise WrongAddress(f"`sslrootcert`: {root} cannot be read as a certificate") from None
    context.check_hostname = mode == "verify-full"
    return context


def _seconds(value: str, options: dict[str, Any], _settings: dict[str, str]) -> None:
    if not value.isdigit() or not int(value):
        raise WrongAddress("`connect_timeout` in the address must be a number of seconds")
    options["timeout"] = float(value)


def _session(value: str, options: dict[str, Any], _settings: dict[str, str]) -> None:
    options["target_session_attrs"] = value


def _name(value: str, _options: dict[str, Any], settings: dict[str, str]) -> None:
    settings["application_name"] = unquote(value)


def _binding(value: str, _options: dict[str, Any], _settings: dict[str, str]) -> None:
    if value == "require":
        raise WrongAddress(
            "`channel_binding=require` is not known to the driver; take it out, and set"
            " sslmode=verify-full, by which the server is known for sure"
        )


_OPTIONS: dict[str, Callable[[str, dict[str, Any], dict[str, str]], None]] = {
    "connect_timeout": _seconds,
    "application_name": _name,
    "target_session_attrs": _session,
    "channel_binding": _binding,
}
