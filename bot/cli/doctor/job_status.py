"""The part of `checkin doctor` about a running bot's jobs, from the heartbeats it wrote."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from bot.store.repositories.operation.heartbeats import Heartbeat

SILENT = dt.timedelta(minutes=2)
"""After this long without a heartbeat no jobs are running; they are written every 20 seconds."""

IN_WORDS = {
    "Conflict": "another program uses this bot's token, or its webhook: stop one of the two"
}
"""Explanations of error types whose name says too little."""


def told(
    beats: Sequence[tuple[Heartbeat, dt.datetime]], now: dt.datetime, tell: Callable[[str], None]
) -> bool:
    """Prints the state of the jobs; one that is late or failing is unhealthy."""
    if not beats:
        tell("jobs        none: no bot runs just now, or none has begun yet")
        return True
    written = max(at for _, at in beats)
    if now - written > SILENT:
        tell(f"jobs        none since {written:%Y-%m-%d %H:%M} UTC: was the bot killed?")
        return False
    ill = [beat for beat, _ in beats if not beat.well]
    if not ill:
        tell(f"jobs        ok: {len(beats)} go round")
        return True
    tell(f"jobs        {len(ill)} of {len(beats)} are not done as they should be:")
    for beat in ill:
        since = beat.succeeded_at or beat.begun_at
        why = IN_WORDS.get(beat.error or "", beat.error) or "it takes too long"
        tell(f"            {beat.name}: not since {since:%Y-%m-%d %H:%M} UTC ({why})")
    return False
