"""Stores, per language, whether it was offered and every wording it was complete with.

The texts are the product's own, without personal data; they are packed, not encrypted.
"""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Mapping

import sqlalchemy as sa

from bot.i18n.recorded_languages import Key, RecordedLanguage, RecordedLanguages, Wording
from bot.store.database import Database
from bot.store.sql.statements import insert_ignore
from bot.store.tables.checkin_tables import FlowVersionRow
from bot.store.tables.operation_tables import LanguageWordsRow
from bot.store.tables.participant_tables import ParticipantRow

MOST_PEOPLE = 100_000


async def read_memory(store: Database) -> RecordedLanguages:
    """All that is remembered of the languages, and the stored versions of flows.

    Raises:
        DatabaseUnavailable: it cannot be reached.
    """
    of_flows = sa.select(FlowVersionRow.flow, FlowVersionRow.source).order_by(
        FlowVersionRow.first_seen, FlowVersionRow.version
    )
    async with store.read_snapshot() as connection:
        rows = (await connection.execute(sa.select(LanguageWordsRow.__table__))).all()
        versions = [(r.flow, r.source) for r in (await connection.execute(of_flows)).all()]
    languages = {
        row.code: RecordedLanguage(row.locale, row.offered, row.draft, _unpacked(row.words))
        for row in rows
    }
    return RecordedLanguages(languages, versions)


async def write_languages(
    store: Database, changed: Mapping[str, RecordedLanguage], now: dt.datetime
) -> None:
    """Replaces what is remembered of these languages.

    Raises:
        DatabaseUnavailable: nothing was written.
    """
    rows = [
        {
            "code": code,
            "locale": recorded.locale,
            "offered": recorded.offered,
            "draft": recorded.draft,
            "words": _packed(recorded.words),
            "at": now,
        }
        for code, recorded in sorted(changed.items())
    ]
    if not rows:
        return
    async with store.transaction() as connection:
        known = sa.delete(LanguageWordsRow).where(LanguageWordsRow.code.in_(list(changed)))
        await connection.execute(known)
        # Two bots on one database may start at the same moment, with the same files.
        await connection.execute(insert_ignore(connection.dialect.name, LanguageWordsRow), rows)


async def forget_language(store: Database, code: str) -> bool:
    """Records that a language need not be offered any more; whether it was."""
    async with store.transaction() as connection:
        done = await connection.execute(
            sa.update(LanguageWordsRow)
            .where(LanguageWordsRow.code == code, LanguageWordsRow.offered)
            .values(offered=False)
        )
    return bool(done.rowcount)


async def chosen_languages(store: Database) -> dict[bytes, str]:
    """The language of each participant by the keyed hash of their chat; of very many, some."""
    some = (
        sa.select(ParticipantRow.chat_hash, ParticipantRow.language)
        .order_by(ParticipantRow.id.desc())
        .limit(MOST_PEOPLE)
    )
    async with store.read_snapshot() as connection:
        return {row.chat_hash: row.language for row in (await connection.execute(some)).all()}


def _packed(words: Mapping[Key, Wording]) -> bytes:
    listed = [[key[0], w.english, w.forms, w.since] for key, w in words.items()]
    return zlib.compress(json.dumps(listed, ensure_ascii=False).encode())


def _unpacked(packed: bytes) -> dict[Key, Wording]:
    """The texts; none where the row is damaged, for it must never keep a bot from starting."""
    try:
        return {
            (context, english[0]): Wording(tuple(english), tuple(forms), since)
            for context, english, forms, since in json.loads(zlib.decompress(packed))
        }
    except (zlib.error, ValueError, TypeError, LookupError):
        return {}
