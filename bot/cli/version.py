"""The version of the program, and of the tables it needs."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as of_package

from bot.settings import ROOT
from bot.store.migrations import known_revisions


def version() -> str:
    """The version in a line."""
    try:
        number = of_package("leaf-checkin")
    except PackageNotFoundError:  # unpacked and not installed
        number = "of an unknown number"
    return f"checkin {number}, with tables at {known_revisions(ROOT / 'alembic')[-1]}"
