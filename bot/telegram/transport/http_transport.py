"""Keep-alive HTTP/1.1 transport for python-telegram-bot; about a fifth of httpx's CPU per call.

Knows no method of the Bot API; does not retry, supports no proxy and follows no redirect.
"""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
from collections.abc import Callable
from typing import Any

import httpx
import orjson
from aiohappyeyeballs import start_connection
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.telegram.transport import http_request
from bot.telegram.transport.http_dates import Dated, HttpDates
from bot.telegram.transport.http_request import Origin

Answer = tuple[int, bytes]
Timeout = Any
"""Seconds, None for no limit, or the library's mark for "the transport's default"."""

IDLE = 10.0
"""Seconds after which an idle connection is not reused: the other side may have closed it, and a
request sent into that has no known outcome."""
SECOND_ADDRESS = 0.25
"""Seconds until a host's next address is tried beside the first, as RFC 8305 has it."""
LARGEST_ANSWER = 32_000_000
"""Bytes of head and body; a hundred of the largest updates are a few million."""
LONGEST_ANSWER = 300.0
"""Seconds that an answer may go on coming, however steadily."""
UPLOAD = 20.0
"""Seconds more for the answer to a file, which takes a while to send."""


class NotSent(Exception):
    """No byte of a call left this machine, because there was no connection."""


class ConnectionBroken(Exception):
    """The connection ended, or carried invalid HTTP, before the whole answer was there."""


def was_not_sent(error: TelegramError) -> bool:
    """Whether a failed call certainly did not reach Telegram."""
    ours, librarys = NotSent, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
    # the library's errors are raised behind a proxy
    return isinstance(error.__cause__, (ours, *librarys))


class HttpTransport(BaseRequest):
    """The request class through which python-telegram-bot makes its calls."""

    def __init__(
        self,
        connections: int = 128,
        trusted: Callable[[], ssl.SSLContext] = ssl.create_default_context,
        read_timeout: float = 5.0,
        connect_timeout: float = 5.0,
        pool_timeout: float = 1.0,
        dated: Dated | None = None,
        longest: float = LONGEST_ANSWER,
    ) -> None:
        """Opens nothing yet; `trusted` is called only where TLS is needed.

        `dated` receives the time in an answer's head, which is Telegram's own.
        """
        self._longest = longest
        self._dated = HttpDates(dated).parse if dated is not None else None
        self._trusted = trusted
        self._read = read_timeout
        self._connect_within = connect_timeout
        self._room_within = pool_timeout
        self._room = asyncio.Semaphore(connections)
        self._free: dict[Origin, list[_Connection]] = {}
        self._closed = False

    @property
    def read_timeout(self) -> float:
        """Seconds that an answer may take."""
        return self._read

    async def initialize(self) -> None:
        """Makes the transport ready, also after a shutdown."""
        self._closed = False

    async def shutdown(self) -> None:
        """Closes idle connections at once, and those in use when they are done."""
        self._closed = True
        kept = [each for free in self._free.values() for each in free]
        self._free.clear()
        for connection in kept:
            connection.close()
        await asyncio.gather(*(connection.ended for connection in kept))

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """An answer's JSON; invalid text in it is left to the library to judge.

        Raises:
            TelegramError: when it is not JSON.
        """
        try:
            found: dict[str, Any] = orjson.loads(payload)
        except ValueError:
            return BaseRequest.parse_json_payload(payload)
        return found

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Timeout = BaseRequest.DEFAULT_NONE,
        write_timeout: Timeout = BaseRequest.DEFAULT_NONE,
        connect_timeout: Timeout = BaseRequest.DEFAULT_NONE,
        pool_timeout: Timeout = BaseRequest.DEFAULT_NONE,
    ) -> Answer:
        """Makes one call and returns status and body of the answer.

        Raises:
            TimedOut, NetworkError: when there is no answer; from `NotSent` where it never left.
        """
        if self._closed:
            raise RuntimeError("the line is closed")
        origin, request = http_request.request(url, method, request_data)
        patience = _or(read_timeout, self._read)
        if request_data is not None and request_data.contains_files and patience is not None:
            patience += _or(write_timeout, UPLOAD) or 0.0
        await self._wait_for_room(_or(pool_timeout, self._room_within))
        try:
            connection = self._kept(origin) or await self._connected(
                origin, _or(connect_timeout, self._connect_within)
            )
            answer = await _asked(connection, request, patience, self._longest)
            if connection.lasting and not self._closed:
                self._free.setdefault(origin, []).append(connection)
            else:
                connection.close()
        finally:
            self._room.release()
        return answer

    async def _wait_for_room(self, seconds: float | None) -> None:
        if not self._room.locked():
            await self._room.acquire()  # does not wait
            return
        try:
            async with asyncio.timeout(seconds):
                await self._room.acquire()
        except TimeoutError:
            raise TimedOut("All lines are in use. Nothing was sent.") from NotSent()

    def _kept(self, origin: Origin) -> _Connection | None:
        # The last one used first: surplus connections then age and are closed.
        free = self._free.get(origin, [])
        while free:
            connection = free.pop()
            if connection.usable():
                if free and not free[0].young():
                    free.pop(0).close()
                return connection
            connection.close()
        return None

    async def _connected(self, origin: Origin, seconds: float | None) -> _Connection:
        try:
            async with asyncio.timeout(seconds):
                return await self._connect(origin)
        except TimeoutError as error:
            raise TimedOut("No line in time. Nothing was sent.") from NotSent(str(error))
        except (OSError, ssl.CertificateError) as error:
            told = f"No line ({type(error).__name__}). Nothing was sent."
            raise NetworkError(told) from NotSent(str(error))

    async def _connect(self, origin: Origin) -> _Connection:
        scheme, host, port = origin
        loop = asyncio.get_running_loop()
        sealed = self._trusted() if scheme == "https" else None
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        line = await start_connection(found, happy_eyeballs_delay=SECOND_ADDRESS)
        # The loop closes the socket where this fails: its number may then be another connection's
        # already.
        _, connection = await loop.create_connection(
            _Connection, sock=line, ssl=sealed, server_hostname=host if sealed else None
        )
        connection.dated = self._dated
        return connection


