"""A strict fake of the Telegram Bot API over real HTTP, and people who use it with a phone.

Nothing in the product may import it.
"""

from tests.support.telegram_fake.chats import Bubble
from tests.support.telegram_fake.group import Group
from tests.support.telegram_fake.person import Person
from tests.support.telegram_fake.server import TOKEN, FakeTelegram
from tests.support.telegram_fake.state import Call

__all__ = ["TOKEN", "Bubble", "Call", "FakeTelegram", "Group", "Person"]
