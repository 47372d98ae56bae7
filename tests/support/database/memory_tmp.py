"""Where a test run keeps its files: in memory, where the system has a folder there with room.

Databases are made and thrown away by the thousand. No test cuts the power, so none can tell.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - what lies in it is made by mkdtemp, as elsewhere
ROOM = 2 << 30
"""Bytes that have to be free there; a worker was seen to take a twelfth of it."""


def keep_files_in_memory() -> None:
    """Makes it so for this process and all that it starts, unless TMPDIR says where to go."""
    if sys.platform != "linux" or "TMPDIR" in os.environ:
        return
    if not os.access(IN_MEMORY, os.W_OK | os.X_OK):
        return
    # PostgreSQL's programs are copied there where else its own user could not reach them.
    runs_programs = not os.statvfs(IN_MEMORY).f_flag & os.ST_NOEXEC
    if runs_programs and shutil.disk_usage(IN_MEMORY).free >= ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)
