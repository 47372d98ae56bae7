"""One participant with two phones, and the numbers that move them.

It checks nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.conversation.identity.move_phone import digits_in
from bot.messages.incoming import Command
from tests.conversation.identity.two_people import KIMS
from tests.support.participants import TO_KEEP
from tests.support.worker_scenario import Ear, Office


@dataclass
class Moving:
    """Somebody with numbers in their hand, and an empty new phone."""

    office: Office
    old: Ear
    new: Ear
    numbers: str

    async def types(self, phone: Ear, text: str) -> str:
        """Says on a phone that they have talked to us, and types this; gives what is said."""
        await self.office.all([phone], Command("start"))
        await self.office.all([phone], "ask")
        await self.office.say(phone, text)
        return phone.said


def numbers_in(phone: Ear) -> str:
    """The numbers that a phone was just shown."""
    return next(line for line in phone.said.split("\n") if digits_in(line))


async def given(office: Office, phone: Ear) -> str:
    """The numbers for another phone, as somebody asks for them."""
    await office.all([phone], Command("mydata"))
    await office.all([phone], "phone")
    await office.all([phone], "move")
    return numbers_in(phone)


async def a_move(office: Office, *, shared: bool = False) -> Moving:
    """Somebody who has said all of BEFORE, on a phone of their own or one that others see."""
    kim = office.phone()
    seen = "shared" if shared else "alone"
    await office.agree([kim], tuple(seen if step == "alone" else step for step in TO_KEEP))
    await office.before(kim, "only_me", words=KIMS)
    office.time.pass_(days=1)
    return Moving(office, kim, office.phone(), await given(office, kim))
