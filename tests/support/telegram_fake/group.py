"""A group chat, where the bot may be one of many.

It keeps no list of members and no rights; every text is handed to the bot.
"""

from tests.support.telegram_fake import updates
from tests.support.telegram_fake.chats import Bubble
from tests.support.telegram_fake.person import Person
from tests.support.telegram_fake.state import World
from tests.support.telegram_fake.validation.entities import commands_in
from tests.support.telegram_fake.validation.rules import Json


class Group:
    """A supergroup; every act gives the id of its update."""

    def __init__(self, world: World, chat_id: int, title: str) -> None:
        """Makes the group, without the bot."""
        self._world = world
        self._chat = world.add_chat(updates.group_chat(chat_id, title))

    @property
    def chat_id(self) -> int:
        return self._chat.chat_id

    @property
    def chat(self) -> list[Bubble]:
        """The messages in the group, oldest first."""
        return [stored.shown() for stored in self._chat.visible()]

    def add_bot(self, by: Person | None = None) -> int:
        """Somebody adds the bot."""
        self._chat.bot_may_write = True
        return self._member(by, ("left", "member"))

    def remove_bot(self, by: Person | None = None) -> int:
        """Somebody removes the bot."""
        self._chat.bot_may_write = False
        return self._member(by, ("member", "kicked"))

    def say(self, person: Person, text: str) -> int:
        """Somebody says something; Telegram shows a bot all of it only without privacy mode."""
        content: Json = {"text": text}
        if found := commands_in(text):
            content["entities"] = found
        stored = self._world.store(self._chat, person.user, content)
        return self._world.queue("message", stored.body, self.chat_id)

    def _member(self, by: Person | None, change: tuple[str, str]) -> int:
        sender = by.user if by else updates.user(self._world.random.getrandbits(31), "Admin", None)
        payload = updates.my_chat_member(
            self._chat.body, sender, self._world.clock(), self._world.bot, change
        )
        return self._world.queue("my_chat_member", payload, self.chat_id)
