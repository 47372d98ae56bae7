# mypy: ignore-errors
"""What is done with the fixture, chapter by chapter. Only for `make.py`: see README.md.

The steps and what the old program told are in `data/act-*.json`; the tests read those.
"""

from __future__ import annotations

from bot.conversation.buttons import Aside, Work
from bot.conversation.taps import _ASIDES
from bot.settings import ROOT
from bot.workers.desk import DEEDS
from flows.engine.phrases import load_phrases

GO = ["", "start_bot"]
LAST = ("stop", "all", "delete", "agree", "never", "new", "shared")
"""Choices after which nothing else could be tapped."""


def chapters(packed):
    """Each with its steps; each is played on a copy of its own."""
    secrets = packed["secrets"]
    return {
        "outbox": [
            GO,
            ["", "tick"],
            ["Hold", "tap", "Yes"],
            ["Hold", "choose", "is_it_you", "open"],
        ],
        "people": [GO, *people(secrets)],
        "workers": [GO, *workers()],
        "halfway": [GO, *halfway()],
        "later": [GO, *later()],
        "stops": [GO, *stops()],
        "taps": [GO, *taps()],
        "crew": [GO, *crew()],
        "phrases": [GO, *phrases()],
        "deeds": [GO, *deeds()],
    }


def people(secrets):
    """Everything a person's next words can mean; links, numbers and words to come back by."""
    yield from (
        ["Anna", "choose", "change_one", "leave"],
        ["Anna", "say", "/mydata"],
        ["Anna", "tap", "Change an answer"],
        ["Anna", "choose", "change_which", "b3"],
        ["Anna", "say", "A garden"],
        ["Cora", "say", "and nobody called back"],
        ["Word", "say", "marigold"],
        ["Pia", "say", "to brzmi dziwnie"],
        ["Dan", "choose", "carry_on"],
        ["Dan", "choose", "danger_keep", "keep"],
        ["Dawn", "choose", "carry_on"],
        ["Dawn", "choose", "danger_keep", "leave"],
        ["Dawn", "say", "Somewhere else"],
        ["Yoa", "choose", "is_it_you", "open"],
        ["Cap", "choose", "carry_on"],
        ["Cap", "choose", "danger_keep", "keep"],
        ["Put", "say", "who are you"],
        ["Put", "choose", "other_person", "same"],
        ["End", "say", "no"],
        ["End", "say", "/start"],
        ["Lin", "say", "what"],
        ["Lin", "say", "Yes"],
        ["Lin", "say", "Yes"],
        ["Who", "say", "hello"],
        ["Who", "say", "/start"],
        ["Hold", "choose", "hello", "open"],
        ["Hold", "choose", "is_it_you", "open"],
        ["Olga", "choose", "safety"],
        ["Olga", "tap", "No, just me"],
        ["Olga", "tap", "Yes, keep my answers"],
        ["Olga", "tap", "Yes"],
        ["Olga", "tap", "Start"],
        ["Nope", "say", "hello"],
        ["Nope", "start"],
        ["Flat", "start"],
        ["Flat", "choose", "other_person", "new"],
        ["Flat", "choose", "came_back", "ask"],
        ["Flat", "say", "hedgehog"],
        ["Moe", "choose", "moved_away", "not_me"],
        ["Dele", "say", "hello"],
        ["Dele", "tap", "Undo"],
        ["Guess", "say", "999 888 777 666 555"],
        ["Out plain", "start", secrets["unused"]],
        ["Out plain", "tap", "Tell me more"],
        ["Out silent", "start", secrets["invite"]],
        ["Out urgent", "start"],
        ["Out urgent", "choose", "came_back", "ask"],
        ["Out urgent", "say", secrets["numbers"]],
        ["Out menu", "say", "/help"],
        ["Quinn", "say", "hello again"],
        ["Stan", "start"],
        ["Stan", "choose", "other_person", "same"],
        ["Paul", "start"],
    )


def workers():
    """Everything a worker's next words can mean."""
    yield from (
        ["Names", "say", "Ana\nBob"],
        ["Service", "say", "A garden"],
        ["Service", "choose", "lang", "en"],
        ["Lang", "say", "Polski"],
        ["Find", "say", "fa"],
        ["Invite", "say", "Nell"],
        ["Did", "say", "The heating works."],
        ["Tell", "choose", "tell"],
        ["Rename", "say", "Renata"],
        ["Rec", "say", "they moved to their sister"],
        ["AskOn", "say", "24/12/2026"],
        ["Dated", "say", "20/11/2026"],
        ["Wim", "choose", "seen"],
        ["Wim", "say", "/people"],
        ["Rita", "say", "/mydata"],
        ["Wim", "say", "nonsense"],
        ["Wim", "say", "/stop"],
    )


