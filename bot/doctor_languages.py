"""What `checkin doctor` says of languages: what waits for translators, and what is heard meanwhile.

Changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.authors.check import survey_of
from bot.conversation.visit import Around
from bot.database import open_store
from bot.flow_fallbacks import in_short, unspoken, waits
from bot.recorded import NOTHING, Memory
from bot.settings import Settings
from bot.store.language_words import read_memory
from bot.store.migrations import DatabaseBehind
from bot.store.store import DatabaseAway
from bot.store.vault import WrongKey


async def remembered(settings: Settings) -> Memory:
    """What the database remembers of the languages; nothing where it cannot be read."""
    if settings.sqlite_file is not None and not settings.sqlite_file.exists():
        return NOTHING
    try:
        store = open_store(settings)
    except WrongKey:
        return NOTHING
    try:
        at, head = await store.revision()
        return await read_memory(store) if at == head else NOTHING
    except (DatabaseAway, DatabaseBehind, WrongKey):
        return NOTHING
    finally:
        await store.close()


def all_translated(
    settings: Settings, found: Around, memory: Memory, tell: Callable[[str], None]
) -> bool:
    """Tells what waits for translators, in which languages, and since when."""
    standings = survey_of(settings, found.tongues.offered)
    waiting = waits(standings, found.tongues.offered, memory)
    for line in in_short(waiting):
        tell(f"            {line}")
    if any(not wait.new for wait in waiting):
        tell("            only a typo? `checkin flows same` and its place, such as before/b2")
    lacking = unspoken(found.library, found.tongues)
    for line in lacking:
        tell(f"            {line}")
    return not waiting and not lacking
