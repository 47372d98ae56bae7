"""Explains file errors to an operator: which file, why, and the way out."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.settings import CannotBeDone

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def in_words(error: OSError, path: Path | None = None) -> str | None:
    """A file-system error in a sentence; None where it names no file and is of no known kind."""
    named = error.filename if isinstance(error.filename, str) else None
    file = path or (Path(named) if named else None)
    if error.errno in NO_ROOM:
        return f"{file or 'a file'} cannot be written whole: the disk is full. Make room, try again"
    if file is None and isinstance(error, FileExistsError) and error.args:
        file = Path(str(error.args[0]))
    return f"{_at(file, error)}" if file is not None else None


def _at(file: Path, error: OSError) -> str:
    above = file if error.strerror == NO_FOLDER else file.parent
    if not above.exists():
        return f"there is no folder {above}: make it, or name another place"
    if not above.is_dir():
        return f"{above} is a file and no folder: name another place"
    if isinstance(error, FileExistsError):
        return f"{file} is there already: name another, or move it away"
    if isinstance(error, FileNotFoundError):
        return f"there is no file {file}"
    if isinstance(error, IsADirectoryError):
        return f"{file} is a folder and no file: name a file"
    if isinstance(error, PermissionError):
        return f"{file} may not be used by you: is it another user's, such as the bot's?"
    if error.errno == errno.EROFS:
        return f"{file} lies where nothing can be written: name another place"
    return f"{file} cannot be used: {error.strerror or type(error).__name__}"


NO_FOLDER = "no such folder"
"""The reason our own errors give where the path they name should be a folder."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Adds the path to any error raised while writing to it.

    Raises:
        CannotBeDone: with a readable message. Not an OSError, which would be reported as an
            unavailable database.
    """
    try:
        yield
    except OSError as error:
        if said := in_words(error, None if error.filename else path):
            raise CannotBeDone(said) from error
        raise
