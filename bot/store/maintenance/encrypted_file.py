"""An encrypted file of lines, with a key of its own that the master keys wrap.

A file that is truncated, changed or reordered does not decrypt.
"""

from __future__ import annotations

import errno
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.store.crypto.master_keys import sync_folder
from bot.store.crypto.vault import KeyMissing, Vault, WrongKey

LARGEST_FRAME = 1_000_000
_LENGTH = 4


class InvalidBackup(Exception):
    """The file is not a backup, is truncated, or was changed."""


class FileNotWritten(Exception):
    """A file cannot be written at its place; `why` is the system's reason."""

    def __init__(self, path: Path, error: OSError) -> None:
        self.why = error.strerror or type(error).__name__
        # Not an OSError itself, which would be reported as an unavailable database.
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            self.why = "the disk is full"
        super().__init__(
            f"there is no folder {path.parent}: make it, or name another place"
            if isinstance(error, FileNotFoundError)
            else f"{path} cannot be written: {self.why}"
        )


class EncryptedFile:
    """A file being written; `write` adds lines, `close` completes it.

    Until `rename` gives it its name it has a temporary one; if anything fails it is deleted.
    """

    def __init__(self, vault: Vault, path: Path, magic: bytes) -> None:
        self._path = path
        self._unfinished = path.with_name(path.name + ".part")
        raw, wrapped = vault.new_key()
        self._cipher = AESGCM(raw)
        self._frame = 0
        self._lines: list[str] = []
        self._size = 0
        with self._writing():
            descriptor = os.open(self._unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self._file = os.fdopen(descriptor, "wb")
            self._file.write(magic + wrapped + b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            with self._writing():
                self._file.close()  # on a full disk this fails too
        finally:
            self._unfinished.unlink(missing_ok=True)

    def write(self, line: Any) -> None:
        """Adds a line, any JSON value."""
        text = json.dumps(line)
        self._lines.append(text)
        self._size += len(text)
        if self._size > LARGEST_FRAME:
            self._seal(last=False)

    def close(self) -> None:
        """Completes it, and waits until it is on the disk."""
        self._seal(last=False)
        self._seal(last=True)
        with self._writing():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def rename(self) -> None:
        """Renames it, replacing an existing file in one step."""
        with self._writing():
            self._unfinished.replace(self._path)
            sync_folder(self._path.parent)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise FileNotWritten(self._path, error) from error

    def _seal(self, *, last: bool) -> None:
        text = zlib.compress("\n".join(self._lines).encode())
        sealed = self._cipher.encrypt(_nonce(self._frame), text, _bind(self._frame, last=last))
        with self._writing():
            self._file.write(len(sealed).to_bytes(_LENGTH, "big") + sealed)
        self._frame += 1
        self._lines, self._size = [], 0


def read_lines(vault: Vault, path: Path, magic: bytes, *others: bytes) -> Iterator[Any]:
    """The lines of an encrypted file, of one kind or of others with the same format.

    Raises:
        FileNotFoundError: there is none.
        InvalidBackup: it is not whole, or of another kind.
        WrongKey: the master keys do not open it.
    """
    with path.open("rb") as file:
        if file.readline(100) not in (magic, *others):
            raise InvalidBackup(f"{path} is not a backup of this form ({magic.decode().strip()})")
        cipher = AESGCM(_key(vault, file.readline(1000), path))
        frame, last = 0, False
        while not last:
            size = int.from_bytes(file.read(_LENGTH), "big")
            text, last = _open(cipher, file.read(size), frame, path)
            for line in text.splitlines():
                yield json.loads(line)
            frame += 1
        if file.read(1):
            raise InvalidBackup(f"{path} goes on after its end")


def _nonce(frame: int) -> bytes:
    # The key is this file's alone, so a counter never repeats under it.
    return frame.to_bytes(12, "big")


def _bind(frame: int, *, last: bool) -> bytes:
    # Bound to position and end: a truncated or reordered file does not decrypt.
    return f"backup|{frame}|{'last' if last else 'more'}".encode()


def _key(vault: Vault, line: bytes, path: Path) -> bytes:
    if not line.endswith(b"\n"):
        raise InvalidBackup(f"{path} is cut short or was changed")
    try:
        return vault.raw(line.strip())
    except KeyMissing:
        raise WrongKey(
            f"the master keys do not open {path}: it needs those of the bot that made it"
        ) from None
    except WrongKey:
        raise InvalidBackup(f"{path} is cut short or was changed") from None


def _open(cipher: AESGCM, sealed: bytes, frame: int, path: Path) -> tuple[bytes, bool]:
    for last in (False, True):
        with suppress(InvalidTag, ValueError):
            text = cipher.decrypt(_nonce(frame), sealed, _bind(frame, last=last))
            return zlib.decompress(text), last
    raise InvalidBackup(f"{path} is cut short or was changed")
