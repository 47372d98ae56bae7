"""The line to Telegram by itself: what comes over it, what goes wrong on it, what is known then.

The server is a few scripted bytes. Faults in the midst of a conversation are in `test_faults`.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut
from telegram.request import HTTPXRequest, RequestData
from telegram.request._requestparameter import RequestParameter

from bot.settings import read_settings
from bot.telegram.client import new_bot
from bot.telegram.transport.http_transport import HttpTransport, was_not_sent
from tests.support.certificates import certificate

OK = b'{"ok":true,"result":[1]}'
TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n" + OK
CHUNKS = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'7\r\n{"ok":t\r\n11\r\nrue,"result":[1]}\r\n0\r\n\r\n'
)
NO = b'{"ok":false,"error_code":400,"description":"Bad Request: no"}'
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n" % len(NO) + NO


class Server:
    """Answers each request with the next of its answers; an empty one ends the connection."""

    def __init__(self, *answers: bytes | None, sealed: ssl.SSLContext | None = None) -> None:
        self.answers = [*answers]
        self.sealed = sealed
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.heard, self.gone = asyncio.Event(), asyncio.Event()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection."""
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.heads.append(head)
                self.heard.set()
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                self.bodies.append(await reader.readexactly(length))
                answer = self.answers.pop(0)
                if answer is None:
                    continue  # nothing, for as long as the client waits
                writer.write(answer)
                if not answer.endswith((b"]}", b"\r\n\r\n")):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            self.gone.set()
        finally:
            writer.close()


@asynccontextmanager
async def serving(
    *answers: bytes | None, sealed: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    found = Server(*answers, sealed=sealed)
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0, ssl=sealed)
    port = server.sockets[0].getsockname()[1]
    found.url = f"http{'s' if sealed else ''}://127.0.0.1:{port}/bot1:a/getMe"
    async with server:
        yield found


@pytest.fixture
async def line() -> AsyncIterator[HttpTransport]:
    line = HttpTransport(2, read_timeout=0.25)
    yield line
    await line.shutdown()


async def answer_of(line: HttpTransport, url: str) -> object:
    """What a call brings."""
    return await line.post(url)


async def failed(line: HttpTransport, url: str) -> TelegramError:
    """The error of a call that fails."""
    with pytest.raises(TelegramError) as caught:
        await line.post(url)
    return caught.value


@pytest.mark.parametrize("answer", [TAKEN, CHUNKS, b"HTTP/1.1 100 Continue\r\n\r\n" + TAKEN])
async def test_an_answer_is_read_however_it_is_transferred(
    line: HttpTransport, answer: bytes
) -> None:
    async with serving(answer, answer) as server:
        assert await answer_of(line, server.url) == [1]
        assert await answer_of(line, server.url) == [1]
        assert server.connections == 1  # kept


async def test_values_go_as_json_and_nothing_as_nothing(line: HttpTransport) -> None:
    given = [
        RequestParameter("chat_id", 7, None),
        RequestParameter("reply_markup", {"a": [1]}, None),
    ]
    async with serving(TAKEN, TAKEN) as server:
        await line.post(server.url, RequestData(given))
        await line.post(server.url)
        assert server.bodies == [b'{"chat_id":7,"reply_markup":{"a":[1]}}', b""]
        assert b"application/json" in server.heads[0]
        assert b"Content-Type" not in server.heads[1]  # no JSON is no empty JSON


BROKEN: list[bytes] = [
    b"",
    b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{",
    b"HTTP/1.1 200 OK\r\nContent-Le",
    b"not HTTP at all",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}!",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
]


@pytest.mark.parametrize("answer", BROKEN)
async def test_a_broken_answer_may_have_had_its_effect(line: HttpTransport, answer: bytes) -> None:
    async with serving(answer, TAKEN) as server:
        error = await failed(line, server.url)
        assert type(error) is NetworkError
        assert not was_not_sent(error)
        assert await answer_of(line, server.url) == [1]
        assert server.connections == 2


async def test_what_telegram_refuses_is_the_librarys_error(line: HttpTransport) -> None:
    async with serving(REFUSED) as server:
        assert type(await failed(line, server.url)) is BadRequest


async def test_an_answer_that_does_not_come_is_given_up(line: HttpTransport) -> None:
    async with serving(None, TAKEN) as server:
        error = await failed(line, server.url)
        assert type(error) is TimedOut
        assert not was_not_sent(error)
        assert await answer_of(line, server.url) == [1]
        assert server.connections == 2  # a late answer would be taken for the next call's


