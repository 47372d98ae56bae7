"""Help: who can be called, in any state, also before consent, after stop, and without a database.

Reads nothing but what is in memory.
"""

from __future__ import annotations

from bot.conversation.arrival import Arrival, Commanded, Pressed, Typed, What
from bot.conversation.buttons import Aside, read
from bot.conversation.reply import Reply
from bot.conversation.saying import phrase_message
from bot.conversation.visit import Around
from bot.store.house import new_id
from flows.engine import Listened


def is_help(what: What, listened: Listened) -> bool:
    """Whether someone asks for help: by word in any language, by command, or by button."""
    if isinstance(what, Typed):
        return listened(what.text) == "help"
    if isinstance(what, Commanded):
        return what.name == "help"
    if isinstance(what, Pressed):
        button = read(what.data)
        return isinstance(button, Aside) and (button.phrase, button.choice) == ("unknown", "help")
    return False


def answer(arrival: Arrival, around: Around, language: str | None) -> Reply:
    """The help itself, in the last language known here, else the first guess."""
    tongues = around.tongues
    tongue = tongues[language or tongues.guess(arrival.hint) or tongues.offered[0]]
    message = phrase_message("help", tongue, around.library.phrases)
    pressed = arrival.what if isinstance(arrival.what, Pressed) else None
    return Reply(new_id(), arrival.chat, (message,), pressed=pressed, urgent=True)
