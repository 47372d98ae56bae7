"""What is said when somebody is asked if they are safe, and how they act; it checks nothing."""

from __future__ import annotations

from tests.danger_model.model_folder import SOUNDS_LIKE_DANGER
from tests.support.participants import answers_of
from tests.support.running_bot import Running
from tests.support.telegram_fake import Person
from tests.support.telegram_fake.chats import Bubble

ASKS = "That sounds hard. Are you safe right now?"
SEEN = "Thank you. Are you OK right now?"
THANKS = "Thank you for telling me."
NUMBERS = "These people can help"
HARD = SOUNDS_LIKE_DANGER
BUTTONS = ["I am safe", "I am not safe", "Show me numbers", "Carry on"]


def labels(message: Bubble) -> list[str]:
    return [label for row in message.buttons for label in row]


async def words_of(running: Running, person: Person, step: str) -> str:
    """What is stored as their answer to one question."""
    found = (await answers_of(running, person)).get(step)
    return (found.words or "") if found is not None else ""


async def act(person: Person, way: str) -> None:
    """Taps a button of this name, or types it."""
    if way in labels(person.last):
        await person.taps(way)
    else:
        await person.says(way)