class _Connection(asyncio.Protocol):
    """One connection, with one call on it at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._parser = HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._body: list[bytes] = []
        self._since = 0.0
        self._taken = 0
        self._unread: Callable[[int], list[Any]] = lambda _: []
        self.heard = 0.0
        """When the last byte of an answer arrived, or a call was sent."""
        self.dated: Callable[[bytes], None] | None = None
        self.lasting = True
        self.ended: asyncio.Future[None] = self._loop.create_future()

    def usable(self) -> bool:
        """Whether another call may use it: unread bytes there are the end of the connection."""
        return self.young() and not self._closing and not self._unread(0)

    def young(self) -> bool:
        """Whether the other side still keeps it open, by the time."""
        return self.lasting and self._loop.time() - self._since < IDLE

    @property
    def _closing(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    def ask(self, request: bytes) -> asyncio.Future[Answer]:
        """Sends a call; the future holds the answer, or the error."""
        self._answer = self._loop.create_future()
        self.heard = self._loop.time()
        self._taken = 0
        if self._transport is None or self._closing:
            self._fail(NotSent("it was closed"))
        else:
            self._transport.write(request)
        return self._answer

    def close(self) -> None:
        """Closes at once."""
        self.lasting = False
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        self.close()

    # --- called by the event loop ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Stores the transport."""
        self._transport = transport  # type: ignore[assignment]
        if (poll := getattr(select, "poll", None)) is not None:  # not on Windows
            looking = poll()
            looking.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
            self._unread = looking.poll

    def data_received(self, data: bytes) -> None:
        """Parses part of an answer; unrequested bytes close the connection."""
        if self._answer is None or self._answer.done():
            self.close()
            return
        self.heard = self._loop.time()
        self._taken += len(data)
        if self._taken > LARGEST_ANSWER:
            self._fail(ConnectionBroken("it is too large"))
            return
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._fail(ConnectionBroken(type(error).__name__))

    def connection_lost(self, error: Exception | None) -> None:
        """Fails the call: an answer that is not complete by now never will be."""
        self._fail(ConnectionBroken(type(error).__name__ if error else "it ended"))
        self.ended.set_result(None)

    # --- called by the parser ---

    def on_message_begin(self) -> None:
        """Another answer begins; each call has one."""
        if self._answer is None or self._answer.done():
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Reads the time of the other side."""
        if len(name) == 4 and self.dated is not None and name.lower() == b"date":
            self.dated(value)

    def on_body(self, body: bytes) -> None:
        """A part of the body, in any transfer encoding."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """The answer is complete."""
        status = self._parser.get_status_code()
        body, self._body = b"".join(self._body), []
        if status < 200:
            return  # "100 Continue" and such come before the answer
        self.lasting &= self._parser.should_keep_alive()
        self._since = self._loop.time()
        if self._answer is None or self._answer.done():
            self.close()  # a second answer to one call
        else:
            self._answer.set_result((status, body))


async def _asked(
    connection: _Connection, request: bytes, patience: float | None, longest: float
) -> Answer:
    """The answer to a call; a connection that failed to bring it is not reused.

    `patience` is for each part of it: a long file that keeps arriving is waited for, within bounds.
    """
    loop = asyncio.get_running_loop()
    answer = connection.ask(request)
    end = loop.time() + longest
    late: asyncio.TimerHandle | None = None

    def look() -> None:
        nonlocal late
        if patience is None or answer.done():
            return
        left = min(connection.heard + patience, end) - loop.time()
        if left > 0:
            late = loop.call_later(left, look)
        else:
            answer.set_exception(TimeoutError())

    look()
    try:
        return await answer
    except TimeoutError as error:
        connection.close()
        raise TimedOut from error
    except (ConnectionBroken, NotSent) as error:
        raise NetworkError(f"The line broke: {error}") from error
    except BaseException:  # cancelled: the answer would be taken for the next call's
        connection.close()
        raise
    finally:
        if late is not None:
            late.cancel()


def _or(given: Timeout, usual: float | None) -> float | None:
    return usual if given is BaseRequest.DEFAULT_NONE else given
