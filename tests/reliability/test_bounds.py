"""What one account, or one odd server, can make us keep or hold: it ends somewhere, kindly.

Floods of messages are limited elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from telegram.error import NetworkError, TelegramError

from bot.conversation.checkin.answer_limits import LONGEST_ANSWER, MOST_NOTES
from bot.store.repositories.delivery import voice_note_repository as kept
from bot.store.tables.checkin_tables import VoiceRow
from bot.telegram import voice_downloader
from bot.telegram.transport.http_transport import HttpTransport
from tests.support.participants import agree, answers_of
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

TOO_MUCH = "That is a lot at once. I have not kept it."
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


async def copies(running: Running) -> list[int]:
    """The sizes of the copies that are kept, without what sealing adds."""
    return [len(row.body) - 28 for row in await running.rows(VoiceRow) if row.body is not None]


async def test_a_note_that_is_too_large_is_not_copied_whatever_is_said_of_it(
    sam: Person, running: Running
) -> None:
    large = b"O" * (voice_downloader.LARGEST + 1)
    sam.voice(data=large)
    sam.voice(data=large, size=10)
    sam.voice(data=large[1:])
    await running.quiet()
    assert await copies(running) == [voice_downloader.LARGEST]
    assert len((await answers_of(running, sam))["b1"].voice) == 3  # Telegram still has them


async def test_of_one_answer_only_so_many_are_copied_and_kept(
    sam: Person, running: Running
) -> None:
    for n in range(MOST_NOTES + 2):
        sam.voice(data=b"OggS %d" % n)
    await running.quiet()
    assert len((await answers_of(running, sam))["b1"].voice) == MOST_NOTES
    assert len(await copies(running)) == kept.MOST_AN_ANSWER
    assert TOO_MUCH in sam.last.text
    sam.start()  # they are not stuck
    await running.quiet()
    await sam.says("words go on")
    assert "3 of 5" in sam.last.text


async def test_of_one_day_only_so_much_is_copied(
    sam: Person, running: Running, telegram: FakeTelegram
) -> None:
    note = b"O" * 2_900_000
    fits = -(-kept.MOST_A_DAY // len(note))
    for _ in range(fits + 2):
        sam.voice(data=note)
        await running.quiet()
    assert len(await copies(running)) == fits
    kim = telegram.person("Kim")
    await agree(kim)
    kim.voice(data=note)
    await running.quiet()
    assert len(await copies(running)) == fits + 1, "another person has a day of their own"


async def test_an_answer_in_many_messages_ends_somewhere(sam: Person, running: Running) -> None:
    piece = "a" * 3_999  # with the line end between two, the whole is reached exactly
    for _ in range(LONGEST_ANSWER // 4_000 + 2):
        sam.say(piece)
    await running.quiet()
    words = (await answers_of(running, sam))["b1"].words or ""
    assert len(words) == LONGEST_ANSWER - 1
    assert TOO_MUCH in sam.last.text
    # What was said before leaves the next question its own room.
    sam.start()
    await running.quiet()
    await sam.says("my landlord")
    assert (await answers_of(running, sam))["b2"].words == "my landlord"
    assert "3 of 5" in sam.last.text


# --- an odd server -------------------------------------------------------------------------------


@asynccontextmanager
async def serving(handle: Handler) -> AsyncIterator[str]:
    """A server that answers as it likes."""
    served: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        served.add(task)
        try:
            await reader.readuntil(b"\r\n\r\n")
            await handle(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client had enough
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for task in served:
            task.cancel()
        await asyncio.gather(*served, return_exceptions=True)


async def error_of(url: str, **more: Any) -> TelegramError:
    """What a call to this server ends with."""
    line = HttpTransport(**more)
    with pytest.raises(TelegramError) as found:
        async with asyncio.timeout(30):
            await line.do_request(url, "POST")
    await line.shutdown()
    return found.value


async def _endless(writer: asyncio.StreamWriter, piece: bytes) -> None:
    while True:
        writer.write(piece)
        await writer.drain()


@pytest.mark.parametrize("where", ["head", "body", "length"])
async def test_an_answer_without_end_is_broken_off(where: str) -> None:
    async def handle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        if where == "head":
            await _endless(writer, b"X-Much: " + b"a" * 60_000 + b"\r\n")
        writer.write(
            b"Content-Length: 9000000000\r\n\r\n"
            if where == "length"
            else b"Transfer-Encoding: chunked\r\n\r\n"
        )
        piece = b"a" * 65_536
        await _endless(writer, piece if where == "length" else b"10000\r\n" + piece + b"\r\n")

    async with serving(handle) as url:
        assert isinstance(await error_of(url), NetworkError)


async def test_an_answer_that_trickles_is_given_up() -> None:
    fed = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not reader.at_eof():
            writer.write(b"a")
            await writer.drain()
            fed.set()
            with_eof = asyncio.ensure_future(reader.read(1))
            await asyncio.wait((with_eof,), timeout=0.02)
            if with_eof.done():
                return
            with_eof.cancel()
            await asyncio.gather(with_eof, return_exceptions=True)

    async with serving(handle) as url:
        await error_of(url, read_timeout=10.0, longest=0.3)
    assert fed.is_set()
