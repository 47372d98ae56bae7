"""Keeps compiled danger phrases beside their files, as Python keeps compiled modules."""

from __future__ import annotations

import contextlib
import os
import sys
import unicodedata
from hashlib import sha256
from pathlib import Path

import structlog

from flows.engine import danger as engine
from flows.engine.danger import compiled_danger
from flows.engine.danger.detector import Danger
from flows.engine.danger.phrase_files import load_danger

log = structlog.get_logger()

KEPT_AS = ".compiled"
"""The file beside the phrases: hash of what it was made from, hash of the rest, the rest."""
_HASH = 32


def compiled(folder: Path, digest: bytes) -> Danger:
    """The phrases of a folder, from the file beside them where it was made from the same ones.

    `digest` is a hash of the phrases.

    Raises:
        BrokenFlow: with every mistake of every file.
    """
    made_from, kept = _made_from(digest), folder / KEPT_AS
    content = _read(kept, made_from)
    if content is not None:
        return compiled_danger.restored(content)
    danger = load_danger(folder)
    if not sys.dont_write_bytecode:
        _keep(kept, made_from, compiled_danger.stored(danger))
    return danger


def _made_from(digest: bytes) -> bytes:
    """A hash of all that the compiled form depends on: phrases, program, Python, its Unicode."""
    found = sha256(digest)
    found.update(f"{sys.version} {sys.byteorder} {unicodedata.unidata_version}".encode())
    package = Path(engine.__file__).parent
    for module in sorted([*package.glob("*.py"), package.parent / "normalise.py"]):
        with contextlib.suppress(OSError):  # a program without its sources
            found.update(module.read_bytes())
    return found.digest()


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


def _keep(kept: Path, made_from: bytes, content: bytes) -> None:
    """Replaces the file at once, for others may be reading it; a folder may be read-only."""
    new = kept.with_name(f"{KEPT_AS}.{os.getpid()}")
    try:
        new.write_bytes(made_from + sha256(content).digest() + content)
        new.chmod(0o644)  # it says no more than the phrases do
        new.replace(kept)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink()
