"""Operator actions for data-subject rights: complaints listed and answered, receipts looked up.

Copies, changes and deletions are for participants themselves, in the conversation.
"""

from __future__ import annotations

import datetime as dt

from bot.clock import Clock
from bot.conversation.my_data.complaints import ACKNOWLEDGE
from bot.domain.reference_codes import normalised_code
from bot.settings import CannotBeDone, Settings
from bot.store.opening import open_batch


async def complaints(settings: Settings, clock: Clock) -> list[str]:
    """A few lines for each complaint: its code, dates and text."""
    async with open_batch(settings) as uow:
        found = await uow.complaints.all()
    lines: list[str] = []
    for one in found:
        due = _day(one.made_at + ACKNOWLEDGE)
        acknowledged = _day(one.acknowledged_at) if one.acknowledged_at else f"due by {due}"
        answered = _day(one.answered_at) if one.answered_at else "not yet"
        lines += [
            f"{one.code}  made {_day(one.made_at)} ({one.language})",
            f"    acknowledged: {acknowledged}; answered: {answered}",
            *(f"    | {line}" for line in one.words.splitlines()),
        ]
        lines += ["    (a voice note)"] if one.spoken else []
    return lines or ["nobody has complained"]


async def acknowledge(settings: Settings, clock: Clock, code: str) -> str:
    """Records that a participant was notified that their complaint has arrived.

    Raises:
        CannotBeDone: there is no complaint with this code.
    """
    await _mark(settings, clock, code, answered=False)
    return f"{normalised_code(code)}: acknowledged on {_day(clock())}"


async def answered(settings: Settings, clock: Clock, code: str) -> str:
    """Records that a complaint was answered; it is kept for two years from now.

    Raises:
        CannotBeDone: there is no complaint with this code.
    """
    await _mark(settings, clock, code, answered=True)
    return f"{normalised_code(code)}: answered on {_day(clock())}; it is kept for two years"


async def _mark(settings: Settings, clock: Clock, code: str, *, answered: bool) -> None:
    async with open_batch(settings) as uow:
        if not await uow.complaints.mark(normalised_code(code), clock(), answered=answered):
            raise CannotBeDone("no such complaint: `checkin complaints list` shows the codes")


async def receipt(settings: Settings, clock: Clock, code: str) -> str:
    """When the data of a receipt's code was deleted, or that the deletion is pending."""
    async with open_batch(settings) as uow:
        found = await uow.erasure.receipt(normalised_code(code))
    if found is None:
        return "not known: nothing was deleted under this code, or it was undone, or long ago"
    what, at = found
    if what == "deleted":
        return f"deleted on {at:%d %B %Y at %H:%M} UTC"
    return f"waits: it is deleted at {at:%H:%M} UTC on {_day(at)}, if it is not undone"


def _day(at: dt.datetime) -> str:
    return f"{at:%d %B %Y}"
