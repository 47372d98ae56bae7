"""Under a first line "Yes?" is what somebody says who wonders who this is; it opens nothing."""

from __future__ import annotations

from tests.conftest import Time
from tests.conversation.safety.gated_house import HERS, house
from tests.support.worker_scenario import Office, an_office


async def test_a_yes_that_asks_is_not_the_right_yes(database_url: str, time: Time) -> None:
    """So answers whoever wonders who this is; typed twice it must not open anything."""
    asking = ("Yes?", "yes??", "¿Yes?", "Yes؟", "Yes？", "yes ?!", "yes who are you")
    async with an_office(database_url, time) as office:
        found = await house(office, time, 1)
        for state in ("unfinished", "after", "held", "two"):
            (phone,) = found.phones[state]
            for text in asking:
                await office.say(phone, text)
                assert phone.said in ("", *_first_lines(office)), (state, text, phone.said)
        (phone,) = found.phones["held"]
        for text in asking:
            await office.say(phone, "Yes")
            assert phone.said == office.words("is_it_you")
            await office.say(phone, text)
            assert phone.said in ("", *_first_lines(office)), (text, phone.said)
        await office.say(phone, "Yes")
        await office.say(phone, "Yes")
        assert HERS in phone.said


def _first_lines(office: Office) -> list[str]:
    choices = office.env.library.phrases["first_line"].choices.values()
    return [office.env.languages["en"].text(text) for text in choices]