def halfway():
    """Check-ins that were left half-way go on to their end, and one begins anew after another."""
    yield from (
        ["Hal", "choose", "hello", "open"],
        ["Hal", "choose", "+drink_drugs"],
        ["Hal", "choose", "+money"],
        ["Hal", "choose", "done"],
        ["Hal", "say", "I would sleep"],
        ["Hal", "choose", "back"],
        ["Hal", "say", "I would sleep the whole night"],
        ["Hal", "tap", "Yes"],
        ["Hal", "voice"],
        ["Hal", "say", "my sister"],
        ["Hal", "choose", "right"],
        ["Hal", "tap", "Only me"],
        ["Hal", "tap", "OK"],
        ["Hal", "say", "/mydata"],
        ["Hal", "say", "/story"],
        ["Noa", "start"],
        ["Noa", "tap", "Skip"],
        ["Pia", "choose", "+talk"],
        ["Pia", "choose", "done"],
        ["Hana", "choose", "rather_not_say"],
        ["Hana", "choose", "bit"],
        ["Hana", "choose", "numbers"],
        ["Hana", "say", "not now"],
        ["", "pass", {"hours": 3}],
        ["", "tick"],
        ["Amy", "choose", "hello", "open"],
        ["Amy", "tap", "No, just me"],
        ["Amy", "tap", "Start"],
        ["Finn", "choose", "hello", "open"],
        ["Finn", "tap", "No, just me"],
        ["Finn", "choose", "no_words"],
        ["Finn", "choose", "y"],
        ["Finn", "say", "I slept"],
        *[["Finn", "choose", "skip"] for _ in range(3)],
    )


def later():
    """Time goes by: hellos go out when they are due, deletions are done, alerts go on."""
    hours = [["", "pass", {"minutes": 15}], ["", "tick"]]
    yield from hours
    yield from ([["", "pass", {"hours": 2, "minutes": 30}], ["", "tick"]])
    yield from (
        ["Lea", "choose", "seen"],
        ["Dora", "choose", "hello", "open"],
        ["Dora", "tap", "Yes, sometimes"],
        ["Dora", "tap", "Carry on"],
        ["Finn", "choose", "hello", "later"],
        ["Late", "say", "Not today"],
        ["Cora", "choose", "hello", "stop"],
        ["Hugo", "pass", {"hours": 4}],
        ["", "tick"],
        ["Rita", "choose", "hello", "open"],
        ["Rita", "choose", "numbers_ask", "mine"],
    )
    for days in (1, 1, 1, 1, 3, 7, 14):
        yield from ([["", "pass", {"days": days}], ["", "tick"]])


def stops():
    """Stop stops, in any state and by any way; nothing comes after it."""
    for name in "Hal Anna Cora Word Dan Yoa Lin Flat Quinn Paul Dele".split():
        yield [name, "say", "stop"]
    yield ["Wim", "choose", "seen"]
    yield ["Pia", "say", "stop"]
    yield ["Noa", "choose", "stop"]
    yield ["Kim", "say", "/stop"]
    yield ["Olga", "say", "STOP"]
    yield ["Hana", "say", "I want to stop"]
    yield from (
        [["", "pass", {"hours": 3}], ["", "tick"], ["", "pass", {"days": 15}], ["", "tick"]]
    )
    yield ["Hal", "start"]


