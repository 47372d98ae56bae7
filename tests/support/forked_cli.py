"""A process that has read the program and its questions, and becomes a `checkin` when asked.

Each command is a fork of it: a process with its own folder, settings, input, output and exit code,
that need not first read for a second or two what the last one read.
"""

from __future__ import annotations

import atexit
import datetime as dt
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.settings import ROOT

CAN_FORK = sys.platform == "linux"
"""Elsewhere the system's own libraries may not outlive a fork."""
WITHIN = 60.0
"""Seconds a command may take; it takes one or two."""
_LONGEST = 1 << 20


class Warm:
    """That process, as the tests see it; it ends with them."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._line, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(other.fileno())],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                pass_fds=[other.fileno()],
                start_new_session=True,
            )
        atexit.register(self.end)

    def run(
        self,
        folder: Path,
        words: Sequence[str],
        environment: Mapping[str, str],
        files: list[int],
        now: dt.datetime | None = None,
    ) -> int:
        """Runs a command on three open files to its end, and gives its exit code.

        With `now` the command's clock stands there; without, it is the machine's.

        Raises:
            TimeoutError: when it does not end; it is then ended, and so is this.
        """
        at = now.isoformat() if now is not None else None
        asked = json.dumps([str(folder), words, dict(environment), at]).encode()
        with self._one_at_a_time:
            try:
                self._line.settimeout(WITHIN)
                socket.send_fds(self._line, [asked], files)
                return int(self._line.recv(16))
            except BaseException:
                self.end()
                raise

    def end(self) -> None:
        """Ends it, and a command that still runs."""
        self._line.close()
        if self.runs:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    @property
    def runs(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None


def _read_all() -> None:
    """What a command reads first; it looks at each file's time and reads what has changed since."""
    import bot.app  # noqa: F401 - it is there, then, in each fork
    from bot.content.loading import read_danger, read_folder, read_helplines

    for read in (read_danger, read_folder, read_helplines):
        read(ROOT / "flows")
    gc.collect()
    gc.freeze()  # what is never looked through is never copied


def _set_clock(now: dt.datetime) -> None:
    """Hands the test's clock to the program, wherever it took the machine's."""
    for module in [m for m in sys.modules.values() if hasattr(m, "system_clock")]:
        module.system_clock = lambda: now  # type: ignore[attr-defined]


def _is_command(line: socket.socket) -> bool:
    """Forks for each command asked for: true in the fork, false once there are no more."""
    while True:
        asked, files, _, _ = socket.recv_fds(line, _LONGEST, 3)
        if not asked:
            return False
        command = os.fork()
        if not command:
            break
        for file in files:
            os.close(file)
        _, status = os.waitpid(command, 0)
        line.send(str(os.waitstatus_to_exitcode(status)).encode())
    line.close()
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    folder, words, environment, at = json.loads(asked)
    if at is not None:
        _set_clock(dt.datetime.fromisoformat(at))
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["checkin", *words]
    return True


if __name__ == "__main__":
    from bot.cli.main import main

    _read_all()
    if _is_command(socket.socket(fileno=int(sys.argv[1]))):
        main()
