"""Runs `checkin keys rotate` until so many keys are wrapped anew, says so, and waits to be killed.

Everything is the command's own; it only stands still there, however fast the machine is.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

from bot import rotation
from bot.__main__ import main
from bot.store.rotate import rotate
from bot.store.store import Store
from bot.store.vault import Vault

THERE = b"as far as it is to come"


async def _as_far(store: Store, vault: Vault, done: Callable[[int], None]) -> None:
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
    setattr(rotation, "rotate", _as_far)  # noqa: B010 - a name that it only imports
    sys.argv[1:] = ["keys", "rotate"]
    main()