def taps():
    """The buttons that only mean something where they stand, under what was said before."""
    for who, *acts in (
        ("Hal", "hello open", "not_now", "not_now tonight"),
        ("Dan", "> start", "not_now", "not_now tomorrow"),
        ("Ben", "> start", "not_now", "not_now never"),
        ("Anna", "> stop", "stopped keep"),
        ("Finn", "> stop", "stopped delete", "> /start"),
        ("Late", "> /delete", "delete_ask keep", "> /delete", "delete_ask delete", "deleting undo"),
        ("Kim", "> /delete", "delete_ask delete", "deleting_read undo"),
        ("Dele", "> hello", "deleting_waits undo"),
        ("Hana", "> /mydata", "mydata change", "change_pick s", "change_which", "change_one leave"),
        ("Hana", "> /mydata", "mydata change", "change_pick s", "change_which"),
        ("Hana", "change_one take_back", "> /mydata", "mydata readers"),
        ("Cora", "complaint leave"),
        ("Amy", "hello not_today"),
        ("Yoa", "is_it_you open", "> /mydata", "mydata copy", "copy_ask yes"),
        ("Lin", "hello open", "is_it_you later"),
        ("Who", "hello open", "is_it_you not_today"),
        ("Put", "other_person new"),
        ("Dora", "> /mydata", "mydata share", "share_pick", "share service"),
        ("Dora", "> /mydata", "mydata copy"),
        ("Dora", "> /story", "story picture", "> /story", "story page"),
        ("Guess", "word_wrong begin"),
        ("New Moe", "> /mydata", "mydata share"),
        ("Moe", "moved_away not_me", "safety alone", "story_open carry_on"),
        ("Moe", "> /mydata", "mydata_closed share", "> /mydata", "mydata_closed done"),
        ("Pia", "> /language", "language pl", "draft wrong", "sounds_wrong carry_on"),
        ("Pia", "> /language", "language en"),
        ("Teen", "> /times", "times day", "> /times", "times mornings", "times_ok change"),
        ("Teen", "times never", "times_never ok", "> /pause", "pause week2"),
        ("Teen", "> I want to kill myself", "carry_on"),
        ("Cap", "> help", "helplines contact"),
        ("Cap", "> help", "helplines safety", "safety_first phone"),
        ("Cap", "safety not_sure", "safety_shared line", "first_line hi", "safety_first clear_on"),
        ("Later", "> /hide", "> hello", "unknown help", "unknown carry_on"),
        (
            "Flat",
            "> /start",
            "other_person new",
            "came_back ask",
            "came_back none",
            "no_word claim",
        ),
    ):
        yield from done(who, acts)
    yield ["", "pass", {"hours": 3}]
    yield ["", "tick"]
    for who, *acts in (
        ("Hugo", "hello open", "new_worker disagree.3"),
        ("Rita", "hello open", "numbers_ask not_mine"),
        ("Flat", "> stop", "stopped_one all"),
    ):
        yield from done(who, acts)


def crew():
    """The same of the workers' side."""
    for who, *acts in (
        ("Lea", "crew", "invited", "withdraw", "invite", "> Nora", "withdraw", "leave"),
        ("Lea", "= k:mate:2:", "theirs", "= k:mate:3:", "theirs", "move", "move"),
        (
            "Lea",
            "= k:mate:3:",
            "fire",
            "fire",
            "remove",
            "crew",
            "did",
            "> The bell works.",
            "did",
            "> The bell rings.",
            "tell",
        ),
        (
            "Wim",
            "> /new Ida",
            "service 0",
            "lang pl",
            "> /new",
            "leave",
            "= k:morning:0:off",
            "eye",
        ),
        ("Wim", "> /people", "find", "> Una", "one", "link", "find", "> Una", "one", "drop"),
        ("Wim", "> /people", "find", "> Kim", "one", "after", "after.tomorrow"),
        (
            "Wim",
            "one",
            "ended",
            "today",
            "one",
            "record",
            "reached",
            "wait",
            "add.reached",
            "> well",
        ),
        ("Wim", "one", "beside", "sheet", "one", "shared", "read", "one", "rename", "> Kimmy"),
        ("Wim", "one", "phone", "one", "hand", "hand"),
        ("Rec", "leave", "one"),
        ("Dated", "began today"),
        ("AskOn", "leave"),
    ):
        yield from done(who, acts)


def done(who, acts):
    """Steps from a short hand: "> " is said, "= " tapped as it is, the rest chosen by its parts."""
    for act in acts:
        if act.startswith("> "):
            yield [who, "say", act[2:]]
        elif act == "wait":
            yield ["", "pass", {"minutes": 1}]
        elif act.startswith("= "):
            yield [who, "data", act[2:]]
        else:
            yield [who, "choose", *act.split()]


def phrases():
    """Every button under a phrase, with its number as it was before numbers were hidden."""
    known = load_phrases(ROOT / "flows" / "phrases.yaml")
    who = ("Finn", "Late", "Later", "Teen", "Anna", "Dora")
    every = [(n, c) for n in _ASIDES for c in known[n].choices if n != "delete_ask"]
    every.sort(key=lambda pair: pair[1] in LAST)
    for number, (name, choice) in enumerate(every):
        yield [who[number % len(who)], "data", Aside(name, choice).data()]


def deeds():
    """Every button of the workers' side, tapped by a lead and by the worker whose person it is."""
    for verb in DEEDS:
        yield ["Lea", "data", Work(verb).data()]
    for verb in DEEDS:
        if verb not in ("fire", "remove", "hand", "move", "drop"):
            yield ["Wim", "data", Work(verb, 0, "today").data()]
    yield ["Wim", "say", "/people"]
    yield ["Wim", "choose", "one"]
    for verb in ("shared", "read", "beside", "sheet", "record", "began", "rename", "phone", "hand"):
        yield ["Wim", "choose", verb]
