"""States of somebody who is, or may become, a participant, each reached as people reach it.

It checks nothing by itself.
"""

from __future__ import annotations

import re

from tests.danger_model.model_folder import SOUNDS_LIKE_DANGER
from tests.precedence.scene import Scene
from tests.precedence.state import SHARED, TOWN, VOICE, WAY, WORDS, state


@state(TOWN, None)
async def _town(s: Scene) -> None:
    for who, name, lead in (("wanda", "Wanda", True), ("max", "I want to die", False)):
        token = await s.house.invite(name, lead=lead)
        await s.says(f"/start {token}", who)
    s.facts["invite"] = await s.house.invite("Nora")
    for name in ("valid", "used", "typed"):
        token, digits = await s.house.card(name.title())
        s.facts |= {name: token, f"{name}_digits": digits}
    s.facts["by_max"], _ = await s.house.card("Ann", by=1)
    await s.says(f"/start {s.facts['used']}", "lee")
    await s.taps(*WAY, who="lee")
    await s.says("/times", "lee")
    await s.taps("move", who="lee")
    s.facts["numbers"] = re.findall(r"(?:\d{3} ){4}\d{3}", s.heard[-1].said[-1].text)[0]
    s.later(days=1)


# --- before a yes --------------------------------------------------------------------------------


@state("language asked", in_memory=True)
async def _language_asked(s: Scene) -> None:
    s.kim.hint = "xx"
    await s.says("/start")


@state("language chosen", in_memory=True)
async def _language_chosen(s: Scene) -> None:
    await _language_asked(s)
    await s.taps("en")


def _on_the_way(name: str, taps: int) -> None:
    async def come(s: Scene) -> None:
        await s.says("/start")
        await s.taps(*WAY[:taps])

    state(name, in_memory=True)(come)


for _taps, _name in enumerate(("greeted", "keep asked", "phone asked")):
    _on_the_way(_name, _taps)


@state("told more", in_memory=True)
async def _told_more(s: Scene) -> None:
    await s.says("/start")
    await s.taps("adult", "more")


@state("link opened, no yes yet", in_memory=True)
async def _link_opened(s: Scene) -> None:
    await s.says(f"/start {s.facts['typed']}")


@state("link opened, bot restarted")
async def _link_held(s: Scene) -> None:
    await _link_opened(s)


@state("stopped before a yes")
async def _stopped_early(s: Scene) -> None:
    await s.says("/start")
    await s.says("stop")


# --- in BEFORE -----------------------------------------------------------------------------------


async def may_be_written_to(s: Scene) -> None:
    """Says yes to later messages, half-way."""
    await s.says("/pause")
    await s.taps("agree")


@state("BEFORE several asked")
async def _several(s: Scene) -> None:
    await s.says("/start")
    await s.taps(*WAY)


@state("asked if they are safe", "BEFORE several asked")
async def _asked_if_safe(s: Scene) -> None:
    await s.says(SOUNDS_LIKE_DANGER)


@state("BEFORE several, one picked", "BEFORE several asked")
async def _picked(s: Scene) -> None:
    await s.taps("+safe_place")


@state("BEFORE choice or words asked", "BEFORE several asked")
async def _choice_or_words(s: Scene) -> None:
    await s.says(WORDS)
    await s.says(WORDS)


@state("BEFORE choice asked", "BEFORE choice or words asked")
async def _choice(s: Scene) -> None:
    await s.says(WORDS)


@state("BEFORE words asked", "BEFORE choice asked")
async def _words(s: Scene) -> None:
    await s.taps("n")


@state("BEFORE recap", "BEFORE words asked")
async def _recap(s: Scene) -> None:
    await s.send(s.kim.message(voice=VOICE))


@state("BEFORE, later messages asked", "BEFORE recap")
async def _may_write(s: Scene) -> None:
    await s.taps("only_me")


@state("BEFORE done", "BEFORE, later messages asked")
async def _done(s: Scene) -> None:
    await s.taps("agree", "fine")


@state("who sees the phone asked", "BEFORE, has a worker")
async def _safety_due(s: Scene) -> None:
    """A BEFORE is done, and a day later another link brings to the next one."""
    for words in (WORDS, WORDS, WORDS):
        await s.says(words)
    await s.taps("n")
    await s.says(WORDS)
    await s.taps("only_me", "agree", "fine")
    s.later(days=1)
    await s.says(f"/start {s.facts['by_max']}")
    await s.taps("same")


@state("BEFORE, has a worker", "link opened, bot restarted")
async def _with_worker(s: Scene) -> None:
    await s.says(f"/start {s.facts['typed']}")
    await s.taps(*WAY)


@state("a label sounds like danger")
async def _label(s: Scene) -> None:
    """Max is a worker of that name, and a button of the question that waits says it."""
    await s.says(f"/start {s.facts['by_max']}")
    await s.taps(*WAY)
    for words in (WORDS, WORDS, WORDS):
        await s.says(words)
    await s.taps("n")
    await s.says(WORDS)


