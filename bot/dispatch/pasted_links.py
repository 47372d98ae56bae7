"""A link to this bot that was pasted or typed rather than tapped: it opens the same.

Only the text is examined; whether such a link exists is known in the database.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bot.content.environment import Environment
from bot.conversation.safety import danger
from bot.messages.incoming import (
    Command,
    IncomingUpdate,
    TextMessage,
    UnsupportedMessage,
    UpdateContent,
)

LONGEST_BESIDE = 60
"""Characters that may surround a link, such as whom it is from."""
_WEB = re.compile(
    r"(?:(?<![\w.-])(?:t|telegram)\.(?:me|dog)/(?P<path>\w+)/?|(?<![\w.-])(?P<host>\w+)\.t\.me/?)"
    r"\?(?P<query>\S+)",
    re.ASCII | re.IGNORECASE,
)
_APP = re.compile(r"tg:/{0,2}resolve/?\?(?P<query>\S+)", re.IGNORECASE)
_PAIR = re.compile(r"(?:^|[?&;])(start|domain)=([\w-]+)", re.ASCII | re.IGNORECASE)
_TOKEN = re.compile(r"[\w-]+", re.ASCII)


def as_opened(update: IncomingUpdate, env: Environment) -> IncomingUpdate:
    """The same update as if the link in it had been tapped; unchanged where there is none."""
    what = update.content
    if isinstance(what, Command) and what.name == "start" and what.arguments:
        token = token_in(what.arguments, env.address.username) or _bare(what.arguments)
        return update if token == what.arguments else _opening(update, token)
    words = _words(what)
    if "start=" not in words.casefold():
        return update  # most updates: nothing more to look for
    token = token_in(words, env.address.username)
    if not token:
        return update
    if danger.kind_of(what, env) is not None:
        return update  # this is answered first, and the link can be sent again
    beside = _without_links(words)
    if isinstance(what, TextMessage) and env.library.keywords(beside) in ("stop", "help"):
        return replace(update, content=TextMessage(beside))
    # Longer text is an answer, or a complaint, and must not be lost for a link.
    return _opening(update, token) if len(beside) <= LONGEST_BESIDE else update


def token_in(words: str, username: str) -> str:
    """The token of the first link to the bot of this name; empty when there is none."""
    for found in _WEB.finditer(words):
        token = _pairs(found["query"]).get("start", "")
        if token and (found["path"] or found["host"]).casefold() == username.casefold():
            return token
    for found in _APP.finditer(words):
        pairs = _pairs(found["query"])
        if pairs.get("start") and pairs.get("domain", "").casefold() == username.casefold():
            return pairs["start"]
    return ""


def _pairs(query: str) -> dict[str, str]:
    return {name.casefold(): value for name, value in _PAIR.findall(query.replace("&amp;", "&"))}


def _words(what: UpdateContent) -> str:
    if isinstance(what, TextMessage):
        return what.text
    return what.words if isinstance(what, UnsupportedMessage) and what.phrase == "forwarded" else ""


def _bare(rest: str) -> str:
    """The argument of START without the full stop or the quotes around it."""
    found = _TOKEN.search(rest)
    return found[0] if found else rest


def _without_links(words: str) -> str:
    kept = _APP.sub(" ", _WEB.sub(" ", words))
    return re.sub(r"https?://(?:www\.)?(?=\s|$)", " ", kept, flags=re.IGNORECASE).strip()


def _opening(update: IncomingUpdate, token: str) -> IncomingUpdate:
    return replace(update, content=Command("start", token))
