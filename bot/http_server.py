"""Opens the port of an HTTP server, or explains why that cannot be done."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from bot.settings import CannotBeDone

HIGHEST = 65535
FREE_FOR_ALL = 1024
"""Ports below it are for the system's own users."""


class QuietServer(uvicorn.Server):
    """A server that logs nothing, leaves the signals to the program, and tells when it listens."""

    def __init__(self, application: Any, grace: int, **options: Any) -> None:
        """`grace` is for requests in flight, in seconds, once it is to end."""
        quiet = {"log_config": None, "access_log": False, "server_header": False}
        config = uvicorn.Config(
            application, timeout_graceful_shutdown=grace, **{**quiet, **options}
        )
        super().__init__(config)
        self.reachable = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts listening."""
        await super().startup(sockets)
        self.reachable.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures no signal."""
        yield


def listening(host: str, port: int, named: str) -> socket.socket:
    """A listening socket; `named` is the option or setting that names the port.

    Raises:
        CannotBeDone: there is no such port or address, or it cannot be opened.
    """
    if not 0 <= port <= HIGHEST:
        raise CannotBeDone(f"{named}: there is no port {port}; they go from 1 to {HIGHEST}")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except socket.gaierror:
        raise CannotBeDone(f"{named}: this machine has no address {host}") from None
    except OSError as error:
        raise CannotBeDone(f"{named}: {_why(error, host, port)}") from None


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        other = port + 1 if port < HIGHEST else FREE_FOR_ALL
        return f"port {port} is taken by another program: stop that, or take {other}"
    if error.errno == errno.EACCES:
        return f"port {port} is for the system alone: take one from {FREE_FOR_ALL} on"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"this machine has no address {host}"
    return f"port {port} cannot be used ({error.strerror})"
