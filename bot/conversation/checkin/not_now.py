"""Not now: the choice of when, which never counts as a refusal."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.schedule import follow_ups


def chosen(visit: Context, person: Participant | None, choice: str, session_id: int) -> None:
    """Plans a hello for when the person said, instead of any said before."""
    if person is None or person.open_checkin is None or person.open_checkin.id != session_id:
        visit.toast_phrase("stale")
        return
    visit.uow.cancel_follow_ups(person, "another time", visit.now, kind="not_now")
    # They have said when; the hello for a check-in left half-way would come before that.
    visit.uow.cancel_follow_ups(person, "another time", visit.now, kind="unfinished")
    later = visit.env.plan.not_now.get(choice)
    if later is None or not person.may_message:
        visit.say("later_none")
        return
    if person.contact_times.never:
        visit.say("later_none")
        return
    row = follow_ups.not_now(visit.env.plan, person, later, visit.update.update_id, visit.now)
    visit.uow.add_follow_ups([row])
    local = row["due_at"].astimezone(ZoneInfo(person.timezone)).date()
    visit.say("later_set", {"hello_date": local})
