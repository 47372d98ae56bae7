"""A person with a phone: says, taps and sees, as a test's way to use the bot.

It never looks inside the bot; it knows only what the phone shows.
"""

import copy
import re

from tests.support.telegram_fake import updates
from tests.support.telegram_fake.chats import Bubble, Chat, Line, Query, Stored
from tests.support.telegram_fake.state import World
from tests.support.telegram_fake.transcript import transcript
from tests.support.telegram_fake.validation.attachments import Attachments
from tests.support.telegram_fake.validation.entities import commands_in
from tests.support.telegram_fake.validation.rules import MAX_TEXT, Json, utf16_length


class Person(Attachments):
    """Somebody with a private chat with the bot; every act gives the id of its update."""

    def __init__(self, world: World, user: Json, *, started: bool) -> None:
        """Installs Telegram; with `started` they have used the bot before."""
        self._world = world
        self.user = user
        self._chat: Chat = world.add_chat(updates.private_chat(user))
        self._chat.bot_may_write = started
        self._acted = world.happen()

    @property
    def chat_id(self) -> int:
        return self._chat.chat_id

    @property
    def first_name(self) -> str:
        return str(self.user["first_name"])

    # What they do

    def start(self, payload: str = "") -> int:
        """Presses Start, perhaps through a link with a payload; this ends a block."""
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,64}", payload):
            raise AssertionError(f"no link can carry this payload: {payload!r}")
        if self._chat.blocked:
            self.unblock()
        self._chat.bot_may_write = True
        return self.say(f"/start {payload}")

    def say(self, text: str) -> int:
        """Sends a text, in pieces if it is longer than a message; gives the last update's id."""
        pieces = _pieces(text.strip())
        if not pieces:
            raise AssertionError("Telegram sends no empty message")
        return [self._send(_text(piece)) for piece in pieces][-1]

    async def taps(self, *labels: str) -> None:
        """Taps one button after another, each once the bot has done with the last."""
        for label in labels:
            self.tap(label)
            await self._world.quiet()

    async def says(self, text: str) -> None:
        """Sends a text, and waits for all that the bot does about it."""
        self.say(text)
        await self._world.quiet()

    async def waits(self) -> None:
        """Waits until the bot has done with everything that was sent to it."""
        await self._world.quiet()

    def reply(self, message: Bubble, text: str) -> int:
        """Answers one message in particular."""
        quoted = copy.deepcopy(self._stored(message).body)
        quoted.pop("reply_to_message", None)
        return self._send({**_text(text), "reply_to_message": quoted})

    def edit(self, message: Bubble, new_text: str) -> int:
        """Changes what they said before."""
        stored = self._stored(message)
        if stored.from_bot:
            raise AssertionError("nobody can edit what the bot said")
        stored.body = {key: v for key, v in stored.body.items() if key != "entities"}
        stored.body.update(_text(new_text), edit_date=self._seconds())
        stored.touched = self._acted = self._world.happen()
        self._chat.log.append(Line("person", f"(edited) {new_text}"))
        return self._world.queue("edited_message", stored.body, self.chat_id)

    def tap(self, label: str) -> int:
        """Taps the newest button with this label (exactly, or ignoring case)."""
        for stored in reversed(self._chat.visible()):
            shown = stored.shown()
            if found := _match(label, shown.buttons):
                return self._tap(stored, shown, found)
        if found := _match(label, self._chat.keyboard):
            return self.say(found)  # a button below the text field says its own label
        raise AssertionError(f"no button {label!r} on the phone.\n{self._buttons()}")

    def tap_old(self, message: Bubble, label: str) -> int:
        """Taps a button of a message as it was when they saw it, even if it has changed since."""
        found = _match(label, message.buttons)
        if not found:
            raise AssertionError(f"no button {label!r} there, only {message.buttons}")
        return self._tap(self._chat.messages.get(message.message_id), message, found)

    def tap_data(self, data: str, message: Bubble | None = None) -> int:
        """Sends a tap with any data, as a forged or outdated app could."""
        under = message.message_id if message else max(self._chat.messages, default=1)
        return self._press(self._chat.messages.get(under), under, data, f"[{data}]")

    def block(self) -> int:
        """Blocks the bot."""
        self._chat.blocked = True
        return self._member("member", "kicked", "blocks the bot")

    def unblock(self) -> int:
        """Lets the bot write again."""
        self._chat.blocked = False
        return self._member("kicked", "member", "unblocks the bot")

    def delete_chat_locally(self) -> None:
        """Empties their own phone; the bot is told nothing and its copies stay."""
        for stored in self._chat.messages.values():
            stored.hidden = True
        self._chat.keyboard = []
        self._chat.log.append(Line("note", f"{self.first_name} deletes the chat on their phone"))

    # What they see

    @property
    def chat(self) -> list[Bubble]:
        """The messages on the phone, oldest first: edits applied, deleted ones gone."""
        return [stored.shown() for stored in self._chat.visible()]

    @property
    def last(self) -> Bubble:
        """The newest message of the bot."""
        newest = next((b for b in reversed(self.chat) if b.from_bot), None)
        if newest is None:
            raise AssertionError(f"the bot has said nothing.\n{self.transcript()}")
        return newest

    @property
    def fresh(self) -> list[Bubble]:
        """What the bot said or reworded since this person last did something."""
        return [s.shown() for s in self._chat.visible() if s.from_bot and s.touched > self._acted]

    @property
    def keyboard(self) -> list[list[str]]:
        """The labels below the text field."""
        return self._chat.keyboard

    @property
    def queries(self) -> list[Query]:
        """All their callback queries; each should have been answered."""
        return [q for q in self._world.queries.values() if q.chat_id == self.chat_id]

    @property
    def toasts(self) -> list[str]:
        """The notices that answered taps."""
        return [query.text for query in self.queries if query.text]

    @property
    def commands(self) -> dict[str, str]:
        """The menu of commands their app shows: the narrowest scope, their language first."""
        language = self.user.get("language_code", "")[:2]
        for scope in (f"chat:{self.chat_id}", "all_private_chats", "default"):
            for code in (language, ""):
                if listed := self._world.profile.commands.get((scope, code)):
                    return {c["command"]: c["description"] for c in listed}
        return {}

    @property
    def own_commands(self) -> list[Json]:
        """What Telegram holds as commands of this chat alone, in whatever language."""
        held = self._world.profile.commands.items()
        return [c for (scope, _), listed in held if scope == f"chat:{self.chat_id}" for c in listed]

    async def sees(self, what: str | re.Pattern[str], within: float = 30.0) -> Bubble:
        """Waits for a text of the bot, newer than their last act, and gives the message."""
        if not await self._world.changes.until(lambda: self._find(what) is not None, within):
            wanted = what if isinstance(what, str) else what.pattern
            raise AssertionError(f"not seen within {within} s: {wanted!r}\n\n{self.transcript()}")
        found = self._find(what)
        assert found is not None
        return found

    async def answered(self, within: float = 30.0) -> None:
        """Waits until no tap of theirs is unanswered."""
        if not await self._world.changes.until(
            lambda: all(q.answered for q in self.queries), within
        ):
            open_taps = [query.label for query in self.queries if not query.answered]
            raise AssertionError(f"taps without an answer: {open_taps}")

    def transcript(self) -> str:
        """The conversation as Markdown."""
        return transcript(self.first_name, self._chat.log)

    # How

    def _send(self, content: Json) -> int:
        if self._chat.blocked:
            raise AssertionError(f"{self.first_name} has blocked the bot: start() or unblock()")
        if not self._chat.bot_may_write:
            raise AssertionError(f"{self.first_name} has only a Start button: start() first")
        stored = self._world.store(self._chat, self.user, content)
        self._acted = stored.touched
        return self._world.queue("message", stored.body, self.chat_id)

    def _tap(self, stored: Stored | None, shown: Bubble, label: str) -> int:
        if label in shown.links:
            raise AssertionError(f"{label!r} opens {shown.links[label]}; the bot hears nothing")
        return self._press(stored, shown.message_id, shown.data[label], label)

    def _press(self, stored: Stored | None, under: int, data: str, label: str) -> int:
        query_id = str(self._world.random.getrandbits(62))
        query = Query(query_id, self.chat_id, label, self._world.clock())
        self._world.queries[query_id] = query
        self._acted = self._world.happen()
        self._chat.log.append(Line("note", f"{self.first_name} taps “{label}”"))
        gone = stored is None or stored.deleted
        body = updates.inaccessible(under, self._chat.body) if gone or not stored else stored.body
        payload = updates.callback_query(query_id, self.user, copy.deepcopy(body), data)
        return self._world.queue("callback_query", payload, self.chat_id)

    def _member(self, before: str, now: str, words: str) -> int:
        self._acted = self._world.happen()
        self._chat.log.append(Line("note", f"{self.first_name} {words}"))
        payload = updates.my_chat_member(
            self._chat.body, self.user, self._world.clock(), self._world.bot, (before, now)
        )
        return self._world.queue("my_chat_member", payload, self.chat_id)

    def _find(self, what: str | re.Pattern[str]) -> Bubble | None:
        for bubble in reversed(self.fresh):
            if what in bubble.text if isinstance(what, str) else what.search(bubble.text):
                return bubble
        return None

    def _stored(self, message: Bubble) -> Stored:
        return self._chat.messages[message.message_id]

    def _seconds(self) -> int:
        return int(self._world.clock().timestamp())

    def _buttons(self) -> str:
        rows = [
            f"  under {bubble.text[:40]!r}: {bubble.buttons}"
            for bubble in reversed(self.chat)
            if bubble.buttons
        ]
        return "Buttons to be seen, newest first:\n" + ("\n".join(rows) or "  none")


def _text(text: str) -> Json:
    found = commands_in(text)
    return {"text": text, "entities": found} if found else {"text": text}


def _match(label: str, rows: list[list[str]]) -> str | None:
    labels = [each for row in rows for each in row]
    if label in labels:
        return label
    return next((each for each in labels if each.casefold() == label.casefold()), None)


def _pieces(text: str) -> list[str]:
    """Cuts a long text as an app does: at 4096 UTF-16 units, never inside a character."""
    pieces, piece, units = [], "", 0
    for character in text:
        width = utf16_length(character)
        if units + width > MAX_TEXT:
            pieces.append(piece)
            piece, units = "", 0
        piece += character
        units += width
    return [each for each in (*pieces, piece) if each.strip()]
