"""Two participants with one phone, each with a private word.

It checks nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.messages.incoming import (
    ButtonPress,
    Command,
    TextMessage,
    UpdateContent,
)
from tests.support.participants import TO_KEEP
from tests.support.worker_scenario import Ear, Office

KIMS = "kims own words about the stairs"
LEES = "lees own words about the garden"
WORD = "hedgehog"


@dataclass
class Two:
    """One phone, on which Kim has said all of BEFORE, and now somebody else has begun."""

    office: Office
    phone: Ear
    old: list[ButtonPress] = field(default_factory=list)

    async def says(self, *acts: UpdateContent | str) -> None:
        for act in acts:
            await self.office.all([self.phone], act)

    async def becomes_lee(self, word: str | None = WORD) -> None:
        """Somebody else takes the phone, agrees, and gives a word or none."""
        await self.says(Command("start"))
        await self.says(*(("new",) if "new" in self.phone.offered else ("else", "new")), *TO_KEEP)
        assert self.phone.said.endswith(self.office.words("word_ask"))
        await self.says(TextMessage(word) if word else "later")

    async def comes_back(self, word: str) -> None:
        """Whoever holds the phone says that they were here before, and types a word."""
        await self.says(Command("start"))
        if "new" in self.phone.offered:
            await self.says("new")
        await self.says("ask", TextMessage(word))


def remember(phone: Ear) -> list[ButtonPress]:
    """Every button this phone has ever been shown."""
    keys = [key for m in phone.heard for key in (*m.choices, *m.controls)]
    return [ButtonPress(data, 1, "1") for data in dict.fromkeys(key.data for key in keys)]


def heard_of(phone: Ear, words: str) -> list[str]:
    """What was said since that holds these words."""
    return [m.text for m in phone.heard if words in m.text]
