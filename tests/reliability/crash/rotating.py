"""Runs `checkin keys rotate` until so many keys are wrapped anew, says so, and waits to be killed.

Everything is the command's own; it only stands still there, however fast the machine is.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

from bot.cli import rotate_keys
from bot.cli.main import main
from bot.store.crypto.vault import Vault
from bot.store.database import Database
from bot.store.maintenance.key_rotation import rotate

THERE = b"as far as it is to come"


async def _as_far(store: Database, vault: Vault, done: Callable[[int], None]) -> None:
    wrapped = 0

    def count(more: int) -> None:
        nonlocal wrapped
        done(more)
        wrapped += more
        if wrapped >= int(os.environ["ROTATE_UNTIL"]):
            os.write(1, THERE)
            signal.pause()

    await rotate(store, vault, count)


if __name__ == "__main__":
    setattr(rotate_keys, "rotate", _as_far)  # noqa: B010 - a name that it only imports
    sys.argv[1:] = ["keys", "rotate"]
    main()
