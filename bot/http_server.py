"""Opens the port of an HTTP server, or explains why that cannot be done."""

from __future__ import annotations

import errno
import socket

from bot.settings import CannotBeDone

HIGHEST = 65535
FREE_FOR_ALL = 1024
"""Ports below it are for the system's own users."""


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
