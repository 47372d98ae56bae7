"""Finds a Chromium for the tests of the page, and says how to get one.

`python -m tests.support.browser` prints where it is, and fails where there is none.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome", "chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
HOW = (
    "there is no Chromium here: install one, name one in CHROMIUM,"
    " or run `playwright install --only-shell chromium`"
)


def chromium() -> str | None:
    """Where a Chromium is: the one named, an installed one, or Playwright's own."""
    if named := os.environ.get("CHROMIUM"):
        return named
    for name in NAMES:
        if found := shutil.which(name):
            return found
    return str(MAC) if MAC.is_file() else _playwrights_own()


def _playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        whole = Path(playwright.chromium.executable_path)
    # The shell alone lies beside it, under a name of its own.
    shells = whole.parents[2].glob("chromium_headless_shell-*/*/*headless*shell")
    return next((str(path) for path in (whole, *sorted(shells)) if path.is_file()), None)


if __name__ == "__main__":
    where = chromium()
    sys.stdout.write(f"{where or HOW}\n")
    raise SystemExit(where is None)