async def test_a_long_answer_that_goes_on_coming_is_waited_for(line: HttpTransport) -> None:
    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for place in range(0, len(TAKEN), 8):
            await asyncio.wait((never,), timeout=line.read_timeout / 5)
            writer.write(TAKEN[place : place + 8])
        writer.close()
        await writer.wait_closed()
        ended.set()

    never, ended = asyncio.get_running_loop().create_future(), asyncio.Event()
    server = await asyncio.start_server(slowly, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        began = asyncio.get_running_loop().time()
        assert await answer_of(line, f"http://127.0.0.1:{port}/bot1:a/getFile") == [1]
        assert asyncio.get_running_loop().time() - began > line.read_timeout
        await ended.wait()


async def test_a_line_that_the_other_side_has_closed_is_not_used_again(line: HttpTransport) -> None:
    """Also where the loop was too busy to notice: what is sent into it has no known outcome."""
    closed = Event()

    def once_each(server: socket.socket) -> None:
        for _ in range(2):
            one, _ = server.accept()
            with one:
                one.recv(4096)
                one.sendall(TAKEN)
            closed.set()

    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/bot1:a/getMe"
        thread = Thread(target=once_each, args=(server,))
        thread.start()
        assert await answer_of(line, url) == [1]
        closed.wait()  # and the loop with it
        assert await answer_of(line, url) == [1]
        thread.join()


async def test_a_call_that_is_cancelled_leaves_its_line(line: HttpTransport) -> None:
    async with serving(None, TAKEN) as server:
        call = asyncio.create_task(line.post(server.url))
        await asyncio.wait_for(server.heard.wait(), 5)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        assert await answer_of(line, server.url) == [1]
        assert server.connections == 2


async def test_what_comes_unasked_ends_the_line(line: HttpTransport) -> None:
    async with serving(TAKEN + TAKEN, TAKEN) as server:
        assert await answer_of(line, server.url) == [1]
        assert await answer_of(line, server.url) == [1]
        assert server.connections == 2


async def test_a_closing_answer_is_the_last_on_its_line(line: HttpTransport) -> None:
    closing = TAKEN.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    async with serving(closing, TAKEN) as server:
        assert await answer_of(line, server.url) == [1]
        assert await answer_of(line, server.url) == [1]
        assert server.connections == 2


async def test_without_a_line_nothing_has_left(line: HttpTransport) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and nobody listens
        error = await failed(line, f"http://127.0.0.1:{nobody.getsockname()[1]}/bot1:a/getMe")
    assert isinstance(error, NetworkError)
    assert was_not_sent(error)
    assert "bot1:a" not in str(error)  # it goes into the log


async def test_where_all_lines_are_in_use_nothing_has_left() -> None:
    line = HttpTransport(1, read_timeout=5.0, pool_timeout=0.05)
    async with serving(None) as server:
        first = asyncio.create_task(line.post(server.url))
        await asyncio.wait_for(server.heard.wait(), 5)
        error = await failed(line, server.url)
        assert type(error) is TimedOut
        assert was_not_sent(error)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    await line.shutdown()


async def test_a_closed_line_calls_nobody_until_it_is_opened_again(line: HttpTransport) -> None:
    async with serving(TAKEN, TAKEN) as server:
        await line.post(server.url)
        await line.shutdown()
        await asyncio.wait_for(server.gone.wait(), 5)
        assert isinstance(await failed(line, server.url), NetworkError)
        await line.initialize()
        assert await answer_of(line, server.url) == [1]


async def test_a_sealed_line_goes_to_those_it_trusts_alone(tmp_path: Path) -> None:
    file = certificate(tmp_path)
    sealed = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    sealed.load_cert_chain(file)
    async with serving(TAKEN, sealed=sealed) as server:
        line = HttpTransport(trusted=partial(ssl.create_default_context, cafile=file))
        careful = HttpTransport()
        assert await answer_of(line, server.url) == [1]
        error = await failed(careful, server.url)
        assert was_not_sent(error)
        assert len(server.heads) == 1
        await line.shutdown()
        await careful.shutdown()


@pytest.mark.parametrize(
    ("proxies", "kind"),
    [
        ({}, HttpTransport),
        ({"https_proxy": "http://proxy.example:3128"}, HTTPXRequest),
        (
            {"https_proxy": "http://proxy.example:3128", "no_proxy": "api.telegram.org"},
            HttpTransport,
        ),
    ],
)
def test_behind_a_proxy_the_librarys_own_client_calls(
    proxies: dict[str, str], kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        for spelt in (name, name.upper()):
            monkeypatch.delenv(spelt, raising=False)
    for name, value in proxies.items():
        monkeypatch.setenv(name, value)
    bot = new_bot(read_settings(_env_file=None, telegram_token="1:a"))
    assert type(bot.request) is kind
