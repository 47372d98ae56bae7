"""Keeps compiled danger phrases beside their files, as Python keeps compiled modules."""

from __future__ import annotations

import contextlib
import os
import sys
import unicodedata
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import structlog

from flows.engine import danger as phrases
from flows.engine.danger import compiled_danger
from flows.engine.danger.detector import Danger
from flows.engine.danger.phrase_files import load_danger

log = structlog.get_logger()

KEPT_AS = ".compiled"
"""The file beside the phrases: hash of what it was made from, hash of the rest, the rest."""
_HASH = 32


def compiled(folder: Path, digest_of: Callable[[], bytes]) -> Danger:
    """The phrases of a folder, from the file beside them where it was made from the same ones.

    `digest_of` gives a hash of the phrases as they are.

    Raises:
        BrokenFlow: with every mistake of every file.
    """
    made_from, kept = _made_from(digest_of()), folder / KEPT_AS
    danger = _restored(kept, made_from)
    if danger is not None:
        return danger
    danger = load_danger(folder)
    # A file that was saved meanwhile is in these phrases, or not: such are kept for no hash.
    if not sys.dont_write_bytecode and _made_from(digest_of()) == made_from:
        _keep(kept, made_from, danger)
    return danger


def _made_from(digest: bytes) -> bytes:
    """A hash of all that the compiled form depends on: phrases, program, Python, its Unicode."""
    found = sha256(digest)
    found.update(f"{sys.version} {sys.byteorder} {unicodedata.unidata_version}".encode())
    engine = Path(phrases.__file__).parent
    for module in sorted([*engine.glob("*.py"), *engine.parent.glob("*.py"), Path(__file__)]):
        with contextlib.suppress(OSError):
            found.update(module.read_bytes())
    return found.digest()


def _restored(kept: Path, made_from: bytes) -> Danger | None:
    content = _read(kept, made_from)
    if content is None:
        return None
    try:
        return compiled_danger.restored(content)
    except Exception:  # whatever is wrong with the file: the phrases themselves are there
        log.exception("danger.compiled_anew", file=str(kept))
        return None


def _read(kept: Path, made_from: bytes) -> bytes | None:
    try:
        content = kept.read_bytes()
    except OSError:
        return None
    if content[:_HASH] != made_from:
        return None  # of other phrases, or another version
    rest = content[2 * _HASH :]
    if sha256(rest).digest() != content[_HASH : 2 * _HASH]:
        log.warning("danger.compiled_anew", file=str(kept), because="the file is damaged")
        return None
    return rest


def _keep(kept: Path, made_from: bytes, danger: Danger) -> None:
    """Replaces the file at once, for others may be reading it; a folder may be read-only."""
    new = kept.with_name(f"{KEPT_AS}.{os.getpid()}")
    try:
        content = compiled_danger.stored(danger)
        new.write_bytes(made_from + sha256(content).digest() + content)
        new.chmod(0o644)  # it says no more than the phrases do
        new.replace(kept)
    except (OSError, UnicodeError) as error:
        log.debug("danger.not_kept", file=str(kept), error=type(error).__name__)
        with contextlib.suppress(OSError):
            new.unlink()
