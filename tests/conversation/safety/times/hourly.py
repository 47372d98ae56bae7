"""The hours go by, and the follow-ups that come are listed.

It checks nothing by itself.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from tests.conftest import Time
from tests.support.participants import HELLO
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

LONDON = ZoneInfo("Europe/London")


def came(telegram: FakeTelegram, person: Person) -> list[str]:
    """The local times at which hellos came."""
    sent = [b for b in telegram.sent_to(person.chat_id) if b.text == HELLO]
    return [b.sent_at.astimezone(LONDON).strftime("%a %d %b %H:%M") for b in sent]


async def every_hour(running: Running, time: Time, until: dt.datetime) -> None:
    """Ticks on until a moment, as the scheduler would; by night only every three hours.

    Forgetting and clearing, which say hello to nobody, come once a day.
    """
    day = None
    while time.now < until:
        if time.now.date() != day:
            day = time.now.date()
            await running.tick()
        else:
            await running.bot.follow_up_job.run()
            await running.bot.settled()
        night = not 5 < time.now.astimezone(LONDON).hour < 21
        time.pass_(hours=3 if night else 1)


def at(*moment: int) -> dt.datetime:
    """A moment on London's clock."""
    year, month, day, hour = moment
    return dt.datetime(year, month, day, hour, tzinfo=LONDON).astimezone(dt.UTC)
