"""Earlier check-ins are loaded only for what may be about them: a button that can still be typed.

Not tested here: that a typed button does what it says; see `test_typed_replies`.
"""

from __future__ import annotations

import pytest

from bot.conversation.last_asked import FRESH
from bot.dispatch.chat_memory import ChatMemory
from bot.dispatch.context_loading import load_contexts
from bot.dispatch.recent_messages import RecentMessages
from bot.messages.incoming import Command, IncomingUpdate, TextMessage
from tests.conftest import Time
from tests.conversation.my_data.deleting import settled_in
from tests.support.worker_scenario import Ear, Office, an_office

WORDS = "the heron by the weir has gone again"


async def loads_history(office: Office, kim: Ear, memory: ChatMemory) -> bool:
    """Whether earlier check-ins are loaded for ordinary words."""
    update = IncomingUpdate(1, kim.chat, TextMessage(WORDS), office.time())
    async with office.store.unit_of_work() as uow:
        (ctx,) = await load_contexts(
            uow, [update], office.env, office.time(), memory, RecentMessages()
        )
        assert ctx.participant is not None
        return bool(ctx.participant.checkins)


@pytest.mark.parametrize("remembers", [True, False], ids=["this process", "another process"])
async def test_buttons_that_can_be_typed_no_more_need_no_history(
    database_url: str, time: Time, *, remembers: bool
) -> None:
    async with an_office(database_url, time) as office:
        _sam, kim = await settled_in(office)
        await office.act([(kim, Command("pause"))])
        memory = office.dispatcher.memory if remembers else ChatMemory()
        assert await loads_history(office, kim, memory)
        time.pass_(seconds=FRESH.total_seconds())
        assert await loads_history(office, kim, memory)
        time.pass_(seconds=1)
        assert not await loads_history(office, kim, memory)
