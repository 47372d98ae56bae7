"""Every kind of update there is, as Telegram sends it: a name, and how one is made in a scene.

It checks nothing by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.danger_model.model_folder import SOUNDS_LIKE_DANGER
from tests.precedence.parts import USERNAME, Json
from tests.precedence.scene import Scene
from tests.precedence.states import EVERYTHING, VOICE

Make = Callable[[Scene], list[Json]]
KINDS: dict[str, Make] = {}
DANGER = "I want to die"
UNKNOWN_TOKEN = "AAAAAAAAAAAAAAAAAAAAAAAA"
PHOTO = [{"file_id": "p", "file_unique_id": "p", "width": 9, "height": 9}]
LATE = 7_200
"""Seconds."""


def _types(name: str, text: str) -> None:
    KINDS[name] = lambda s: [s.kim.types(text)]


def _fact(name: str, before: str, fact: str, after: str = "") -> None:
    KINDS[name] = lambda s: [s.kim.types(f"{before}{s.facts[fact]}{after}")]


def _sends(name: str, **content: object) -> None:
    KINDS[name] = lambda s: [s.kim.message(**content)]


def _taps(name: str, data: str) -> None:
    """A button by its data; where it ends with a colon, the number of the newest one seen."""

    def make(s: Scene) -> list[Json]:
        numbered = s.kim.newest(data) or f"{data}0"
        return [s.kim.taps(numbered if data.endswith(":") else data)]

    KINDS[name] = make


def _taps_newest(name: str, start: str, end: str, forged: str) -> None:
    KINDS[name] = lambda s: [s.kim.taps(s.kim.newest(start, end) or forged)]


# --- words ---------------------------------------------------------------------------------------

_types("words", "somewhere quiet to be")
_types("words with a stop word", "please stop the noise at night")
_types("stop word", "Stop.")
_types("stop in a sentence", "Hi, please stop texting me! Thanks")
_types("perhaps a stop", "That's enough")
_types("stop word, other language", "توقف")
_types("help word", "HELP")
_types("help word, other language", "ayuda")
_types("start word", "start")
_types("start word, other language", "começar")
_types("complaint word", "I want to complain")
_types("person word", "can I talk to a person")
_types("go-on word", "next")
_types("rather-not-say word", "I'd rather not say")
_types("yes", "Yes")
_types("no", "No")
_types("later", "Later")
_types("a day", "on Friday")
_types("yes, as a question", "Yes?")
_types("label: Not sure", "Not sure")
_types("label: Done", "Done")
_types("label: not here", "Change something")
_types("label: I was here before", "I was here before")
_types("digit", "3")
_types("number word", "three")
_types("date", "24-11-2026")
_types("eight digits, of no card", "1234 5678")
_types("fifteen digits, of no one", "123 456 789 012 345")
_types("nothing but blanks", "\u0001\u0002")
_types("too many words", "far too many words " * 700)
_fact("card's digits", "", "valid_digits")
_fact("digits for another phone", "", "numbers")

# --- danger --------------------------------------------------------------------------------------

_types("danger: self-harm", DANGER)
_types("danger: abuse now", "he is hitting me right now")
_types("danger: maybe", "make it stop")
_types("sounds like danger", SOUNDS_LIKE_DANGER)
_types("danger in a command", f"/pause {DANGER}")
_types("danger as a command", "/i want to die")
_types("danger and a link", f"{DANGER} https://t.me/{USERNAME}?start=abc")
_sends("danger under a picture", photo=PHOTO, caption=DANGER)
_sends("danger under a voice note", voice=VOICE, caption=DANGER)
KINDS["danger in an edit"] = lambda s: [s.kim.edits(DANGER)]

# --- commands and links --------------------------------------------------------------------------

for _name in (
    *(
        "start",
        "help",
        "person",
        "stop",
        "pause",
        "times",
        "story",
        "mydata",
        "change",
        "delete",
        "language",
        "hide",
    ),
    *("new", "people", "nonsense"),
):
    _types(f"/{_name}", f"/{_name}")
_types("/new with a name", "/new Pia")
_types("/stop with words", "/stop now please")
_types("command that stops", "/unsubscribe")
_fact("link", "/start ", "valid")
_fact("link, used up", "/start ", "used")
_types("link, of nobody", f"/start {UNKNOWN_TOKEN}")
_fact("link to be a worker", "/start ", "invite")
_fact("link, pasted", f"https://t.me/{USERNAME}?start=", "valid")
_fact("link, pasted in words", f"from Wanda: https://t.me/{USERNAME}?start=", "valid", " ok")
_fact("link, pasted beside stop", f"stop https://t.me/{USERNAME}?start=", "valid")

# --- buttons -------------------------------------------------------------------------------------


def _open_button(s: Scene) -> list[Json]:
    """The first button of the question that came last."""
    data = [d for d, _ in s.kim.buttons if d.startswith("q:")]
    if not data:
        return [s.kim.taps("q:1:b1:1:safe_place")]
    question = data[-1].rsplit(":", 1)[0]
    return [s.kim.taps(next(d for d in data if d.rsplit(":", 1)[0] == question))]


def _old_button(s: Scene) -> list[Json]:
    """The first button of the first question there was."""
    data = [d for d, _ in s.kim.buttons if d.startswith("q:")]
    return [s.kim.taps(data[0] if data else "q:2:intro:1:start")]


def _onboarding(s: Scene) -> list[Json]:
    data = [d for d, _ in s.kim.buttons if d.startswith("w:")]
    if not data:
        return [s.kim.taps("w:00000000:en:0::more")]
    place = data[-1].rsplit(":", 1)[0]
    return [s.kim.taps(next(d for d in data if d.rsplit(":", 1)[0] == place))]


def _first_onboarding(s: Scene) -> list[Json]:
    data = [d for d, _ in s.kim.buttons if d.startswith("w:")]
    return [s.kim.taps(data[0] if data else "w:00000000:en:0:1:adult")]


KINDS["button of the newest question"] = _open_button
KINDS["button of the first question"] = _old_button
for _choice in ("stop", "skip", "not_now", "back", "done"):
    _taps_newest(f"question's {_choice}", "q:", f":{_choice}", f"q:1:b1:1:{_choice}")
KINDS["onboarding button, newest"] = _onboarding
KINDS["onboarding button, first"] = _first_onboarding
KINDS["onboarding button, tapped twice"] = lambda s: [*_onboarding(s), *_onboarding(s)]
_taps_newest("onboarding stop", "w:", ":stop", "w:00000000:en:0::stop")

for _data in (
    *("unknown:carry_on:0", "unknown:help:0", "unknown:stop:0"),
    *("helplines:contact:0", "helplines:back:0", "helplines:clear:0"),
    *("danger_self_harm:carry_on:0", "danger_self_harm:contact:0"),
    *("stop_maybe:hard:0", "danger_keep:keep:", "danger_keep:leave:", "deleting:undo:"),
    *("delete_ask:delete:0", "delete_ask:keep:0"),
    *("mydata:change:0", "mydata:share:0", "mydata:unhappy:0", "mydata:done:0", "change_pick:s:"),
    *("change_one:take_back:", "complaint:leave:0", "story:picture:0", "copy_ask:yes:0"),
    *("times:mornings:0", "times:never:0", "times_day:3:0", "pause:week1:0", "not_now:tomorrow:"),
    *("language:pt:0", "safety:shared:", "safety_first:clear_on:0", "safety_first:word:0"),
    *("share_pick:s:", "share:only_me:", "stopped:keep:0", "stopped:delete:0"),
    *("other_person:same:", "other_person:new:", "came_back:ask:0", "came_back:none:0"),
    *("whose:word:0", "stopped_one:all:0", "word_ask:later:0", "draft:wrong:0"),
    *("sounds_wrong:carry_on:0", "new_worker:agree:", "numbers_ask:mine:"),
    *("hello:open:", "hello:later:", "hello:stop:", "is_it_you:open:", "moved_away:not_me:"),
):
    _taps(_data.removesuffix(":0").removesuffix(":").replace(":", ": "), f"p:{_data}")
for _verb in ("new", "people", "crew", "lines", "leave", "find"):
    _taps(f"worker: {_verb}", f"k:{_verb}:0:")
_taps_newest("worker: one", "k:one:", "", "k:one:1:")
_taps_newest("worker: a language", "k:lang:", ":any", "k:lang:1:any")
_taps("worker: forged", "k:nothing:0:")
_taps("button of nothing", "-")
_taps("button with garbage", "zzz")
_taps("button of no phrase", "p:nothing:nothing:0")
_taps("button without data", "")

# --- everything else -----------------------------------------------------------------------------

_sends("voice note", voice=VOICE)
_sends("stop under a voice note", voice=VOICE, caption="stop, please")
_sends("picture", photo=PHOTO)
_sends("picture with words", photo=PHOTO, caption="somewhere quiet to be")
_sends(
    "sticker",
    sticker={
        "file_id": "s",
        "file_unique_id": "s",
        "type": "regular",
        "width": 1,
        "height": 1,
        "is_animated": False,
        "is_video": False,
    },
)
_sends("kind unknown to us", hologram={"x": 1})
_sends("pinned by Telegram", delete_chat_photo=True)
_FORWARDED = {"forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "A"}}
_sends("forwarded words", text="come home", **_FORWARDED)
_sends("forwarded danger", text=DANGER, **_FORWARDED)
_sends("forwarded stop", text="stop", **_FORWARDED)
KINDS["edit"] = lambda s: [s.kim.edits("somewhere very quiet")]
KINDS["edit to stop"] = lambda s: [s.kim.edits("stop")]
KINDS["edit to /stop"] = lambda s: [s.kim.edits("/stop")]
KINDS["edit to help"] = lambda s: [s.kim.edits("help")]
KINDS["edit of no word"] = lambda s: [s.kim.edits("")]
KINDS["reaction"] = lambda s: [
    {
        "message_reaction": {
            "chat": s.kim.where(),
            "message_id": 1,
            "user": s.kim.user(),
            "date": 1,
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": "👍"}],
        }
    }
]
_GROUP = {"id": -7, "type": "supergroup", "title": "G"}
KINDS["group message"] = lambda s: [{"message": {**s.kim.types("hi")["message"], "chat": _GROUP}}]
KINDS["stop in a group"] = lambda s: [
    {"message": {**s.kim.types("stop")["message"], "chat": _GROUP}}
]


def _member(before: str, now: str) -> Make:
    bot = {"id": 1, "is_bot": True, "first_name": "B"}
    old = {"user": bot, "status": before, "until_date": 0}
    new = {"user": bot, "status": now, "until_date": 0}
    return lambda s: [
        {
            "my_chat_member": {
                "chat": s.kim.where(),
                "from": s.kim.user(),
                "date": int(s.kim.at.timestamp()),
                "old_chat_member": old,
                "new_chat_member": new,
            }
        }
    ]


KINDS["bot blocked"] = _member("member", "kicked")
KINDS["bot unblocked"] = _member("kicked", "member")
KINDS["malformed"] = lambda s: [{"message": {"chat": s.kim.where(), "message_id": "one"}}]
KINDS["malformed, from nobody"] = lambda _: [{"callback_query": {"id": 7}}]


# --- when it comes -------------------------------------------------------------------------------


def _late(name: str, text: str) -> None:
    def make(s: Scene) -> list[Json]:
        body = s.kim.types(text)
        body["message"]["date"] -= LATE
        return [body]

    KINDS[f"{name}, two hours old"] = make


_late("words", "somewhere quiet to be")
_late("stop word", "stop")
_late("help word", "help")
_late("danger", DANGER)
_late("/mydata", "/mydata")
KINDS["words and a stop together"] = lambda s: [
    s.kim.types("somewhere quiet to be"),
    s.kim.types("stop"),
]
KINDS["words and a help together"] = lambda s: [
    s.kim.types("somewhere quiet to be"),
    s.kim.types("help"),
]
KINDS["danger by its sound, in two pieces"] = lambda s: [
    s.kim.types(SOUNDS_LIKE_DANGER),
    s.kim.types("and there is more to it"),
]
TWICE = ("words brought twice", "help brought twice")
"""Each the same update in two rounds: the second is what is looked at."""
_types(TWICE[0], "somewhere quiet to be")
_types(TWICE[1], "help")


# --- which are tried where -----------------------------------------------------------------------

ALWAYS = (
    *("words", "stop word", "stop word, other language", "help word", "start word"),
    *("danger: self-harm", "danger: maybe", "danger in a command", "danger in an edit"),
    "sounds like danger",
    *("/start", "/help", "/stop", "/mydata", "/new", "/nonsense", "link", "link, pasted"),
    "card's digits",
    *("stop in a sentence", "stop under a voice note", "forwarded stop", "edit to /stop"),
    *("perhaps a stop", "command that stops"),
    *("voice note", "picture", "edit to stop", "button with garbage", "worker: new"),
    *("worker: leave", "unknown: stop", "words and a stop together", "bot blocked"),
)
"""What is tried in every state there is."""
MOSTLY = (
    *ALWAYS,
    *("yes", "a day", "label: Done", "date", "fifteen digits, of no one"),
    *("/delete", "/pause", "/hide", "link, used up", "link to be a worker"),
    *("button of the newest question", "question's stop", "onboarding button, newest"),
    *("unknown: carry_on", "helplines: back", "danger_self_harm: carry_on", "deleting: undo"),
    *("mydata: change", "hello: open", "hello: stop", "other_person: same"),
    *("forwarded words", "edit", "malformed", "words, two hours old", "help word, two hours old"),
    *("words brought twice", "danger by its sound, in two pieces"),
)
"""What is tried in every state but those in which a worker writes."""


def tried_in(state: str) -> tuple[str, ...]:
    """The kinds of update that are tried in a state."""
    if state in EVERYTHING:
        return tuple(KINDS)
    return ALWAYS if state.startswith("worker asked") else MOSTLY
