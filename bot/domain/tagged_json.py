"""Encodes dataclasses of a closed set as JSON objects with a tag, and decodes them.

The tag and the keys are in the rows of databases: a rename in the code leaves them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Generic, TypeVar

T = TypeVar("T")
TAG = "to"


class TaggedJson(Generic[T]):
    """The codec of one set: `kinds` by tag, `keys` where a field is stored by another name."""

    def __init__(self, kinds: Mapping[str, type[T]], keys: Mapping[str, str]) -> None:
        self._kinds = kinds
        self._keys = keys
        self._tags = {kind: tag for tag, kind in kinds.items()}

    def tag(self, kind: type[T]) -> str:
        """The tag of a kind."""
        return self._tags[kind]

    def encode(self, value: T | None) -> dict[str, Any]:
        """A value as JSON values, without what is None or False; empty for None."""
        if value is None:
            return {}
        given = {self._keys.get(f.name, f.name): getattr(value, f.name) for f in _fields(value)}
        present = {k: v for k, v in given.items() if v is not None and v is not False}
        return {TAG: self.tag(type(value)), **present}

    def decode(self, stored: Mapping[str, Any]) -> T | None:
        """A value from what `encode` returned; None for one that this version does not know."""
        kind = self._kinds.get(stored.get(TAG, ""))
        if kind is None:
            return None
        found = {f.name: stored.get(self._keys.get(f.name, f.name)) for f in _fields(kind)}
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in found.items()
            if value is not None
        }
        try:
            return kind(**given)
        except TypeError:  # a row of another version, without what this one needs
            return None


def _fields(kind: Any) -> Any:
    return fields(kind)