# --- something waits, or was said ----------------------------------------------------------------


@state("danger answered, words held", "BEFORE several asked")
async def _danger(s: Scene) -> None:
    await s.says("I want to die")


@state("keep the held words asked", "danger answered, words held")
async def _keep(s: Scene) -> None:
    await s.taps("carry_on")


@state("wording note asked", "BEFORE several asked")
async def _wording(s: Scene) -> None:
    await s.send(s.kim.taps("p:draft:wrong:0"))


@state("complaint asked", "BEFORE several asked")
async def _complaint(s: Scene) -> None:
    await s.says("/mydata")
    await s.taps("unhappy")


@state("deletion asked", "BEFORE several asked", in_memory=True)
async def _deletion(s: Scene) -> None:
    await s.says("/delete")


@state("when to ask again asked", "BEFORE several asked", in_memory=True)
async def _postponing(s: Scene) -> None:
    await s.taps("not_now")


@state("new answer asked", "BEFORE done")
async def _changing(s: Scene) -> None:
    await s.says("/mydata")
    await s.taps("change", "b1")


@state("new answer held for danger", "new answer asked")
async def _changing_danger(s: Scene) -> None:
    await s.says("I want to die")


@state("private word asked", "BEFORE several asked")
async def _private(s: Scene) -> None:
    await s.says("/times")
    await s.taps("word")


@state("transfer code given", "BEFORE several asked")
async def _transfer(s: Scene) -> None:
    await s.says("/times")
    await s.taps("move")


@state("deletion waits", "BEFORE several, one picked")
async def _deleting(s: Scene) -> None:
    await s.says("/delete")
    await s.taps("p", "delete")


@state("deletion waits, stopped", "deletion waits")
async def _deleting_stopped(s: Scene) -> None:
    await s.says("stop")


# --- later ---------------------------------------------------------------------------------------


@state("hello for AFTER open", "BEFORE done")
async def _hello(s: Scene) -> None:
    await s.hello(days=15)


@state("hello open, complaint asked", "hello for AFTER open")
async def _hello_complaint(s: Scene) -> None:
    await s.says("/mydata")
    await s.taps("unhappy")


@state("hello put off, and come again", "hello for AFTER open")
async def _reminded(s: Scene) -> None:
    await s.taps("later")
    await s.hello(hours=9)


@state("hello for a half-way BEFORE", "BEFORE choice asked")
async def _unfinished(s: Scene) -> None:
    await may_be_written_to(s)
    await s.hello(days=3)


@state("AFTER half-way", "hello for AFTER open")
async def _after(s: Scene) -> None:
    await s.taps("open", "start")


@state("AFTER not begun", "hello for AFTER open")
async def _after_intro(s: Scene) -> None:
    await s.taps("open")


@state("stopped half-way", "BEFORE several, one picked")
async def _stopped(s: Scene) -> None:
    await s.says("stop")


@state("stopped when done", "BEFORE done")
async def _stopped_done(s: Scene) -> None:
    await s.says("stop")


@state("paused", "BEFORE several asked")
async def _paused(s: Scene) -> None:
    await may_be_written_to(s)
    await s.says("/pause")
    await s.taps("week1")


@state("quiet after two hellos", "BEFORE done")
async def _quiet(s: Scene) -> None:
    for days in (15, 77, 92):
        await s.hello(days=days)
    s.later(days=10)
    await s.house.sweep()


@state("not now, when asked", "BEFORE several asked")
async def _not_now(s: Scene) -> None:
    await s.taps("not_now")


# --- a phone that others see ---------------------------------------------------------------------


@state("shared phone, first line stands")
async def _line(s: Scene) -> None:
    await s.says("/start")
    await s.taps(*SHARED)
    await may_be_written_to(s)
    await s.says(WORDS)
    await s.hello(days=3)


@state("shared phone, is it you asked", "shared phone, first line stands")
async def _is_it_you(s: Scene) -> None:
    await s.taps("open")


@state("another comes, nobody here", "BEFORE several asked", in_memory=True)
async def _another(s: Scene) -> None:
    await s.says("/start")
    await s.taps("else") if s.kim.newest("p:nothing_waits:else") else None
    await s.send(s.kim.taps(s.kim.newest("p:other_person:new") or "p:other_person:new:0"))
    if new := s.kim.newest("p:other_person:new"):
        await s.send(s.kim.taps(new))


@state("word to come back by asked", "BEFORE several asked")
async def _coming_back(s: Scene) -> None:
    await _another(s)
    await s.taps("ask")


@state("two stories, second one here", "BEFORE several asked")
async def _two(s: Scene) -> None:
    await _another(s)
    await s.taps(*WAY, "later")


@state("two stories, second asked for a word", "BEFORE several asked")
async def _two_word(s: Scene) -> None:
    await _another(s)
    await s.taps(*WAY)
