"""A strict fake of the Telegram Bot API over real HTTP, and people who use it with a phone.

Nothing in the product may import it.
"""

from .chats import Bubble
from .group import Group
from .person import Person
from .server import TOKEN, FakeTelegram
from .world import Call

__all__ = ["TOKEN", "Bubble", "Call", "FakeTelegram", "Group", "Person"]
