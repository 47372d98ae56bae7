"""Master keys for an operator: rotated while the bot runs, and counted.

Never prints a key, only the beginning of its hash.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console as Screen
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.settings import CannotBeDone, Settings
from bot.store.crypto.master_keys import add_key, key_file
from bot.store.crypto.vault import Vault
from bot.store.database import Database
from bot.store.maintenance.key_rotation import RotationTally, rotate, tally
from bot.store.opening import open_store, open_vault


async def rotated(settings: Settings, screen: Screen) -> bool:
    """Re-wraps all keys with the newest master key; whether none is left on an older one.

    Beside SQLite the new key is made here, unless an earlier rotation was interrupted.

    Raises:
        CannotBeDone: there is nothing newer to rotate to, or no database yet.
        DatabaseUnavailable, WrongKey: as for the bot itself; nothing was changed then.
    """
    database = settings.sqlite_file
    store, vault = open_store(settings), open_vault(settings)
    try:
        at, head = await store.revision()
        if at != head:
            raise CannotBeDone(f"the database is at {at or 'nothing'}, not {head}: start the bot")
        await store.system_keys()  # refuses wrong keys before anything is changed
        found = await tally(store, vault)
        if set(found) <= {0}:
            vault = _with_a_new_key(settings, database, vault, found)
            found = await tally(store, vault)
        await _with_a_bar(store, vault, found, screen)
        found = await tally(store, vault)
    finally:
        await store.close()
    file = None if settings.secret_keys or database is None else key_file(database)
    for line in _outcome(found, vault, str(file or "CHECKIN_SECRET_KEYS")):
        screen.print(line, soft_wrap=True, highlight=False)
    return set(found) <= {0}


def _with_a_new_key(
    settings: Settings, database: Path | None, vault: Vault, found: RotationTally
) -> Vault:
    if settings.secret_keys or database is None:
        raise CannotBeDone(
            f"nothing is newer: all {found.total()} keys are wrapped by {vault.names[0]}, the first"
            " in CHECKIN_SECRET_KEYS. Make a new one with `checkin keys new`, put it before the"
            " others, and run this again"
        )
    return Vault(add_key(key_file(database)))


async def _with_a_bar(store: Database, vault: Vault, found: RotationTally, screen: Screen) -> None:
    columns = (TextColumn("keys"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen) as bar:
        task = bar.add_task("keys", total=found.total(), completed=found[0])
        await rotate(store, vault, lambda count: bar.advance(task, count))


def counted(found: RotationTally, vault: Vault) -> str:
    """A line on which master key wraps how many keys."""
    names = vault.names
    parts = [
        f"{found[place]} on {name}" + (" (the newest)" if place == 0 and len(names) > 1 else "")
        for place, name in enumerate(names)
    ]
    if found[None]:
        parts.append(f"{found[None]} on a key that is not given")
    return ", ".join(parts)


def _outcome(found: RotationTally, vault: Vault, where: str) -> Iterator[str]:
    yield f"keys: {counted(found, vault)}"
    if found[None]:
        yield "Put back the key that is missing, and run this again."
    behind = sum(n for place, n in found.items() if place not in (0, None))
    if behind:
        yield f"{behind} are still on an older key: is a bot running that has not the new one?"
        yield "Give it the new key, or start it anew; then run this again."
        return
    for name in vault.names[1:]:
        yield f"Nothing in this database hangs on {name} any more."
    if vault.names[1:]:
        yield (
            "Backups made until now still need the older keys: keep them, apart from the backups."
            f" When every bot runs with the new one, they may be taken out of {where}."
        )
    yield "Copy the new key to where you keep the old one: without it nothing can be read."
