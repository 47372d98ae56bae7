"""Not now: the choice of when, which never counts as a refusal."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.conversation.context import Visit
from bot.domain.participant import Person
from bot.schedule import follow_ups


def chosen(visit: Visit, person: Person | None, choice: str, session_id: int) -> None:
    """Plans a hello for when the person said, instead of any said before."""
    if person is None or person.live is None or person.live.id != session_id:
        visit.glance("stale")
        return
    visit.batch.cancel(person, "another time", visit.now, kind="not_now")
    # They have said when; the hello for a check-in left half-way would come before that.
    visit.batch.cancel(person, "another time", visit.now, kind="unfinished")
    later = visit.around.plan.not_now.get(choice)
    if later is None or not person.may_message:
        visit.say("later_none")
        return
    if person.safe.never:
        visit.say("later_none")
        return
    row = follow_ups.not_now(visit.around.plan, person, later, visit.arrival.update_id, visit.now)
    visit.batch.plan([row])
    local = row["due_at"].astimezone(ZoneInfo(person.zone)).date()
    visit.say("later_set", {"hello_date": local})
