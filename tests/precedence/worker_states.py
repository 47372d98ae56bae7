"""States of workers, and what is not a state of anybody: a flood, and a database that is away.

It checks nothing by itself.
"""

from __future__ import annotations

from tests.precedence.scene import Scene
from tests.precedence.state import WAY, state

ANY_LANGUAGE = "I do not know"
"""A tap on that, where the language of a link is asked for."""

# --- workers -------------------------------------------------------------------------------------


@state("worker")
async def _worker(s: Scene) -> None:
    token = await s.house.invite("Kim", lead=True)
    await s.says(f"/start {token}")
    await s.says("/new Zed")
    await s.says("A room")
    if language := s.kim.newest("k:lang", ":any"):
        await s.send(s.kim.taps(language))
    await s.send(s.kim.taps(s.kim.newest("k:age", ":any")))
    await s.says("/people")
    s.facts["case"] = s.kim.newest("k:one:").split(":")[2]


def _writing(name: str, *data: str) -> None:
    async def come(s: Scene) -> None:
        for each in data:
            case = s.facts["case"]
            if each == ANY_LANGUAGE:
                await s.send(s.kim.taps(s.kim.newest("k:lang", ":any")))
            elif each.startswith("k:"):
                await s.send(s.kim.taps(each.replace("CASE", case)))
            else:
                await s.says(each)

    state(f"worker asked for {name}", "worker")(come)


_writing("names", "/new")
_writing("service", "/new Pia")
_writing("language", "/new Pia", "A flat")
_writing("age", "/new Pia", "A flat", ANY_LANGUAGE)
_writing("whom to find", "k:find:0:")
_writing("another name", "k:rename:CASE:")
_writing("what to record", "k:record:CASE:add.other")
_writing("a day to ask on", "k:when:CASE:before.date")
_writing("the day it began", "k:began:CASE:date")
_writing("what was done", "k:did:0:")
_writing("a colleague's name", "k:invite:0:")


@state("worker, also a participant", "worker")
async def _both(s: Scene) -> None:
    await s.says(f"/start {s.facts['valid']}")
    await s.taps(*WAY)


@state("worker and participant, writing", "worker, also a participant")
async def _both_writing(s: Scene) -> None:
    await s.says("/new")


@state("worker and participant, deletion waits", "worker, also a participant")
async def _both_deleting(s: Scene) -> None:
    await s.says("/delete")
    await s.taps("delete")


@state("worker and participant, stopped", "worker, also a participant")
async def _both_stopped(s: Scene) -> None:
    await s.says("stop")


@state("worker no more", "worker")
async def _dismissed(s: Scene) -> None:
    await s.house.dismiss(s.kim.chat)


# --- what is not a state of theirs ---------------------------------------------------------------


@state("too fast", "BEFORE several asked", in_memory=True)
async def _too_fast(s: Scene) -> None:
    s.house.flood()


@state("database away", "BEFORE several asked", in_memory=True)
async def _away(s: Scene) -> None:
    await s.send(s.kim.taps("zzz"))
    s.away = True


@state("database away, never seen", in_memory=True)
async def _away_unknown(s: Scene) -> None:
    s.away = True
