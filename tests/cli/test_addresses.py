"""Addresses and proxies as hosts hand them out: they work, or it is said in words what to do.

What is done with a database is tested elsewhere.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

import pytest
import sqlalchemy as sa

from bot.config.database_url import WrongAddress, kind_of, parsed
from bot.settings import WrongSettings, read_settings
from bot.store.sql.engine import open_engine
from bot.telegram.client import check_token, new_bot
from tests.conftest import Time
from tests.support.certificates import certificate
from tests.support.cli_process import checkin
from tests.support.database.databases import PostgresServer
from tests.support.running_bot import KEY
from tests.support.telegram_fake import FakeTelegram

AT = "postgresql://u:hush@db.example.org:5432/checkin"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


# --- what is read from an address ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", {}),
        ("?sslmode=require", {"ssl": "require"}),
        ("?ssl=require", {"ssl": "require"}),
        ("?sslmode=disable&connect_timeout=7", {"ssl": "disable", "timeout": 7.0}),
        ("?application_name=our%20bot", {"server_settings": {"application_name": "our bot"}}),
        ("?sslmode=prefer&channel_binding=prefer", {"ssl": "prefer"}),
        ("?target_session_attrs=primary", {"target_session_attrs": "primary"}),
    ],
)
@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_what_hosts_hand_out_is_understood(scheme: str, query: str, told: dict[str, Any]) -> None:
    address, options = parsed(AT.replace("postgresql", scheme, 1) + query)
    assert address == AT.replace("postgresql", "postgresql+asyncpg")
    assert options == told
    assert kind_of(AT + query) == "postgresql"


@pytest.mark.parametrize(("mode", "named"), [("verify-ca", False), ("verify-full", True)])
@pytest.mark.parametrize("root", ["", "&sslrootcert=system", "&sslrootcert={file}"])
def test_a_verified_server_is_known_by_its_authority(
    mode: str, named: bool, root: str, tmp_path: Path
) -> None:
    query = f"?sslmode={mode}" + root.format(file=certificate(tmp_path))
    context = parsed(AT + query)[1]["ssl"]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname is named


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("oracle://x", "must begin with"),
        ("sqlite://checkin.db", "must begin with"),
        ("checkin.db", "must begin with"),
        (f"{AT}?sslmode=on", "is none of: disable"),
        (f"{AT}?sslrootcert=/nonexist.pem", "cannot be read as a certificate"),
        (f"{AT}?connect_timeout=soon", "number of seconds"),
        (f"{AT}?channel_binding=require", "take it out"),
        (f"{AT}?pgbouncer=true", "`pgbouncer` in the address is not known here; take it out"),
    ],
)
async def test_what_is_not_is_named_with_the_way_out(url: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(WrongAddress, match=words.replace("?", "[?]")) as found:
        parsed(url)
    assert "hush" not in str(found.value)
    done = await checkin(tmp_path, "doctor", database_url=url, secret_keys=KEY)
    assert done.code == 2
    assert f"CHECKIN_DATABASE_URL: {found.value}" in done.err
    assert "hush" not in done.out + done.err


# --- a server that speaks TLS --------------------------------------------------------------------


SSL_REQUEST = bytes.fromhex("0000000804d2162f")
"""What a client begins with that wants TLS (PostgreSQL's protocol, SSLRequest)."""


class Relay:
    """A server on this machine that passes on what comes, once `meet` has said where to."""

    def __init__(self) -> None:
        self.port = 0
        self._ends: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def meet(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """The onward line for somebody who has come, if there is to be one."""
        raise NotImplementedError

    async def onward(
        self, host: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A line to there, closed with the server."""
        there, writer = await asyncio.open_connection(host, port)
        self._ends.append(writer)
        return there, writer

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.append(writer)
        if (task := asyncio.current_task()) is not None:
            self._tasks.add(task)
        if (line := await self.meet(reader, writer)) is not None:
            there, onward = line
            await asyncio.gather(_pump(reader, onward), _pump(there, writer))

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Self]:
        """Serves, and leaves no line open."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            self.port = server.sockets[0].getsockname()[1]
            try:
                yield self
            finally:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)
                for end in self._ends:
                    end.transport.abort()
                await asyncio.sleep(0)  # what was aborted lets go of its socket in the next turn


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
        sink.close()


class Front(Relay):
    """PostgreSQL's own way to TLS, before a server that has none; `sealed` says who used it."""

    def __init__(self, port: int, file: Path) -> None:
        super().__init__()
        self._server = port
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(file)
        self.sealed: list[bool] = []

    async def meet(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        begun = await reader.readexactly(8)
        if begun == SSL_REQUEST:
            writer.write(b"S")
            try:
                await writer.start_tls(self._context)
            except (ssl.SSLError, OSError):  # they did not like whom they saw
                return None
        self.sealed.append(begun == SSL_REQUEST)
        there, onward = await self.onward("127.0.0.1", self._server)
        if begun != SSL_REQUEST:
            onward.write(begun)
        return there, onward


async def _asks(url: str) -> None:
    """Asks the database at this address something."""
    engine = open_engine(url)
    try:
        async with engine.connect() as connection:
            assert (await connection.execute(sa.text("SELECT 7"))).scalar_one() == 7
    finally:
        await engine.dispose()


async def test_a_sealed_line_to_the_database(
    postgresql_server: PostgresServer, tmp_path: Path
) -> None:
    file = certificate(tmp_path)
    async with Front(postgresql_server.port, file).serving() as front:
        url = postgresql_server.url().replace(f":{postgresql_server.port}/", f":{front.port}/")
        await _asks(f"{url}?sslmode=disable")
        assert front.sealed == [False]
        await _asks(f"{url}?sslmode=require")
        for mode in ("verify-ca", "verify-full"):
            await _asks(f"{url}?sslmode={mode}&sslrootcert={file}")
        assert front.sealed == [False, True, True, True]
        for query in ("sslmode=verify-full", "sslmode=verify-ca&sslrootcert=system"):
            with pytest.raises(ssl.SSLCertVerificationError):  # nobody vouches for it
                await _asks(f"{url}?{query}")


async def test_a_server_nobody_vouches_for_is_said_in_words(
    postgresql_server: PostgresServer, tmp_path: Path
) -> None:
    async with Front(postgresql_server.port, certificate(tmp_path)).serving() as front:
        url = postgresql_server.url().replace(f":{postgresql_server.port}/", f":{front.port}/")
        given: dict[str, Any] = {"database_url": f"{url}?sslmode=verify-full", "secret_keys": KEY}
        done = await checkin(tmp_path, "doctor", **given)
    assert done.code == 1
    assert "database    cannot be reached (SSLCertVerificationError)" in done.out


# --- a proxy on the way to Telegram --------------------------------------------------------------


class Socks(Relay):
    """A SOCKS5 proxy (RFC 1928); `went` says where it was asked to go."""

    def __init__(self) -> None:
        super().__init__()
        self.went: list[str] = []

    async def meet(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        _, count = await reader.readexactly(2)
        await reader.readexactly(count)
        writer.write(b"\x05\x00")
        *_, kind = await reader.readexactly(4)
        size = 4 if kind == 1 else (await reader.readexactly(1))[0]
        raw = await reader.readexactly(size)
        host = ".".join(map(str, raw)) if kind == 1 else raw.decode()
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.went.append(f"{host}:{port}")
        line = await self.onward(host, port)
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        return line


def _only_proxy(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    for name in PROXIES:
        for spelt in (name, name.upper()):
            monkeypatch.delenv(spelt, raising=False)
    monkeypatch.setenv("ALL_PROXY", address)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_the_way_leads_through_a_socks_proxy(
    scheme: str, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FakeTelegram(clock=time) as telegram, Socks().serving() as proxy:
        _only_proxy(monkeypatch, f"{scheme}://127.0.0.1:{proxy.port}")
        settings = read_settings(
            _env_file=None, telegram_token=telegram.token, telegram_api_url=telegram.url
        )
        well, words, _ = await check_token(settings)
    assert (well, words) == (True, "ok: @check_in_bot")
    assert proxy.went == [telegram.url.removeprefix("http://")]


@pytest.mark.parametrize("address", ["socks4://u:hush@127.0.0.1:1", "ftp://127.0.0.1:1"])
def test_a_proxy_that_cannot_be_used_is_named(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _only_proxy(monkeypatch, address)
    with pytest.raises(WrongSettings, match="this proxy cannot be used") as found:
        new_bot(read_settings(_env_file=None, telegram_token="1:a"))
    assert "hush" not in str(found.value)
    assert "socks5" in str(found.value)
