"""Finds the `.env` file of settings, from any working folder, and reads its names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from dotenv.parser import parse_stream

PREFIX = "CHECKIN_"
FILE_NAME = ".env"
NAMED_BY = f"{PREFIX}ENV_FILE"


@dataclass(frozen=True)
class EnvFile:
    """A file of settings. `wrong` tells what in it cannot be read.

    `values` has its own spelling.
    """

    path: Path | None = None
    values: Mapping[str, str | None] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()

    @property
    def says_ours(self) -> bool:
        """Whether it names any of our settings."""
        return any(key.upper().startswith(PREFIX) for key in self.values)

    def sets(self, name: str) -> bool:
        """Whether it sets one of our names, in any case, to a value."""
        return any(key.upper() == name and value for key, value in self.values.items())


def find(project: Path) -> EnvFile:
    """The file named by CHECKIN_ENV_FILE; else that of the working folder, else the project's.

    One in the working folder without any of our settings belongs to another program.
    """
    if named := os.environ.get(NAMED_BY):
        return read(Path(named).absolute())
    for folder in (Path.cwd(), project):
        file = folder / FILE_NAME
        if _is_there(file):
            found = read(file)
            if found.wrong or found.says_ours:
                return found
    return EnvFile()


def _is_there(file: Path) -> bool:
    try:
        return file.exists()
    except OSError:  # a folder that this user may not enter, such as that of a timer of root's
        return False


def read(path: Path) -> EnvFile:
    """Reads one file, or reports why it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return EnvFile(path, wrong=(f"{path} is not plain text (UTF-8): save it as that",))
    except FileNotFoundError:
        return EnvFile(path, wrong=(f"{NAMED_BY}: there is no file {path}",))
    except OSError as error:
        return EnvFile(path, wrong=(f"{path} cannot be read: {error.strerror}",))
    values: dict[str, str | None] = {}
    wrong = []
    for found in parse_stream(StringIO(text)):
        ours = found.key is not None and found.key.upper().startswith(PREFIX)
        if found.error or (ours and found.value is None):
            wrong.append(f"{path}, line {found.original.line}: is not NAME=value")
        elif found.key is not None:
            values[found.key] = found.value
    return EnvFile(path, values, tuple(wrong))
